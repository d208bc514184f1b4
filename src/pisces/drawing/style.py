"""Which colour, label and size belongs to what? The one look of all figures.

A task, a method and a metric keep their colour and their name through the whole book. The colours are
those of Okabe and Ito (2008), which readers with any common colour vision tell apart, and for the recipe four
of the "muted" ones of Paul Tol; ordered quantities use the colour map `ORDERED`, which is readable in grey
as well.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, ParamSpec

import matplotlib as mpl
import matplotlib.pyplot as plt
from cycler import cycler
from matplotlib.figure import Figure

BLACK, ORANGE, SKY_BLUE, GREEN = "#000000", "#E69F00", "#56B4E9", "#009E73"
YELLOW, BLUE, VERMILION, PURPLE = "#F0E442", "#0072B2", "#D55E00", "#CC79A7"
WINE, TEAL, INDIGO, OLIVE = "#882255", "#44AA99", "#332288", "#999933"
GREY = "#6E6E6E"
LIGHT_GREY = "#D9D9D9"

ORDERED = "cividis"
"""Colour map of every ordered quantity (distance, affinity, time)."""

IMAGE = "gray"
"""Colour map of the task's grey images; draw them with `vmin=0, vmax=1`."""

WIDTH = 6.4
"""Width in inches of a figure that fills the column of a page; on a phone 8 points are then 6 pixels."""

RC: dict[Any, Any] = {
    "figure.dpi": 130,
    "figure.figsize": (WIDTH, 3.6),
    "figure.constrained_layout.use": True,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "axes.facecolor": "white",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 11,
    "axes.labelsize": 10.5,
    "axes.axisbelow": True,
    "axes.grid": False,
    "axes.prop_cycle": cycler(color=[BLUE, ORANGE, GREEN, VERMILION, PURPLE, SKY_BLUE, BLACK]),
    "grid.color": LIGHT_GREY,
    "grid.linewidth": 0.7,
    "lines.linewidth": 1.8,
    "lines.markersize": 5,
    "legend.frameon": False,
    "legend.fontsize": 9.5,
    "xtick.labelsize": 9.5,
    "ytick.labelsize": 9.5,
    "font.family": "DejaVu Sans",
    "font.size": 10,
    "image.cmap": ORDERED,
    "image.interpolation": "nearest",
    "image.origin": "lower",
    "svg.hashsalt": "pisces",
}
"""Matplotlib settings of every figure."""


@dataclass(frozen=True)
class Look:
    """How one thing appears in every figure.

    Attributes:
        label: Its name in legends, titles and tables.
        color: Its colour, `#rrggbb`.
    """

    label: str
    color: str


METHODS: dict[str, Look] = {
    "dropout-l2": Look("Dropout + l2", GREY),
    "pse": Look("PSEs", SKY_BLUE),
    "randconv": Look("RandConv", ORANGE),
    "randconv-pse": Look("RandConv + PSEs", BLUE),
    "randconv-psm-l2": Look("RandConv + PSM (l2)", GREEN),
    "randconv-pi-bisimulation-cme": Look("RandConv + π*-bisimulation (CME)", PURPLE),
    "randconv-pi-bisimulation-l2": Look("RandConv + π*-bisimulation (l2)", VERMILION),
    "bisimulation-transfer": Look("Bisimulation transfer", BLACK),
    "recipe": Look("Recipe", WINE),
    "recipe-pse": Look("Recipe + PSEs", TEAL),
    "recipe-still": Look("Recipe, still frame", INDIGO),
    "recipe-still-pse": Look("Recipe + PSEs, still frame", OLIVE),
}
"""Label and colour of every training method, by its name in `pisces.jumping.presets`."""

LQR_METHODS: dict[str, Look] = {
    "linear": Look("One layer", GREY),
    "overparametrised": Look("Overparametrised", ORANGE),
    "ipo": Look("IPO", VERMILION),
    "l1": Look("l1 sparsity", PURPLE),
    "aggregation": Look("PSM aggregation", BLUE),
    "cme": Look("CME", SKY_BLUE),
}
"""Label and colour of every method on the linear system, by its name in `pisces.lqr.config`."""

CONTROL_METHODS: dict[str, Look] = {
    "drq": Look("DrQ", GREY),
    "drq-overlay": Look("DrQ + overlay", ORANGE),
    "drq-moving-overlay": Look("DrQ + moving overlay", VERMILION),
    "drq-pse": Look("DrQ + PSEs", BLUE),
    "drq-pse-thirty": Look("DrQ + PSEs, 30 videos", SKY_BLUE),
}
"""Label and colour of every method of distracting control, by its name in `pisces.control.config`."""

METRICS: dict[str, Look] = {
    "psm": Look("PSM", BLUE),
    "pi-bisimulation": Look("π*-bisimulation", VERMILION),
    "pi-bisimulation-endless": Look("π*-bisimulation, endless", PURPLE),
    "bisimulation": Look("Bisimulation", ORANGE),
    "true-similarity": Look("True similarity", GREEN),
}
"""Label and colour of every metric between states."""

TASKS: dict[str, Look] = {
    "x": Look("Task X", BLUE),
    "y": Look("Task Y", VERMILION),
    "training": Look("Training task", YELLOW),
    "validation": Look("Validation task", ORANGE),
    "solved": Look("Solved", GREEN),
    "unsolved": Look("Not solved", LIGHT_GREY),
}
"""Label and colour of the two tasks of a pair and of the roles of a task in a grid."""

ACTIONS: dict[str, Look] = {
    "right": Look("right", BLUE),
    "jump": Look("jump", VERMILION),
}
"""Label and colour of the two actions."""


Arguments = ParamSpec("Arguments")


def drawn(draw: Callable[Arguments, Figure]) -> Callable[Arguments, Figure]:
    """Makes a function that draws a figure do so in the book's style.

    The figure is taken out of pyplot's list, so that a notebook shows it once, as the value of its cell.

    Args:
        draw: A function that makes one Matplotlib figure and returns it.

    Returns:
        The function with the same arguments and value, run under `RC`.
    """

    @wraps(draw)
    def styled(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Figure:
        with mpl.rc_context(RC):
            figure = draw(*args, **kwargs)
            # The layout depends on the settings too: do it before they are gone.
            figure.draw_without_rendering()
        plt.close(figure)
        return figure

    return styled
