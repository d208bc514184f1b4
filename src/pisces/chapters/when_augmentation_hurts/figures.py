"""What does colour change? The figures of chapter 8.

Runs are handed in by method and by the colour of the obstacle, which is "grey" for the game without colour.
"""

from collections.abc import Mapping
from typing import Protocol

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator, PercentFormatter
from numpy.typing import NDArray

from pisces.drawing import style
from pisces.drawing.board import draw_share_board, mark_training_tasks
from pisces.task import COLORS

OBSTACLES = {
    "grey": style.Look("grey", style.GREY),
    "red": style.Look("red: jump", style.VERMILION),
    "green": style.Look("green: touch", style.GREEN),
}
"""Names and colours of what belongs to the tasks of one colour."""

OUTCOMES = {
    "solved": style.Look("solved", style.TASKS["solved"].color),
    "wrong moment": style.Look("jumps at a wrong moment", style.ORANGE),
    "no jump": style.Look("does not jump", style.VERMILION),
    "jump before green": style.Look("jumps before green", style.PURPLE),
}
"""What can become of a task, by the names of `pisces.chapters.when_augmentation_hurts.colors`."""

VALUE_LIMIT = 1.0
"""Where the scale of augmented pixels is cut."""


class Runs(Protocol):
    """What the figures read of the runs of a method: a part of `colors.ColorRuns`."""

    update: np.ndarray
    is_test: np.ndarray
    num_runs: int
    solved_fraction: np.ndarray
    solved_share: np.ndarray

    def outcome_shares(self, *, is_test: bool = True) -> dict[str, float]:
        """How often each of `OUTCOMES` came about."""
        ...


@style.drawn
def augmented_views(frames: Mapping[str, NDArray], views: Mapping[str, NDArray]) -> Figure:
    """Draws coloured frames and random convolutions of them: a row for each colour, a column for each kernel.

    Values may be negative: medium grey stands for 0, and each channel is brighter or darker than that.

    Args:
        frames: For each colour, float `[H, W, 3]`, row 0 on top.
        views: For each colour, float `[num_views, H, W, 3]`.
    """
    num_views = len(next(iter(views.values())))
    figure, axes = plt.subplots(
        len(frames), num_views + 1, figsize=(style.WIDTH, 0.35 + 1.1 * len(frames)), squeeze=False
    )
    for row, (color, frame) in zip(axes, frames.items(), strict=True):
        for panel, picture in zip(row, (frame, *views[color]), strict=True):
            panel.imshow(np.clip(0.5 + picture / (2 * VALUE_LIMIT), 0, 1), origin="upper")
            panel.set(xticks=[], yticks=[])
            panel.spines[:].set(visible=True, color=style.LIGHT_GREY)
        row[0].set_ylabel(color, color=OBSTACLES[color].color)
    axes[0, 0].set_title("original", fontsize=9.5)
    for index, panel in enumerate(axes[0, 1:], start=1):
        panel.set_title(f"kernel {index}", fontsize=9.5)
    return figure


@style.drawn
def obstacle_values(values: Mapping[str, NDArray], accuracy: Mapping[str, float]) -> Figure:
    """Draws what random convolutions make of an obstacle, by two channels.

    Args:
        values: For each colour, float `[num_views, 2]`, values of the red and of the green channel.
        accuracy: Shares of views that a "line" and a comparison of "size" tell apart.
    """
    figure, axes = plt.subplots(figsize=(4.6, 4.6))
    limit = 1.05 * max(float(np.abs(points).max()) for points in values.values())
    for sign in (-1, 1):
        axes.axline((0, 0), slope=sign, color=style.BLACK, linestyle="--", linewidth=1)
    for (color, points), marker in zip(values.items(), ("o", "s"), strict=True):
        look = OBSTACLES[color]
        axes.scatter(*points.T, s=12, marker=marker, color=look.color, alpha=0.4, label=look.label)
    for color, place in zip(COLORS, ((0.5, 0), (0, 0.5)), strict=True):
        axes.plot(*place, "*", markersize=15, color=style.BLACK, markerfacecolor=OBSTACLES[color].color)
    axes.plot([], [], "*", markersize=12, color=style.BLACK, fillstyle="none", label="without convolution")
    axes.set(xlim=(-limit, limit), ylim=(-limit, limit), aspect="equal")
    axes.set(xlabel="red channel of the obstacle", ylabel="green channel of the obstacle")
    axes.set_title(
        f"told apart by the best line: {accuracy['line']:.0%}, by size: {accuracy['size']:.0%}",
        fontsize=10,
    )
    figure.legend(loc="outside lower center", ncols=3, fontsize=8.5)
    return figure


@style.drawn
def solved_boards(runs: Mapping[tuple[str, str], Runs]) -> Figure:
    """Draws in which fraction of runs each task is solved: a board for each method and colour of obstacle.

    Args:
        runs: What runs did, by method and colour.

    Raises:
        ValueError: If there is none.
    """
    if not runs:
        raise ValueError("runs is empty; there must be those of a method")
    methods, colors = (list(dict.fromkeys(names)) for names in zip(*runs, strict=True))
    figure, axes = plt.subplots(
        len(methods),
        len(colors),
        figsize=(style.WIDTH, 0.9 + 1.3 * len(methods)),
        sharex=True,
        sharey=True,
        squeeze=False,
    )
    for (method, color), shown in runs.items():
        panel = axes[methods.index(method), colors.index(color)]
        image = draw_share_board(panel, shown.solved_fraction)
        mark_training_tasks(panel, shown.is_test, markersize=3, color="white", markeredgecolor=style.BLACK)
        share = shown.solved_share[:, -1].mean()
        label = style.METHODS[method].label
        panel.set_title(f"{label}, {color}: {share:.0%}, n = {shown.num_runs}", fontsize=8.5)
    for panel in axes[-1]:
        panel.set_xlabel("obstacle position [px]")
    for panel in axes[:, 0]:
        panel.set_ylabel("floor [px]")
    bar = figure.colorbar(image, ax=axes, label="fraction of runs", shrink=0.5)
    bar.ax.yaxis.set_major_formatter(PercentFormatter(xmax=1))
    return figure


@style.drawn
def learning_curves(runs: Mapping[tuple[str, str], Runs]) -> Figure:
    """Draws the share of unseen tasks solved over the updates: a panel for each colour, thin lines for runs.

    Args:
        runs: What runs did, by method and colour.
    """
    colors = list(dict.fromkeys(color for _, color in runs))
    figure, axes = plt.subplots(1, len(colors), figsize=(style.WIDTH, 3.1), sharey=True, squeeze=False)
    for (method, color), shown in runs.items():
        panel, look = axes[0, colors.index(color)], style.METHODS[method]
        curve = {"color": look.color, "clip_on": False}
        for share in shown.solved_share:
            panel.plot(shown.update, share, linewidth=0.6, alpha=0.5, **curve)
        label = f"{look.label}, n = {shown.num_runs}"
        panel.plot(shown.update, shown.solved_share.mean(axis=0), label=label, marker="o", ms=3, **curve)
    for panel, color in zip(axes[0], colors, strict=True):
        panel.set_title(OBSTACLES[color].label, color=OBSTACLES[color].color)
        panel.set(xlabel="updates", ylim=(-0.02, 1.02), xlim=(0, None))
        panel.xaxis.set_major_locator(MaxNLocator(4, integer=True))
        panel.yaxis.set_major_formatter(PercentFormatter(xmax=1))
        panel.grid(axis="y")
    axes[0, 0].set_ylabel("unseen tasks solved")
    figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
    return figure


@style.drawn
def outcomes(runs: Mapping[tuple[str, str], Runs]) -> Figure:
    """Draws what becomes of unseen tasks: a panel for each colour, a bar for each method.

    A black mark is the share of the training tasks solved, a number beside a bar that of the runs.

    Args:
        runs: What runs did, by method and colour.
    """
    methods = list(dict.fromkeys(method for method, _ in runs))
    colors = [color for color in OBSTACLES if any(color == own for _, own in runs)]
    figure, axes = plt.subplots(
        1, len(colors), figsize=(style.WIDTH, 1.3 + 0.38 * len(methods)), sharey=True, squeeze=False
    )
    for (method, color), shown in runs.items():
        panel, row = axes[0, colors.index(color)], methods.index(method)
        _draw_shares(panel, row, shown.outcome_shares())
        trained = shown.outcome_shares(is_test=False)["solved"]
        panel.text(1.04, row, f"{shown.num_runs}", va="center", fontsize=8.5, color=style.GREY)
        panel.plot([trained, trained], [row - 0.42, row + 0.42], color=style.BLACK, clip_on=False)
    for panel, color in zip(axes[0], colors, strict=True):
        panel.set_title(OBSTACLES[color].label, color=OBSTACLES[color].color)
        panel.set(xlim=(0, 1), xlabel="unseen tasks")
        panel.xaxis.set_major_formatter(PercentFormatter(xmax=1))
        panel.set_xticks([0, 0.5, 1])
    axes[0, 0].set_yticks(range(len(methods)), [style.METHODS[method].label for method in methods])
    axes[0, 0].invert_yaxis()
    marks: list = [Patch(color=look.color, label=look.label) for look in OUTCOMES.values()]
    marks += axes[0, 0].plot([], [], color=style.BLACK, label="training tasks solved")
    figure.legend(handles=marks, loc="outside lower center", ncols=3, fontsize=8.5)
    return figure


def _draw_shares(panel: Axes, row: int, share: Mapping[str, float]) -> None:
    """Draws one bar of several parts."""
    start = 0.0
    for name, look in OUTCOMES.items():
        panel.barh(row, share[name], left=start, height=0.7, color=look.color)
        start += share[name]
