"""How does a whole episode go? Many games at once, under a policy or under given actions."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from pisces.task.frames import background_frames, render, stack_frames
from pisces.task.world import EPISODE_LENGTH, State, Task, TaskBatch, initial_state, transition

NO_ACTION = -1


@dataclass(frozen=True, eq=False)
class Rollout:
    """One episode of each of B tasks; T is `EPISODE_LENGTH`, which none exceeds.

    Attributes:
        action: int64 `[B, T]`, -1 after the end.
        reward: float64 `[B, T]`, 0 after the end.
        length: int64 `[B]`, number of steps, 1 to T.
        is_success: bool `[B]`, whether the agent got across.
        state: Columns `[B, T + 1]`: before the first step, then after each; after the end the last one is
            repeated. `state[:, t]` is a `State` of the batch.
        frames: float32 `[B, T + 1, 60, 60]`, or `[B, T + 1, 60, 60, 3]` in colour: the frames of `state`;
            None if they were not asked for.
    """

    action: np.ndarray
    reward: np.ndarray
    length: np.ndarray
    is_success: np.ndarray
    state: State
    frames: np.ndarray | None


def rollout(
    tasks: Iterable[Task] | TaskBatch,
    act: Callable[[np.ndarray, TaskBatch, State], np.ndarray],
    *,
    record_frames: bool = False,
) -> Rollout:
    """Plays every task to its end under a policy.

    Args:
        tasks: B tasks, all grey or all coloured.
        act: Called with the k games still running: observation float32 `[k, 60, 60, 2]` (`[k, 60, 60, 6]` in
            colour), tasks and states; returns integers `[k]`, `RIGHT` or `JUMP`.
        record_frames: Whether to return the frames (14 kB each, 43 kB in colour).

    Raises:
        ValueError: If there is no task, grey and coloured ones are mixed, or an action is not allowed.
    """
    batch = TaskBatch.of(tasks)
    background = background_frames(batch)
    previous = np.zeros_like(background)

    def choose(_: int, running: np.ndarray, batch: TaskBatch, state: State) -> np.ndarray:
        current = render(batch, state, background=background[running])
        observation = stack_frames(previous[running], current)
        previous[running] = current
        return act(observation, batch, state)

    return _play(batch, choose, record_frames=record_frames)


def replay(tasks: Iterable[Task] | TaskBatch, action: np.ndarray, *, record_frames: bool = False) -> Rollout:
    """Plays every task to its end under given actions, looking at nothing.

    Args:
        tasks: B tasks, all grey or all coloured.
        action: Integers `[B, T]`; those after the end of an episode are ignored.
        record_frames: Whether to return the frames (14 kB each, 43 kB in colour).

    Raises:
        ValueError: If there is no task, grey and coloured ones are mixed, or `action` has another shape or an
            action that is not allowed.
    """
    batch, action = TaskBatch.of(tasks), np.asarray(action)
    if action.shape != (len(batch), EPISODE_LENGTH):
        raise ValueError(f"action has shape {action.shape}; it must be {(len(batch), EPISODE_LENGTH)}")

    def choose(step: int, running: np.ndarray, batch: TaskBatch, state: State) -> np.ndarray:
        return action[running, step]

    return _play(batch, choose, record_frames=record_frames)


def _play(
    all_tasks: TaskBatch,
    choose: Callable[[int, np.ndarray, TaskBatch, State], np.ndarray],
    *,
    record_frames: bool,
) -> Rollout:
    shape = (len(all_tasks), EPISODE_LENGTH)
    action, reward = np.full(shape, NO_ACTION, np.int64), np.zeros(shape)
    is_success = np.zeros(len(all_tasks), bool)
    batch, state, running = all_tasks, initial_state(all_tasks), np.arange(len(all_tasks))
    moments = [state]
    for step in range(EPISODE_LENGTH):
        chosen = choose(step, running, batch, state)
        state, outcome = transition(batch, state, chosen)
        action[running, step], reward[running, step] = chosen, outcome.reward
        is_success[running] = outcome.is_success
        moments.append(_replaced(moments[-1], running, state))
        is_running = ~state.is_over
        batch, state, running = batch[is_running], state[is_running], running[is_running]
        if not running.size:
            break
    moments += moments[-1:] * (EPISODE_LENGTH + 1 - len(moments))
    columns = zip(*(vars(moment).values() for moment in moments), strict=True)
    history = State(*(np.stack(column, axis=1) for column in columns))
    frames = _frames(all_tasks, history) if record_frames else None
    return Rollout(action, reward, (action != NO_ACTION).sum(axis=1), is_success, history, frames)


def _replaced(state: State, row: np.ndarray, replacement: State) -> State:
    columns = [column.copy() for column in vars(state).values()]
    for column, new in zip(columns, vars(replacement).values(), strict=True):
        column[row] = new
    return State(*columns)


def _frames(batch: TaskBatch, history: State) -> np.ndarray:
    background = background_frames(batch)
    frames = np.empty((len(batch), EPISODE_LENGTH + 1, *batch.frame_shape), np.float32)
    for step in range(EPISODE_LENGTH + 1):
        render(batch, history[:, step], background=background, out=frames[:, step])
    return frames
