"""How is a cell of the jumping task written down? From a preset, changes of it and percent of the paper.

The paper gives percent and standard deviations of 100 runs; cells have shares and standard errors.
"""

import dataclasses
import math
from collections.abc import Iterable
from typing import Any

from pisces.experiments import paper
from pisces.experiments.cell import Cell
from pisces.jumping.config import RunConfig
from pisces.jumping.presets import READINGS, preset
from pisces.runs.kinds import Config

TABLE_READING = "paper"
"""The reading that the paper's tables are made with; `released` has the first of them by the other one."""


def by_preset(
    method: str, *, grid: str = "wide", reading: str = TABLE_READING, table: str | None = None
) -> RunConfig:
    """The settings of a method, as of `pisces.jumping.presets.preset`, on the wide grid by the text."""
    return preset(method, grid=grid, reading=reading, table=table)


def by_reading(method: str) -> dict[str, RunConfig]:
    """The settings of a method on the wide grid, by each reading."""
    return {reading: by_preset(method, reading=reading) for reading in READINGS}


def by_grid(methods: Iterable[str], *, reading: str) -> list[Cell]:
    """The cells of some methods of Table 1, beside its numbers.

    Args:
        methods: Rows of `pisces.experiments.paper.TABLE_1`.
        reading: Of the paper.
    """
    return [
        jumping_cell(method, grid, by_preset(method, grid=grid, reading=reading), *numbers)
        for method in methods
        for grid, numbers in paper.TABLE_1[method].items()
    ]


def jumping_cell(
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
    """A cell, with the paper's number or with what else its runs are compared with.

    Args:
        row: Name of the row, the method.
        column: Name of the column.
        config: What is run there.
        mean: The paper's, in percent; None where it has no number.
        std: Its standard deviation over runs, in percent; None where the paper does not give one.
        error: Its standard error in percent, where `std` is None.
        part: As of `Cell`.
        reference: What another cell has run that this one is compared with.
    """
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
        reference=None if reference is None else jumping_cell(reference.method, column, reference, part=part),
    )


def with_embedding(config: RunConfig, **changes: Any) -> RunConfig:
    """The settings with others of the embedding loss and its metric, which they must have."""
    assert config.embedding is not None
    return dataclasses.replace(config, embedding=dataclasses.replace(config.embedding, **changes))


def with_rand_conv(config: RunConfig, **changes: Any) -> RunConfig:
    """The settings with others of random convolutions, which they must have."""
    assert config.rand_conv is not None
    return dataclasses.replace(config, rand_conv=dataclasses.replace(config.rand_conv, **changes))


def with_endless_rewards(config: Config) -> RunConfig:
    """pi*-bisimulation with the rewards of the released code: the last one is paid for ever."""
    assert isinstance(config, RunConfig)
    return with_embedding(config, metric="pi-bisimulation-endless")
