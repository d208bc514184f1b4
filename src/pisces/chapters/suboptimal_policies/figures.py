"""How good must the policy behind the metric be? The figures of chapter 7.

A policy errs with some probability in every state: it takes the other action than the expert.
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter
from numpy.typing import ArrayLike, NDArray

from pisces.drawing import style

READINGS = {
    "reference": style.Look("without coupling weights", style.BLUE),
    "paper": style.Look("with coupling weights", style.ORANGE),
}
"""What tells the readings of eq. 4 apart here, by their names in `pisces.jumping.presets`."""

SMALLEST_CHANGE = 1e-8
"""Below this size the axis of a gradient's change is linear, so that 0 is on it."""

_Rows = Iterable[Mapping[Hashable, Any]]


@style.drawn
def distances(distance: Mapping[float, NDArray]) -> Figure:
    """Draws the distances between two tasks as policies of different quality give them, on one scale.

    A dot stands on the positive of each anchor, the first of the nearest states.

    Args:
        distance: For each probability of an error, float `[n, m]`; anchors are the columns.
    """
    figure, axes = plt.subplots(
        1, len(distance), figsize=(style.WIDTH, 2.3), sharex=True, sharey=True, squeeze=False
    )
    ceiling = max(float(matrix.max()) for matrix in distance.values())
    for panel, (error, matrix) in zip(axes[0], distance.items(), strict=True):
        image = panel.imshow(matrix, vmin=0.0, vmax=ceiling)
        anchor = np.arange(matrix.shape[1])
        panel.plot(anchor, matrix.argmin(axis=0), ".", color=style.VERMILION, markersize=3.5, clip_on=False)
        panel.set_title(f"ε = {error:g}")
    figure.supxlabel("agent's x in Y [px]", fontsize=style.RC["axes.labelsize"])
    axes[0, 0].set_ylabel("agent's x in X [px]")
    figure.colorbar(image, ax=axes, label="PSM", shrink=0.8)
    return figure


@style.drawn
def effects(rows: Mapping[str, _Rows]) -> Figure:
    """Draws what errors change in the gradient, and how little in the metric of what Prop. B.1 allows.

    Args:
        rows: For each key of `READINGS`, records with error, gradient_change, metric_change and
            allowed_change, as `pisces.chapters.suboptimal_policies.policy_error.effects` returns them.
    """
    figure, (left, right) = plt.subplots(1, 2, figsize=(style.WIDTH, 3.1))
    markers = dict(zip(READINGS, ("o", "s"), strict=True))
    for reading, records in rows.items():
        error, change, metric_change, allowed = _columns(
            records, "error", "gradient_change", "metric_change", "allowed_change"
        )
        look, marker = READINGS[reading], markers[reading]
        left.plot(error, change, marker=marker, color=look.color, label=look.label, clip_on=False)
        is_drawn = error > 0  # on a logarithmic axis
        right.plot(error[is_drawn], metric_change[is_drawn], marker=marker, color=look.color)
        right.plot(error[is_drawn], allowed[is_drawn], marker=marker, color=look.color, linestyle="--")
    left.set_yscale("symlog", linthresh=SMALLEST_CHANGE)
    left.set(title="Change of the gradient", ylabel="relative to the gradient", ylim=(0, 3))
    left.set_yticks([0, SMALLEST_CHANGE, 1e-6, 1e-4, 1e-2, 1])
    right.set(title="Change of the metric", ylabel="largest change of a distance", yscale="log")
    right.plot([], [], color=style.BLACK, label="measured")
    right.plot([], [], color=style.BLACK, linestyle="--", label="allowed by Prop. B.1")
    for panel in (left, right):
        panel.set_xlabel("probability ε of an error")
        panel.grid(axis="y")
    left.legend(loc="upper left")
    right.legend(loc="center right")
    return figure


@style.drawn
def watched_positives(errors: Sequence[float], num_looks: Sequence[int], share: ArrayLike) -> Figure:
    """Draws how many positives are right if a policy is watched, not known.

    Args:
        errors: Probabilities of an error.
        num_looks: How often each state is watched, ascending.
        share: float `[num_looks, errors]`, shares of anchors.
    """
    figure, axes = plt.subplots(figsize=(0.8 * style.WIDTH, 3.2))
    colors = plt.get_cmap(style.ORDERED)(np.linspace(0.0, 0.85, len(num_looks)))
    axes.plot([0, 0.5], [1, 1], color=style.GREY, linestyle="--", label="known exactly, ε < 0.5")
    for looks, row, color in zip(num_looks, np.asarray(share), colors, strict=True):
        label = f"watched {looks} time{'s' * (looks > 1)}"
        axes.plot(errors, row, color=color, marker="o", label=label, clip_on=False)
    axes.set(xlabel="probability ε of an error", ylabel="anchors with a right positive", ylim=(0, 1.03))
    axes.yaxis.set_major_formatter(PercentFormatter(xmax=1))
    axes.grid(axis="y")
    figure.legend(loc="outside right center")
    return figure


@style.drawn
def solved_by_error(
    scores: Mapping[tuple[str, float], ArrayLike], paper: Mapping[float, float | None]
) -> Figure:
    """Draws the share of unseen tasks solved, over the probability with which the policy errs.

    A dot is a run, a line joins means. Without coupling weights one set of runs stands for all errors below
    the next one that was run.

    Args:
        scores: For each key of `READINGS` and each error, the scores of runs, float `[num_runs]`.
        paper: The paper's mean by error; None where it has none.
    """
    figure, axes = plt.subplots(figsize=(style.WIDTH, 3.6))
    for reading, shift in (("reference", -0.006), ("paper", 0.006)):
        runs = {error: np.asarray(score) for (name, error), score in scores.items() if name == reading}
        _draw_reading(axes, runs, reading, shift)
    known = {error: mean for error, mean in paper.items() if mean is not None}
    diamond = {"marker": "D", "linestyle": "none", "fillstyle": "none", "markersize": 7}
    axes.plot(list(known), list(known.values()), color=style.BLACK, label="the paper's mean", **diamond)
    axes.set(xlabel="probability ε of an error", ylabel="unseen tasks solved", ylim=(-0.02, 1.02))
    axes.set_xlim(-0.03, 0.53)
    axes.yaxis.set_major_formatter(PercentFormatter(xmax=1))
    axes.grid(axis="y")
    figure.legend(loc="outside lower center", ncols=2)
    return figure


def _columns(records: _Rows, *names: str) -> list[np.ndarray]:
    records = list(records)
    return [np.array([record[name] for record in records]) for name in names]


def _draw_reading(axes: Axes, runs: Mapping[float, np.ndarray], reading: str, shift: float) -> None:
    """Draws the runs of a reading beside each other, and their means."""
    if not runs:
        return
    look = READINGS[reading]
    for error, score in runs.items():
        place = np.full(len(score), error + shift)
        axes.plot(place, score, ".", color=look.color, alpha=0.5, clip_on=False)
    errors = np.array(sorted(runs))
    means = np.array([runs[error].mean() for error in errors])
    counts = {len(score) for score in runs.values()}
    few, many = min(counts), max(counts)
    label = f"{look.label}, n = {few}" if few == many else f"{look.label}, n = {few} to {many}"
    mean_mark = {"marker": "_", "markersize": 14, "markeredgewidth": 2.5, "linestyle": "none"}
    axes.plot(errors + shift, means, color=look.color, **mean_mark)
    if reading == "paper":
        axes.plot(errors + shift, means, color=look.color, label=label)
        return
    # The metric of an error stands for that of all larger ones below 0.5.
    stops = np.append(errors[1:], errors[-1])
    for start, stop, mean in zip(errors, stops, means, strict=True):
        axes.plot([start + shift, max(start, stop - 0.1) + shift], [mean, mean], color=look.color)
    axes.plot([], [], color=look.color, label=label)
