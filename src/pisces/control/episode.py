"""How does a whole episode go? Under a policy, or under the actions of another episode.

Two replays with one seed of the task and two seeds of the background are a pair for the policy similarity
metric: the same states, seen before two backgrounds.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from pisces.checks import checked, is_count_or_0
from pisces.control.frames import stack_frames
from pisces.control.simulation import Seeds, Simulation


@dataclass(frozen=True, eq=False)
class Episode:
    """An episode of T decisions.

    Attributes:
        seeds: What decided it, but for the actions.
        action: float32 `[T, A]` in [-1, 1].
        reward: float64 `[T]`.
        state: float32 `[T + 1, N]`: before the first decision, then after each.
        frames: uint8 `[T + 1, S, S, 3]`, of the same moments; None if nothing was rendered.
        is_terminal: Whether it ended in a terminal state, rather than at its time limit.
    """

    seeds: Seeds
    action: np.ndarray
    reward: np.ndarray
    state: np.ndarray
    frames: np.ndarray | None
    is_terminal: bool

    def pixels(self, time: int) -> np.ndarray:
        """What a policy saw.

        Args:
            time: Number of decisions before, 0 to T.

        Returns:
            uint8 `[S, S, 9]`, as in the observation of a `Simulation`.

        Raises:
            ValueError: If nothing was rendered, or there was no such time.
        """
        if self.frames is None:
            raise ValueError("frames is None; it must be there, and size not None in the settings")
        end = len(self.action)
        checked("time", time, lambda one: is_count_or_0(one) and one <= end, f"an integer from 0 to {end}")
        return stack_frames(self.frames[: time + 1])


def rollout(
    simulation: Simulation,
    act: Callable[[dict[str, np.ndarray]], np.ndarray],
    *,
    seeds: Seeds | None = None,
) -> Episode:
    """Plays an episode to its end under a policy.

    Args:
        simulation: Of the task.
        act: From an observation, with "pixels" uint8 `[S, S, 9]` and "state" float32 `[N]`, to an action,
            float `[A]` in [-1, 1].
        seeds: What decides the episode; None takes the next ones of the simulation.

    Raises:
        RendererError: If the renderer is gone.
        ValueError: If an action is not allowed.
    """
    return _play(simulation, lambda _, observation: act(observation), seeds, num_decisions=None)


def replay(simulation: Simulation, action: np.ndarray, *, seeds: Seeds) -> Episode:
    """Plays an episode under given actions, to their end or its own.

    Args:
        simulation: Of the task.
        action: float `[T, A]` in [-1, 1], T at least 1.
        seeds: What decides the episode. With the `task` of the episode that the actions come from, the states
            are those of that episode, whatever `background` is.

    Raises:
        RendererError: If the renderer is gone.
        ValueError: If an action is not allowed, or there is none.
    """
    action = np.asarray(action)
    if action.ndim != 2 or not len(action):
        raise ValueError(f"action has shape {action.shape}; it must be (T, {simulation.action_size})")
    return _play(simulation, lambda time, _: action[time], seeds, num_decisions=len(action))


def _play(
    simulation: Simulation,
    choose: Callable[[int, dict[str, np.ndarray]], np.ndarray],
    seeds: Seeds | None,
    *,
    num_decisions: int | None,
) -> Episode:
    moments, actions = [simulation.reset(seeds)], []
    while not moments[-1].is_last and len(actions) != num_decisions:
        # As it is simulated, so that a replay of what is kept goes the same way.
        action = np.asarray(choose(len(actions), simulation.observation(moments[-1])), np.float32)
        moments.append(simulation.step(action))
        actions.append(action)
    frames = [moment.frame for moment in moments if moment.frame is not None]
    return Episode(
        simulation.seeds,
        np.stack(actions),
        np.array([moment.reward for moment in moments[1:]]),
        np.stack([moment.state for moment in moments]),
        np.stack(frames) if frames else None,
        moments[-1].discount == 0.0,
    )
