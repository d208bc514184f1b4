"""Which runs make up an experiment? Experiments are data: the cells of a table and what is run in each.

Rows and columns are those of the paper's tables, and each cell has the paper's number beside it, to compare
with. `pisces.lab.sweep` makes the runs, `pisces.lab.tables` sums them up.
"""

import dataclasses
from collections.abc import Callable

from pisces.lab.config import READINGS, RunConfig, preset
from pisces.task import GRIDS

TABLE_READING = "reference"
"""The reading that the paper's tables are made with; the experiment `readings` measures what it decides."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Cell:
    """One cell of a table.

    Attributes:
        row: Name of the row, the method.
        column: Name of the column.
        config: What is run there, with as many seeds as wanted.
        paper_mean: The paper's mean share of unseen tasks solved, in [0, 1]; None where it has no number.
        paper_std: Its standard deviation over runs.
    """

    row: str
    column: str
    config: RunConfig
    paper_mean: float | None = None
    paper_std: float | None = None


# Agarwal et al. (2021), Table 1: % of unseen tasks solved, mean and standard deviation of 100 runs; by grid.
_TABLE_1 = {
    "dropout-l2": ((17.8, 2.2), (10.2, 4.6), (9.3, 5.4)),
    "pse": ((33.6, 10.0), (9.3, 5.3), (37.7, 10.4)),
    "randconv": ((50.7, 24.2), (33.7, 11.8), (71.3, 15.6)),
    "randconv-pi-bisimulation-l2": ((41.4, 17.6), (17.4, 6.7), (33.4, 15.6)),
    "randconv-pse": ((87.0, 10.1), (52.4, 5.8), (83.4, 10.1)),
}

# Agarwal et al. (2021), Table 2, on the wide grid: by method, the column and the number.
_TABLE_2 = {
    "randconv-pi-bisimulation-l2": ("pi-bisimulation, l2", (41.4, 17.6)),
    "randconv-pi-bisimulation-cme": ("pi-bisimulation, CME", (23.1, 7.6)),
    "randconv-psm-l2": ("PSM, l2", (17.5, 8.4)),
    "randconv-pse": ("PSM, CME", (87.0, 10.1)),
}


def table1() -> list[Cell]:
    """Table 1 without bisimulation transfer, which trains nothing: five methods on three grids."""
    return [
        _cell(method, grid, preset(method, grid=grid, reading=TABLE_READING), paper)
        for method, row in _TABLE_1.items()
        for grid, paper in zip(GRIDS, row, strict=True)
    ]


def table2() -> list[Cell]:
    """Table 2: two metrics and two ways to embed each, all with RandConv on the wide grid."""
    return [
        _cell(method, column, preset(method, grid="wide", reading=TABLE_READING, table="G.5"), paper)
        for method, (column, paper) in _TABLE_2.items()
    ]


def readings() -> list[Cell]:
    """What the paper leaves open, on the wide grid, one difference from the released code at a time."""
    paper, reference = (preset("randconv-pse", grid="wide", reading=reading) for reading in READINGS)
    assert paper.embedding is not None
    alone = preset("randconv", grid="wide", reading="reference")
    columns = {
        "paper": paper,
        "reference": reference,
        "reference, coupling on": _embedding(reference, affinity_scale=paper.embedding.affinity_scale),
        "reference, one direction": _embedding(reference, loss=paper.embedding.loss),
        "reference, discount 0.99": _embedding(reference, discount=paper.embedding.discount),
        "reference, 3x3 kernel": _kernel(reference, 3),
        "reference, bfloat16": dataclasses.replace(reference, precision="mixed_bfloat16"),
    }
    return [
        *(
            _cell("randconv-pse", column, config, _TABLE_1["randconv-pse"][0])
            for column, config in columns.items()
        ),
        _cell("randconv", "reference", alone, _TABLE_1["randconv"][0]),
        _cell("randconv", "reference, 3x3 kernel", _kernel(alone, 3), _TABLE_1["randconv"][0]),
    ]


EXPERIMENTS: dict[str, Callable[[], list[Cell]]] = {"table1": table1, "table2": table2, "readings": readings}
"""What `pisces sweep` can run, by name."""


def cells(experiment: str, *, num_updates: int | None = None) -> list[Cell]:
    """The cells of an experiment.

    Args:
        experiment: A key of `EXPERIMENTS`.
        num_updates: Length of the runs, for trials; None takes the experiment's own.

    Raises:
        ValueError: If there is no such experiment, or `num_updates` is not at least 1.
    """
    if experiment not in EXPERIMENTS:
        raise ValueError(f"experiment is {experiment!r}; it must be one of {', '.join(EXPERIMENTS)}")
    chosen = EXPERIMENTS[experiment]()
    if num_updates is None:
        return chosen
    return [
        dataclasses.replace(cell, config=dataclasses.replace(cell.config, num_updates=num_updates))
        for cell in chosen
    ]


def _cell(row: str, column: str, config: RunConfig, paper: tuple[float, float]) -> Cell:
    mean, std = (round(percent / 100, 3) for percent in paper)
    return Cell(row=row, column=column, config=config, paper_mean=mean, paper_std=std)


def _embedding(config: RunConfig, **changes) -> RunConfig:
    assert config.embedding is not None
    return dataclasses.replace(config, embedding=dataclasses.replace(config.embedding, **changes))


def _kernel(config: RunConfig, kernel_size: int) -> RunConfig:
    assert config.rand_conv is not None
    return dataclasses.replace(
        config, rand_conv=dataclasses.replace(config.rand_conv, kernel_size=kernel_size)
    )
