"""What does each metric and each loss leave in the network, and what changes the result? Chapter 6.

Representations, measures and differences are handed in, as `representations`, `alignment` and `effects` give
them.
"""

import itertools
from collections.abc import Mapping, Sequence
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import PercentFormatter

from pisces.chapters.training.figures import TASK_COLORS
from pisces.drawing import style
from pisces.drawing.groups import grouped

if TYPE_CHECKING:  # what is drawn is handed in
    from pisces.chapters.training.expert_states import ExpertStates
    from pisces.chapters.what_makes_it_work.alignment import Alignment, RunAlignment

_LABEL_EVERY = 10  # pixels of distance to the obstacle
_PICTURES = style.Look("The pictures", style.BLACK)
_MEASURES = {
    "gap": "distance of partners,\nas a share of that of others",
    "silhouette": "silhouette of before\nand after the jump",
    "partner_share": "share of states nearest\nto their partner",
    "place_share": "share of states nearest\nto the same place",
}
_RELATED = {
    **{_MEASURES[name]: f"alignment.{name}" for name in ("gap", "silhouette", "partner_share")},
    "error of the distance read from\nthe features $f$ (pixels)": "reading_error",
}


@style.drawn
def learning_rates(shares: Mapping[str, Mapping[float, np.ndarray]]) -> Figure:
    """Draws what methods solve at their learning rates: a dot for each run, and a line from mean to mean.

    Args:
        shares: As `effects.by_learning_rate` gives them.
    """
    figure, panel = plt.subplots(figsize=(style.WIDTH, 4.2))
    for (method, by_rate), marker in zip(shares.items(), itertools.cycle("osD^v"), strict=False):
        look = style.METHODS[method]
        for rate, share in by_rate.items():
            panel.plot(np.full(len(share), rate), share, ".", ms=4, color=look.color, alpha=0.5)
        means = [share.mean() for share in by_rate.values()]
        line = "-" if len(means) > 1 else "none"
        shape: dict[str, Any] = {"marker": marker, "ms": 7, "linestyle": line}
        panel.plot(list(by_rate), means, color=look.color, label=look.label, **shape)
    panel.set(xscale="log", xlabel="learning rate", ylabel="unseen tasks solved", ylim=(-0.03, 1.03))
    panel.yaxis.set_major_formatter(PercentFormatter(xmax=1))
    panel.grid()
    figure.legend(loc="outside lower center", ncols=2)
    return figure


@style.drawn
def maps(
    positions: Mapping[str, np.ndarray], states: "ExpertStates", *, solved: Mapping[str, float]
) -> Figure:
    """Draws where UMAP puts the states of several tasks, a panel for each method.

    Args:
        positions: float `[N, 2]` by the name of the method, at most four.
        states: The N states.
        solved: Share of the unseen tasks that each run solves, by the name of the method.

    Raises:
        ValueError: If there are no maps or more than four, or more tasks than colours.
    """
    if not 1 <= len(positions) <= 4:
        raise ValueError(f"positions holds {len(positions)}; it must hold 1 to 4")
    if len(states.tasks) > len(TASK_COLORS):
        raise ValueError(f"states has {len(states.tasks)} tasks; it must have at most {len(TASK_COLORS)}")
    figure, axes = plt.subplots(2, 2, figsize=(style.WIDTH, 7.2))
    for panel, (method, position) in zip(axes.flat, positions.items(), strict=False):
        for index, color in enumerate(TASK_COLORS[: len(states.tasks)]):
            own = states.task_index == index
            _draw_episode(
                panel, position[own], states.obstacle_distance[own], states.is_after_jump[own], color
            )
        look = style.METHODS[method]
        panel.set_title(look.label, color=look.color, weight="bold", fontsize=10)
        panel.set(xticks=[], yticks=[], xlabel=f"this run solves {solved[method]:.0%} of the unseen tasks")
        panel.spines[:].set(visible=True, color=style.LIGHT_GREY)
        panel.margins(0.06)
    for panel in axes.flat[len(positions) :]:
        panel.set_visible(False)
    marks = [
        Line2D([], [], color=color, label=f"obstacle {task.obstacle_position}, floor {task.floor_height}")
        for color, task in zip(TASK_COLORS, states.tasks, strict=False)
    ]
    kinds = (("o", style.GREY, "before the jump"), ("s", style.GREY, "the jump"), ("o", "none", "after it"))
    for marker, face, label in kinds:
        shape: dict[str, Any] = {"marker": marker, "markerfacecolor": face, "markeredgecolor": style.GREY}
        marks.append(Line2D([], [], linestyle="none", label=label, **shape))
    figure.legend(handles=marks, loc="outside lower center", ncols=3, fontsize=8.5)
    return figure


@style.drawn
def measures(runs: Sequence["RunAlignment"], *, pictures: "Alignment") -> Figure:
    """Draws what runs keep of the states: a dot for each run and task, a stroke for their mean.

    A diamond is the mean for the features, by cosine.

    Args:
        runs: Of several methods.
        pictures: The same measures of the observations themselves.
    """
    by_method = grouped(runs, attrgetter("method"))
    looks = [_PICTURES, *(style.METHODS[method] for method in by_method)]
    names = [_PICTURES.label, *(_counted(method, group) for method, group in by_method.items())]
    groups = [[pictures], *([run.alignment for run in group] for group in by_method.values())]
    diamond: dict[str, Any] = {"marker": "D", "ms": 6, "mfc": "white", "mew": 1.5, "linestyle": "none"}
    figure, axes = plt.subplots(2, 2, figsize=(style.WIDTH, 5.8), sharey=True)
    for panel, (name, label) in zip(axes.flat, _MEASURES.items(), strict=True):
        for row, (look, group) in enumerate(zip(looks, groups, strict=True)):
            value = np.concatenate([getattr(one, name) for one in group])
            shift = np.linspace(-0.25, 0.25, len(value))
            panel.plot(value, row + shift, "o", ms=4, color=look.color, alpha=0.5, mew=0)
            panel.plot(value.mean(), row, "|", ms=22, mew=2.5, color=look.color)
        for row, (method, group) in enumerate(by_method.items(), start=1):
            value = np.concatenate([getattr(run.of_features, name) for run in group])
            panel.plot(value.mean(), row, color=style.METHODS[method].color, **diamond)
        left, right = panel.get_xlim()
        panel.set(xlim=(min(left, -0.05), max(right, 1.05)), xlabel=label, ylim=(len(looks) - 0.5, -0.5))
        panel.set_yticks(range(len(looks)), names, fontsize=8.5)
        panel.grid(axis="x")
    marks = [
        Line2D([], [], marker="|", ms=12, mew=2.5, linestyle="none", label="mean, as the loss compares"),
        Line2D([], [], label="mean of the features $f$, by cosine", **diamond),
    ]
    for mark in marks:
        mark.set_color(style.GREY)
    figure.legend(handles=marks, loc="outside lower center", ncols=2, fontsize=8.5)
    return figure


@style.drawn
def relation(runs: Sequence["RunAlignment"]) -> Figure:
    """Draws what runs solve over what they keep of the states, a dot for each run.

    Three panels are of distances, as the loss compares; the last is of what a linear layer reads from f.

    Args:
        runs: Of several methods.
    """
    figure, axes = plt.subplots(2, 2, figsize=(style.WIDTH, 5.6), sharey=True)
    for panel, (label, name) in zip(axes.flat, _RELATED.items(), strict=True):
        for method, group in grouped(runs, attrgetter("method")).items():
            look = style.METHODS[method]
            kept = [attrgetter(name)(run).mean() for run in group]
            dots: dict[str, Any] = {"color": look.color, "alpha": 0.8, "label": _counted(method, group)}
            panel.plot(kept, [run.solved for run in group], "o", ms=7, mew=0, **dots)
        left, right = panel.get_xlim()
        panel.set(xlim=(min(left, -0.05), max(right, 1.05)), ylim=(-0.05, 1.05), xlabel=label)
        panel.yaxis.set_major_formatter(PercentFormatter(xmax=1))
        panel.grid()
    for panel in axes[:, 0]:
        panel.set_ylabel("unseen tasks solved")
    figure.legend(*axes.flat[0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
    return figure


@style.drawn
def effects(rows: Sequence[Mapping[str, Any]], *, reference: str) -> Figure:
    """Draws by how much cells of an experiment differ from a reference, in points.

    Args:
        rows: Rows of what `pisces.chapters.what_makes_it_work.effects.effects` returns.
        reference: What they are compared with, in words.
    """
    figure, panel = plt.subplots(figsize=(style.WIDTH, 0.9 + 0.36 * len(rows)))
    draw_effects(panel, rows)
    names = []
    for row in rows:
        changed = row["column"].removeprefix("paper, ")
        names.append(f"{style.METHODS[row['method']].label}: {changed} ({row['n']})")
    panel.set_yticks(range(len(rows)), names, fontsize=8.5)
    panel.set_xlabel(f"points more of the unseen tasks\nthan {reference}")
    return figure


def draw_effects(panel: Axes, rows: Sequence[Mapping[str, Any]]) -> None:
    """Draws differences into a panel, from top to bottom, full where they are clear.

    Args:
        panel: Where to draw.
        rows: As of `effects`.
    """
    for index, row in enumerate(rows):
        color = style.METHODS[row["method"]].color
        points = [100 * row[name] for name in ("difference", "low", "high")]
        face = color if row["is_clear"] else "white"
        panel.plot(points[1:], [index, index], color=color)
        panel.plot(points[0], index, "o", ms=7, color=color, markerfacecolor=face)
        if np.isfinite(points[0]):
            panel.annotate(
                "identical" if row["is_identical"] else f"{round(points[0], 1) + 0.0:+.1f}".replace("-", "−"),
                (points[0], index),
                xytext=(0, 6),
                textcoords="offset points",
                ha="center",
                fontsize=8.5,
                color=color,
                bbox={"pad": 0, "facecolor": "white", "edgecolor": "none"},
            )
    panel.axvline(0, color=style.GREY, lw=1)
    panel.set_ylim(len(rows) - 0.5, -0.7)
    panel.grid(axis="x")


def _draw_episode(
    panel: Axes, position: np.ndarray, distance: np.ndarray, is_after_jump: np.ndarray, color: str
) -> None:
    """Draws the states of one task: dots before the jump, a square at it, rings after it."""
    before = ~is_after_jump
    panel.plot(*position.T, color=color, linewidth=0.5, alpha=0.3, zorder=1)
    panel.scatter(*position[is_after_jump].T, s=9, facecolors="none", edgecolors=color, lw=0.7, zorder=2)
    panel.scatter(*position[before].T, s=10, color=color, alpha=0.7, linewidth=0, zorder=2)
    jump = distance[before].min()
    for (x, y), value in zip(position[before], distance[before], strict=True):
        if value % _LABEL_EVERY == 0 or value == jump:
            # A later mark covers an earlier one with its number, so that one of both can be read.
            order = len(panel.lines) + 3
            marker = "s" if value == jump else "o"
            panel.plot(x, y, marker=marker, ms=12, color=color, markeredgecolor="white", zorder=order)
            text: dict[str, Any] = {"color": "white", "fontsize": 8, "ha": "center", "va": "center"}
            panel.text(x, y, f"{value}", zorder=order, **text)


def _counted(method: str, group: Sequence["RunAlignment"]) -> str:
    """The name of a method with its number of runs."""
    return f"{_short(style.METHODS[method].label)} (n = {len(group)})"


def _short(label: str) -> str:
    """A label without what all methods of the ablation share."""
    return label.removeprefix("RandConv + ")
