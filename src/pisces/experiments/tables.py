"""What do the runs of an experiment say so far? A row for each cell, with what it is compared with beside it.

What a score is depends on the kind of runs (`pisces.runs.kinds`): on the jumping task, the share of unseen
tasks solved, in [0, 1]. How runs are summed up is left to `pisces.experiments.stats`.
"""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd

from pisces.experiments import paper, stats
from pisces.experiments.cell import Cell, score_of
from pisces.experiments.stats import Summary, summarize
from pisces.precision import FLOAT32
from pisces.runs.identity import alternatives
from pisces.runs.kinds import Config, Result, counted, kind_of, precision_of, variants
from pisces.runs.units import Unit

_NOTHING = Summary(num_runs=0, mean=np.nan, std=np.nan, low=np.nan, high=np.nan)
_EQUIVALENCE_CONFIDENCE = 0.9  # of two one-sided tests at 5 % each


def scores(runs: Iterable[Result], config: Config, *, part: str | None = None) -> np.ndarray:
    """The scores of a configuration: float64 `[num_runs]`, in the order of the seeds.

    Args:
        runs: Results; those of other configurations are left out.
        config: What was run, in either precision.
        part: Of the unseen tasks, which count, as of `pisces.jumping.result.RunResult.share_of`; None counts
            all. Of the jumping task.

    Raises:
        ValueError: If a seed is there twice in one precision.
    """
    return _scores(counted(runs, variants(config).values()), part=part)


def results(cells: Iterable[Cell], runs: Iterable[Result]) -> pd.DataFrame:
    """The table of an experiment.

    Args:
        cells: Its cells.
        runs: Results; those of other configurations are left out.

    Returns:
        A row for each cell: method, column, n (number of runs), n_float32 (how many of these are in float32),
        mean, std, low and high (95 % t interval of the mean), paper_mean, paper_std, paper_error (its
        standard error), paper_low and paper_high (its 95 % interval), spread, spread_low and spread_high
        (ratio of our standard deviation to the paper's, with its 95 % interval), reference ("", or the row of
        what the cell is compared with), reference_mean, reference_std, verdict, unit (a key of
        `pisces.runs.units.UNITS`). What is not known is nan.

    Raises:
        ValueError: If a seed of a configuration is there twice in one precision.
    """
    runs = list(runs)
    rows = []
    for cell in cells:
        own = cell.counted(runs)
        score = _scores(own, part=cell.part)
        unit = kind_of(cell.config).unit
        summary = _summary(score)
        reference = cell.reference and cell.reference.counted(runs)
        of_reference = _summary(_scores(reference or (), part=cell.part))
        paper_low, paper_high = paper_interval(cell.paper_mean, cell.paper_error)
        spread, spread_low, spread_high = _spread(summary, cell)
        rows.append(
            {
                "method": cell.row,
                "column": cell.column,
                "n": summary.num_runs,
                "n_float32": sum(precision_of(run.config) == FLOAT32 for run in own),
                "mean": summary.mean,
                "std": summary.std,
                "low": unit.clip(summary.low),
                "high": unit.clip(summary.high),
                "paper_mean": np.nan if cell.paper_mean is None else cell.paper_mean,
                "paper_std": np.nan if cell.paper_std is None else cell.paper_std,
                "paper_error": np.nan if cell.paper_error is None else cell.paper_error,
                "paper_low": paper_low,
                "paper_high": paper_high,
                "spread": spread,
                "spread_low": spread_low,
                "spread_high": spread_high,
                "reference": "" if cell.reference is None else cell.reference.row,
                "reference_mean": of_reference.mean,
                "reference_std": of_reference.std,
                "verdict": verdict(score, cell)
                if reference is None
                else _verdict_between(own, reference, part=cell.part),
                "unit": unit.name,
            }
        )
    return pd.DataFrame(rows)


def difference(
    runs: Iterable[Result], others: Iterable[Result], *, part: str | None = None
) -> stats.Estimate:
    """How much higher some runs score than others.

    Where the seed decides what is trained on, runs are paired by seed, and those without a partner are left
    out. Elsewhere all runs of both count.

    Args:
        runs: Those of a cell, one for each seed, as of `pisces.experiments.cell.Cell.counted`.
        others: Those of another cell.
        part: As of `scores`.

    Returns:
        `pisces.experiments.stats.UNKNOWN` if there are none of either, or no pair.
    """
    groups = [{run.seed: run for run in group} for group in (runs, others)]
    is_paired = any(
        kind_of(run.config).is_split_drawn(run.config) for group in groups for run in group.values()
    )
    if is_paired:
        shared = sorted(groups[0].keys() & groups[1].keys())
        groups = [{seed: group[seed] for seed in shared} for group in groups]
    if not all(groups):
        return stats.UNKNOWN
    one, other = (_scores(group.values(), part=part) for group in groups)
    return stats.difference(one, other, is_paired=is_paired)


def verdict(score: np.ndarray, cell: Cell) -> str:
    """How our mean stands to the paper's, and our spread.

    Args:
        score: Our scores of a cell: float `[num_runs]`.
        cell: The cell.

    Returns:
        "within 5 points", or another margin with another unit, if the 90 % interval of the difference of both
        means lies inside it: two one-sided tests. Else "higher" or "lower", of ours, if its 95 % interval
        leaves 0 out; else "not told apart" with what this interval reaches to each side. ", less spread" or
        ", more spread" is added if the 95 % interval of the ratio of the standard deviations leaves 1 out.

        Without enough to judge by: "too few runs", of less than `stats.NUM_RUNS_FOR_VERDICT`; "all runs
        alike", which have no spread; "error unknown", that of the paper's mean; "" where the paper has none.
    """
    if cell.paper_mean is None:
        return ""
    if len(score) < stats.NUM_RUNS_FOR_VERDICT:
        return "too few runs"
    if np.isinf(score).any():
        return "higher"
    if not np.ptp(score):
        return "all runs alike"
    if cell.paper_error is None:
        return "error unknown"
    unit = kind_of(cell.config).unit
    found = stats.difference_from(
        score, mean=cell.paper_mean, error=cell.paper_error, num_runs=paper.NUM_RUNS
    )
    of_spread = _verdict_on_spread(*_spread(summarize(score), cell)[1:])
    return f"{_verdict_on_mean(found, unit)}{of_spread}"


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


def paper_interval(mean: float | None, error: float | None) -> tuple[float, float]:
    """The 95 % interval of a mean of the paper; nan where mean or error is not known."""
    if mean is None or error is None:
        return np.nan, np.nan
    return stats.Estimate(paper.NUM_RUNS, mean, error, paper.NUM_RUNS - 1).interval()


def _verdict_between(runs: Sequence[Result], others: Sequence[Result], *, part: str | None) -> str:
    """As `verdict`, on the difference from other runs of ours; "" if there are none."""
    if not others:
        return ""
    found = difference(runs, others, part=part)
    if found.num_runs < stats.NUM_RUNS_FOR_VERDICT:
        return "too few runs"
    if np.isnan(found.degrees):
        return "all runs alike"
    return _verdict_on_mean(found, kind_of(others[0].config).unit)


def _verdict_on_mean(found: stats.Estimate, unit: Unit) -> str:
    if np.abs(found.interval(_EQUIVALENCE_CONFIDENCE)).max() < unit.margin:
        return f"within {unit.margin_text}"
    if found.low <= 0 <= found.high:
        return f"not told apart (±{unit.text(found.high - found.mean)})"
    return "higher" if found.mean > 0 else "lower"


def _summary(score: np.ndarray) -> Summary:
    return summarize(score) if len(score) else _NOTHING


def _spread(summary: Summary, cell: Cell) -> tuple[float, float, float]:
    """Ratio of our standard deviation to the paper's, with its interval; nan where there is none."""
    if not summary.std > 0 or not cell.paper_std:
        return np.nan, np.nan, np.nan
    return stats.spread_ratio(summary.std, summary.num_runs, cell.paper_std, paper.NUM_RUNS)


def _verdict_on_spread(low: float, high: float) -> str:
    if high < 1:
        return ", less spread"
    return ", more spread" if low > 1 else ""


def _scores(runs: Iterable[Result], *, part: str | None) -> np.ndarray:
    return np.array([score_of(run, part=part) for run in runs])
