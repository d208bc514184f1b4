"""How far does what was learned on 18 tasks carry, and where does it end? The numbers of chapter 5.

All functions take runs on the grey tasks and look at them cell by cell: method and grid. Runs are summed up
by `pisces.experiments.stats`.
"""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from pisces.experiments import stats, tables
from pisces.jumping.result import RunResult
from pisces.runs.kinds import counted_by
from pisces.runs.units import SHARE
from pisces.task import JUMP_DISTANCE

NEAR = 2
"""Up to how many pixels a jump at the wrong place is a near miss."""

OUTCOMES = ("early", "just early", "solved", "just late", "late", "never")
"""What becomes of a task, by where the agent first jumps: too early by more than `NEAR` pixels or by less, at
the right place, too late, or nowhere, into the obstacle."""


def learning_curves(runs: Iterable[RunResult]) -> pd.DataFrame:
    """The share of unseen tasks solved in the course of training (Agarwal et al. (2021), Figs G.3 and G.4).

    Args:
        runs: Results.

    Returns:
        A row for each cell and report: method, grid, update, n (number of runs), mean, low and high (95 % t
        interval of the mean over runs; nan for a single run).

    Raises:
        ValueError: If runs of one method and grid differ in their settings, precision aside, or a seed is
            there twice in one precision.
    """
    rows = []
    for (method, grid), cell in _by_cell(runs).items():
        shares = np.stack([run.solved_share for run in cell.values()])
        for update, score in zip(next(iter(cell.values())).update, shares.T, strict=True):
            summary = stats.summarize(score)
            ends = SHARE.clip(summary.low), SHARE.clip(summary.high)
            rows.append((method, grid, update, summary.num_runs, summary.mean, *ends))
    return pd.DataFrame(rows, columns=["method", "grid", "update", "n", "mean", "low", "high"])


def shares(runs: Iterable[RunResult]) -> dict[tuple[str, str], np.ndarray]:
    """The share of unseen tasks that each run solves, by method and grid.

    Args:
        runs: Results.

    Returns:
        float64 `[num_runs]` each, in the order of the seeds.

    Raises:
        ValueError: As of `learning_curves`.
    """
    return {
        place: np.array([run.test_share for run in cell.values()]) for place, cell in _by_cell(runs).items()
    }


def solved_fractions(runs: Iterable[RunResult]) -> pd.DataFrame:
    """Which tasks are solved how often (Agarwal et al. (2021), Fig. 4).

    Args:
        runs: Results.

    Returns:
        A row for each cell and task: method, grid, n (number of runs), obstacle_position, floor_height,
        is_training (whether all runs trained on it), fraction of the runs that solve it, in [0, 1]: of those
        to which it is new, or of all if it is new to none.

    Raises:
        ValueError: As of `learning_curves`.
    """
    parts = []
    for (method, grid), cell in _by_cell(runs).items():
        solved = np.stack([run.solved for run in cell.values()])
        is_test = np.stack([run.is_test for run in cell.values()])
        is_training = ~is_test.any(axis=0)
        counts = is_test | is_training
        tasks = next(iter(cell.values())).config.tasks
        parts.append(
            pd.DataFrame(
                {
                    "method": method,
                    "grid": grid,
                    "n": len(cell),
                    "obstacle_position": [task.obstacle_position for task in tasks],
                    "floor_height": [task.floor_height for task in tasks],
                    "is_training": is_training,
                    "fraction": (solved & counts).sum(axis=0) / counts.sum(axis=0),
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def outcomes(runs: Iterable[RunResult]) -> pd.DataFrame:
    """What becomes of unseen tasks: does the agent jump too early, too late, or never?

    Args:
        runs: Results.

    Returns:
        A row for each cell and each of `OUTCOMES`: method, grid, n (number of runs), outcome, share of the
        unseen tasks, in [0, 1], mean over runs.

    Raises:
        ValueError: As of `learning_curves`.
    """
    rows = []
    for (method, grid), cell in _by_cell(runs).items():
        shares = np.mean([_outcome_shares(run) for run in cell.values()], axis=0)
        rows += [
            (method, grid, len(cell), outcome, share) for outcome, share in zip(OUTCOMES, shares, strict=True)
        ]
    return pd.DataFrame(rows, columns=["method", "grid", "n", "outcome", "share"])


def differences(runs: Iterable[RunResult], pairs: Iterable[tuple[str, str]]) -> pd.DataFrame:
    """How much more of the unseen tasks one method solves than another, on each grid.

    Args:
        runs: Results.
        pairs: Names of two methods, the second to be subtracted from the first.

    Returns:
        A row for each pair and each grid that has runs: method, other, grid, n and other_n (numbers of runs),
        mean (nan where a method has no run), low and high (its 95 % interval; nan where a method has less
        than two), p_value, is_paired (as runs are on the random grid), is_clear (as of
        `pisces.experiments.stats.are_clear`, of all rows together).

    Raises:
        ValueError: As of `learning_curves`.
    """
    cells = _by_cell(runs)
    rows, found = [], []
    for method, other in pairs:
        for grid in dict.fromkeys(grid for _, grid in cells):
            ours, theirs = cells.get((method, grid), {}), cells.get((other, grid), {})
            difference = tables.difference(ours.values(), theirs.values())
            is_paired = grid == "random"
            counts = [len(ours.keys() & theirs.keys())] * 2 if is_paired else [len(ours), len(theirs)]
            found.append(difference)
            rows.append(
                {"method": method, "other": other, "grid": grid, "n": counts[0], "other_n": counts[1]}
                | {"mean": difference.mean, "low": difference.low, "high": difference.high}
                | {"p_value": difference.p_value, "is_paired": is_paired}
            )
    return pd.DataFrame(rows).assign(is_clear=stats.are_clear(found))


def jump_error(run: RunResult) -> np.ndarray:
    """How far after the right place the agent first jumps in each task.

    Args:
        run: A run on the grey tasks.

    Returns:
        float `[num_tasks]`, pixels: below 0 too early, above 0 too late, nan if the agent never jumps.
    """
    right_place = np.array([task.obstacle_position - JUMP_DISTANCE for task in run.config.tasks])
    # An agent is a pixel further to the right with every step that it walks.
    return np.where(run.jump_step < 0, np.nan, run.jump_step - right_place)


def _by_cell(runs: Iterable[RunResult]) -> dict[tuple[str, str], dict[int, RunResult]]:
    """Runs by method and grid, and there by seed, in order of the seeds."""
    cells = counted_by(runs, lambda run: (run.config.method, run.config.grid))
    return {place: {run.seed: run for run in cell} for place, cell in cells.items()}


def _outcome_shares(run: RunResult) -> list[float]:
    """Share of each of `OUTCOMES` among the unseen tasks."""
    error = jump_error(run)[run.is_test]
    is_near = np.abs(error) <= NEAR
    found = {
        "early": (error < 0) & ~is_near,
        "just early": (error < 0) & is_near,
        "solved": error == 0,
        "just late": (error > 0) & is_near,
        "late": (error > 0) & ~is_near,
        "never": np.isnan(error),
    }
    return [float(found[outcome].mean()) for outcome in OUTCOMES]
