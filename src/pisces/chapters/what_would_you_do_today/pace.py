"""How long do runs take to solve a share of the unseen tasks? In updates, and in seconds."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from pisces.jumping.result import RunResult


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
