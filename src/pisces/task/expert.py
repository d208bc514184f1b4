"""What is the right thing to do? The optimal action in closed form, and the demonstrations made of it."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from pisces.task.episode import rollout
from pisces.task.frames import stack_frames
from pisces.task.world import AGENT_WIDTH, JUMP, OBSTACLE_HEIGHT, RIGHT, State, Task, TaskBatch

# The agent rises one pixel per step and must have the height of the obstacle when its right edge reaches it.
# It sinks below that height just behind the obstacle, so that no other moment will do.
JUMP_DISTANCE = OBSTACLE_HEIGHT + AGENT_WIDTH - 1


@dataclass(frozen=True, eq=False)
class Demonstration:
    """The expert's decisions, up to the end of the episode: n = 56 of them.

    Attributes:
        task: The task; for several, a tuple of T, and the arrays have a leading axis `[T]`.
        observation: float32 `[n, 60, 60, 2]`, or `[n, 60, 60, 6]` in colour.
        action: int64 `[n]`.
        reward: float64 `[n]`.
    """

    task: Task | tuple[Task, ...]
    observation: np.ndarray
    action: np.ndarray
    reward: np.ndarray


def expert_action(batch: TaskBatch, state: State) -> np.ndarray:
    """The optimal action: jump 14 pixels before the obstacle, unless it is green; right otherwise.

    In the air every action is optimal; this is then right.

    Args:
        batch: B tasks.
        state: Their states.

    Returns:
        int64 `[B]`, `RIGHT` or `JUMP`.
    """
    must_jump = (
        state.is_grounded
        & (state.left == batch.obstacle_position - JUMP_DISTANCE)
        & ~batch.is_green  # that one is worth touching
    )
    return np.where(must_jump, JUMP, RIGHT)


def demonstrations(tasks: Iterable[Task]) -> Demonstration:
    """The expert's episodes in several tasks, which are all equally long, side by side.

    Args:
        tasks: T tasks, all grey or all coloured.

    Raises:
        ValueError: If there is no task, or if grey and coloured ones are mixed.
    """
    tasks = tuple(tasks)
    played = rollout(tasks, lambda _, batch, state: expert_action(batch, state), record_frames=True)
    assert played.frames is not None
    current = played.frames[:, :-1]
    previous = np.concatenate((np.zeros_like(current[:, :1]), current[:, :-1]), axis=1)
    return Demonstration(tasks, stack_frames(previous, current), played.action, played.reward)


def demonstration(task: Task) -> Demonstration:
    """The expert's episode in one task."""
    both = demonstrations([task])
    return Demonstration(task, both.observation[0], both.action[0], both.reward[0])
