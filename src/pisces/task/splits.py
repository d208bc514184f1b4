"""Which tasks are trained on, which are held out? The board of 286 tasks and its three training grids.

Agarwal et al. (2021), section 5.1 and figure 4. The board has an obstacle position in each row and a floor
height in each column. All sets are tuples of grey tasks, or of one colour.
"""

import functools

import numpy as np

from pisces.checks import in_one_line
from pisces.task.world import Task

TASK_OBSTACLE_POSITIONS = range(20, 46)
TASK_FLOOR_HEIGHTS = range(10, 21)
BOARD_SHAPE = (len(TASK_OBSTACLE_POSITIONS), len(TASK_FLOOR_HEIGHTS))
NUM_TASKS = len(TASK_OBSTACLE_POSITIONS) * len(TASK_FLOOR_HEIGHTS)
NUM_TRAINING_TASKS = 18
GRIDS = ("wide", "narrow", "random")

_FIXED_GRIDS = {
    "wide": (range(20, 46, 5), range(10, 21, 5)),
    "narrow": (range(28, 39, 2), range(13, 18, 2)),
}


def all_tasks(color: str | None = None) -> tuple[Task, ...]:
    """The 286 tasks, obstacle by obstacle: the order of `task_index`."""
    corner = Task(TASK_OBSTACLE_POSITIONS[0], TASK_FLOOR_HEIGHTS[0], color)
    return _board(corner.color)


@functools.cache
def _board(color: str | None) -> tuple[Task, ...]:
    return tuple(Task(x, height, color) for x in TASK_OBSTACLE_POSITIONS for height in TASK_FLOOR_HEIGHTS)


def training_tasks(grid: str, *, seed: int | None = None, color: str | None = None) -> tuple[Task, ...]:
    """The 18 tasks to train on.

    Args:
        grid: "wide" (the whole board, every 5 pixels), "narrow" (the middle, every 2 pixels), or "random"
            (drawn with replacement, so that some may be drawn twice).
        seed: Decides the random grid, by the random stream of the reference implementation. The other grids
            are the same for every seed.
        color: Colour of all tasks.

    Raises:
        ValueError: If the grid is unknown, or random without a seed.
    """
    if not isinstance(grid, str) or grid not in GRIDS:
        raise ValueError(f"grid is {in_one_line(grid)}; it must be one of {GRIDS}")
    if grid in _FIXED_GRIDS:
        positions, heights = _FIXED_GRIDS[grid]
        return tuple(Task(x, height, color) for x in positions for height in heights)
    if seed is None:
        raise ValueError("seed is None; it must be an integer for the random grid")
    generator = np.random.RandomState(seed)
    positions = generator.choice(TASK_OBSTACLE_POSITIONS, size=NUM_TRAINING_TASKS)
    heights = generator.choice(TASK_FLOOR_HEIGHTS, size=NUM_TRAINING_TASKS)
    return tuple(Task(x, height, color) for x, height in zip(positions, heights, strict=True))


def validation_tasks(grid: str, *, seed: int | None = None, color: str | None = None) -> tuple[Task, ...]:
    """The neighbours of the training tasks, to choose hyperparameters with.

    A neighbour is one pixel away in obstacle position or in floor height. The wide grid has 54 of them, those
    of the paper; of the other grids, for which the paper chooses nothing, they are defined likewise: the
    narrow one has 45, and a random one 50 to 65. Arguments as for `training_tasks`.
    """
    neighbours = {
        (task.obstacle_position + right, task.floor_height + up)
        for task in training_tasks(grid, seed=seed, color=color)
        for right, up in ((-1, 0), (1, 0), (0, -1), (0, 1))
    }
    held_out = test_tasks(grid, seed=seed, color=color)
    return tuple(task for task in held_out if (task.obstacle_position, task.floor_height) in neighbours)


def test_tasks(grid: str, *, seed: int | None = None, color: str | None = None) -> tuple[Task, ...]:
    """All tasks that are not trained on, in board order, validation tasks included: 268 for the fixed grids.

    Arguments as for `training_tasks`.
    """
    training = set(training_tasks(grid, seed=seed, color=color))
    return tuple(task for task in all_tasks(color) if task not in training)


def task_index(task: Task) -> int:
    """Where a task of any colour stands in `all_tasks`, 0 to 285.

    Raises:
        ValueError: If it is not on the board.
    """
    on_board = task.obstacle_position in TASK_OBSTACLE_POSITIONS and task.floor_height in TASK_FLOOR_HEIGHTS
    if not on_board:
        raise ValueError(f"task is {task}; its obstacle_position must be 20 to 45 and floor_height 10 to 20")
    row = task.obstacle_position - TASK_OBSTACLE_POSITIONS.start
    return row * len(TASK_FLOOR_HEIGHTS) + task.floor_height - TASK_FLOOR_HEIGHTS.start


def solved_board(solved: np.ndarray) -> np.ndarray:
    """Lays values of all tasks out on the board.

    Args:
        solved: `[..., 286]`, in the order of `all_tasks`.

    Returns:
        `[..., 26, 11]`: obstacle positions by floor heights.

    Raises:
        ValueError: If the last axis has another length.
    """
    solved = np.asarray(solved)
    if solved.shape[-1:] != (NUM_TASKS,):
        raise ValueError(f"solved has shape {solved.shape}; its last axis must have length {NUM_TASKS}")
    return solved.reshape(*solved.shape[:-1], *BOARD_SHAPE)
