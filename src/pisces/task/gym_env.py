"""The jumping task for Gymnasium: one game (`JumpingEnv`) or many at once (`JumpingVectorEnv`).

Both only translate between `pisces.task.world` and Gymnasium's interface. They are registered as
`pisces/JumpingTask-v0`, the second as its vector entry point. The game draws nothing at random: a seed seeds
`np_random`, as the interface asks, and changes no episode.
"""

import sys
from collections.abc import Mapping, Sequence
from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space

from pisces.checks import checked, in_one_line, is_count, is_none
from pisces.task.frames import background_frames, picture, render, text_picture
from pisces.task.world import (
    COLORS,
    STEP_LIMIT,
    State,
    Task,
    TaskBatch,
    checked_step_limit,
    initial_state,
    transition,
    transition_or_restart,
)

RENDER_MODES = ("rgb_array", "ansi")
OPTIONS = ("obstacle_position", "floor_height", "color")


class JumpingEnv(gymnasium.Env[np.ndarray, np.int64]):
    """One game. Observations are frames: float32 (60, 60), or (60, 60, 3) with a colour, in [0, 1].

    Actions are 0, right, and 1, jump. The info of a step has the bools "success" and "collision" (first
    contact).
    """

    metadata: dict[str, Any] = {"render_modes": list(RENDER_MODES), "render_fps": 15}

    def __init__(
        self,
        *,
        obstacle_position: int = 30,
        floor_height: int = 10,
        color: str | None = None,
        step_limit: int = STEP_LIMIT,
        render_mode: str | None = None,
    ):
        """Makes the game of one task.

        Args:
            obstacle_position: 14 to 47.
            floor_height: 0 to 40.
            color: None, "red" or "green".
            step_limit: Number of steps, at least 1, after which an episode is truncated.
            render_mode: None, "rgb_array" (uint8 (60, 60, 3)) or "ansi" (text).

        Raises:
            ValueError: If a value is outside its range.
        """
        self._default = {"obstacle_position": obstacle_position, "floor_height": floor_height, "color": color}
        self._step_limit = checked_step_limit(step_limit)
        self.render_mode = _checked_render_mode(render_mode)
        self._batch = TaskBatch.of([Task(**self._default)])
        self._state: State | None = None
        self.observation_space = spaces.Box(0.0, 1.0, self._batch.frame_shape, np.float32)
        self.action_space = spaces.Discrete(2)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[np.ndarray, dict[str, Any]]:
        """Begins an episode.

        Args:
            seed: Seeds `np_random`.
            options: Any of "obstacle_position", "floor_height" and "color", for this episode; the others are
                as the environment was made. A grey environment stays grey and a coloured one coloured.

        Raises:
            ValueError: If an option is unknown or outside its range.
        """
        super().reset(seed=seed)
        task = Task(**self._default | _checked_options(options))
        self._batch = _same_frames(TaskBatch.of([task]), self._batch)
        self._background = background_frames(self._batch)
        self._state = initial_state(self._batch)
        return self._frame(), {}

    def step(self, action: np.int64 | int) -> tuple[np.ndarray, float, bool, bool, dict[str, Any]]:
        """Takes one step.

        Raises:
            ValueError: If the action is not 0 or 1, or the episode is over.
            ResetNeeded: If no episode was begun.
        """
        state = _begun(self._state)
        self._state, outcome = transition(
            self._batch, state, np.atleast_1d(action), step_limit=self._step_limit
        )
        info = {"success": bool(outcome.is_success[0]), "collision": bool(outcome.is_collision[0])}
        is_terminal, is_truncated = bool(outcome.is_terminal[0]), bool(outcome.is_truncated[0])
        return self._frame(), float(outcome.reward[0]), is_terminal, is_truncated, info

    def render(self) -> np.ndarray | str | None:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Draws the game, upright, as the render mode says; nothing without one."""
        return None if self.render_mode is None else _drawn(self._frame(), self.render_mode)

    def _frame(self) -> np.ndarray:
        return render(self._batch, _begun(self._state), background=self._background)[0]


class JumpingVectorEnv(VectorEnv[np.ndarray, np.ndarray, np.ndarray]):
    """Many games stepped at once, all grey or all coloured; spaces and info as in `JumpingEnv`, batched.

    The step after the end of an episode begins the next one of the same task (next-step autoreset).
    """

    metadata: dict[str, Any] = JumpingEnv.metadata | {"autoreset_mode": AutoresetMode.NEXT_STEP}

    def __init__(
        self,
        num_envs: int = 1,
        *,
        obstacle_position: int | Sequence[int] = 30,
        floor_height: int | Sequence[int] = 10,
        color: str | None | Sequence[str | None] = None,
        step_limit: int = STEP_LIMIT,
        max_episode_steps: int | None = None,
        render_mode: str | None = None,
    ):
        """Makes the games of several tasks.

        Args:
            num_envs: Number of games B, at least 1.
            obstacle_position: 14 to 47, for all games or one for each.
            floor_height: 0 to 40, likewise.
            color: None, "red" or "green", likewise.
            step_limit: Number of steps, at least 1, after which an episode is truncated.
            max_episode_steps: The same of Gymnasium, which hands it on from `make_vec`. As by its `TimeLimit`
                around a single game, an episode that ends by itself in the last of these steps is truncated,
                too. None or -1 for no such limit.
            render_mode: None, "rgb_array" or "ansi"; `render` returns one picture for each game.

        Raises:
            ValueError: If a value is outside its range, or there are more or fewer than B of it.
        """
        self.num_envs = checked("num_envs", num_envs, is_count, "an integer of at least 1")
        self._default = {"obstacle_position": obstacle_position, "floor_height": floor_height, "color": color}
        self._time_limit = _checked_time_limit(max_episode_steps)
        self._step_limit = min(checked_step_limit(step_limit), self._time_limit)
        self.render_mode = _checked_render_mode(render_mode)
        self._batch = _task_batch(self._default, self.num_envs)
        self._state: State | None = None
        self.single_observation_space = spaces.Box(0.0, 1.0, self._batch.frame_shape, np.float32)
        self.single_action_space = spaces.Discrete(2)
        self.observation_space = batch_space(self.single_observation_space, self.num_envs)
        self.action_space = batch_space(self.single_action_space, self.num_envs)

    def reset(
        self, *, seed: int | Sequence[int] | None = None, options: dict[str, Any] | None = None
    ) -> tuple[np.ndarray, dict[str, Any]]:
        """Begins an episode of every game.

        Args:
            seed: Seeds `np_random`; of one for each game, the first does.
            options: As for `JumpingEnv.reset`, each a scalar or one value for each game. They hold until the
                next call of `reset`, also for the episodes that begin by themselves.

        Raises:
            ValueError: If an option is unknown, outside its range or of another length than the games.
        """
        super().reset(seed=_per_game("seed", seed, self.num_envs)[0])
        batch = _task_batch(self._default | _checked_options(options), self.num_envs)
        self._batch = _same_frames(batch, self._batch)
        self._background = background_frames(self._batch)
        self._state = initial_state(self._batch)
        return self._frames(), {}

    def step(
        self, actions: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, dict[str, Any]]:
        """Takes one step in every game that is not over, and begins the others anew with reward 0.

        Raises:
            ValueError: If an action is not 0 or 1.
            ResetNeeded: If `reset` was not called.
        """
        state = _begun(self._state)
        self._state, outcome = transition_or_restart(self._batch, state, actions, step_limit=self._step_limit)
        info = {"success": outcome.is_success, "collision": outcome.is_collision}
        is_truncated = outcome.is_truncated | (self._state.num_steps >= self._time_limit)
        return self._frames(), outcome.reward, outcome.is_terminal, is_truncated, info

    def render(self) -> tuple[Any, ...] | None:
        """Draws the games, upright, as the render mode says; nothing without one."""
        mode = self.render_mode
        return None if mode is None else tuple(_drawn(frame, mode) for frame in self._frames())

    def _frames(self) -> np.ndarray:
        return render(self._batch, _begun(self._state), background=self._background)


def _begun(state: State | None) -> State:
    if state is None:
        raise gymnasium.error.ResetNeeded("no episode was begun; call reset first")
    return state


def _checked_render_mode(render_mode: str | None) -> str | None:
    if render_mode is not None and not (isinstance(render_mode, str) and render_mode in RENDER_MODES):
        raise ValueError(
            f"render_mode is {in_one_line(render_mode)}; it must be None or one of {RENDER_MODES}"
        )
    return render_mode


def _checked_time_limit(max_episode_steps: int | None) -> int:
    """The number of steps; for no limit one that no episode has."""

    def is_allowed(value: Any) -> bool:
        return is_none(value) or is_count(value) or (isinstance(value, int) and value == -1)

    steps = checked(
        "max_episode_steps", max_episode_steps, is_allowed, "None, -1 or an integer of at least 1"
    )
    return sys.maxsize if steps in (None, -1) else steps


def _checked_options(options: dict[str, Any] | None) -> dict[str, Any]:
    if options is None:
        return {}
    if not isinstance(options, Mapping):
        raise ValueError(
            f"options is {in_one_line(options)}; it must be None or a mapping from any of {OPTIONS}"
        )
    for name in options:
        if name not in OPTIONS:
            raise ValueError(f"options has {in_one_line(name)}; it must have no others than {OPTIONS}")
    return dict(options)


def _same_frames(batch: TaskBatch, former: TaskBatch) -> TaskBatch:
    if batch.is_colored != former.is_colored:
        given, allowed = ("None", f"one of {COLORS}") if former.is_colored else ("not None", "None")
        raise ValueError(
            f"color is {given}; it must stay {allowed}, as frames have shape {former.frame_shape}"
        )
    return batch


def _task_batch(values: dict[str, Any], num_envs: int) -> TaskBatch:
    columns = [_per_game(name, values[name], num_envs) for name in OPTIONS]
    return TaskBatch.of(Task(*row) for row in zip(*columns, strict=True))


def _per_game(name: str, value: Any, num_envs: int) -> list:
    if value is None or isinstance(value, str) or np.ndim(value) == 0:
        return [value] * num_envs
    if len(value) != num_envs:
        raise ValueError(f"{name} has {len(value)} values; it must be one, or {num_envs}, one for each game")
    return list(value)


def _drawn(frame: np.ndarray, render_mode: str) -> np.ndarray | str:
    return picture(frame) if render_mode == "rgb_array" else text_picture(frame)
