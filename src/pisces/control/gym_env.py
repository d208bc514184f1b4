"""A task of `pisces.control` for Gymnasium, registered as `pisces/DistractingControl-v0`."""

from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces

from pisces.checks import checked, in_one_line, is_count
from pisces.control.backgrounds import Backgrounds, Still
from pisces.control.renderer import ANSWER_LIMIT
from pisces.control.simulation import ALLOWED_SEEDS, Seeds, Simulation, is_seed
from pisces.control.world import Moment, WorldSettings

_OPTIONS = ("task_seed", "background_seed")
_LIMIT = np.finfo(np.float32)


class ControlEnv(gymnasium.Env[Any, np.ndarray]):
    """A task of the DM Control Suite before a background that may move.

    Observations have "pixels", uint8 (S, S, 9), and "state", float32 (N,); actions are float32 (A,) in
    [-1, 1]. Episodes are truncated at their time limit.

    Attributes:
        simulation: What is translated here.
    """

    metadata: dict[str, Any] = {"render_modes": ["rgb_array"]}

    def __init__(
        self,
        *,
        task: str = "cartpole-swingup",
        size: int = 84,
        backgrounds: Backgrounds | None = None,
        answer_limit: float = ANSWER_LIMIT,
        render_mode: str | None = None,
    ):
        """Starts the renderer.

        Args:
            task: A name of `pisces.control.tasks.TASKS`.
            size: Width and height of frames in pixels, S.
            backgrounds: What is behind the bodies; None is one that stands still.
            answer_limit: Seconds that the renderer has for a decision, above 0.
            render_mode: None, or "rgb_array" for the newest frame.

        Raises:
            ImportError: If MuJoCo or the suite is missing, or of another version.
            RendererError: If nothing renders here.
            ValueError: If a setting is not allowed.
        """
        self.render_mode = checked(
            "render_mode", render_mode, lambda mode: mode in (None, "rgb_array"), "None or 'rgb_array'"
        )
        checked("size", size, is_count, "an integer of at least 1")
        settings = WorldSettings(task=task, size=size, backgrounds=backgrounds or Still())
        self.simulation = Simulation(settings, seed=0, answer_limit=answer_limit)
        self._frame: np.ndarray | None = None
        self.metadata = self.metadata | {"render_fps": 1 / self.simulation.renderer.decision_seconds}
        shapes = self.simulation.observation_shapes
        self.observation_space = spaces.Dict(
            {
                "pixels": spaces.Box(0, 255, shapes["pixels"], np.uint8),
                # No number is out of range, and none is infinite.
                "state": spaces.Box(_LIMIT.min, _LIMIT.max, shapes["state"], np.float32),
            }
        )
        self.action_space = spaces.Box(-1.0, 1.0, (self.simulation.action_size,), np.float32)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        """Begins an episode.

        Args:
            seed: Seeds `np_random`, which decides the seeds of this episode and of those after it.
            options: Either or both of "task_seed" and "background_seed", for this episode.

        Raises:
            RendererError: If the renderer is gone.
            ValueError: If there is another option, or one is no seed, as of `Seeds`.
        """
        super().reset(seed=seed)
        chosen: dict[str, Any] = dict(
            zip(_OPTIONS, self.np_random.integers(2**32, size=2).tolist(), strict=True)
        )
        for name in options or {}:
            if name not in _OPTIONS:
                raise ValueError(f"options has {in_one_line(name)}; it must have no others than {_OPTIONS}")
        chosen |= options or {}
        for name, value in chosen.items():
            chosen[name] = checked(name, value, is_seed, ALLOWED_SEEDS)
        moment = self.simulation.reset(Seeds(chosen["task_seed"], chosen["background_seed"]))
        return self._observation(moment), chosen

    def step(self, action: np.ndarray) -> tuple[dict[str, np.ndarray], float, bool, bool, dict[str, Any]]:
        """Takes a decision.

        Raises:
            RendererError: If the renderer is gone.
            ValueError: If the action is not allowed.
            ResetNeeded: If no episode is running.
        """
        if not self.simulation.is_running:
            raise gymnasium.error.ResetNeeded("no episode is running; call reset first")
        moment = self.simulation.step(action)
        is_terminal = moment.is_last and moment.discount == 0.0
        return (
            self._observation(moment),
            float(moment.reward),
            is_terminal,
            moment.is_last and not is_terminal,
            {},
        )

    def render(self) -> np.ndarray | None:  # pyright: ignore[reportIncompatibleMethodOverride]
        """The newest frame, uint8 (S, S, 3); nothing without a render mode.

        Raises:
            ResetNeeded: If there was no episode yet.
        """
        if self.render_mode is None:
            return None
        if self._frame is None:
            raise gymnasium.error.ResetNeeded("there was no episode yet; call reset first")
        return self._frame.copy()

    def close(self) -> None:
        """Ends the renderer."""
        self.simulation.close()

    def _observation(self, moment: Moment) -> dict[str, np.ndarray]:
        assert moment.frame is not None
        self._frame = moment.frame
        return self.simulation.observation(moment)
