"""What have the networks of finished runs learned to see? Their vectors for the states of a few episodes.

A few vectors are computed once, from the checkpoints of a store, and kept; see `pisces.runs.kept`. What they
say is left to `pisces.chapters.what_makes_it_work.alignment`.
"""

import dataclasses
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from pisces.chapters.training.expert_states import ExpertStates, episode_states
from pisces.experiments.catalogue import cells, select
from pisces.experiments.cell import Cell
from pisces.experiments.evidence import complete_runs
from pisces.jumping.config import RunConfig
from pisces.runs import making, origin
from pisces.runs.identity import RunSpec
from pisces.runs.kept import Kept, KeptFile
from pisces.runs.kinds import JUMPING, Config
from pisces.runs.store import Store, read_run
from pisces.task import Task

if TYPE_CHECKING:  # only who trains needs TensorFlow
    from pisces.jumping.training import Training

SHOWN_TASKS = (
    # Two of the wide grid, then four whose obstacle and floor are both at places that it does not have.
    *(Task(25, 15), Task(40, 10)),
    *(Task(28, 12), Task(33, 18), Task(38, 13), Task(43, 17)),
)
"""The tasks whose states are shown: two seen in training, four unseen."""


@dataclasses.dataclass(frozen=True, eq=False, kw_only=True)
class Representation(Kept):
    """How the network of a run represents states.

    Attributes:
        states: The N states.
        vector: float16 `[N, D]`: what the embedding loss compares, z = h(f) of a contrastive loss and f of
            the l2 loss; f where there is no embedding loss. Means over random convolutions; see `represent`.
        feature: float16 `[N, F]`: f, from which every policy acts; the vector itself where that is f.
    """

    config: RunConfig
    states: ExpertStates
    vector: np.ndarray
    feature: np.ndarray

    def __post_init__(self):
        """Checks the shapes."""
        num_states = len(self.states.task_index)
        for name, width in (("vector", "D"), ("feature", "F")):
            array = getattr(self, name)
            if array.ndim != 2 or len(array) != num_states:
                raise ValueError(f"{name} has shape {array.shape}; it must be [{num_states}, {width}]")


def represent(
    training: "Training", tasks: Iterable[Task] = SHOWN_TASKS, *, provenance: dict[str, str]
) -> Representation:
    """What the network of a run, in its present state, makes of the expert's states.

    With random convolutions one pass says as much about its kernel as about the state. The agent acts by the
    mean probability of several passes, so the vectors are the mean of as many, under the kernels with which
    it takes the first decision of every evaluation. One kernel is for all states: what differs between two
    vectors is due to the states.

    Args:
        training: The run.
        tasks: Grey tasks, at least two.
        provenance: Of the run's result.

    Raises:
        ValueError: If there are fewer than two tasks, or one has a colour.
    """
    states = episode_states(tasks)
    if any(task.color is not None for task in states.tasks):
        raise ValueError("tasks holds a coloured one; all must be grey")
    rand_conv = training.config.rand_conv
    num_passes = 1 if rand_conv is None else rand_conv.num_action_passes
    training.network.reset_acting_stream()
    features = [training.features(states.observation) for _ in range(num_passes)]
    vectors = [training.project(one) for one in features]
    return Representation(
        key=RunSpec(training.config, training.seed).key,
        config=training.config,
        seed=training.seed,
        states=states,
        vector=np.mean(vectors, axis=0).astype(np.float16),
        feature=np.mean(features, axis=0).astype(np.float16),
        provenance=provenance,
    )


def shown_cells(*, num_updates: int | None = None) -> list[Cell]:
    """The ablations of Table 2, then RandConv alone, whose features no embedding loss has shaped.

    Args:
        num_updates: Length of the runs, for trials; None takes the experiments' own.
    """
    alone = next(cell for cell in cells("table1", num_updates=num_updates) if cell.row == "randconv")
    return [*cells("table2", num_updates=num_updates), alone]


def same_rate_cell() -> Cell:
    """RandConv alone at the learning rate of PSM with CME in Table 2, which differs from its own."""
    pse = next(cell for cell in cells("table2") if cell.row == "randconv-pse")
    assert isinstance(pse.config, RunConfig)
    (cell,) = select(cells("learning-rates"), method="randconv", column=f"{pse.config.learning_rate:g}")
    return cell


def kept_cells() -> list[Cell]:
    """All whose representations come with the package."""
    return [*shown_cells(), same_rate_cell()]


def collect(store: Store, wanted: Iterable[Cell], seeds: Iterable[int]) -> Iterator[Representation]:
    """Computes the representations of runs of a store from their checkpoints.

    Args:
        store: Nothing is written to it.
        wanted: The cells whose runs are wanted.
        seeds: The seeds wanted of each.

    Yields:
        The representation of each run that is complete and made by the present code.

    Raises:
        ValueError: If the files of a run are damaged.
    """
    for spec, folder in complete_runs(store, wanted, seeds):
        assert isinstance(spec.config, RunConfig)
        with making.restored(folder, spec.config, spec.seed) as training:
            yield represent(training, provenance=read_run(folder).provenance)


def gather(wanted: Iterable[Cell], *, is_live: bool) -> list[Representation]:
    """The representations that a chapter speaks of.

    Args:
        wanted: Cells, with `is_live` those of a short trial; see `shown_cells`.
        is_live: Trains the networks with seed 0, in this process; else the file of the package is read.

    Returns:
        Those that count in the cells, ordered by cell and seed.
    """
    wanted = list(wanted)
    if is_live:
        configs = dict.fromkeys(cell.config for cell in wanted)
        trainings = (_training(config, seed=0) for config in configs)
        made = [(one, one.run(is_quiet=True, provenance=origin.provenance())) for one in trainings]
        return [represent(one, provenance=result.provenance) for one, result in made]
    found = FILE.read()
    return list(dict.fromkeys(one for cell in wanted for one in cell.counted(found)))


def _training(config: Config, *, seed: int) -> "Training":
    from pisces.jumping.training import Training  # only who trains needs TensorFlow

    assert isinstance(config, RunConfig)
    return Training(config, seed=seed)


def _columns(one: Representation) -> dict[str, Any]:
    return {
        "tasks": [[task.obstacle_position, task.floor_height] for task in one.states.tasks],
        "vector": list(one.vector),
        "feature": None if np.array_equal(one.feature, one.vector) else list(one.feature),
    }


def _fields(row: dict[str, Any]) -> dict[str, Any]:
    vector = np.array(row["vector"], np.float16)
    return {
        "states": episode_states(Task(*place) for place in row["tasks"]),
        "vector": vector,
        "feature": vector if row["feature"] is None else np.array(row["feature"], np.float16),
    }


FILE = KeptFile(
    name="representations.parquet",
    version=2,
    kind=JUMPING,
    kept=Representation,
    columns={
        "tasks": pa.list_(pa.list_(pa.int64())),
        "vector": pa.list_(pa.list_(pa.float16())),
        "feature": pa.list_(pa.list_(pa.float16())),  # none where it is the vector
    },
    encode=_columns,
    decode=_fields,
)
"""What the networks of the kept cells see."""
