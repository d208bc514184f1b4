"""What does this book ask beyond the paper? Experiments of its own, nearly all on the jumping task.

Where the paper has a number for what is changed, it stands beside a cell; elsewhere the cell may have another
one of ours.
"""

import dataclasses

from pisces.experiments import paper
from pisces.experiments.cell import Cell, in_precision
from pisces.experiments.control_cells import carried_over
from pisces.experiments.jumping_cells import (
    by_preset,
    by_reading,
    jumping_cell,
    with_embedding,
    with_endless_rewards,
    with_rand_conv,
)
from pisces.jumping.config import RunConfig
from pisces.jumping.presets import TABLES
from pisces.precision import BFLOAT16, FLOAT32
from pisces.task import COLORS, GRIDS

_RECIPES = {"recipe": "randconv-pse", "recipe-pse": "recipe"}
_RECIPES |= {"recipe-still": "recipe", "recipe-still-pse": "recipe-still"}
"""The recipes of this book, each with the method that it is compared with."""

_LEARNING_RATES = (5e-4, 1e-3, 2.6e-3, 4e-3, 7e-3, 1.2e-2)


def conjectures() -> list[Cell]:
    """What may be behind differences from Table G.1: convolutions that mix colours, pairs of one colour."""
    alone, pse = (by_preset(method, table="G.4") for method in ("randconv", "pse"))
    changed = {
        "mixed colors": with_rand_conv(alone, kernels="mixing"),
        "pairs of one color": with_embedding(pse, pairs="one color"),
    }
    return [
        jumping_cell(config.method, f"{name}, {color}", config, mean, error=error, part=color)
        for name, config in changed.items()
        for color, (mean, error) in paper.TABLE_G_1[config.method].items()
    ]


def red_only() -> list[Cell]:
    """Table G.1 with the metric between red tasks only, as in the released code."""
    return [
        jumping_cell(method, color, with_embedding(config, pairs="red"), mean, error=error, part=color)
        for method in ("pse", "randconv-pse")
        for config in [by_preset(method, table="G.4")]
        for color, (mean, error) in paper.TABLE_G_1[method].items()
    ]


def readings() -> list[Cell]:
    """What the paper leaves open, on the wide grid: one difference from its text at a time.

    One difference is that of precision, and its two cells count runs of their own precision only.
    """
    full, alone = by_preset("randconv-pse"), by_preset("randconv")
    bisimulation = by_reading("randconv-pi-bisimulation-l2")
    rows = {
        "randconv-pse": _losses("randconv-pse") | {"paper, float32": full} | _augmentations(full),
        "pse": _losses("pse"),
        "randconv": {"paper": alone} | _augmentations(alone),
        "randconv-pi-bisimulation-l2": bisimulation
        | {"reference, endless": with_endless_rewards(bisimulation["reference"])},
    }
    cells = [
        jumping_cell(method, column, config, *paper.TABLE_1[method]["wide"])
        for method, row in rows.items()
        for column, config in row.items()
    ]
    alone_counts = {"paper": BFLOAT16, "paper, float32": FLOAT32}
    return [
        dataclasses.replace(in_precision(cell, alone_counts[cell.column]), is_pooled=False)
        if cell.row == "randconv-pse" and cell.column in alone_counts
        else cell
        for cell in cells
    ]


def learning_rates() -> list[Cell]:
    """RandConv with and without PSEs at one learning rate after the other, on the wide grid.

    The paper tunes each method by itself, so the methods of a table differ in their learning rates too.
    RandConv alone is also run at each rate that Table G.5 gives to a method with a metric.
    """
    rates = {
        "randconv": sorted({*_LEARNING_RATES, *(column.learning_rate for column in TABLES["G.5"].values())}),
        "randconv-pse": _LEARNING_RATES,
    }
    return [
        jumping_cell(method, f"{rate:g}", dataclasses.replace(by_preset(method), learning_rate=rate))
        for method, row in rates.items()
        for rate in row
    ]


def discounts() -> list[Cell]:
    """How far the metric looks ahead: not at all with discount 0, which compares the next actions only."""
    return [
        jumping_cell(
            method, f"{grid}, {discount:g}", with_embedding(by_preset(method, grid=grid), discount=discount)
        )
        for method in ("pse", "randconv-pse")
        for grid in ("wide", "random")
        for discount in (0.0, 0.5, 0.9, 0.99)
    ]


def recipe() -> list[Cell]:
    """The recipe of this book, with and without a metric, and with its frame moved or still.

    Each is judged on the unseen tasks that nothing was chosen by, and on all unseen tasks, as the paper does.
    With a still frame it is also trained on red and green tasks jointly, as for Table G.1. The recipe is
    compared with the paper's RandConv + PSEs, and every variant with what it adds one thing to.
    """
    grey = [
        jumping_cell(
            method, column, by_preset(method, grid=grid), part=part, reference=by_preset(reference, grid=grid)
        )
        for method, reference in _RECIPES.items()
        for grid in GRIDS
        for column, part in ((grid, "reported"), (f"{grid}, all unseen", None))
    ]
    colored = dataclasses.replace(by_preset("recipe-still"), colors=COLORS)
    theirs = by_preset("randconv-pse", table="G.4")
    return grey + [
        jumping_cell(colored.method, color, colored, part=color, reference=theirs) for color in COLORS
    ]


def ingredients() -> list[Cell]:
    """From the paper's RandConv + PSEs to the recipe with a still frame, and what it is without its parts.

    What counts is as in `recipe`, the tasks that nothing was chosen by. What lacks a part is compared with
    the whole, with a metric if it has one itself, and so is the paper's method. The whole with a metric is
    compared with the one without.
    """
    found = []
    for grid in ("narrow", "wide"):
        whole, embedded = (by_preset(method, grid=grid) for method in ("recipe-still", "recipe-still-pse"))
        for column, config in _on_the_way(grid):
            other = whole if config.embedding is None or config == embedded else embedded
            compared = {"part": "reported", "reference": None if config == whole else other}
            found.append(jumping_cell(config.method, f"{grid}, {column}", config, **compared))
    return found


def _on_the_way(grid: str) -> list[tuple[str, RunConfig]]:
    theirs = by_preset("randconv-pse", grid=grid)
    alone, embedded, still, still_embedded = (by_preset(method, grid=grid) for method in _RECIPES)
    return [
        ("paper", theirs),
        ("not moved", dataclasses.replace(embedded, max_shift=0)),
        ("frame moves", embedded),
        ("whole", still_embedded),
        ("both directions", with_embedding(still_embedded, loss="symmetric-cme")),
        ("not moved", dataclasses.replace(alone, max_shift=0)),
        ("frame moves", alone),
        ("whole", still),
        ("no random convolutions", dataclasses.replace(still, rand_conv=None)),
        ("slow decay", dataclasses.replace(still, schedule="exponential")),
        ("3x3 kernel", with_rand_conv(still, kernel_size=3)),
    ]


def _losses(method: str) -> dict[str, RunConfig]:
    """Both readings, and between them each of the three settings of the loss by itself."""
    both = by_reading(method)
    text, other = both["paper"], both["reference"].embedding
    assert other is not None
    return both | {
        "paper, coupling off": with_embedding(text, affinity_scale=other.affinity_scale),
        "paper, both directions": with_embedding(text, loss=other.loss),
        f"paper, discount {other.discount}": with_embedding(text, discount=other.discount),
    }


def _augmentations(config: RunConfig) -> dict[str, RunConfig]:
    """What the released code's coin and kernel turn random convolutions into, and a larger kernel."""
    return {
        "paper, 3x3 kernel": with_rand_conv(config, kernel_size=3),
        "paper, constant kernel": with_rand_conv(config, kernels="constant"),
        "paper, never skipped": with_rand_conv(config, skip_probability=0.0),
    }


def more_videos() -> list[Cell]:
    """Distracting control with PSEs whose pairs show thirty videos, compared with those that show two."""
    _, thirty = carried_over("cartpole-swingup", "drq-pse", "drq-pse-thirty")
    return [thirty]
