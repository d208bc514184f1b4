"""What does changing one setting do? Each cell of an experiment against a reference cell of its row."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from pisces.experiments import stats
from pisces.experiments.catalogue import Cell
from pisces.jumping.result import RunResult


def effects(cells: Iterable[Cell], runs: Iterable[RunResult], *, reference: str) -> pd.DataFrame:
    """By how much cells differ from the reference, over the seeds that both have.

    Runs are paired by seed. Equal seeds begin with equal weights where the networks are equal, and draw the
    same batches and pairs; pairing is right whether or not anything of this survives thousands of updates,
    and narrows the interval if it does.

    Args:
        cells: Cells of one experiment.
        runs: Results; those of other configurations are left out.
        reference: The column that the other cells of a row are compared with.

    Returns:
        A row for each cell that is compared: method, column, n (number of pairs), mean (of the cell),
        reference_mean, difference, low, high (95 % bootstrap interval), is_clear (as of
        `pisces.experiments.stats.Difference`). nan where runs are missing.

    Raises:
        ValueError: If no cell of a row is the reference, or a run is there twice in one precision.
    """
    cells, runs = list(cells), list(runs)
    by_row = {cell.row: cell for cell in cells if cell.column == reference}
    scores = {cell: {run.seed: run.test_share for run in cell.counted(runs)} for cell in cells}
    rows = []
    for cell in cells:
        if cell.row not in by_row:
            raise ValueError(f"reference is {reference!r}, which is no column of {cell.row}")
        if cell.column == reference:
            continue
        one, other = scores[cell], scores[by_row[cell.row]]
        seeds = sorted(one.keys() & other.keys())
        rows.append(
            {"method": cell.row, "column": cell.column, "n": len(seeds)}
            | _difference(np.array([one[seed] for seed in seeds]), np.array([other[seed] for seed in seeds]))
        )
    return pd.DataFrame(rows)


def _difference(one: np.ndarray, other: np.ndarray) -> dict[str, float | bool]:
    if not len(one):
        return dict.fromkeys(("mean", "reference_mean", "difference", "low", "high"), np.nan) | {
            "is_clear": False
        }
    found = stats.difference(one, other, is_paired=True)
    return {
        "mean": float(one.mean()),
        "reference_mean": float(other.mean()),
        "difference": found.mean,
        "low": found.low,
        "high": found.high,
        "is_clear": found.is_clear,
    }
