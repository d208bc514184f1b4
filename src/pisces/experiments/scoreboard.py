"""What of the paper is reproduced, how well, and what did it cost? All experiments in one table.

Cells are those of `pisces.experiments.catalogue` and are summed up by `pisces.experiments.tables`;
bisimulation transfer, which trains nothing, is computed on the spot by `pisces.jumping.transfer`.
"""

import dataclasses
import functools
from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from pisces.experiments import paper, tables
from pisces.experiments.catalogue import EXPERIMENTS
from pisces.experiments.cell import Cell
from pisces.experiments.stats import Summary, summarize
from pisces.jumping.presets import READINGS
from pisces.jumping.transfer import bisimulation_transfer, unseen_shares
from pisces.runs.kinds import Result
from pisces.runs.units import SHARE
from pisces.task import GRIDS

TRANSFER = "bisimulation-transfer"

_DISCOUNT = READINGS["paper"].discount  # by that of the released code the same tasks are solved


@dataclasses.dataclass(frozen=True)
class Cost:
    """What runs cost.

    Attributes:
        num_runs: How many there are.
        hours: Wall time of all together, as their results have it.
        processors: What they ran on.
    """

    num_runs: int
    hours: float
    processors: tuple[str, ...]

    def __str__(self) -> str:
        """A sentence's end: "12 runs, 20.5 minutes each on average, 4.1 hours in all, on ..."."""
        if not self.num_runs:
            return "no runs yet"
        minutes = 60 * self.hours / self.num_runs
        runs = f"{self.num_runs} run{'s' * (self.num_runs > 1)}"
        mean = f"{minutes:.1f} minutes" if minutes >= 1 else f"{60 * minutes:.1f} seconds"
        each = f"{mean} each on average, {self.hours:.1f} hours in all"
        return f"{runs}, {each}, on {' and '.join(self.processors)}"


def cost(runs: Iterable[Result]) -> Cost:
    """What runs cost in time.

    Args:
        runs: Results, each there once.
    """
    runs = list(runs)
    processors = sorted({run.provenance["processor"] for run in runs})
    return Cost(len(runs), sum(run.seconds for run in runs) / 3600, tuple(processors))


def table1(cells: Sequence[Cell], runs: Iterable[Result]) -> pd.DataFrame:
    """Table 1 with all of its six methods, in the order of the paper.

    Args:
        cells: Those of the experiment "table1", or some of them.
        runs: Results; those of other configurations are left out.

    Returns:
        As `pisces.experiments.tables.results`, with the rows of `transfer_rows` after the first method.
    """
    trained = tables.results(cells, runs)
    grids = [grid for grid in GRIDS if grid in set(trained.column)]
    first = int((trained.method == trained.method.iloc[0]).sum())
    parts = [trained.iloc[:first], transfer_rows(grids), trained.iloc[first:]]
    return pd.concat(parts, ignore_index=True)


def transfer_rows(grids: Iterable[str] = GRIDS) -> pd.DataFrame:
    """The rows of bisimulation transfer, computed now.

    Nothing in it is left to chance but the 100 splits of the random grid, which are the paper's. Hence the
    paper's number is either met, in all its digits, or not: "equal", or on which side we are.

    Args:
        grids: Names of grids.

    Returns:
        As `pisces.experiments.tables.results`; n is the number of splits.
    """
    rows = []
    for grid in grids:
        summary = _transfer_summary(grid)
        paper_mean, paper_std = (round(percent / 100, 3) for percent in paper.TRANSFER[grid])
        paper_error = paper_std / np.sqrt(paper.NUM_RUNS)
        paper_low, paper_high = tables.paper_interval(paper_mean, paper_error)
        difference = round(summary.mean, 3) - paper_mean
        rows.append(
            {"method": TRANSFER, "column": grid, "n": summary.num_runs, "n_float32": 0}
            | {"mean": summary.mean, "std": summary.std, "low": summary.low, "high": summary.high}
            | {"paper_mean": paper_mean, "paper_std": paper_std}
            | {"paper_error": paper_error, "paper_low": paper_low, "paper_high": paper_high}
            | dict.fromkeys(("spread", "spread_low", "spread_high"), np.nan)
            | {"reference": "", "reference_mean": np.nan, "reference_std": np.nan}
            | {"verdict": "equal" if difference == 0 else "higher" if difference > 0 else "lower"}
            | {"unit": SHARE.name}
        )
    return pd.DataFrame(rows)


def scoreboard(runs: Iterable[Result]) -> pd.DataFrame:
    """Every number of every experiment.

    Args:
        runs: Results.

    Returns:
        A row for each cell: experiment, the columns of `pisces.experiments.tables.results`, minutes (mean
        wall time of a run; nan without runs), processor (what they ran on, "" without runs), command (that
        makes the runs of the experiment, "" where there are none to make).
    """
    runs = list(runs)
    parts = []
    for experiment, make in EXPERIMENTS.items():
        cells = make()
        rows = table1(cells, runs) if experiment == "table1" else tables.results(cells, runs)
        spent = {(cell.row, cell.column): cost(cell.counted(runs)) for cell in cells}
        places = list(zip(rows.method, rows.column, strict=True))
        found = [spent.get(place, Cost(0, 0.0, ())) for place in places]
        rows.insert(0, "experiment", experiment)
        rows["minutes"] = [60 * one.hours / one.num_runs if one.num_runs else np.nan for one in found]
        rows["processor"] = [", ".join(one.processors) for one in found]
        rows["command"] = [f"pisces sweep {experiment}" if place in spent else "" for place in places]
        parts.append(rows)
    return pd.concat(parts, ignore_index=True)


def runs_of(experiment: str, runs: Iterable[Result]) -> list[Result]:
    """The runs that count in an experiment, in the order in which they are given.

    Args:
        experiment: A key of `pisces.experiments.catalogue.EXPERIMENTS`.
        runs: Results.
    """
    runs = list(runs)
    own = {id(run) for cell in EXPERIMENTS[experiment]() for run in cell.counted(runs)}
    return [run for run in runs if id(run) in own]


@functools.cache
def _transfer_summary(grid: str) -> Summary:
    solves = functools.partial(bisimulation_transfer, discount=_DISCOUNT)
    return summarize(unseen_shares(solves, grid, seeds=range(paper.NUM_RUNS if grid == "random" else 1)))
