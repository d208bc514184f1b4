"""What do the runs of an experiment say so far? A row for each cell, with the paper's number beside ours.

What a score is depends on the kind of runs (`pisces.runs.kinds`): on the jumping task, the share of unseen
tasks solved, in [0, 1]. How runs are summed up is left to `pisces.experiments.stats`.
"""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd

from pisces.experiments import stats
from pisces.experiments.catalogue import Cell
from pisces.experiments.stats import Summary, summarize
from pisces.precision import FLOAT32
from pisces.runs.identity import alternatives
from pisces.runs.kinds import Config, Result, counted, kind_of, precision_of, variants

_NOTHING = Summary(num_runs=0, mean=np.nan, std=np.nan, interquartile_mean=np.nan, low=np.nan, high=np.nan)


def scores(runs: Iterable[Result], config: Config, *, color: str | None = None) -> np.ndarray:
    """The scores of a configuration: float64 `[num_runs]`, in the order of the seeds.

    Args:
        runs: Results; those of other configurations are left out.
        config: What was run, in either precision.
        color: Counts the tasks with an obstacle of this colour only; None counts all. Of the jumping task.

    Raises:
        ValueError: If a seed is there twice in one precision.
    """
    return _scores(counted(runs, variants(config).values()), color=color)


def results(cells: Iterable[Cell], runs: Iterable[Result]) -> pd.DataFrame:
    """The table of an experiment.

    Args:
        cells: Its cells.
        runs: Results; those of other configurations are left out.

    Returns:
        A row for each cell: method, column, n (number of runs), n_float32 (how many of these are in float32),
        mean, std, low and high (95 % bootstrap interval of the mean), interquartile_mean, paper_mean,
        paper_std, paper_error (its standard error), verdict, unit (a key of `pisces.runs.units.UNITS`). What
        is not known is nan.

    Raises:
        ValueError: If a seed of a configuration is there twice in one precision.
    """
    runs = list(runs)
    rows = []
    for cell in cells:
        own = cell.counted(runs)
        score = _scores(own, color=cell.color)
        summary = summarize(score) if len(score) else _NOTHING
        rows.append(
            {
                "method": cell.row,
                "column": cell.column,
                "n": summary.num_runs,
                "n_float32": sum(precision_of(run.config) == FLOAT32 for run in own),
                "mean": summary.mean,
                "std": summary.std,
                "low": summary.low,
                "high": summary.high,
                "interquartile_mean": summary.interquartile_mean,
                "paper_mean": np.nan if cell.paper_mean is None else cell.paper_mean,
                "paper_std": np.nan if cell.paper_std is None else cell.paper_std,
                "paper_error": np.nan if cell.paper_error is None else cell.paper_error,
                "verdict": verdict(summary, cell),
                "unit": kind_of(cell.config).unit.name,
            }
        )
    return pd.DataFrame(rows)


def verdict(summary: Summary, cell: Cell) -> str:
    """Whether our mean and the paper's are of one size.

    Args:
        summary: Our runs of a cell.
        cell: The cell.

    Returns:
        "agrees" if the 95 % interval of the difference of both means contains 0, else "higher" or "lower",
        of ours. A standard error that the paper does not give counts as 0. "too few runs" with less than
        `stats.NUM_RUNS_FOR_VERDICT`, "" where the paper has no number.
    """
    if cell.paper_mean is None:
        return ""
    if summary.num_runs < stats.NUM_RUNS_FOR_VERDICT:
        return "too few runs"
    if np.isinf(summary.mean):
        return "higher"
    difference = summary.mean - cell.paper_mean
    theirs = stats.NORMAL_QUANTILE * (cell.paper_error or 0.0)
    # Both ends of an interval of a difference, from the ends of the intervals of what is subtracted.
    if difference - np.hypot(summary.mean - summary.low, theirs) > 0:
        return "higher"
    if difference + np.hypot(summary.high - summary.mean, theirs) < 0:
        return "lower"
    return "agrees"


def progress(
    cells: Iterable[Cell], seeds: Sequence[int], runs: Mapping[str, Result], failures: Iterable[str] = ()
) -> pd.DataFrame:
    """How far an experiment is.

    Args:
        cells: Its cells.
        seeds: The seeds wanted of each.
        runs: Complete runs by their keys; those of other code or other seeds do not count, and of two that
            differ in precision alone one does.
        failures: Keys of runs that failed when last tried.

    Returns:
        A row for each cell: method, column, done, wanted, failed (numbers of runs), minutes (mean per run
        done; nan before the first).
    """
    failed = set(failures)
    rows = []
    for cell in cells:
        keys = [[spec.key for spec in alternatives(cell, seed)] for seed in seeds]
        made = [[runs[key] for key in of_seed if key in runs] for of_seed in keys]
        seconds = [one[-1].seconds for one in made if one]
        rows.append(
            {
                "method": cell.row,
                "column": cell.column,
                "done": len(seconds),
                "wanted": len(keys),
                "failed": sum(
                    not one and not failed.isdisjoint(of_seed)
                    for one, of_seed in zip(made, keys, strict=True)
                ),
                "minutes": np.mean(seconds) / 60 if seconds else np.nan,
            }
        )
    return pd.DataFrame(rows)


def _scores(runs: Iterable[Result], *, color: str | None) -> np.ndarray:
    return np.array(
        [kind_of(run.config).score(run) if color is None else run.share_of(color) for run in runs]
    )
