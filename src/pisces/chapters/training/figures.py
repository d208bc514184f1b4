"""What does training do, and what does it leave in the network? The figures of chapter 4.

Results of runs are handed in by the name of their method, which decides title and colour.
"""

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter, PercentFormatter, StrMethodFormatter
from numpy.typing import ArrayLike

from pisces.drawing import style
from pisces.drawing.board import draw_board, mark_training_tasks

if TYPE_CHECKING:  # what is drawn is handed in
    from pisces.chapters.training.embedding_map import EmbeddingMap
    from pisces.jumping.result import RunResult

VIEWS_PER_ROW = 5
VALUE_LIMIT = 1.5
"""Where the scale of augmented pixels is cut; few kernels exceed it."""

TASK_COLORS = (style.BLUE, style.VERMILION, style.GREEN, style.PURPLE, style.ORANGE, style.BLACK)
"""Colours of tasks in a map that shows several."""

_LABEL_EVERY = 5


@style.drawn
def augmented_views(frame: ArrayLike, views: ArrayLike, kernels: ArrayLike) -> Figure:
    """Draws a frame beside augmented views of it, each with its kernel in the upper left corner.

    One scale of values holds for all panels and kernels, cut at `VALUE_LIMIT`.

    Args:
        frame: float `[H, W]`, values in [0, 1], row 0 at the bottom.
        views: float `[num_views, H, W]`.
        kernels: float `[num_views, k, k]`.
    """
    views, kernels = np.asarray(views), np.asarray(kernels)
    num_rows = math.ceil((len(views) + 1) / VIEWS_PER_ROW)
    figure, axes = plt.subplots(
        num_rows, VIEWS_PER_ROW, figsize=(style.WIDTH, 0.2 + 1.32 * num_rows), squeeze=False
    )
    values = {"cmap": "PuOr", "vmin": -VALUE_LIMIT, "vmax": VALUE_LIMIT}
    panels = axes.ravel()
    image = panels[0].imshow(frame, **values)
    panels[0].set_title("original", fontsize=9.5)
    for panel, view, kernel in zip(panels[1:], views, kernels, strict=False):
        panel.imshow(view, **values)
        corner = panel.inset_axes((0.04, 0.66, 0.3, 0.3))
        # A kernel lies on the image as its rows do: row 0 below.
        corner.imshow(kernel, **values)
        corner.set(xticks=[], yticks=[])
        corner.spines[:].set_visible(True)
    for panel in panels:
        panel.set(xticks=[], yticks=[])
        panel.spines[:].set(visible=True, color=style.LIGHT_GREY)
    for panel in panels[len(views) + 1 :]:
        panel.set_visible(False)
    figure.colorbar(image, ax=axes, label="value of a pixel or of a kernel", extend="both", fraction=0.03)
    return figure


@style.drawn
def learning_curves(results: Mapping[str, "RunResult"]) -> Figure:
    """Draws both losses and the share of unseen tasks solved over the updates of runs.

    Args:
        results: Result of a run by the name of its method.
    """
    figure, axes = plt.subplots(1, 3, figsize=(style.WIDTH, 2.7), sharex=True)
    for method, result in results.items():
        look = style.METHODS[method]
        curve = {"color": look.color, "label": look.label, "marker": "o", "markersize": 3}
        axes[0].plot(result.update, result.imitation_loss, **curve)
        if np.any(result.embedding_loss):
            axes[1].plot(result.update, result.embedding_loss, **curve)
        axes[2].plot(result.update, result.solved_share, **curve)
    axes[0].set(title="imitation loss", ylabel="nats", yscale="log")
    axes[0].yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes[0].yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    axes[0].yaxis.set_minor_formatter(NullFormatter())
    axes[1].set(title="embedding loss", ylabel="nats")
    axes[2].set(title="unseen tasks solved", ylim=(-0.02, 1.02))
    axes[2].yaxis.set_major_formatter(PercentFormatter(xmax=1))
    for panel in axes:
        panel.set(xlabel="updates", xlim=(0, None))
        panel.xaxis.set_major_locator(MaxNLocator(3, integer=True))
        panel.grid(axis="y")
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=len(results))
    return figure


@style.drawn
def solved_boards(results: Mapping[str, "RunResult"]) -> Figure:
    """Draws which of the 286 tasks runs solve, a board for each, training tasks marked.

    Args:
        results: Result of a run by the name of its method.
    """
    figure, axes = plt.subplots(
        1, len(results), figsize=(style.WIDTH, 2.6), sharex=True, sharey=True, squeeze=False
    )
    figure.set_layout_engine("constrained", wspace=0.05)
    looks = (style.TASKS["unsolved"], style.TASKS["solved"])
    for panel, (method, result) in zip(axes.flat, results.items(), strict=True):
        draw_board(panel, result.solved, looks)
        mark_training_tasks(panel, result.is_test, markersize=2.6, color=style.BLACK)
        share = result.solved[result.is_test].mean()
        panel.set_title(f"{style.METHODS[method].label}: {share:.0%} of unseen tasks", fontsize=9.5)
        panel.set_xlabel("obstacle position [px]")
    axes[0, 0].set_ylabel("floor height [px]")
    marks: list = [Patch(facecolor=look.color, label=look.label) for look in reversed(looks)]
    marks.append(
        Line2D([], [], marker="o", markersize=3, linestyle="none", color=style.BLACK, label="Training task")
    )
    figure.legend(handles=marks, loc="outside lower center", ncols=len(marks))
    return figure


@style.drawn
def embedding_maps(maps: Mapping[tuple[str, str], "EmbeddingMap"]) -> Figure:
    """Draws up to three maps of states, and how similar each representation finds states of different tasks.

    A dot is a state, a number its distance to the obstacle, a square the state of the jump.

    Args:
        maps: Map of the same states by method and by symbol of the representation, "f" or "z".

    Raises:
        ValueError: If there are no maps or more than three, or more tasks than colours.
    """
    if not 1 <= len(maps) <= 3:
        raise ValueError(f"maps holds {len(maps)}; it must hold 1 to 3")
    tasks = next(iter(maps.values())).states.tasks
    if len(tasks) > len(TASK_COLORS):
        raise ValueError(f"maps show {len(tasks)} tasks; they must show at most {len(TASK_COLORS)}")
    figure, axes = plt.subplots(2, 2, figsize=(style.WIDTH, 6.8))
    figure.set_layout_engine("constrained", hspace=0.05)
    *panels, last = axes.ravel()
    for panel, ((method, symbol), shown) in zip(panels, maps.items(), strict=False):
        for index, color in enumerate(TASK_COLORS[: len(tasks)]):
            own = shown.states.task_index == index
            _draw_way(panel, shown.position[own], shown.states.obstacle_distance[own], color)
        panel.set_title(_representation(method, symbol), color=style.METHODS[method].color, weight="bold")
        panel.set_xlabel(f"cosine {shown.cosine[0]:.2f} at PSM 0, {shown.cosine_of_others:.2f} elsewhere")
        panel.set(xticks=[], yticks=[])
        panel.spines[:].set(visible=True, color=style.LIGHT_GREY)
        panel.margins(0.1)
        line = {"color": style.METHODS[method].color, "linestyle": "-" if symbol == "z" else "--"}
        last.plot(shown.difference, shown.cosine, label=_representation(method, symbol), **line)
    for panel in panels[len(maps) :]:
        panel.set_visible(False)
    lowest = min(0.0, *(shown.cosine.min() for shown in maps.values()))
    last.set(xlabel="difference in distance to the obstacle [px]", ylabel="mean cosine")
    last.set_ylim(lowest - 0.03, 1.03)
    last.set_title("States of two different tasks")
    last.grid()
    last.legend()
    names = [f"obstacle {task.obstacle_position}, floor {task.floor_height}" for task in tasks]
    patches = [Patch(color=color, label=name) for color, name in zip(TASK_COLORS, names, strict=False)]
    figure.legend(handles=patches, loc="outside lower center", ncols=2)
    return figure


def _representation(method: str, symbol: str) -> str:
    return f"{style.METHODS[method].label}: {'z = h(f)' if symbol == 'z' else symbol}"


def _draw_way(panel: Axes, position: np.ndarray, distance: np.ndarray, color: str) -> None:
    """Draws the states of one task, the last of them that of the jump."""
    panel.plot(*position.T, color=color, linewidth=0.6, alpha=0.35, zorder=1)
    panel.scatter(*position.T, s=10, color=color, alpha=0.7, linewidth=0, zorder=2)
    for (x, y), value in zip(position, distance, strict=True):
        is_jump = value == distance.min()
        if value % _LABEL_EVERY == 0 or is_jump:
            # A later mark covers an earlier one with its number, so that one of both can be read.
            order = len(panel.lines) + 3
            marker = "s" if is_jump else "o"
            panel.plot(x, y, marker=marker, ms=12, color=color, markeredgecolor="white", zorder=order)
            text = {"color": "white", "fontsize": 8, "ha": "center", "va": "center"}
            panel.text(x, y, f"{value}", zorder=order, **text)
