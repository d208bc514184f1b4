"""Which runs make up an experiment? Experiments are data: the cells of a table and what is run in each.

Rows and columns are those of the paper's tables, and each cell has the paper's number beside it, to compare
with; where the paper has none, it may have another cell. `pisces.runs.sweep` makes the runs,
`pisces.experiments.tables` sums them up.
"""

import dataclasses
import math
from collections.abc import Callable, Iterable

from pisces import precision as precisions
from pisces.checks import one_of
from pisces.control import config as control_config
from pisces.experiments import paper
from pisces.experiments.cell import Cell, changed, in_precision
from pisces.jumping.config import RunConfig
from pisces.jumping.presets import READINGS, TABLES, preset
from pisces.lqr import config as lqr_config
from pisces.precision import BFLOAT16, FLOAT32
from pisces.runs.kinds import Config, kind_of
from pisces.task import COLORS, GRIDS

TABLE_READING = "paper"
"""The reading that the paper's tables are made with; `released` has the first of them by the other one."""

_RECIPES = {"recipe": "randconv-pse", "recipe-pse": "recipe"}
_RECIPES |= {"recipe-still": "recipe", "recipe-still-pse": "recipe-still"}
"""The recipes of this book, each with the method that it is compared with."""

_LEARNING_RATES = (5e-4, 1e-3, 2.6e-3, 4e-3, 7e-3, 1.2e-2)


def table1() -> list[Cell]:
    """Table 1 without bisimulation transfer, which trains nothing: five methods on three grids."""
    return _by_grid(paper.TABLE_1, reading=TABLE_READING)


def released() -> list[Cell]:
    """Table 1 by the loss and the discount of the released code, for the methods that embed a metric."""
    methods = [method for method in paper.TABLE_1 if _preset(method).embedding is not None]
    return _by_grid(methods, reading="reference")


def endless() -> list[Cell]:
    """`released` for pi*-bisimulation, with that code's rewards too: the last one is paid for ever."""
    return [
        dataclasses.replace(cell, config=_endless(cell.config))
        for cell in _by_grid(["randconv-pi-bisimulation-l2"], reading="reference")
    ]


def table2() -> list[Cell]:
    """Table 2: two metrics and two ways to embed each, all with RandConv on the wide grid."""
    return [
        _cell(method, column, _preset(method, table="G.5"), *numbers)
        for method, (column, numbers) in paper.TABLE_2.items()
    ]


def colors() -> list[Cell]:
    """Table G.1: four methods that train on red and green tasks jointly."""
    return [
        _cell(method, color, _preset(method, table="G.4"), mean, error=error, part=color)
        for method, row in paper.TABLE_G_1.items()
        for color, (mean, error) in row.items()
    ]


def conjectures() -> list[Cell]:
    """What may be behind differences from Table G.1: convolutions that mix colours, pairs of one colour."""
    alone, pse = (_preset(method, table="G.4") for method in ("randconv", "pse"))
    changed = {
        "mixed colors": _rand_conv(alone, kernels="mixing"),
        "pairs of one color": _embedding(pse, pairs="one color"),
    }
    return [
        _cell(config.method, f"{name}, {color}", config, mean, error=error, part=color)
        for name, config in changed.items()
        for color, (mean, error) in paper.TABLE_G_1[config.method].items()
    ]


def suboptimality() -> list[Cell]:
    """Fig. 6: RandConv + PSEs with the metric of a policy that errs.

    Without coupling weights, the reading of the released code, only the order of distances counts, and it is
    the same for every error below 0.5: one run for all of them.
    """
    return [
        _cell("randconv-pse", f"{reading}, error {error}", _embedding(config, policy_error=error), mean)
        for reading, config in _by_reading("randconv-pse").items()
        for error, mean in paper.FIGURE_6.items()
        if reading == "paper" or error in (0.0, 0.5)
    ]


def readings() -> list[Cell]:
    """What the paper leaves open, on the wide grid: one difference from its text at a time.

    One difference is that of precision, and its two cells count runs of their own precision only.
    """
    full, alone = _preset("randconv-pse"), _preset("randconv")
    bisimulation = _by_reading("randconv-pi-bisimulation-l2")
    rows = {
        "randconv-pse": _losses("randconv-pse") | {"paper, float32": full} | _augmentations(full),
        "pse": _losses("pse"),
        "randconv": {"paper": alone} | _augmentations(alone),
        "randconv-pi-bisimulation-l2": bisimulation
        | {"reference, endless": _endless(bisimulation["reference"])},
    }
    cells = [
        _cell(method, column, config, *paper.TABLE_1[method]["wide"])
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
        _cell(method, f"{rate:g}", dataclasses.replace(_preset(method), learning_rate=rate))
        for method, row in rates.items()
        for rate in row
    ]


def discounts() -> list[Cell]:
    """How far the metric looks ahead: not at all with discount 0, which compares the next actions only."""
    return [
        _cell(method, f"{grid}, {discount:g}", _embedding(_preset(method, grid=grid), discount=discount))
        for method in ("pse", "randconv-pse")
        for grid in ("wide", "random")
        for discount in (0.0, 0.5, 0.9, 0.99)
    ]


def red_only() -> list[Cell]:
    """Table G.1 with the metric between red tasks only, as in the released code."""
    return [
        _cell(method, color, _embedding(config, pairs="red"), mean, error=error, part=color)
        for method in ("pse", "randconv-pse")
        for config in [_preset(method, table="G.4")]
        for color, (mean, error) in paper.TABLE_G_1[method].items()
    ]


def recipe() -> list[Cell]:
    """The recipe of this book, with and without a metric, and with its frame moved or still.

    Each is judged on the unseen tasks that nothing was chosen by, and on all unseen tasks, as the paper does.
    With a still frame it is also trained on red and green tasks jointly, as for Table G.1. The recipe is
    compared with the paper's RandConv + PSEs, and every variant with what it adds one thing to.
    """
    grey = [
        _cell(method, column, _preset(method, grid=grid), part=part, reference=_preset(reference, grid=grid))
        for method, reference in _RECIPES.items()
        for grid in GRIDS
        for column, part in ((grid, "reported"), (f"{grid}, all unseen", None))
    ]
    colored = dataclasses.replace(_preset("recipe-still"), colors=COLORS)
    theirs = _preset("randconv-pse", table="G.4")
    return grey + [_cell(colored.method, color, colored, part=color, reference=theirs) for color in COLORS]


def ingredients() -> list[Cell]:
    """From the paper's RandConv + PSEs to the recipe with a still frame, and what it is without its parts.

    What counts is as in `recipe`, the tasks that nothing was chosen by. What lacks a part is compared with
    the whole, with a metric if it has one itself, and so is the paper's method. The whole with a metric is
    compared with the one without.
    """
    found = []
    for grid in ("narrow", "wide"):
        whole, embedded = (_preset(method, grid=grid) for method in ("recipe-still", "recipe-still-pse"))
        for column, config in _on_the_way(grid):
            other = whole if config.embedding is None or config == embedded else embedded
            compared = {"part": "reported", "reference": None if config == whole else other}
            found.append(_cell(config.method, f"{grid}, {column}", config, **compared))
    return found


def _on_the_way(grid: str) -> list[tuple[str, RunConfig]]:
    paper = _preset("randconv-pse", grid=grid)
    alone, embedded, still, still_embedded = (_preset(method, grid=grid) for method in _RECIPES)
    return [
        ("paper", paper),
        ("not moved", dataclasses.replace(embedded, max_shift=0)),
        ("frame moves", embedded),
        ("whole", still_embedded),
        ("both directions", _embedding(still_embedded, loss="symmetric-cme")),
        ("not moved", dataclasses.replace(alone, max_shift=0)),
        ("frame moves", alone),
        ("whole", still),
        ("no random convolutions", dataclasses.replace(still, rand_conv=None)),
        ("slow decay", dataclasses.replace(still, schedule="exponential")),
        ("3x3 kernel", _rand_conv(still, kernel_size=3)),
    ]


def lqr() -> list[Cell]:
    """Table H.1, and two methods that it does not have: a single layer, and contrastive embeddings."""
    return [
        Cell(
            row=method,
            column=str(num_distractors),
            config=lqr_config.preset(method, num_distractors=num_distractors),
            paper_mean=mean,
            paper_std=std,
            paper_error=None if std is None else std / math.sqrt(paper.NUM_RUNS),
        )
        for method, row in paper.TABLE_H_1.items()
        for num_distractors, (mean, std) in row.items()
    ]


def control() -> list[Cell]:
    """Table 3 in miniature: DrQ with and without PSEs, and with a remedy that needs no metric.

    Before a still background DrQ alone shows what there is to lose. The paper's numbers are of another
    protocol and stand beside none of ours.
    """
    rows = {("drq", "still"): "still"} | dict.fromkeys(
        ((method, "moving") for method in control_config.METHODS), "procedural"
    )
    return [
        Cell(
            row=method,
            column=column,
            config=control_config.preset(method, "cartpole-swingup", "miniature", backgrounds=backgrounds),
        )
        for (method, column), backgrounds in rows.items()
    ]


EXPERIMENTS: dict[str, Callable[[], list[Cell]]] = {
    experiment.__name__.replace("_", "-"): experiment
    for experiment in (
        table1,
        released,
        endless,
        table2,
        colors,
        conjectures,
        red_only,
        suboptimality,
        readings,
        learning_rates,
        discounts,
        recipe,
        ingredients,
        lqr,
        control,
    )
}
"""What `pisces sweep` can run, by name."""


def cells(experiment: str, *, num_updates: int | None = None, precision: str = precisions.AUTO) -> list[Cell]:
    """The cells of an experiment.

    Args:
        experiment: A key of `EXPERIMENTS`.
        num_updates: Length of the runs, for trials; None takes the experiment's own. On the linear system,
            steps of gradient descent.
        precision: Of what is run where runs of either precision count: one of
            `pisces.precision.PRECISIONS`, or "auto" for the machine's. Cells count the same runs with each.

    Raises:
        ValueError: If there is no such experiment or precision, or `num_updates` is not at least 1.
    """
    if experiment not in EXPERIMENTS:
        raise ValueError(f"experiment is {experiment!r}; it must be one of {', '.join(EXPERIMENTS)}")
    native = precisions.resolve(precision)
    chosen = [in_precision(cell, native) if cell.is_pooled else cell for cell in EXPERIMENTS[experiment]()]
    if num_updates is None:
        return chosen
    return [
        changed(cell, lambda config: dataclasses.replace(config, **{kind_of(config).length: num_updates}))
        for cell in chosen
    ]


def select(cells: Iterable[Cell], *, method: str | None = None, column: str | None = None) -> list[Cell]:
    """The cells of one row, of one column, or where both meet.

    Args:
        cells: Of an experiment.
        method: The row; None takes all.
        column: The column; None takes all.

    Raises:
        ValueError: If there is no such row, or no such column in it.
    """
    chosen = list(cells)
    for name, part, value in (("method", "row", method), ("column", "column", column)):
        if value is None:
            continue
        known = dict.fromkeys(getattr(cell, part) for cell in chosen)
        if value not in known:
            raise ValueError(f"{name} is {value!r}; it must be {one_of(map(repr, known))}")
        chosen = [cell for cell in chosen if getattr(cell, part) == value]
    return chosen


def _by_grid(methods: Iterable[str], *, reading: str) -> list[Cell]:
    return [
        _cell(method, grid, _preset(method, grid=grid, reading=reading), *numbers)
        for method in methods
        for grid, numbers in paper.TABLE_1[method].items()
    ]


def _preset(
    method: str, *, grid: str = "wide", reading: str = TABLE_READING, table: str | None = None
) -> RunConfig:
    return preset(method, grid=grid, reading=reading, table=table)


def _cell(
    row: str,
    column: str,
    config: RunConfig,
    mean: float | None = None,
    std: float | None = None,
    *,
    error: float | None = None,
    part: str | None = None,
    reference: RunConfig | None = None,
) -> Cell:
    if std is not None:
        error = std / math.sqrt(paper.NUM_RUNS)
    mean, std, error = (
        None if percent is None else round(percent / 100, 5) for percent in (mean, std, error)
    )
    return Cell(
        row=row,
        column=column,
        config=config,
        part=part,
        paper_mean=mean,
        paper_std=std,
        paper_error=error,
        reference=None if reference is None else _cell(reference.method, column, reference, part=part),
    )


def _embedding(config: RunConfig, **changes) -> RunConfig:
    assert config.embedding is not None
    return dataclasses.replace(config, embedding=dataclasses.replace(config.embedding, **changes))


def _endless(config: Config) -> RunConfig:
    assert isinstance(config, RunConfig)
    return _embedding(config, metric="pi-bisimulation-endless")


def _by_reading(method: str) -> dict[str, RunConfig]:
    return {reading: _preset(method, reading=reading) for reading in READINGS}


def _losses(method: str) -> dict[str, RunConfig]:
    """Both readings, and between them each of the three settings of the loss by itself."""
    by_reading = _by_reading(method)
    text, other = by_reading["paper"], by_reading["reference"].embedding
    assert other is not None
    return by_reading | {
        "paper, coupling off": _embedding(text, affinity_scale=other.affinity_scale),
        "paper, both directions": _embedding(text, loss=other.loss),
        f"paper, discount {other.discount}": _embedding(text, discount=other.discount),
    }


def _augmentations(config: RunConfig) -> dict[str, RunConfig]:
    """What the released code's coin and kernel turn random convolutions into, and a larger kernel."""
    return {
        "paper, 3x3 kernel": _rand_conv(config, kernel_size=3),
        "paper, constant kernel": _rand_conv(config, kernels="constant"),
        "paper, never skipped": _rand_conv(config, skip_probability=0.0),
    }


def _rand_conv(config: RunConfig, **changes) -> RunConfig:
    assert config.rand_conv is not None
    return dataclasses.replace(config, rand_conv=dataclasses.replace(config.rand_conv, **changes))
