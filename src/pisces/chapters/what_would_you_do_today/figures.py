"""What does moving pictures do? The figures of chapter 9."""

from collections.abc import Iterable, Mapping, Sequence
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.ticker import PercentFormatter, ScalarFormatter
from numpy.typing import NDArray

from pisces.chapters.what_makes_it_work.figures import draw_effects
from pisces.drawing import style
from pisces.drawing.groups import grouped
from pisces.task import (
    FLOOR_HEIGHTS,
    OBSTACLE_POSITIONS,
    TASK_FLOOR_HEIGHTS,
    TASK_OBSTACLE_POSITIONS,
    picture,
    training_tasks,
)

if TYPE_CHECKING:
    from pisces.jumping.result import RunResult


@style.drawn
def moved_pictures(frame: NDArray, views: NDArray) -> Figure:
    """Draws a picture and moved copies of it.

    Args:
        frame: float32 `[60, 60]`.
        views: float32 `[n, 60, 60]`, its copies; n is odd.
    """
    shown = [frame, *views]
    num_columns = len(shown) // 2
    figure, axes = plt.subplots(2, num_columns, figsize=(style.WIDTH, 2 * style.WIDTH / num_columns))
    for panel, one in zip(axes.flat, shown, strict=True):
        panel.imshow(picture(one), origin="upper")
        panel.set(xticks=[], yticks=[])
        panel.spines[:].set_visible(True)
    axes[0, 0].set_title("as it is", fontsize=10)
    axes[0, 0].spines[:].set(color=style.VERMILION, linewidth=2)
    return figure


@style.drawn
def distances(distance: NDArray, copies: NDArray, *, names: Sequence[str]) -> Figure:
    """Draws the distances between the states of two tasks, and over them the pairs of moved copies.

    Args:
        distance: float64 `[n, m]`.
        copies: int `[k, 2]`, as of `pisces.chapters.what_would_you_do_today.symmetry.moved_copies`.
        names: What the rows are, and the columns.
    """
    figure, panel = plt.subplots(figsize=(5.2, 4.2))
    image = panel.imshow(distance, cmap=style.ORDERED, vmin=0)
    panel.plot(copies[:, 1], copies[:, 0], color=style.VERMILION, linewidth=2.2, label="moved copies")
    panel.set(xlabel=f"state of {names[1]} [step]", ylabel=f"state of {names[0]} [step]")
    figure.colorbar(image, label="PSM [discounted actions that differ]")
    figure.legend(loc="outside lower center")
    return figure


@style.drawn
def frames(pictures: Mapping[str, NDArray]) -> Figure:
    """Draws moved pictures beside the one that they should equal, and marks the pixels in which they do not.

    Args:
        pictures: float32 `[60, 60]` by what they are, as of
            `pisces.chapters.what_would_you_do_today.symmetry.moved_pictures`: the first is the one to equal.
    """
    expected, *_ = pictures.values()
    figure, axes = plt.subplots(1, len(pictures), figsize=(style.WIDTH, 2.6))
    for panel, (name, one) in zip(axes, pictures.items(), strict=True):
        shown = picture(one)
        is_wrong = (one != expected)[::-1]
        shown[is_wrong] = np.multiply(255, to_rgb(style.VERMILION)).astype(np.uint8)
        panel.imshow(shown, origin="upper")
        panel.set(xticks=[], yticks=[], title=name, xlabel=f"{is_wrong.sum()} wrong pixels")
    axes[0].set_xlabel("")
    return figure


@style.drawn
def learning_curves(runs: Iterable["RunResult"], *, live: "RunResult", share: float) -> Figure:
    """Draws the share of unseen tasks that runs solve over their updates, a panel for each grid.

    Args:
        runs: Results, on the grid of the live run and on others.
        live: A run that was made on the spot, drawn in black.
        share: Marked by a line.
    """
    by_grid = grouped(runs, attrgetter("config.grid"))
    figure, axes = plt.subplots(1, len(by_grid), figsize=(style.WIDTH, 3.2), sharey=True, squeeze=False)
    methods = dict.fromkeys(run.config.method for own in by_grid.values() for run in own)
    for panel, (grid, own) in zip(axes[0], by_grid.items(), strict=True):
        for run in own:
            color = style.METHODS[run.config.method].color
            panel.plot(run.update, run.solved_share, color=color, linewidth=0.8, alpha=0.7)
        if live.config.grid == grid:
            panel.plot(live.update, live.solved_share, color=style.BLACK, linewidth=2.2)
        panel.axhline(share, color=style.GREY, linestyle="--", linewidth=1)
        panel.set(title=grid, xscale="log", ylim=(-0.02, 1.02), xlabel="updates")
        panel.xaxis.set_major_formatter(ScalarFormatter())
        panel.set_xticks([200, 1000, 8000])
        panel.minorticks_off()
        panel.grid(axis="y")
    axes[0, 0].set_ylabel("unseen tasks solved")
    axes[0, 0].yaxis.set_major_formatter(PercentFormatter(xmax=1))
    looks = [style.METHODS[method] for method in methods]
    handles = [Line2D([], [], color=look.color, label=look.label) for look in looks]
    handles.append(Line2D([], [], color=style.BLACK, linewidth=2.2, label="trained above"))
    handles.append(Line2D([], [], color=style.GREY, linestyle="--", linewidth=1, label=f"{share:.0%}"))
    figure.legend(handles=handles, loc="outside lower center", ncols=3)
    return figure


@style.drawn
def comparisons(rows: Sequence[Mapping[str, Any]]) -> Figure:
    """Draws by how much the recipe without its parts differs from the whole, a panel for each grid.

    Args:
        rows: Of `pisces.chapters.what_makes_it_work.effects.compare`, of the cells of the experiment
            `ingredients` and their references: their columns begin with the grid, and each grid has the same
            changes.
    """
    by_grid = grouped(rows, lambda row: row["column"].split(", ")[0])
    num_rows = max(map(len, by_grid.values()))
    size = style.WIDTH, 1 + 0.4 * num_rows
    figure, axes = plt.subplots(1, len(by_grid), figsize=size, sharey=True, squeeze=False)
    for panel, (grid, own) in zip(axes[0], by_grid.items(), strict=True):
        draw_effects(panel, own)
        panel.set(title=grid, xlabel="points more of the\nunseen tasks")
        panel.margins(x=0.12)
    names = [f"{style.METHODS[row['method']].label}:\n{row['column'].split(', ')[1]}" for row in own]
    axes[0, 0].set_yticks(range(num_rows), names, fontsize=8.5)
    return figure


@style.drawn
def beyond(fractions: Mapping[str, NDArray]) -> Figure:
    """Draws which fraction of the runs solves each task that the game allows, a panel for each method.

    Args:
        fractions: As of `pisces.chapters.what_would_you_do_today.beyond.fractions`, of the wide grid.
    """
    positions, heights = OBSTACLE_POSITIONS, FLOOR_HEIGHTS
    extent = positions[0] - 0.5, positions[-1] + 0.5, heights[0] - 0.5, heights[-1] + 0.5
    board = (TASK_OBSTACLE_POSITIONS[0] - 0.5, TASK_FLOOR_HEIGHTS[0] - 0.5)
    size = len(TASK_OBSTACLE_POSITIONS), len(TASK_FLOOR_HEIGHTS)
    seen = training_tasks("wide")
    figure, axes = plt.subplots(1, len(fractions), figsize=(style.WIDTH, 3.3), sharey=True, squeeze=False)
    for panel, (method, fraction) in zip(axes[0], fractions.items(), strict=True):
        panel.imshow(fraction.T, extent=extent, origin="lower", cmap=style.ORDERED, vmin=0, vmax=1)
        panel.add_patch(Rectangle(board, *size, fill=False, edgecolor=style.VERMILION, linewidth=1.2))
        places = [one.obstacle_position for one in seen], [one.floor_height for one in seen]
        panel.plot(*places, "o", color=style.VERMILION, markersize=1.8)
        panel.set_title(f"{style.METHODS[method].label}\n{fraction.mean():.0%}", fontsize=9.5)
        panel.set(xlabel="obstacle [pixels]", xticks=range(20, 50, 10), yticks=range(0, 50, 10))
    axes[0, 0].set_ylabel("floor [pixels]")
    colors: dict[str, Any] = {"location": "bottom", "shrink": 0.6, "aspect": 30}
    figure.colorbar(axes[0, 0].images[0], ax=axes, label="fraction of the runs that solve a task", **colors)
    return figure
