"""How long do runs take to solve a share of the unseen tasks? In updates, and in seconds."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from pisces.experiments import catalogue, evidence
from pisces.experiments.cell import Cell
from pisces.jumping.config import RunConfig
from pisces.jumping.result import RunResult
from pisces.runs import origin


def time_to(runs: Iterable[RunResult], *, share: float) -> pd.DataFrame:
    """When runs first solve a share of the unseen tasks.

    A run is judged at its reports only, and its seconds are taken for evenly spread over its updates.

    Args:
        runs: Results.
        share: Of the unseen tasks, in [0, 1].

    Returns:
        A row for each run: method, grid, seed, updates and seconds, both infinite if it never does.
    """
    rows = []
    for run in runs:
        reached = run.update[run.solved_share >= share]
        updates = float(reached[0]) if len(reached) else np.inf
        place = {"method": run.config.method, "grid": run.config.grid, "seed": run.seed}
        rows.append(place | {"updates": updates, "seconds": run.seconds * updates / run.config.num_updates})
    return pd.DataFrame(rows, columns=["method", "grid", "seed", "updates", "seconds"])


def wide_cells() -> list[Cell]:
    """RandConv + PSEs with the paper's settings, and the recipe with its frame moved and still: wide grid."""
    paper = catalogue.select(catalogue.cells("table1"), method="randconv-pse", column="wide")
    every = catalogue.cells("recipe")
    own = (
        catalogue.select(every, method=name, column="wide, all unseen") for name in ("recipe", "recipe-still")
    )
    return [*paper, *(cell for found in own for cell in found)]


def measure(*, precision: str, num_updates: int = 100, num_rounds: int = 3) -> dict[str, dict[str, float]]:
    """How long the methods of `wide_cells` train here until they solve the paper's share of the unseen tasks.

    That share is what RandConv + PSEs solve of the wide grid in Table 1. How many updates it takes is what
    the runs that come with the package say, in the median. What an update takes is measured in one process,
    in turns, and the fastest round of each method counts. Playing the unseen tasks is no part of it.

    Args:
        precision: One of `pisces.precision.PRECISIONS`.
        num_updates: Updates in a round, at least 1.
        num_rounds: Rounds, at least 1.

    Returns:
        By method `runs`, `updates`, `milliseconds_per_update`, `seconds`, and `times_as_fast`: how many
        times as long the first of them, that of the paper, takes.

    Raises:
        ValueError: If there is no such precision.
    """
    from pisces.jumping.benchmark import milliseconds_per_update  # only who trains needs TensorFlow

    cells = wide_cells()
    share = cells[0].paper_mean
    assert share is not None
    times = [time_to(_committed(cell), share=share).updates for cell in cells]
    configs = [cell.config for cell in cells if isinstance(cell.config, RunConfig)]
    milliseconds = milliseconds_per_update(
        configs, num_updates=num_updates, num_rounds=num_rounds, precision=precision
    )
    seconds = [float(one.median()) * each / 1e3 for one, each in zip(times, milliseconds, strict=True)]
    return {
        cell.row: {
            "runs": len(updates),
            "updates": float(updates.median()),
            "milliseconds_per_update": each,
            "seconds": lasts,
            "times_as_fast": seconds[0] / lasts,
        }
        for cell, updates, each, lasts in zip(cells, times, milliseconds, seconds, strict=True)
    }


def keep(file: Path, measured: Mapping[str, Mapping[str, float]], *, precision: str) -> None:
    """Adds what was measured to a CSV, which is made if it does not exist: a row for each method.

    Args:
        file: The CSV.
        measured: As of `measure`.
        precision: In which it was measured.

    Raises:
        ValueError: If the CSV has other columns.
    """
    made = origin.provenance()
    place = {name: made[name] for name in ("processor", "threads")}
    place |= {"limits": origin.limits(), "precision": precision}
    rows = pd.DataFrame([place | {"method": method} | dict(values) for method, values in measured.items()])
    if file.exists() and (columns := list(pd.read_csv(file, nrows=0))) != list(rows):
        raise ValueError(f"file is {str(file)!r} with the columns {columns}; they must be {list(rows)}")
    rows.round(3).to_csv(file, mode="a", header=not file.exists(), index=False)


def _committed(cell: Cell) -> list[RunResult]:
    return [run for run in evidence.gather([cell], is_live=False) if isinstance(run, RunResult)]
