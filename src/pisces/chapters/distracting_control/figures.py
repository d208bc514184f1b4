"""What is to be controlled, what was earned, and what an encoder keeps: the figures of chapter 11.

Results are handed in as `pisces.experiments.evidence` or `short_training` give them, encoders as `encoder`
does.
"""

from collections.abc import Mapping, Sequence
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import ArrayLike

from pisces.drawing import style
from pisces.drawing.groups import grouped

if TYPE_CHECKING:  # what is drawn is handed in
    from pisces.chapters.distracting_control.encoder import EncoderView
    from pisces.control.result import ControlResult

_SEEN = style.Look("before the background of training", style.BLUE)
_UNSEEN = style.Look("before unseen videos", style.VERMILION)
_METHOD = attrgetter("config.method")
_HIGHEST = 1000
_BACKGROUNDS = {
    "still": "plain background",
    "procedural": "moving background",
    "still, then moving": "plain, then moving",
}
"""What an agent is trained and judged before."""


@style.drawn
def metric_of_a_pair(action: ArrayLike, distance: ArrayLike, *, decision_seconds: float) -> Figure:
    """Draws what an expert does, and the metric between the states of two replays of it.

    Args:
        action: float `[T, 1]`.
        distance: float `[T, T]`.
        decision_seconds: How long an action lasts.
    """
    distance = np.asarray(distance)
    end = len(distance) * decision_seconds
    figure, (left, right) = plt.subplots(
        1, 2, figsize=(style.WIDTH, 3.2), gridspec_kw={"width_ratios": (1, 1.15)}
    )
    left.step(
        np.arange(len(distance)) * decision_seconds, np.asarray(action)[:, 0], where="post", linewidth=1.2
    )
    left.set(xlabel="time (s)", ylabel="force (share of the highest)", ylim=(-1.08, 1.08), xlim=(0, end))
    left.grid(axis="y")
    image = right.imshow(distance, vmin=0, extent=(0, end, 0, end), origin="lower")
    right.set(xlabel="time in episode Y (s)", ylabel="time in episode X (s)")
    figure.colorbar(image, ax=right, label="PSM")
    return figure


@style.drawn
def learning_curves(results: Sequence["ControlResult"], *, live: "ControlResult | None" = None) -> Figure:
    """Draws returns in the course of training, a panel for each kind of background.

    Args:
        results: Of one task. A thin line is a run, a thick one the mean of its method.
        live: A short run that was just made; None draws none.
    """
    by_kind = grouped(sorted(results, key=_rank), _kind)
    figure, axes = plt.subplots(1, len(by_kind), figsize=(style.WIDTH, 3.4), sharey=True, squeeze=False)
    shown = {}
    for panel, (kind, own) in zip(axes.flat, by_kind.items(), strict=True):
        for method, runs in grouped(own, _METHOD).items():
            shown[method] = color = style.CONTROL_METHODS[method].color
            curves = [(one.num_updates / 1000, one.held_out_return.mean(axis=1)) for one in runs]
            for updates, returns in curves:
                panel.plot(updates, returns, color=color, linewidth=0.8, alpha=0.5)
            panel.plot(curves[0][0], np.mean([returns for _, returns in curves], axis=0), color=color)
        if live is not None and _kind(live) == kind:
            returns = live.held_out_return.mean(axis=1)
            panel.plot(live.num_updates / 1000, returns, "o-", color=style.BLACK, markersize=3.5)
        panel.set(title=_BACKGROUNDS[kind], xlabel="updates (thousands)", ylim=(0, _HIGHEST), xlim=(0, None))
        panel.grid()
    axes[0, 0].set_ylabel("return")
    handles = [Line2D([], [], color=color, label=_label(method)) for method, color in shown.items()]
    if live is not None:
        handles.append(Line2D([], [], color=style.BLACK, marker="o", markersize=3.5, label="made here"))
    figure.legend(handles=handles, loc="outside lower center", ncols=4)
    return figure


@style.drawn
def returns(results: Sequence["ControlResult"]) -> Figure:
    """Draws what agents earn at the end, before the background of training and before unseen ones.

    Args:
        results: Of one task. A line is a run, those of a method and a kind of background lie together; before
            a still background, which is the one of training, it has one end.
    """
    groups = grouped(sorted(results, key=_rank), lambda run: (_kind(run), run.config.method))
    figure, panel = plt.subplots(figsize=(style.WIDTH, 0.9 + 0.15 * len(results) + 0.3 * len(groups)))
    names: dict[float, str] = {}
    top = 0
    for (kind, method), runs in groups.items():
        for height, run in enumerate(sorted(runs, key=lambda run: run.seed), start=top):
            seen, unseen = run.seen_return.mean(), run.score
            panel.plot([seen, unseen], [height, height], color=style.LIGHT_GREY, zorder=1)
            panel.plot(seen, height, "o", color=_SEEN.color, markersize=5)
            if kind != "still":
                panel.plot(unseen, height, "o", color=_UNSEEN.color, markersize=5)
        names[top + (len(runs) - 1) / 2] = f"{_label(method)},\n{_BACKGROUNDS[kind]}"
        top += len(runs) + 2
    panel.set_yticks(list(names), list(names.values()))
    panel.set(xlabel="return", xlim=(0, _HIGHEST), ylim=(top - 2, -1))
    panel.grid(axis="x")
    figure.legend(handles=_dots(_SEEN, _UNSEEN), loc="outside lower center", ncols=2)
    return figure


@style.drawn
def encoders(
    kept: Sequence["EncoderView"], names: Sequence[str], position: Mapping[str, ArrayLike]
) -> Figure:
    """Draws how much of a state a decoder reads from encoders, and where one of each method puts states.

    Args:
        kept: Of runs that were trained before the same background. Above, two dots in a row are a run.
        names: Of the numbers of a state, for a reader.
        position: float `[2 T, 2]` by method, where a run of it puts the states of an episode before the
            background of training, and then before another.
    """
    by_method = grouped(kept, _METHOD)
    shared: dict[str, Any] = {"squeeze": False, "gridspec_kw": {"height_ratios": (1.2, 1)}}
    figure, axes = plt.subplots(2, len(position), figsize=(style.WIDTH, 4.6), **shared)
    for (above, below), (method, place) in zip(axes.T, position.items(), strict=True):
        for run in by_method[method]:
            for shift, scores, look in ((-0.14, run.seen, _SEEN), (0.14, run.unseen, _UNSEEN)):
                height = np.arange(len(names)) + shift
                above.plot(np.clip(scores, 0, 1), height, "o", color=look.color, markersize=4, alpha=0.7)
        above.set_title(_label(method).replace("+ ", "+\n"), fontsize=10)
        above.set_yticks(range(len(names)), names)
        above.set(xlim=(-0.05, 1.05), ylim=(len(names) - 0.5, -0.5), xlabel="share explained\n(0 if less)")
        above.grid(axis="x")
        _draw_pairs(below, np.reshape(place, (2, -1, 2)))
    for above in axes[0, 1:]:
        above.set_yticklabels([])
    figure.legend(handles=_dots(_SEEN, _UNSEEN), loc="outside lower center", ncols=2)
    return figure


def _draw_pairs(panel: Axes, place: np.ndarray) -> None:
    panel.plot(*place.transpose(2, 0, 1), color=style.LIGHT_GREY, linewidth=0.6, zorder=1)
    for points, look in zip(place, (_SEEN, _UNSEEN), strict=True):
        panel.plot(*points.T, "o", color=look.color, markersize=3, markeredgewidth=0)
    panel.set(xticks=[], yticks=[])
    for spine in panel.spines.values():
        spine.set_visible(True)


def _kind(run: Any) -> str:
    """A key of `_BACKGROUNDS`."""
    return "still, then moving" if run.config.trains_before_still else run.config.backgrounds


def _rank(run: Any) -> int:
    return list(_BACKGROUNDS).index(_kind(run))


def _dots(*looks: style.Look) -> list[Line2D]:
    return [
        Line2D([], [], color=look.color, marker="o", linestyle="none", label=look.label) for look in looks
    ]


def _label(method: str) -> str:
    return style.CONTROL_METHODS[method].label
