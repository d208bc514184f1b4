"""What do policies solve far beyond the board? In all tasks that the game allows.

The results of runs say what they solve of 286 tasks. For the other ones the policies that a store keeps are
played once, and what they solve is kept in a file of its own, which comes with the package.
"""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from pisces.experiments import catalogue
from pisces.experiments.cell import Cell
from pisces.experiments.evidence import complete_runs
from pisces.runs import archive, parquet
from pisces.runs.store import Store, load_policy
from pisces.task import FLOOR_HEIGHTS, NUM_TASKS, OBSTACLE_POSITIONS, Task

SCHEMA_VERSION = 1
TASKS = tuple(Task(position, height) for position in OBSTACLE_POSITIONS for height in FLOOR_HEIGHTS)
"""All tasks of the grey game, 34 obstacle positions times 41 floor heights."""

_FILE = "beyond_the_board.parquet"
_SCHEMA = pa.schema(
    {
        "schema_version": pa.int32(),
        "key": pa.string(),
        "method": pa.string(),
        "seed": pa.int64(),
        "solved": pa.list_(pa.bool_()),
    }
)


def shown_cells() -> list[Cell]:
    """Imitation, RandConv + PSEs and the recipe with its frame moved and still, trained on the wide grid."""
    table1 = [cell for cell in catalogue.cells("table1") if cell.row in ("dropout-l2", "randconv-pse")]
    alone = ("recipe", "recipe-still")
    own = [cell for cell in catalogue.cells("recipe") if cell.row in alone and cell.part is None]
    return [cell for cell in (*table1, *own) if cell.column.startswith("wide")]


def collect(store: Store, wanted: Iterable[Cell], seeds: Iterable[int]) -> pd.DataFrame:
    """Plays the policies of runs of a store in all `TASKS`.

    Args:
        store: Where they are.
        wanted: The cells whose runs are wanted.
        seeds: The seeds wanted of each.

    Returns:
        A row for each run that is complete and made by the present code: key, method, seed, solved (bool
        `[1394]`).

    Raises:
        ValueError: If the files of a run are damaged.
    """
    rows = [
        {"key": spec.key, "method": spec.config.method, "seed": spec.seed, "solved": _solved(folder)}
        for spec, folder in complete_runs(store, wanted, seeds)
    ]
    return pd.DataFrame(rows, columns=["key", "method", "seed", "solved"])


def _solved(folder: Path) -> np.ndarray:
    from pisces.acting import Greedy  # only who plays needs TensorFlow
    from pisces.task.judge import evaluate

    act = Greedy(load_policy(folder))
    firsts = range(0, len(TASKS), NUM_TASKS)  # as many at a time as in any other evaluation
    return np.concatenate([evaluate(act, TASKS[first : first + NUM_TASKS]) for first in firsts])


def fractions(runs: pd.DataFrame) -> dict[str, np.ndarray]:
    """Which fraction of the runs of a method solves each task.

    Args:
        runs: As of `collect` or `read`.

    Returns:
        float64 `[34, 41]` by method, obstacle positions by floor heights.
    """
    shape = len(OBSTACLE_POSITIONS), len(FLOOR_HEIGHTS)
    return {
        str(method): np.mean(np.stack(list(own.solved)), axis=0).reshape(shape)
        for method, own in runs.groupby("method", sort=False)
    }


def packaged() -> Path:
    """The file that comes with the package, beside the archive of runs."""
    return archive.folder() / _FILE


def merge(file: Path, runs: pd.DataFrame) -> int:
    """Adds runs to a file, which is made if it does not exist; one takes the place of another of its key.

    Args:
        file: As `read` reads it.
        runs: As of `collect`.

    Returns:
        How many runs were not there yet.

    Raises:
        ValueError: If the file is none that can be read; it is left as it was.
    """
    with parquet.lock(file):
        former = read(file) if file.exists() else runs.head(0)
        rest = former.loc[~former.key.isin(runs.key)]
        rows = pd.concat([rest, runs]).sort_values(["method", "seed"]).assign(schema_version=SCHEMA_VERSION)
        parquet.write(file, _SCHEMA, rows.to_dict("records"))
    return len(set(runs.key) - set(former.key))


def read(file: Path) -> pd.DataFrame:
    """The runs in a file, by method and seed: as of `collect`.

    Raises:
        ValueError: If the file is missing, damaged, of another kind or of another schema.
    """
    rows = parquet.read(file, _SCHEMA, version=SCHEMA_VERSION, name="file")
    if any(len(row["solved"]) != len(TASKS) for row in rows):
        raise ValueError(f"file is {str(file)!r}, which is damaged: a run must have {len(TASKS)} tasks")
    return pd.DataFrame(
        [
            {name: row[name] for name in ("key", "method", "seed")}
            | {"solved": np.array(row["solved"], bool)}
            for row in rows
        ],
        columns=["key", "method", "seed", "solved"],
    )
