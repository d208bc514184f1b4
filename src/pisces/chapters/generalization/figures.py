"""How far does what is learned carry? The figures of chapter 5.

Data comes as tables of `pisces.experiments.scoreboard` and `unseen_tasks`; a panel is a grid.
"""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator, MultipleLocator, PercentFormatter

from pisces.drawing import style
from pisces.drawing.board import draw_share_board

OUTCOMES = {
    "early": style.Look("more than 2 px too early", style.BLUE),
    "just early": style.Look("1 or 2 px too early", style.SKY_BLUE),
    "solved": style.Look("solved", style.TASKS["solved"].color),
    "just late": style.Look("1 or 2 px too late", style.YELLOW),
    "late": style.Look("more than 2 px too late", style.VERMILION),
    "never": style.Look("no jump", style.BLACK),
}
"""Label and colour of what becomes of a task, by its name in `unseen_tasks`."""


@style.drawn
def beside_the_paper(rows: pd.DataFrame, shares: Mapping[tuple[str, str], np.ndarray]) -> Figure:
    """Draws every run of each cell, and our mean beside the paper's, both with 95 % intervals.

    Args:
        rows: As of `pisces.experiments.scoreboard.table1`.
        shares: The runs, as of `pisces.chapters.generalization.unseen_tasks.shares`.
    """
    methods, grids = _unique(rows.method), _unique(rows.column)
    figure, axes = _panels(1, len(grids), height=1.1 + 0.5 * len(methods))
    for panel, grid in zip(axes[0], grids, strict=True):
        for row in rows.query("column == @grid").to_dict("records"):
            y, color = methods.index(row["method"]), style.METHODS[row["method"]].color
            runs = shares.get((row["method"], grid), np.empty(0))
            panel.plot(runs, np.full(len(runs), y - 0.27), "|", color=color, markersize=6, alpha=0.8)
            panel.plot([row["low"], row["high"]], [y] * 2, color=color, linewidth=3)
            panel.plot(row["mean"], y, "o", color=color, markersize=6)
            theirs = {"color": style.GREY, "markerfacecolor": "white"}
            panel.plot([row["paper_low"], row["paper_high"]], [y + 0.25] * 2, linewidth=1.2, **theirs)
            panel.plot(row["paper_mean"], y + 0.25, "D", markersize=4.5, **theirs)
            panel.text(1.03, y, row["n"], fontsize=8, va="center", color=style.GREY)
        panel.text(1.03, -0.75, "n", fontsize=8, va="center", color=style.GREY)
        panel.set(xlim=(0, 1), ylim=(len(methods) - 0.5, -0.5), xlabel="unseen tasks solved")
        panel.set_title(grid, pad=12)
        panel.set_yticks(range(len(methods)), [_short(method) for method in methods])
        panel.xaxis.set_major_locator(MultipleLocator(0.5))
        panel.xaxis.set_major_formatter(PercentFormatter(xmax=1))
        panel.grid(axis="x")
    run = Line2D([], [], marker="|", linestyle="none", color=style.BLACK, label="a run")
    ours = Line2D([], [], marker="o", linewidth=3, color=style.BLACK, label="our mean")
    theirs = Line2D(
        [], [], marker="D", linewidth=1.2, color=style.GREY, markerfacecolor="white", label="the paper's"
    )
    figure.legend(handles=[run, ours, theirs], loc="outside lower center", ncols=3)
    return figure


@style.drawn
def solved_fractions(fractions: pd.DataFrame, methods: Sequence[str]) -> Figure:
    """Draws for each method and grid a board of the fractions of runs that solve each task.

    Args:
        fractions: As of `pisces.chapters.generalization.unseen_tasks.solved_fractions`.
        methods: Names of methods, one for each row of boards.
    """
    grids = _unique(fractions.grid)
    figure, axes = _panels(len(methods), len(grids), height=0.9 + 1.1 * len(methods))
    image = None
    for line, method in zip(axes, methods, strict=True):
        for panel, grid in zip(line, grids, strict=True):
            cell = fractions.query("method == @method and grid == @grid")
            if cell.empty:
                panel.set_axis_off()
                continue
            image = draw_share_board(panel, cell.fraction)
            seen = cell.query("is_training")
            panel.plot(seen.obstacle_position, seen.floor_height, "o", markersize=2.2, color=style.VERMILION)
            panel.set_title(f"{grid}, {_runs(cell)}", fontsize=9.5)
        line[0].set_ylabel(_short(method), fontsize=9.5)
    axes[-1, len(grids) // 2].set_xlabel("obstacle position [px]")
    assert image is not None
    bar = figure.colorbar(image, ax=axes, label="runs that solve it", fraction=0.03, shrink=0.6)
    bar.ax.yaxis.set_major_formatter(PercentFormatter(xmax=1))
    mark = Line2D([], [], marker="o", markersize=3, linestyle="none", color=style.VERMILION)
    figure.legend([mark], ["training task"], loc="outside lower center")
    return figure


@style.drawn
def learning_curves(curves: pd.DataFrame, families: Sequence[Sequence[str]]) -> Figure:
    """Draws the share of unseen tasks solved over updates, mean and interval over runs.

    Args:
        curves: As of `pisces.chapters.generalization.unseen_tasks.learning_curves`.
        families: Names of methods, those of one row of panels together.
    """
    grids = _unique(curves.grid)
    figure, axes = _panels(len(families), len(grids), height=0.6 + 2.3 * len(families), sharex=True)
    for line, methods in zip(axes, families, strict=True):
        family = curves[curves.method.isin(list(methods))]
        for panel, grid in zip(line, grids, strict=True):
            cell = family.query("grid == @grid")
            for method, curve in cell.groupby("method"):
                color = style.METHODS[str(method)].color
                panel.plot(curve["update"], curve["mean"], color=color, marker="o", markersize=2.5)
                panel.fill_between(
                    curve["update"], curve.low, curve.high, color=color, alpha=0.25, linewidth=0
                )
            panel.set(ylim=(-0.02, 1.02), xlim=(0, None), title=f"{grid}, {_runs(cell)}")
            panel.xaxis.set_major_locator(MaxNLocator(3, integer=True))
            panel.grid(axis="y")
        line[0].set_ylabel("unseen tasks solved")
        line[0].yaxis.set_major_formatter(PercentFormatter(xmax=1))
    for panel in axes[-1]:
        panel.set_xlabel("updates")
    looks = [style.METHODS[method] for methods in families for method in methods]
    handles = [Line2D([], [], color=look.color, label=look.label) for look in looks]
    figure.legend(handles=handles, loc="outside lower center", ncols=3)
    return figure


@style.drawn
def outcomes(table: pd.DataFrame) -> Figure:
    """Draws what becomes of unseen tasks, as one bar for each method on each grid.

    Args:
        table: As of `pisces.chapters.generalization.unseen_tasks.outcomes`.
    """
    methods, grids = _unique(table.method), _unique(table.grid)
    figure, axes = _panels(1, len(grids), height=1.2 + 0.36 * len(methods))
    for panel, grid in zip(axes[0], grids, strict=True):
        of_grid = table.query("grid == @grid")
        for method, cell in of_grid.groupby("method"):
            _draw_bar(panel, methods.index(str(method)), cell.set_index("outcome").share)
        panel.set(title=f"{grid}, {_runs(of_grid)}", xlim=(0, 1), xlabel="unseen tasks")
        panel.set_yticks(range(len(methods)), [_short(method) for method in methods])
        panel.set_ylim(len(methods) - 0.5, -0.5)
        panel.xaxis.set_major_locator(MultipleLocator(0.5))
        panel.xaxis.set_major_formatter(PercentFormatter(xmax=1))
    patches = [Patch(facecolor=look.color, label=look.label) for look in OUTCOMES.values()]
    figure.legend(handles=patches, loc="outside lower center", ncols=3, fontsize=8.5)
    return figure


def _draw_bar(panel: Axes, y: int, share: pd.Series) -> None:
    left = 0.0
    for outcome, look in OUTCOMES.items():
        panel.barh(y, share[outcome], left=left, color=look.color, height=0.7)
        left += share[outcome]


def _panels(
    num_rows: int, num_columns: int, *, height: float, sharex: bool = False
) -> tuple[Figure, np.ndarray]:
    size = style.WIDTH, height
    return plt.subplots(num_rows, num_columns, figsize=size, squeeze=False, sharex=sharex, sharey=True)


def _unique(names: pd.Series) -> list[str]:
    return list(dict.fromkeys(names))


def _short(method: str) -> str:
    """A label, broken into lines that fit beside a panel."""
    return (
        style.METHODS[method]
        .label.replace(" + ", "\n+ ")
        .replace(", ", ",\n")
        .replace(" transfer", "\ntransfer")
    )


def _runs(cell: pd.DataFrame) -> str:
    """How many runs the cells of a panel have, such as "n = 5" or "n = 2 to 5"."""
    if cell.empty:
        return "no runs"
    low, high = cell.n.min(), cell.n.max()
    return f"n = {low}" if low == high else f"n = {low} to {high}"
