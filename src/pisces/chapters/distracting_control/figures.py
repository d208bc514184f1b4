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
_PLAIN = style.Look("before the plain colour", style.BLUE)
_PAIRED = style.Look("before PSEs' two videos", style.GREEN)
_UNSEEN = style.Look("before unseen videos", style.VERMILION)
_METHOD = attrgetter("config.method")
_TASK = attrgetter("config.task")
_HIGHEST = 1000
_COLUMNS = ["still", "moving", "still, then moving"]
"""What an agent is trained and judged before, as in the tables."""


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
    by_column = grouped(sorted(results, key=_rank), _column)
    figure, axes = plt.subplots(1, len(by_column), figsize=(style.WIDTH, 3.4), sharey=True, squeeze=False)
    shown = {}
    for panel, (column, own) in zip(axes.flat, by_column.items(), strict=True):
        for method, runs in grouped(own, _METHOD).items():
            shown[method] = color = style.CONTROL_METHODS[method].color
            curves = [(one.num_updates / 1000, one.held_out_return.mean(axis=1)) for one in runs]
            for updates, returns in curves:
                panel.plot(updates, returns, color=color, linewidth=0.8, alpha=0.5)
            panel.plot(curves[0][0], np.mean([returns for _, returns in curves], axis=0), color=color)
        if live is not None and _column(live) == column:
            returns = live.held_out_return.mean(axis=1)
            panel.plot(live.num_updates / 1000, returns, "o-", color=style.BLACK, markersize=3.5)
        panel.set(title=column, xlabel="updates (thousands)", ylim=(0, _HIGHEST), xlim=(0, None))
        panel.grid()
    axes[0, 0].set_ylabel("return")
    handles = [Line2D([], [], color=color, label=_label(method)) for method, color in shown.items()]
    if live is not None:
        handles.append(Line2D([], [], color=style.BLACK, marker="o", markersize=3.5, label="made here"))
    figure.legend(handles=handles, loc="outside lower center", ncols=3)
    return figure


@style.drawn
def returns(results: Sequence["ControlResult"], kept: Sequence["EncoderView"] = ()) -> Figure:
    """Draws what agents earn at the end, before the background of training and before unseen ones.

    Args:
        results: A line is a run, those of a method and a kind of background lie together, and each task has a
            panel; before a still background, which is the one of training, a line has one end.
        kept: Of those runs of which it is known what they earn before the videos of the pairs.
    """
    groups = grouped(sorted(results, key=_rank), lambda run: (_column(run), run.config.method))
    by_task = {name: grouped(sorted(runs, key=attrgetter("seed")), _TASK) for name, runs in groups.items()}
    sizes = [max(map(len, runs.values())) for runs in by_task.values()]
    tasks = grouped(results, _TASK)
    size = (style.WIDTH, 1.2 + 0.15 * sum(sizes) + 0.3 * len(sizes))
    figure, axes = plt.subplots(1, len(tasks), figsize=size, sharey=True, squeeze=False)
    panels = dict(zip(tasks, axes.flat, strict=True))
    views = {(one.config, one.seed): one for one in kept}
    names: dict[float, str] = {}
    top = 0
    for ((column, method), runs), count in zip(by_task.items(), sizes, strict=True):
        for task, own in runs.items():
            for height, run in enumerate(own, start=top):
                _draw_returns(panels[task], height, run, views.get((run.config, run.seed)))
        names[top + (count - 1) / 2] = f"{_label(method)},\n{column}"
        top += count + 2
    for task, panel in panels.items():
        panel.set(title=task, xlabel="return", xlim=(0, _HIGHEST), ylim=(top - 2, -1))
        panel.grid(axis="x")
    axes[0, 0].set_yticks(list(names), list(names.values()))
    looks = (_SEEN, _PAIRED, _UNSEEN) if kept else (_SEEN, _UNSEEN)
    figure.legend(handles=_dots(*looks), loc="outside lower center", ncols=2)
    return figure


@style.drawn
def encoders(
    kept: Sequence["EncoderView"], names: Sequence[str], position: Mapping[str, ArrayLike]
) -> Figure:
    """Draws what encoders keep: what is read from them, how near views of a state are, and a map of views.

    Args:
        kept: Of runs that were trained before the same background. Dots of one colour are runs.
        names: Of the numbers of a state, for a reader.
        position: float `[2 T, 2]` by method, where a run of it puts the states of an episode before the plain
            colour, and then before an unseen video.
    """
    by_method = grouped(kept, _METHOD)
    shared: dict[str, Any] = {"squeeze": False, "gridspec_kw": {"height_ratios": (1.5, 0.5, 1)}}
    figure, axes = plt.subplots(3, len(position), figsize=(style.WIDTH, 6.2), **shared)
    for column, (method, place) in zip(axes.T, position.items(), strict=True):
        runs = by_method[method]
        column[0].set_title(_label(method).replace("+ ", "+\n").replace(", ", ",\n"), fontsize=10)
        looks = (_PLAIN, _PAIRED, _UNSEEN)
        _draw_shares(column[0], names, looks, [(run.seen, run.paired, run.unseen) for run in runs])
        column[0].set_xlabel("explained\n(0 if less)")
        near = [([run.paired_near], [run.unseen_near]) for run in runs]
        _draw_shares(column[1], ["other view near"], (_PAIRED, _UNSEEN), near)
        column[1].set_xlabel("share\nof views")
        _draw_pairs(column[2], np.reshape(place, (2, -1, 2)))
    for panel in axes[:2, 1:].flat:
        panel.set_yticklabels([])
    figure.legend(handles=_dots(_PLAIN, _PAIRED, _UNSEEN), loc="outside lower center", ncols=3)
    return figure


def _draw_returns(panel: Axes, height: int, run: "ControlResult", view: "EncoderView | None") -> None:
    """A run's returns at one height; `view` knows what it earns before the videos of the pairs."""
    seen, unseen = run.seen_return.mean(), run.score
    panel.plot([seen, unseen], [height, height], color=style.LIGHT_GREY, zorder=1)
    panel.plot(seen, height, "o", color=_SEEN.color, markersize=5)
    if _column(run) != "still":
        panel.plot(unseen, height, "o", color=_UNSEEN.color, markersize=5)
    if view is not None:
        panel.plot(view.paired_return.mean(), height, "o", color=_PAIRED.color, markersize=5)


def _draw_shares(
    panel: Axes,
    names: Sequence[str],
    looks: Sequence[style.Look],
    runs: Sequence[Sequence[ArrayLike]],
) -> None:
    """Shares of each name by look, a dot for each run; what is below 0 is drawn at 0."""
    shifts = 0.2 * (np.arange(len(looks)) - (len(looks) - 1) / 2)
    for run in runs:
        for shift, shares, look in zip(shifts, run, looks, strict=True):
            height = np.arange(len(names)) + shift
            panel.plot(np.clip(shares, 0, 1), height, "o", color=look.color, markersize=3.5, alpha=0.7)
    panel.set_yticks(range(len(names)), names)
    panel.set(xlim=(-0.05, 1.05), ylim=(len(names) - 0.5, -0.5))
    panel.grid(axis="x")


def _draw_pairs(panel: Axes, place: np.ndarray) -> None:
    panel.plot(*place.transpose(2, 0, 1), color=style.LIGHT_GREY, linewidth=0.6, zorder=1)
    for points, look in zip(place, (_PLAIN, _UNSEEN), strict=True):
        panel.plot(*points.T, "o", color=look.color, markersize=3, markeredgewidth=0)
    panel.set(xticks=[], yticks=[])
    for spine in panel.spines.values():
        spine.set_visible(True)


def _column(run: Any) -> str:
    """One of `_COLUMNS`."""
    if run.config.trains_before_still:
        return "still, then moving"
    return "still" if run.config.backgrounds == "still" else "moving"


def _rank(run: Any) -> int:
    return _COLUMNS.index(_column(run))


def _dots(*looks: style.Look) -> list[Line2D]:
    return [
        Line2D([], [], color=look.color, marker="o", linestyle="none", label=look.label) for look in looks
    ]


def _label(method: str) -> str:
    return style.CONTROL_METHODS[method].label
