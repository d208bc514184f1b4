"""A task of `pisces.control` for TF-Agents: one episode at a time as a `PyEnvironment`."""

import numpy as np
from tf_agents.environments import py_environment
from tf_agents.specs import array_spec
from tf_agents.trajectories import time_step as ts

from pisces.control.renderer import ANSWER_LIMIT
from pisces.control.simulation import Seeds, Simulation
from pisces.control.world import Moment, WorldSettings


class ControlPyEnvironment(py_environment.PyEnvironment):
    """A task of the DM Control Suite before a background that may move.

    The step after the last one of an episode ignores the action and begins the next. The discount is 1 on the
    last step, too, as the episodes of these tasks end at a time limit.

    Attributes:
        simulation: What is translated here.
    """

    def __init__(self, settings: WorldSettings, *, seed: int, answer_limit: float = ANSWER_LIMIT):
        """Starts the renderer.

        Args:
            settings: What is simulated and seen.
            seed: At least 0; decides the seeds of all episodes.
            answer_limit: Seconds that the renderer has for a decision, above 0.

        Raises:
            ImportError: If MuJoCo or the suite is missing, or of another version.
            RendererError: If nothing renders here.
            ValueError: If a setting is not allowed.
        """
        self.simulation = Simulation(settings, seed=seed, answer_limit=answer_limit)
        super().__init__(handle_auto_reset=True)

    def observation_spec(self) -> dict[str, array_spec.ArraySpec]:
        """The parts "state", float32 (N,), and, unless nothing is rendered, "pixels", uint8 (S, S, 9)."""
        shapes = self.simulation.observation_shapes
        specs: dict[str, array_spec.ArraySpec] = {
            "state": array_spec.ArraySpec(shapes["state"], np.float32, name="state")
        }
        if "pixels" in shapes:
            specs["pixels"] = array_spec.BoundedArraySpec(shapes["pixels"], np.uint8, 0, 255, name="pixels")
        return specs

    def action_spec(self) -> array_spec.BoundedArraySpec:
        """float32 (A,) in [-1, 1]."""
        return array_spec.BoundedArraySpec(
            (self.simulation.action_size,), np.float32, -1.0, 1.0, name="action"
        )

    def seed(self, seed: int) -> None:
        """Begins the sequence of episodes anew.

        Args:
            seed: At least 0.
        """
        self.simulation.seed(seed)

    def restart(self, seeds: Seeds) -> ts.TimeStep:
        """Begins a certain episode, instead of the next one as `reset` does.

        Args:
            seeds: What decides it.
        """
        self._current_time_step = self._first(self.simulation.reset(seeds))
        return self._current_time_step

    def close(self) -> None:
        """Ends the renderer."""
        self.simulation.close()

    def _reset(self) -> ts.TimeStep:
        return self._first(self.simulation.reset())

    def _first(self, moment: Moment) -> ts.TimeStep:
        return ts.restart(self.simulation.observation(moment))

    def _step(self, action: np.ndarray) -> ts.TimeStep:
        moment = self.simulation.step(action)
        return ts.TimeStep(
            step_type=np.asarray(ts.StepType.LAST if moment.is_last else ts.StepType.MID, np.int32),
            reward=np.asarray(moment.reward, np.float32),
            discount=np.asarray(moment.discount, np.float32),
            observation=self.simulation.observation(moment),
        )
