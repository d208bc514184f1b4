"""How far apart are the states of two tasks? The figures of chapter 2 that show distances.

Everything drawn is handed in, as `pisces.metric`, `comparison` and `theory` return it.
In every matrix a row is a state of task X and a column one of task Y; time goes up and to the right.
"""

from collections.abc import Iterator, Mapping

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from numpy.typing import ArrayLike, NDArray

from pisces.drawing import heatmap, style
from pisces.task import EPISODE_LENGTH, JUMP, JUMP_DISTANCE, RIGHT, Task

_UNITS = {
    "psm": "discounted actions that differ",
    "pi-bisimulation": "discounted reward",
    "bisimulation": "discounted reward",
    "true-similarity": "0: alike, 1: not",
}
_RING = {
    "color": style.VERMILION,
    "fillstyle": "none",
    "markersize": 10,
    "markeredgewidth": 2,
    "clip_on": False,
}
_BOUNDS = {
    "the paper's": (style.BLUE, "o"),
    "sharper": (style.ORANGE, "^"),
    "Prop. B.1": (style.VERMILION, "o"),
}
_ACTION_NAMES = {RIGHT: "right", JUMP: "jump"}


@style.drawn
def backward_sweep(
    action_x: ArrayLike, action_y: ArrayLike, cost: NDArray, distance: NDArray, *, discount: float
) -> Figure:
    """Draws how the distances between two trajectories of four steps come about, beginning from the end.

    Args:
        action_x: int `[4]`, the actions in the states of x, written beside the rows.
        action_y: int `[4]`, the actions in the states of y, written below the columns.
        cost: float `[4, 4]`, the local costs.
        distance: float `[4, 4]`, what `policy_similarity` makes of them.
        discount: That of the distances.
    """
    # Narrower than the page: on a phone the numbers stay large enough to be read.
    figure, axes = plt.subplots(3, 2, figsize=(5.6, 7.6), sharex=True, sharey=True)
    ceiling = distance.max()
    heatmap.numbered(axes[0, 0], cost, vmax=ceiling)
    axes[0, 0].set_title("Local cost")
    _draw_successors(axes[0, 1], cost.shape)
    axes[0, 1].set_title("Where each cell looks")
    entries = np.vectorize("{:.3g}".format)(distance)
    workings = _workings(cost, entries)
    is_known = np.zeros(cost.shape, bool)
    for panel, (title, is_new) in zip(axes.flat[2:], _sweep_steps(cost.shape), strict=True):
        is_new &= ~is_known
        is_known |= is_new
        labels = np.where(is_new, workings, entries)
        shown = np.where(is_known, distance, np.nan)
        heatmap.numbered(panel, shown, vmax=ceiling, labels=labels, fontsize=8.5)
        panel.set_title(title)
    for panel in axes.flat:
        panel.set_xticks(range(cost.shape[1]), _step_names(action_y))
        panel.set_yticks(range(cost.shape[0]), _step_names(action_x))
    for panel in axes[-1]:
        panel.set_xlabel("task Y, in time →")
    for panel in axes[:, 0]:
        panel.set_ylabel("task X, in time →")
    # In the part of the panel that is still empty.
    axes[1, 0].text(1, 1, f"γ = {discount:g}", ha="center", va="center", fontsize=11)
    return figure


@style.drawn
def task_metrics(task_x: Task, task_y: Task, distances: Mapping[str, NDArray]) -> Figure:
    """Draws what each metric calls alike in two jumping tasks.

    Between the two lines the agents are equally far from their obstacles. The ring is around the state of X
    that is nearest to the one in which the agent of Y must jump.

    Args:
        task_x: The task of the rows.
        task_y: The task of the columns.
        distances: For each metric, float `[56, 56]`, as `task_distances` returns them.
    """
    figure, axes = plt.subplots(2, 2, figsize=(style.WIDTH, 6.2), sharex=True, sharey=True)
    jump_x, jump_y = (task.obstacle_position - JUMP_DISTANCE for task in (task_x, task_y))
    last = EPISODE_LENGTH - 1
    for panel, (name, distance) in zip(axes.flat, distances.items(), strict=True):
        image = panel.imshow(distance, vmin=0)
        figure.colorbar(image, ax=panel, shrink=0.78, label=_UNITS[name])
        for aside in (-2, 2):
            panel.axline((jump_y + aside, jump_x), slope=1, color=style.VERMILION, linewidth=0.9)
        nearest = distance[:, jump_y].argmin()
        panel.plot(jump_y, nearest, "o", **_RING)
        panel.set(xticks=[0, jump_y, last], yticks=[0, jump_x, last], title=style.METRICS[name].label)
        panel.set(xlim=(-0.5, last + 0.5), ylim=(-0.5, last + 0.5))
    for panel in axes[1]:
        panel.set_xlabel(f"agent's x [px], obstacle at {task_y.obstacle_position}")
    for panel in axes[:, 0]:
        panel.set_ylabel(f"agent's x [px], obstacle at {task_x.obstacle_position}")
    return figure


@style.drawn
def discounts_and_affinities(distance: Mapping[float, NDArray], affinity: Mapping[float, NDArray]) -> Figure:
    """Draws the same distances with several discounts, and affinities with several scales.

    Args:
        distance: For each discount, float `[n, m]`.
        affinity: For each scale, float `[n, m]`, in [0, 1]; as many as there are discounts.
    """
    figure = plt.figure(figsize=(style.WIDTH, 4.9))
    rows = figure.subfigures(2, 1, squeeze=False)[:, 0]
    ceiling = max(matrix.max() for matrix in distance.values())
    _draw_row(rows[0], {f"γ = {key:g}": matrix for key, matrix in distance.items()}, ceiling, "PSM")
    _draw_row(rows[1], {f"β = {key:g}": matrix for key, matrix in affinity.items()}, 1.0, "affinity")
    return figure


@style.drawn
def inequalities(
    transfer: Mapping[float, tuple[NDArray, NDArray, NDArray]],
    slips: Mapping[float, tuple[NDArray, NDArray, NDArray]],
    approximation: tuple[NDArray, NDArray],
    *,
    discount: float,
) -> Figure:
    """Draws the sides of Theorem 1 and of Prop. B.1 in many cases, and how much of Theorem 1 a slip uses up.

    Args:
        transfer: For each of two discounts, the left side of Theorem 1, its right side, and the sharper right
            side, each float `[n]`, above 0.
        slips: The same for an ever rarer slip.
        approximation: Left and right sides of Prop. B.1.
        discount: That of `approximation`.
    """
    figure, axes = plt.subplots(2, 2, figsize=(style.WIDTH, 7.4))
    for panel, (gamma, (left, right, sharp)) in zip(axes[0], transfer.items(), strict=True):
        _draw_sides(panel, left, {"the paper's": right, "sharper": sharp}, 1.0 / (1.0 - gamma))
        panel.set(title=f"Theorem 1, γ = {gamma:g}", xlabel="right side: what is allowed")
        panel.set_ylabel("left side: discounted disagreement")
    axes[0, 0].legend(loc="upper left", bbox_to_anchor=(0.0, 0.92), handletextpad=0.2, borderaxespad=0.2)
    _draw_slips(axes[1, 0], slips)
    _draw_sides(axes[1, 1], approximation[0], {"Prop. B.1": approximation[1]}, 1.0 / (1.0 - discount))
    axes[1, 1].set(title=f"Prop. B.1, γ = {discount:g}", xlabel="right side: what is allowed")
    axes[1, 1].set_ylabel("left side: largest error of the metric")
    return figure


def _sweep_steps(shape: tuple[int, int]) -> Iterator[tuple[str, NDArray]]:
    """Title, and the cells that are known, after each step of the sweep."""
    row, column = np.indices(shape)
    yield "Last row and column", (row == shape[0] - 1) | (column == shape[1] - 1)
    for first in reversed(range(shape[0] - 1)):
        yield f"Row {first + 1}", row >= first


def _step_names(action: ArrayLike) -> list[str]:
    """Number and name of each action."""
    return [f"{step}\n{_ACTION_NAMES[chosen]}" for step, chosen in enumerate(np.asarray(action).tolist(), 1)]


def _workings(cost: NDArray, entries: NDArray) -> NDArray:
    """Text of each cell: its cost plus the discounted entry that it looks at, and what that makes."""
    texts = entries.astype(object)
    for i, j in np.ndindex(cost.shape):
        successor = (min(i + 1, cost.shape[0] - 1), min(j + 1, cost.shape[1] - 1))
        if successor != (i, j):
            texts[i, j] = f"{cost[i, j]:g}+γ·{entries[successor]}\n= {entries[i, j]}"
    return texts


def _draw_successors(panel: Axes, shape: tuple[int, int]) -> None:
    """Draws an arrow from each cell to the one whose distance it needs."""
    for i, j in np.ndindex(shape):
        tip = (min(j + 1, shape[1] - 1), min(i + 1, shape[0] - 1))
        panel.plot(j, i, "o", color=style.BLUE, markersize=4)
        if tip != (j, i):
            arrow = {"arrowstyle": "-|>", "color": style.GREY, "shrinkA": 4, "shrinkB": 4}
            panel.annotate("", tip, (j, i), arrowprops=arrow)
    panel.set(xlim=(-0.5, shape[1] - 0.5), ylim=(-0.5, shape[0] - 0.5), aspect="equal")


def _draw_row(row: SubFigure, matrices: Mapping[str, NDArray], ceiling: float, label: str) -> None:
    """Draws matrices side by side on one colour scale from 0 to `ceiling`."""
    panels = row.subplots(1, len(matrices), sharey=True)
    for panel, (title, matrix) in zip(panels, matrices.items(), strict=True):
        image = panel.imshow(matrix, vmin=0.0, vmax=ceiling)
        panel.set_title(title)
    row.supxlabel("agent's x in Y [px]", fontsize=style.RC["axes.labelsize"])
    panels[0].set_ylabel("agent's x in X [px]")
    row.colorbar(image, ax=panels, label=label, shrink=0.85)


def _draw_sides(panel: Axes, left: NDArray, right: Mapping[str, NDArray], trivial: float) -> None:
    """Draws points, left sides over right sides; from `trivial` on a right side excludes nothing."""
    limits = (0.5 * left.min(), 2.0 * max(side.max() for side in right.values()))
    panel.fill_between(limits, limits, limits[1], color=style.LIGHT_GREY, linewidth=0)
    panel.plot(limits, limits, color=style.BLACK, linewidth=1.2)
    panel.axvline(trivial, color=style.GREY, linestyle="--", linewidth=1.2)
    for name, side in right.items():
        color, marker = _BOUNDS[name]
        panel.scatter(side, left, s=14, color=color, marker=marker, alpha=0.55, linewidths=0, label=name)
    panel.set(xscale="log", yscale="log", xlim=limits, ylim=limits, aspect="equal")
    panel.text(0.05, 0.93, "violated", transform=panel.transAxes)
    panel.text(1.1 * trivial, 1.3 * limits[0], "vacuous", rotation=90, color=style.GREY)


def _draw_slips(panel: Axes, slips: Mapping[float, tuple[NDArray, NDArray, NDArray]]) -> None:
    """Draws left sides as shares of both right sides over the distance, full lines for the first discount."""
    for (gamma, (left, right, sharp)), dashes in zip(slips.items(), ("-", "--"), strict=True):
        for name, side in (("sharper", sharp), ("the paper's", right)):
            color, marker = _BOUNDS[name]
            label = f"{name}, γ = {gamma:g}"
            share = left / side
            panel.plot((1.0 - gamma) * sharp, share, dashes, color=color, marker=marker, label=label)
    panel.axhline(1.0, color=style.BLACK, linewidth=1.2)
    panel.set(xscale="log", ylim=(0.0, 1.08), title="Theorem 1, an ever rarer slip", box_aspect=1)
    panel.set(xlabel="distance d* to the nearest state", ylabel="left side, as a share of the right side")
    panel.invert_xaxis()
    panel.legend(loc="lower right")
