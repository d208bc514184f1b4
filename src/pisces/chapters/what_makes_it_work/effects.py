"""What does changing one setting do? Cells of an experiment against others that differ in it."""

import dataclasses
from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from pisces.experiments import catalogue, stats, tables
from pisces.experiments.cell import Cell, score_of
from pisces.jumping.result import RunResult
from pisces.runs.kinds import Config

MEANING = {
    "reference": "the loss of the released code, which is the next three changes together; for "
    "π*-bisimulation, whose loss is l2, that code's discount alone",
    "paper, coupling off": "positives and negatives count without weights",
    "paper, both directions": "the same loss is added with the roles of the two tasks exchanged",
    "paper, discount 0.999": "the metric looks ten times as far ahead as with 0.99",
    "settings of Table G.5": "learning rate 0.004 and temperature 1, as in the first table of chapter 6",
    "paper, float32": "full precision; this book's other runs multiply in bfloat16, which has eight "
    "significant bits and is faster",
    "paper, 3x3 kernel": "larger random convolutions; the paper's are 2x2",
    "paper, constant kernel": "one kernel for the whole run, which is what the released code draws with "
    "current TensorFlow",
    "paper, never skipped": "no batch stays as it is, which is what the released code's coin decides in "
    "nine runs of ten",
    "reference, endless": "the last reward is paid for ever, as in the released code, with its discount",
}
"""What is changed, by the column of `changed_cells`."""


def changed_cells() -> list[Cell]:
    """The cells of `readings`, and last PSEs with the settings of Table G.5 as one more change of theirs."""
    (tuned,) = catalogue.select(catalogue.cells("table2"), method="randconv-pse")
    return [*catalogue.cells("readings"), dataclasses.replace(tuned, column="settings of Table G.5")]


def effects(cells: Iterable[Cell], runs: Iterable[RunResult], *, reference: str) -> pd.DataFrame:
    """By how much cells differ from the reference of their row.

    Args:
        cells: Cells of one experiment.
        runs: Results; those of other configurations are left out.
        reference: The column that the other cells of a row are compared with.

    Returns:
        As `compare`, a row for each cell that is not the reference.

    Raises:
        ValueError: If no cell of a row is the reference, or a run is there twice in one precision.
    """
    cells = list(cells)
    by_row = {cell.row: cell for cell in cells if cell.column == reference}
    for cell in cells:
        if cell.row not in by_row:
            raise ValueError(f"reference is {reference!r}, which is no column of {cell.row}")
    changed = [cell for cell in cells if cell.column != reference]
    return compare([dataclasses.replace(cell, reference=by_row[cell.row]) for cell in changed], runs)


def compare(cells: Iterable[Cell], runs: Iterable[RunResult]) -> pd.DataFrame:
    """By how much cells differ from their references.

    Args:
        cells: Cells; those without a reference are left out.
        runs: Results; those of other configurations are left out.

    Returns:
        A row for each cell: method, column, n and reference_n (numbers of runs), mean (of the cell),
        reference_mean, difference, low, high (its 95 % interval: of pairs on the random grid, else Welch's),
        is_clear (as of `pisces.experiments.stats.are_clear`, of all rows together), is_identical (whether all
        runs equal those of the reference with their seeds, bit for bit: the difference is 0 then, and has no
        interval). nan where runs are missing.

    Raises:
        ValueError: If a run is there twice in one precision.
    """
    runs = list(runs)
    rows, found = [], []
    for cell in cells:
        reference = cell.reference
        if reference is None:
            continue
        ours, theirs = cell.counted(runs), reference.counted(runs)
        is_identical = _are_identical(ours, theirs)
        same = stats.Estimate(num_runs=len(ours), mean=0.0, error=0.0, degrees=np.nan)
        difference = same if is_identical else tables.difference(ours, theirs, part=cell.part)
        found.append(difference)
        rows.append(
            {"method": cell.row, "column": cell.column, "n": len(ours), "reference_n": len(theirs)}
            | {"mean": _mean(ours, cell), "reference_mean": _mean(theirs, reference)}
            | {"difference": difference.mean}
            | {"low": difference.low, "high": difference.high, "is_identical": is_identical}
        )
    return pd.DataFrame(rows).assign(is_clear=stats.are_clear(found))


def by_learning_rate(cells: Iterable[Cell], runs: Iterable[RunResult]) -> dict[str, dict[float, np.ndarray]]:
    """What each method solves at each of its learning rates.

    Args:
        cells: The cells; those that count the same runs are one.
        runs: Results; those of other configurations are left out.

    Returns:
        By the name of the method, in the order of the cells, and then by learning rate, rising: the share of
        the unseen tasks that each run solves, float64 `[num_runs]`. Without what has no run.

    Raises:
        ValueError: If a run is there twice in one precision, or a method has other settings at the same rate.
    """
    cells, runs = list(cells), list(runs)
    found: dict[str, dict[float, np.ndarray]] = {cell.row: {} for cell in cells}
    configs: dict[tuple[str, float], Config] = {}
    for cell in sorted(cells, key=lambda cell: cell.config.learning_rate):
        rate = cell.config.learning_rate
        if configs.setdefault((cell.row, rate), cell.config) != cell.config:
            raise ValueError(f"cells has {cell.row} at {rate:g} with several settings; it must have one")
        scores = tables.scores(runs, cell.config, part=cell.part)
        if len(scores):
            found[cell.row][rate] = scores
    return {row: shares for row, shares in found.items() if shares}


def _are_identical(runs: Sequence[RunResult], others: Sequence[RunResult]) -> bool:
    of_seed = {run.seed: run for run in others}
    return bool(runs) and all(
        run.seed in of_seed
        and np.array_equal(run.solved_at, of_seed[run.seed].solved_at)
        and np.array_equal(run.imitation_loss, of_seed[run.seed].imitation_loss)
        for run in runs
    )


def _mean(runs: Sequence[RunResult], cell: Cell) -> float:
    return float(np.mean([score_of(run, part=cell.part) for run in runs])) if runs else np.nan
