"""Lakes to cross, and what students make of lakes that they have never seen: the figures of chapter 12."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter
from numpy.typing import ArrayLike, NDArray

from pisces.drawing import heatmap, style

STUDENTS = {
    "imitation": style.Look("imitation", style.GREY),
    "pse-now": style.Look("PSEs,\ndiscount 0", style.SKY_BLUE),
    "pse": style.Look("PSEs", style.BLUE),
    "pse-learned": style.Look("PSEs from\nlearned policies", style.ORANGE),
}
"""Label and colour of each kind of student."""

ARROWS = ("←", "↓", "→", "↑")
"""The actions of FrozenLake."""


@style.drawn
def lakes(pictures: Sequence[ArrayLike], ways: Sequence[ArrayLike], views: Sequence[ArrayLike]) -> Figure:
    """Draws lakes from above with the way through them, and below each what the agent sees at the start.

    Args:
        pictures: float `[H, W, 3]` in [0, 1], row 0 on top.
        ways: int `[n, 2]`, row and column of each cell on the optimal way.
        views: float `[h, w, 3]`, the first observations, with the agent in the middle.
    """
    figure, axes = plt.subplots(2, len(pictures), figsize=(style.WIDTH, 3.9), squeeze=False)
    for (above, below), picture, way, view in zip(axes.T, pictures, ways, views, strict=True):
        row, column = np.transpose(way)
        above.imshow(picture, origin="upper")
        above.plot(column, row, color=style.VERMILION)
        above.plot(column[0], row[0], "o", color=style.VERMILION, markersize=6)
        below.imshow(view, origin="upper")
        middle = (np.shape(view)[0] - 1) / 2
        below.plot(middle, middle, "o", color=style.VERMILION, markersize=6)
        for panel in (above, below):
            panel.set(xticks=[], yticks=[])
    axes[0, 0].set_ylabel("from above")
    axes[1, 0].set_ylabel("seen at the start")
    return figure


@style.drawn
def distances(distance: ArrayLike, action_x: ArrayLike, action_y: ArrayLike) -> Figure:
    """Draws PSM between the states of two demonstrations, each state with the action taken there.

    Args:
        distance: float `[n, m]`.
        action_x: int `[n]`, an index into `ARROWS`.
        action_y: int `[m]`.
    """
    matrix = np.asarray(distance)
    figure, panel = plt.subplots(figsize=(0.8 * style.WIDTH, 3.9))
    image = heatmap.numbered(panel, matrix, vmax=float(matrix.max()) or 1.0)
    _label_states(panel, action_x, action_y)
    panel.set(xlabel="states of lake Y and what is done", ylabel="states of lake X and what is done")
    figure.colorbar(image, ax=panel, label="PSM", shrink=0.8)
    return figure


@style.drawn
def approximations(sides: Mapping[int, NDArray], *, discount: float) -> Figure:
    """Draws how far a learned policy moves the metric, over how far it is from the optimal one.

    Args:
        sides: By the number of steps that policies were learned from, float `[num_pairs, 2]`: for each pair
            of lakes the change of the metric, and what Prop. B.1 allows.
        discount: Of the metric, in [0, 1).
    """
    figure, panel = plt.subplots(figsize=(0.85 * style.WIDTH, 3.4))
    deviation = np.linspace(0.0, 1.0, 200)
    panel.plot(
        deviation,
        2 / (1 - discount) * deviation,
        color=style.BLACK,
        linestyle="--",
        label="allowed by Prop. B.1",
    )
    colors = plt.get_cmap(style.ORDERED)(np.linspace(0.0, 0.85, len(sides)))
    for (num_samples, pairs), color, marker in zip(sides.items(), colors, "osD^v<>", strict=False):
        error, bound = np.transpose(pairs)
        eps = bound * (1 - discount) / 2
        panel.plot(
            eps, error, marker, color=color, label=f"{num_samples} steps", clip_on=False, linestyle="none"
        )
    panel.set_yscale("symlog", linthresh=0.1)
    panel.set(xlim=(0, 1), ylim=(0, 30), xlabel="largest total variation ε from the optimal policy")
    panel.set_yticks([0, 0.1, 1, 10], ["0", "0.1", "1", "10"])
    panel.set_ylabel("largest change of PSM")
    panel.grid(axis="y")
    figure.legend(loc="outside right center")
    return figure


@style.drawn
def solved(share: Mapping[str, ArrayLike], interval: Mapping[str, tuple[float, float]]) -> Figure:
    """Draws the share of unseen lakes that students cross: lines join those of one seed.

    Args:
        share: By the keys of `STUDENTS`, float `[num_seeds]` in [0, 1].
        interval: For each the ends of an interval around the mean.
    """
    figure, panel = plt.subplots(figsize=(0.8 * style.WIDTH, 3.4))
    scores = np.stack([np.asarray(one) for one in share.values()])
    panel.plot(np.arange(len(scores)), scores, color=style.LIGHT_GREY, linewidth=1.0, zorder=1)
    for place, name in enumerate(share):
        look, mean = STUDENTS[name], scores[place].mean()
        panel.plot(np.full(scores.shape[1], place), scores[place], ".", color=look.color, alpha=0.6)
        low, high = interval[name]
        panel.plot([place + 0.12] * 2, [low, high], color=look.color)
        panel.plot(place + 0.12, mean, "D", color=look.color)
        panel.text(place + 0.2, mean, f"{mean:.0%}", color=style.BLACK, va="center")
    panel.set_xticks(range(len(share)), [STUDENTS[name].label for name in share])
    panel.set(ylim=(0, 1), xlim=(-0.4, len(share) - 0.4), ylabel="unseen lakes crossed")
    panel.yaxis.set_major_formatter(PercentFormatter(xmax=1))
    panel.grid(axis="y")
    return figure


@style.drawn
def alignment(distance: ArrayLike, gap: Mapping[str, ArrayLike]) -> Figure:
    """Draws PSM by the steps left to the goal, beside how far apart embeddings are on average.

    Args:
        distance: float `[k, k]`, with 1 to k steps left in either lake.
        gap: By the keys of `STUDENTS`, float `[k, k]`, at least 0, each drawn on its own scale.
    """
    panels = {"PSM": distance} | {f"{STUDENTS[name].label}: 1 − cosine": one for name, one in gap.items()}
    figure, axes = plt.subplots(1, len(panels), figsize=(style.WIDTH, 2.9), sharey=True)
    for panel, (title, matrix) in zip(axes, panels.items(), strict=True):
        end = len(np.asarray(matrix)) + 0.5
        image = panel.imshow(matrix, vmin=0, extent=(0.5, end, 0.5, end))
        panel.set(title=title, xlabel="steps left in Y", xticks=range(1, int(end) + 1, 2))
        figure.colorbar(image, ax=panel, location="bottom")
    axes[0].set(ylabel="steps left in X", yticks=range(1, int(end) + 1, 2))
    return figure


def _label_states(panel: Axes, action_x: ArrayLike, action_y: ArrayLike) -> None:
    """Writes on the axes what is done in each state, time from left to right and from top to bottom."""
    of_x, of_y = ([ARROWS[action] for action in np.asarray(one)] for one in (action_x, action_y))
    panel.set_xticks(range(len(of_y)), of_y)
    panel.set_yticks(range(len(of_x)), of_x)
    panel.set_ylim(len(of_x) - 0.5, -0.5)
    panel.tick_params(length=0)
