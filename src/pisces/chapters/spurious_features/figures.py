"""What does a policy on the linear system read, and what does that cost elsewhere? The figures of chapter 10.

Gaps are costs above that of the best policy. Results are handed in as `pisces.lqr.run` or
`pisces.experiments.evidence` give them, tables as `pisces.experiments.tables` does.
"""

from collections.abc import Mapping, Sequence
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import ArrayLike

from pisces.drawing import style
from pisces.drawing.groups import grouped

if TYPE_CHECKING:  # what is drawn is handed in
    from pisces.lqr.result import LQRResult

_TRAINING = style.Look("where it is optimal", style.BLUE)
_UNSEEN = style.Look("in unseen environments", style.VERMILION)
_GAP = "gap in cost"
_LINEAR_BELOW = 1e-3
"""Logarithmic axes of gaps are linear below this value, so that they have a place for 0."""


@style.drawn
def family(share: ArrayLike, training: ArrayLike, unseen: ArrayLike, norm: ArrayLike) -> Figure:
    """Draws what the policies cost that are optimal in one environment, and how large they are.

    Args:
        share: float `[n]`, how much of its actions each policy reads from distractors.
        training: float `[n]`, its gap in the environment where it is optimal.
        unseen: float `[n, num_environments]`, in others; infinite where it is unstable.
        norm: float `[n]`, Frobenius norm of the policy.
    """
    share, unseen = np.asarray(share), np.asarray(unseen)
    figure, (left, right) = plt.subplots(1, 2, figsize=(style.WIDTH, 3.1))
    left.plot(share, unseen, color=_UNSEEN.color, linewidth=1, alpha=0.5)
    left.plot(share, training, color=_TRAINING.color, linewidth=2.5)
    looks = (_UNSEEN, _TRAINING)
    left.legend(handles=[Line2D([], [], color=look.color, label=look.label) for look in looks])
    left.set(xlabel="share read from distractors, ρ", ylabel=_GAP)
    right.plot(share, norm, color=style.BLACK)
    smallest = int(np.argmin(norm))
    right.plot(share[smallest], np.asarray(norm)[smallest], "o", color=style.BLACK)
    right.annotate(
        "the smallest",
        (share[smallest], np.asarray(norm)[smallest]),
        xytext=(0, 32),
        textcoords="offset points",
        ha="center",
        arrowprops={"arrowstyle": "-", "color": style.GREY, "shrinkB": 5},
    )
    right.set(xlabel="share read from distractors, ρ", ylabel="norm of the policy", ylim=(0, None))
    for panel in (left, right):
        panel.grid()
    return figure


@style.drawn
def pairs(distance: ArrayLike, index_x: ArrayLike, index_y: ArrayLike) -> Figure:
    """Draws the metric between observations of two environments, and the pairs that it finds.

    Args:
        distance: float `[n, m]`.
        index_x: int `[num_pairs]`, rows of the pairs at distance 0 ...
        index_y: int `[num_pairs]`, ... and their columns.
    """
    figure, panel = plt.subplots(figsize=(4.6, 3.9))
    image = panel.imshow(np.asarray(distance), vmin=0)
    panel.plot(index_y, index_x, "o", ms=5, color=style.ORANGE, markeredgecolor="black", markeredgewidth=0.6)
    panel.set(xlabel="observation in environment Y", ylabel="observation in environment X")
    figure.colorbar(image, ax=panel, label="PSM")
    return figure


@style.drawn
def curves(results: Sequence["LQRResult"]) -> Figure:
    """Draws how the gap changes in training, a panel for each method and a line for each run.

    Args:
        results: Of up to six methods. A line ends where training or the policy becomes unstable.
    """
    by_method = grouped(results, attrgetter("config.method"))
    figure, axes = plt.subplots(2, 3, figsize=(style.WIDTH, 4.6), sharex=True, sharey=True)
    for panel, (method, group) in zip(axes.flat, by_method.items(), strict=False):
        look = style.LQR_METHODS[method]
        for result in group:
            panel.plot(result.step, _finite_mean(result.test_gap), color=look.color, linewidth=1.4)
            panel.plot(result.step, _finite_mean(result.training_gap), "--", color=style.GREY, linewidth=1)
        panel.set_title(look.label, color=look.color, weight="bold", fontsize=10)
        panel.set(xlabel="steps of training", ylabel=_GAP)
        panel.label_outer()
        panel.grid()
    axes[0, 0].set_ylim(0, None)
    for panel in axes.flat[len(by_method) :]:
        panel.set_visible(False)
    handles = [
        Line2D([], [], color=style.BLACK, linewidth=1.4, label="in unseen environments (mean)"),
        Line2D([], [], color=style.GREY, linestyle="--", linewidth=1, label="where it trains"),
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=2)
    return figure


@style.drawn
def gaps_by_distractors(rows: pd.DataFrame) -> Figure:
    """Draws our mean gap of each method beside the paper's, over the number of distractors.

    Args:
        rows: As of `pisces.experiments.tables.results`, columns being numbers of distractors.
    """
    methods = list(dict.fromkeys(rows.method))
    sizes = list(dict.fromkeys(rows.column))
    figure, panel = plt.subplots(figsize=(style.WIDTH, 3.9))
    for place, method in enumerate(methods):
        look = style.LQR_METHODS[method]
        shift = 0.11 * (place - (len(methods) - 1) / 2)
        for row in rows.query("method == @method").to_dict("records"):
            x = sizes.index(row["column"]) + shift
            panel.plot([x, x], [row["low"], row["high"]], color=look.color, linewidth=3)
            panel.plot(x, row["mean"], "o", color=look.color, markersize=6)
            theirs = {"color": look.color, "markerfacecolor": "white", "markersize": 5.5}
            panel.plot(x + 0.05, row["paper_mean"], "D", **theirs)
    panel.set_xticks(range(len(sizes)), sizes)
    panel.set(xlabel="number of distractors", ylabel=_GAP, xlim=(-0.5, len(sizes) - 0.5))
    _gap_axis(panel, [rows[name].to_numpy(float) for name in ("mean", "high", "paper_mean")])
    panel.grid(axis="y")
    handles = [
        Line2D([], [], marker="o", linewidth=3, color=style.LQR_METHODS[name].color, label=_label(name))
        for name in methods
    ]
    paper: dict[str, Any] = {"marker": "D", "linestyle": "none", "markerfacecolor": "white"}
    handles.append(Line2D([], [], color=style.BLACK, label="the paper's", **paper))
    figure.legend(handles=handles, loc="outside lower center", ncols=4)
    return figure


@style.drawn
def distractors(results: Sequence["LQRResult"]) -> Figure:
    """Draws how much trained policies read distractors, and what that costs; a dot is a run.

    Args:
        results: Of any methods and numbers of distractors. Runs with an infinite gap are not drawn on the
            right.
    """
    sizes = sorted({result.config.num_distractors for result in results})
    figure, (left, right) = plt.subplots(1, 2, figsize=(style.WIDTH, 3.9))
    left.set(xscale="log", yscale="log")
    for place, (method, group) in enumerate(grouped(results, attrgetter("config.method")).items()):
        look = style.LQR_METHODS[method]
        dots: dict[str, Any] = {"color": look.color, "alpha": 0.5, "mew": 0, "ms": 4.5}
        size = np.array([result.config.num_distractors for result in group])
        norm = np.array([result.distractor_norm[-1] for result in group])
        left.plot(size * 1.07 ** (place - 2.5), norm, "o", **dots)
        if method == "aggregation":
            _root_line(left, size, norm)
        share = [result.distractor_share[-1] for result in group]
        right.plot(share, [_finite(result.score) for result in group], "o", **dots)
    left.set_xticks(sizes, [str(size) for size in sizes])
    left.set_xticks([], minor=True)
    left.set(xlabel="number of distractors", ylabel="norm of the policy for distractors")
    right.set(xlabel="share read from distractors", ylabel=_GAP, xlim=(-0.03, 1.03))
    _gap_axis(right, [_finite(result.score) for result in results])
    for panel in (left, right):
        panel.grid(axis="y")
    marks = [
        Line2D(
            [], [], marker="o", linestyle="none", color=style.LQR_METHODS[method].color, label=_label(method)
        )
        for method in grouped(results, attrgetter("config.method"))
    ]
    figure.legend(handles=marks, loc="outside lower center", ncols=3)
    return figure


@style.drawn
def optimizers(results: Mapping[str, Sequence["LQRResult"]], closest: ArrayLike) -> Figure:
    """Draws the gaps that optimizers leave, a dot for each run.

    Args:
        results: Runs by the name of the optimizer, at most two.
        closest: float `[num_seeds]`, gaps of the closest policy that fits the training environments. Neither
            here nor in `results` is an infinite gap drawn.
    """
    methods = list(dict.fromkeys(result.config.method for group in results.values() for result in group))
    figure, panel = plt.subplots(figsize=(style.WIDTH, 1.3 + 0.42 * len(methods)))
    for place, (name, group) in enumerate(results.items()):
        shape: dict[str, Any] = {"marker": "os"[place], "linestyle": "none", "ms": 6.5}
        for result in group:
            color = style.LQR_METHODS[result.config.method].color
            y = methods.index(result.config.method) + 0.26 * place - 0.13
            face = color if place == 0 else "white"
            panel.plot(_finite(result.score), y, color=color, markerfacecolor=face, **shape)
        face = style.BLACK if place == 0 else "white"
        panel.plot([], [], color=style.BLACK, markerfacecolor=face, label=name, **shape)
    band = np.asarray(closest)[np.isfinite(closest)]
    if len(band):
        panel.axvspan(band.min(), band.max(), color=style.LIGHT_GREY, zorder=0, label="closest policy")
    panel.set_yticks(range(len(methods)), [_label(method) for method in methods])
    highest = np.nanmax([_finite(result.score) for group in results.values() for result in group])
    panel.set(ylim=(len(methods) - 0.5, -0.5), xlabel=_GAP, xlim=(-0.03 * highest, 1.05 * highest))
    panel.grid(axis="x")
    figure.legend(*panel.get_legend_handles_labels(), loc="outside lower center", ncols=3)
    return figure


def _finite(gap: float) -> float:
    """Nan, which is not drawn, in place of infinity."""
    return gap if np.isfinite(gap) else np.nan


def _finite_mean(gap: np.ndarray) -> np.ndarray:
    mean = gap.mean(axis=1)
    return np.where(np.isfinite(mean), mean, np.nan)


def _gap_axis(panel: Axes, gaps: Sequence[ArrayLike]) -> None:
    """Makes the vertical axis logarithmic, but linear near 0, with room for all gaps that are finite."""
    every = np.concatenate([np.ravel(gap) for gap in gaps])
    panel.set_yscale("symlog", linthresh=_LINEAR_BELOW)
    panel.set_ylim(0, 2 * every[np.isfinite(every)].max())
    panel.axhspan(0, _LINEAR_BELOW, color=style.LIGHT_GREY, alpha=0.5, linewidth=0, zorder=0)
    place = panel.get_yaxis_transform()
    panel.text(0.98, _LINEAR_BELOW / 2, "linear scale", transform=place, ha="right", va="center", fontsize=9)


def _root_line(panel: Axes, size: np.ndarray, norm: np.ndarray) -> None:
    """Draws norms that grow like the root of the number of distractors, somewhat below the given ones."""
    ends = np.array([size.min(), size.max()])
    factor = 0.6 * np.exp(np.mean(np.log(norm) - np.log(size) / 2))
    panel.plot(ends, factor * np.sqrt(ends), "--", color=style.GREY, linewidth=1)
    panel.text(ends[1], 0.8 * factor * np.sqrt(ends[1]), "∝ √$n_d$", ha="right", va="top", color=style.GREY)


def _label(method: str) -> str:
    return style.LQR_METHODS[method].label
