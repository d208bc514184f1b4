"""How does the jumping task look, and what does it ask for? The figures of chapter 1.

Everything drawn is handed in, as `pisces.task` returns it. Positions and heights are in pixels of the task's
image, x to the right and y up.
"""

from collections import Counter
from collections.abc import Collection, Mapping

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle
from numpy.typing import ArrayLike

from pisces.drawing import style
from pisces.drawing.board import draw_board
from pisces.drawing.style import Look
from pisces.task import (
    AGENT_WIDTH,
    EPISODE_LENGTH,
    IMAGE_SIZE,
    JUMP,
    NUM_TASKS,
    OBSTACLE_HEIGHT,
    OBSTACLE_WIDTH,
    TASK_OBSTACLE_POSITIONS,
    Demonstration,
    Rollout,
    Task,
    TaskBatch,
    task_index,
)

FATES = (
    Look("gets across", style.TASKS["solved"].color),
    Look("hits it while rising", style.VERMILION),
    Look("hits it while sinking", style.ORANGE),
    Look("hits it on the floor", style.SKY_BLUE),
)
"""What can become of a jump, by the code that `_fates` gives it."""

ROLES = (
    Look("Test task", style.LIGHT_GREY),
    Look("Test task next to a training task (validation)", style.TASKS["validation"].color),
    Look("Training task (2: drawn twice)", style.TASKS["training"].color),
)
"""What a task can be used for, by its code on a board."""

_STRIP_OFFSETS = (-6, 0, 8, 16, 24)
_TRAIL_EVERY = 6


@style.drawn
def two_frames(observation: ArrayLike) -> Figure:
    """Draws what a policy is given: the previous frame, the current frame, and what changed between them.

    Args:
        observation: float `[60, 60, 2]`, values in [0, 1]; the obstacle and the agent must be visible.
    """
    previous, current = np.moveaxis(np.asarray(observation), -1, 0)
    figure, axes = plt.subplots(1, 3, figsize=(style.WIDTH, 2.65), sharey=True)
    for panel, frame, title in zip(
        axes, (previous, current), ("previous frame", "current frame"), strict=False
    ):
        panel.imshow(frame, cmap=style.IMAGE, vmin=0, vmax=1)
        panel.set_title(title)
    _name_parts(axes[1], current)
    change = axes[2].imshow(current - previous, cmap="PuOr", vmin=-1, vmax=1)
    axes[2].set_title("current − previous")
    bar = figure.colorbar(change, ax=axes[2], ticks=[-1, 0, 1], fraction=0.05)
    bar.set_label("change of value", labelpad=-2)
    for panel in axes:
        panel.set(xlabel="x [px]", xticks=range(0, 60, 20), yticks=range(0, 60, 20))
    axes[0].set_ylabel("y [px]")
    return figure


@style.drawn
def jump_moments(
    tasks: TaskBatch, moment: ArrayLike, tries: Rollout, *, obstacle_position: int, floor_height: int
) -> Figure:
    """Draws what becomes of each moment to jump: as paths in one task, and as a map of all of them.

    Args:
        tasks: N grey tasks of the board.
        moment: int `[N]`, left edge of the agent at which the jump was to begin.
        tries: What happened, one row per task.
        obstacle_position: Selects the task whose paths are drawn.
        floor_height: Selects it too.

    Raises:
        ValueError: If the selected task is not among `tasks`.
    """
    is_shown = (tasks.obstacle_position == obstacle_position) & (tasks.floor_height == floor_height)
    if not is_shown.any():
        where = (obstacle_position, floor_height)
        raise ValueError(f"obstacle_position, floor_height are {where}; tasks must hold such a task")
    moment, fate = np.asarray(moment), _fates(tries)
    figure, (above, below) = plt.subplots(
        2, 1, figsize=(style.WIDTH, 5.8), sharex=True, height_ratios=(1, 1.15)
    )
    _draw_paths(above, tries, np.flatnonzero(is_shown), fate, floor_height)
    _draw_contact(above, obstacle_position)
    above.set(ylabel="height above the floor [px]", ylim=(-1, 18))
    above.set_title(f"Paths of the agent's lower left corner, obstacle at {obstacle_position}")

    positions = TASK_OBSTACLE_POSITIONS
    board = np.full((len(positions), EPISODE_LENGTH), np.nan)
    board[tasks.obstacle_position - positions.start, moment] = fate
    below.imshow(
        board,
        cmap=ListedColormap([look.color for look in FATES]),
        vmin=-0.5,
        vmax=len(FATES) - 0.5,
        extent=(-0.5, EPISODE_LENGTH - 0.5, positions.start - 0.5, positions.stop - 0.5),
        aspect="auto",
    )
    below.axhline(obstacle_position, color=style.BLACK, linewidth=0.9, linestyle=":")
    below.set(xlabel="left edge of the agent [px]: above on its way, below where it jumps")
    below.set(ylabel="obstacle position [px]", xlim=(-0.5, EPISODE_LENGTH - 0.5))
    below.set_title("What becomes of a jump, for every obstacle position")
    patches = [Patch(color=look.color, label=look.label) for look in FATES]
    figure.legend(handles=patches, loc="outside lower center", ncols=len(FATES), columnspacing=1.2)
    return figure


@style.drawn
def film_strips(shown: Demonstration) -> Figure:
    """Draws one strip of frames per task: the whole trajectory, moments around the jump, the last frame.

    Args:
        shown: Demonstrations of grey tasks of the board, with a leading axis.

    Raises:
        ValueError: If the demonstrations are not a batch of grey ones, or one does not jump.
    """
    shape = shown.observation.shape
    if not isinstance(shown.task, tuple) or shape[-1] != 2:
        raise ValueError(f"shown has observations of shape {shape}; it must be [T, n, 60, 60, 2]")
    if not (shown.action == JUMP).any(axis=1).all():
        raise ValueError("shown has a demonstration without a jump; each must have one")
    frames, num_steps = shown.observation[..., -1], shape[1]
    titles = ["all steps", *("jump" if k == 0 else f"{k:+d} steps" for k in _STRIP_OFFSETS), "last step"]
    titles = [title.replace("-", "−") for title in titles]
    num_rows = len(shown.task)
    figure, axes = plt.subplots(
        num_rows, len(titles), figsize=(style.WIDTH, 0.32 + 1.05 * num_rows), squeeze=False
    )
    for row, task, film, action in zip(axes, shown.task, frames, shown.action, strict=True):
        jump = int((action == JUMP).argmax())
        _draw_frame(row[0], _trail(film, start=jump))
        steps = [*(jump + offset for offset in _STRIP_OFFSETS), num_steps - 1]
        for panel, step in zip(row[1:], steps, strict=True):
            _draw_frame(panel, film[step], text=f"{step}", is_marked=step == jump)
        row[0].set_ylabel(f"obstacle {task.obstacle_position}\nfloor {task.floor_height}", fontsize=9)
    for panel, title in zip(axes[0], titles, strict=True):
        is_jump = title == style.ACTIONS["jump"].label
        panel.set_title(title, fontsize=9.5, color=style.ACTIONS["jump"].color if is_jump else style.BLACK)
    return figure


@style.drawn
def boards(grids: Mapping[str, tuple[Collection[Task], Collection[Task]]]) -> Figure:
    """Draws which of the 286 tasks are trained on: one board per grid, two boards beside each other.

    Args:
        grids: Title of each board, with its training tasks (repeated if drawn twice) and validation tasks.

    Raises:
        ValueError: If a task is not on the board.
    """
    num_rows = -(-len(grids) // 2)
    figure, axes = plt.subplots(
        num_rows, 2, figsize=(style.WIDTH, 0.75 + 1.7 * num_rows), sharex=True, sharey=True, squeeze=False
    )
    for panel, (title, (training, validation)) in zip(axes.flat, grids.items(), strict=False):
        _draw_board(panel, training, validation)
        panel.set_title(f"{title}: {len(training)} training, {len(validation)} validation", fontsize=9.5)
    for panel in axes.flat[len(grids) :]:
        panel.set_visible(False)
    for panel in axes[-1]:
        panel.set_xlabel("obstacle position [px]")
    for panel in axes[:, 0]:
        panel.set_ylabel("floor height [px]")
    patches = [Patch(facecolor=look.color, edgecolor=style.GREY, label=look.label) for look in ROLES]
    figure.legend(
        handles=patches, loc="outside lower center", ncols=len(ROLES), columnspacing=1.2, fontsize=8.5
    )
    return figure


def _name_parts(panel: Axes, frame: np.ndarray) -> None:
    """Writes the names of floor, obstacle and agent beside them."""
    row, column = np.nonzero((frame > 0) & (frame < 1))
    floor = row.min() - 1
    panel.text(column.max() + 2, row.mean(), "obstacle", color="white", fontsize=8.5, va="center")
    panel.text(IMAGE_SIZE / 2, floor - 2, "floor", color="white", fontsize=8.5, ha="center", va="top")
    is_agent = frame == 1
    is_agent[[0, floor, -1]] = is_agent[:, [0, -1]] = False
    row, column = np.nonzero(is_agent)
    panel.text(column.mean(), row.max() + 2, "agent", color="white", fontsize=8.5, ha="center")


def _fates(tries: Rollout) -> np.ndarray:
    """Says what became of each try: int `[N]`, index into `FATES`."""
    direction_at_end = tries.state.direction[:, -1]
    hit = np.select([direction_at_end > 0, direction_at_end < 0], [1, 2], default=3)
    return np.where(tries.is_success, 0, hit)


def _draw_paths(panel: Axes, tries: Rollout, rows: np.ndarray, fate: np.ndarray, floor_height: int) -> None:
    # Successes last, on top of the others.
    for row in sorted(rows, key=lambda row: -fate[row]):
        steps = slice(0, tries.length[row] + 1)
        left, height = tries.state.left[row, steps], tries.state.bottom[row, steps] - floor_height
        color, is_success = FATES[fate[row]].color, bool(tries.is_success[row])
        panel.plot(left, height, color=color, linewidth=2.4 if is_success else 0.8)
        if not is_success:
            panel.plot(left[-1], height[-1], marker="x", color=color, linestyle="none")


def _draw_contact(panel: Axes, obstacle_position: int) -> None:
    """Hatches where the agent's lower left corner must not come: there the boxes overlap."""
    left, right = obstacle_position - AGENT_WIDTH + 1, obstacle_position + OBSTACLE_WIDTH - 1
    where, width, height = (left, 0), right - left, OBSTACLE_HEIGHT - 1
    panel.add_patch(Rectangle(where, width, height, facecolor="none", edgecolor=style.GREY, hatch="////"))
    label = panel.text((left + right) / 2, height / 2, "the boxes\noverlap", ha="center", va="center")
    label.set_bbox({"facecolor": "white", "edgecolor": "none", "pad": 2})


def _trail(film: np.ndarray, *, start: int) -> np.ndarray:
    """One image of a film: the agent in every sixth frame, brighter with time, on what never changes."""
    background = film.min(axis=0)
    image = background.copy()
    for step in range(start % _TRAIL_EVERY, len(film), _TRAIL_EVERY):
        image[film[step] > background] = 0.3 + 0.7 * step / len(film)
    return image


def _draw_frame(panel: Axes, frame: np.ndarray, *, text: str = "", is_marked: bool = False) -> None:
    panel.imshow(frame, cmap=style.IMAGE, vmin=0, vmax=1)
    panel.text(57, 55, text, color="white", fontsize=8, ha="right", va="top")
    panel.set(xticks=[], yticks=[])
    panel.spines[:].set_visible(is_marked)
    panel.spines[:].set(color=style.ACTIONS["jump"].color, linewidth=2.5)


def _draw_board(panel: Axes, training: Collection[Task], validation: Collection[Task]) -> None:
    role = np.zeros(NUM_TASKS, int)
    role[[task_index(task) for task in validation]] = 1
    role[[task_index(task) for task in training]] = 2
    draw_board(panel, role, ROLES)
    for task, count in Counter(training).items():
        where = (task.obstacle_position, task.floor_height)
        if count == 1:
            panel.plot(*where, marker="o", markersize=2.6, color=style.BLACK)
        else:
            panel.text(*where, f"{count}", fontsize=8, ha="center", va="center_baseline", weight="bold")
