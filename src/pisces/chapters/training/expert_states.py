"""Which states does the expert pass in several tasks? All of its episodes, or those up to the jump."""

import dataclasses
from collections.abc import Iterable

import numpy as np

from pisces.task import JUMP, JUMP_DISTANCE, Task, demonstrations


@dataclasses.dataclass(frozen=True, eq=False, kw_only=True)
class ExpertStates:
    """N states of the expert's episodes in T tasks, task by task and step by step.

    Attributes:
        tasks: The tasks.
        observation: float32 `[N, 60, 60, C]`.
        task_index: int `[N]`, index into `tasks`.
        agent_position: int `[N]`, the agent's left edge, in pixels; it is the number of the step, too.
        obstacle_distance: int `[N]`, from the agent's left edge to the obstacle's, in pixels; negative once
            the agent has passed it.
        is_after_jump: bool `[N]`: the jump has been decided, and no action makes a difference any more. The
            state that asks for the jump is not one of them.
    """

    tasks: tuple[Task, ...]
    observation: np.ndarray
    task_index: np.ndarray
    agent_position: np.ndarray
    obstacle_distance: np.ndarray
    is_after_jump: np.ndarray


def episode_states(tasks: Iterable[Task]) -> ExpertStates:
    """The states from the start to the end.

    Args:
        tasks: Grey or red tasks, at least two, to compare.

    Raises:
        ValueError: If there are fewer than two tasks, or one is green: its expert never jumps.
    """
    tasks = tuple(tasks)
    if len(tasks) < 2:
        raise ValueError(f"tasks holds {len(tasks)}; it must hold at least 2, to compare")
    expert = demonstrations(tasks)
    is_jump = expert.action == JUMP
    if not is_jump.any(axis=1).all():
        raise ValueError("tasks holds a green one; its expert never jumps")
    num_steps = is_jump.shape[1]
    distance_at_start = JUMP_DISTANCE + is_jump.argmax(axis=1)  # the expert goes right by a pixel a step
    return ExpertStates(
        tasks=tasks,
        observation=expert.observation.reshape(-1, *expert.observation.shape[2:]),
        task_index=np.repeat(np.arange(len(tasks)), num_steps),
        agent_position=np.tile(np.arange(num_steps), len(tasks)),
        obstacle_distance=np.ravel(distance_at_start[:, None] - np.arange(num_steps)),
        is_after_jump=np.ravel(np.cumsum(is_jump, axis=1) - is_jump > 0),
    )


def approach_states(tasks: Iterable[Task]) -> ExpertStates:
    """The states from the start up to the one that asks for the jump.

    Arguments and errors are those of `episode_states`.
    """
    states = episode_states(tasks)
    before = {name: array[~states.is_after_jump] for name, array in vars(states).items() if name != "tasks"}
    return dataclasses.replace(states, **before)
