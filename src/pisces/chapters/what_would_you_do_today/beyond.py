"""What do policies solve far beyond the board? In all tasks that the game allows.

The results of runs say what they solve of 286 tasks. For the other ones the policies that a store keeps are
played once, and what they solve is kept; see `pisces.runs.kept`.
"""

import dataclasses
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa

from pisces.experiments import catalogue
from pisces.experiments.cell import Cell
from pisces.experiments.evidence import complete_runs
from pisces.jumping.config import RunConfig
from pisces.runs.kept import Kept, KeptFile
from pisces.runs.kinds import JUMPING
from pisces.runs.store import Store, load_policy, read_run
from pisces.task import FLOOR_HEIGHTS, NUM_TASKS, OBSTACLE_POSITIONS, Task

TASKS = tuple(Task(position, height) for position in OBSTACLE_POSITIONS for height in FLOOR_HEIGHTS)
"""All tasks of the grey game, 34 obstacle positions times 41 floor heights."""


@dataclasses.dataclass(frozen=True, eq=False, kw_only=True)
class Played(Kept):
    """What the policy of a run solves.

    Attributes:
        solved: bool `[1394]`, of `TASKS`.
    """

    config: RunConfig
    solved: np.ndarray

    def __post_init__(self):
        """Checks that every task is there."""
        if len(self.solved) != len(TASKS):
            raise ValueError(f"solved has {len(self.solved)} tasks; it must have {len(TASKS)}")


def kept_cells() -> list[Cell]:
    """Imitation, RandConv + PSEs and the recipe with its frame moved and still, trained on the wide grid."""
    table1 = [cell for cell in catalogue.cells("table1") if cell.row in ("dropout-l2", "randconv-pse")]
    alone = ("recipe", "recipe-still")
    own = [cell for cell in catalogue.cells("recipe") if cell.row in alone and cell.part is None]
    return [cell for cell in (*table1, *own) if cell.column.startswith("wide")]


def collect(store: Store, wanted: Iterable[Cell], seeds: Iterable[int]) -> Iterator[Played]:
    """Plays the policies of runs of a store in all `TASKS`.

    Args:
        store: Where they are.
        wanted: The cells whose runs are wanted.
        seeds: The seeds wanted of each.

    Yields:
        What is solved by each run that is complete and made by the present code.

    Raises:
        ValueError: If the files of a run are damaged.
    """
    for spec, folder in complete_runs(store, wanted, seeds):
        assert isinstance(spec.config, RunConfig)
        yield Played(
            key=spec.key,
            config=spec.config,
            seed=spec.seed,
            solved=_solved(folder),
            provenance=read_run(folder).provenance,
        )


def _solved(folder: Path) -> np.ndarray:
    from pisces.acting import Greedy  # only who plays needs TensorFlow
    from pisces.task.judge import evaluate

    act = Greedy(load_policy(folder))
    firsts = range(0, len(TASKS), NUM_TASKS)  # as many at a time as in any other evaluation
    return np.concatenate([evaluate(act, TASKS[first : first + NUM_TASKS]) for first in firsts])


def fractions(runs: Iterable[Played]) -> dict[str, np.ndarray]:
    """Which fraction of the runs of a method solves each task.

    Args:
        runs: As of `collect`.

    Returns:
        float64 `[34, 41]` by method, obstacle positions by floor heights; in the order of the methods' names.
    """
    solved: dict[str, list[np.ndarray]] = {}
    for run in sorted(runs, key=lambda run: run.config.method):
        solved.setdefault(run.config.method, []).append(run.solved)
    shape = len(OBSTACLE_POSITIONS), len(FLOOR_HEIGHTS)
    return {method: np.mean(own, axis=0).reshape(shape) for method, own in solved.items()}


FILE = KeptFile(
    name="beyond_the_board.parquet",
    version=2,
    kind=JUMPING,
    kept=Played,
    columns={"solved": pa.list_(pa.bool_())},
    encode=lambda played: {"solved": played.solved.tolist()},
    decode=lambda row: {"solved": np.array(row["solved"], bool)},
)
"""What policies of the kept cells solve."""
