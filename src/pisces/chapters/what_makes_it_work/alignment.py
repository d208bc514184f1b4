"""How well does an embedding keep what decides: how long it is until the jump, and whether it is past?

*Partners* are states of two tasks that are equally far from their obstacles, with the jump still to come:
those at a policy similarity metric of 0. Distances are what the embedding's own loss compares, and nothing
here depends on their scale.
"""

import dataclasses
import typing
from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd
from sklearn.linear_model import RidgeCV
from sklearn.metrics import pairwise_distances, silhouette_samples
from sklearn.model_selection import LeaveOneGroupOut

from pisces.chapters.contrastive_embeddings.free_points import descend
from pisces.chapters.training import embedding_map
from pisces.chapters.training.expert_states import ExpertStates
from pisces.chapters.what_makes_it_work.representations import Representation
from pisces.experiments.cell import Cell
from pisces.jumping import builder
from pisces.jumping.config import EMBEDDING_LOSSES, EmbeddingConfig, RunConfig
from pisces.jumping.result import RunResult
from pisces.task import JUMP, JUMP_DISTANCE, Task, demonstrations

NUM_COORDINATES = 64
"""Of a free point: more than a demonstration has states, so that no arrangement needs more."""

_PENALTIES = np.logspace(-4, 3, 8)
"""Of the linear layer that reads the distance, for vectors whose numbers have a mean square of 1."""


@dataclasses.dataclass(frozen=True, eq=False, kw_only=True)
class Alignment:
    """What the distances between the states of T tasks keep, task by task.

    Attributes:
        gap: float `[T]`, mean distance between partners, as a share of that between all other states before
            the jump, of this and of another task: 0 if partners coincide, about 1 if they mean nothing.
        partner_share: float `[T]`, of the pairs of a state before the jump and another task that has a
            partner of it: how often the partner is the nearest state of that task. Where several states are
            equally near, each counts for its share.
        place_share: float `[T]`, the same of the state with the agent at the same place, in any other task.
        silhouette: float `[T]`, in [-1, 1], mean over the states of the task, all states of all tasks being
            divided into those before and those after the jump. With a the mean distance of a state to its
            own side and b that to the other, its silhouette is (b - a) / max(a, b): 1 if the sides are two
            points, 0 if they mean nothing.
    """

    gap: np.ndarray
    partner_share: np.ndarray
    place_share: np.ndarray
    silhouette: np.ndarray


@dataclasses.dataclass(frozen=True, eq=False, kw_only=True)
class RunAlignment:
    """What the network of a run keeps.

    Attributes:
        method: Name of the method.
        seed: Seed of the run.
        solved: Share of all unseen tasks that the run solved; nan where its result is not there.
        alignment: Measures of its vectors, by the distances that its loss compares.
        of_features: Measures of its features f, from which every policy acts, by their cosines.
        reading_error: float `[T]`, pixels by which a linear layer on top of f, fitted to the other tasks,
            misses the distance to the obstacle; see `reading_error`.
    """

    method: str
    seed: int
    solved: float
    alignment: Alignment
    of_features: Alignment
    reading_error: np.ndarray


class Prospect(typing.NamedTuple):
    """What a metric and a loss promise before any network is trained: shares in [0, 1].

    Attributes:
        jump: How often the metric calls nearest to a jump the jump of another task; see `jump_agreement`.
        chosen: How often a free point has nothing nearer than what the metric calls nearest to its state.
        partner: How often it has nothing nearer than the partner of its state; see `free_points`.
    """

    jump: float
    chosen: float
    partner: float


def compared_by(config: EmbeddingConfig | None) -> str:
    """How the loss of a configuration compares vectors: "cosine" or "euclidean"; "cosine" without one."""
    return "cosine" if config is None else EMBEDDING_LOSSES[config.loss].geometry


def distances(representation: Representation) -> np.ndarray:
    """Distances between all states, as the embedding loss compares them: float64 `[N, N]`."""
    vector = representation.vector.astype(np.float64)
    return pairwise_distances(vector, metric=compared_by(representation.config.embedding))


def feature_distances(representation: Representation) -> np.ndarray:
    """1 - cosine of the features f of all states, whatever the loss compares: float64 `[N, N]`."""
    return pairwise_distances(representation.feature.astype(np.float64), metric="cosine")


def layout(representation: Representation, *, seed: int) -> np.ndarray:
    """Where UMAP puts the states, compared as the embedding loss does: float32 `[N, 2]`."""
    vector = representation.vector.astype(np.float32)
    return embedding_map.layout(vector, seed=seed, metric=compared_by(representation.config.embedding))


def picture_distances(states: ExpertStates) -> np.ndarray:
    """Distances between the observations themselves, without any network: Euclidean, float64 `[N, N]`."""
    pixels = states.observation.reshape(len(states.observation), -1).astype(np.float64)
    return pairwise_distances(pixels, metric="euclidean")


def alignment(distance: np.ndarray, states: ExpertStates) -> Alignment:
    """Measures what distances keep.

    Args:
        distance: float `[N, N]`, symmetric, with a diagonal of 0.
        states: The N states.

    Raises:
        ValueError: If the shape of `distance` does not fit.
    """
    num_states = len(states.task_index)
    if distance.shape != (num_states, num_states):
        raise ValueError(f"distance has shape {distance.shape}; it must be {(num_states, num_states)}")
    task, is_after = states.task_index, states.is_after_jump
    is_elsewhere = task[:, None] != task
    is_decision = is_elsewhere & ~is_after[:, None] & ~is_after
    is_partner = is_decision & np.equal.outer(states.obstacle_distance, states.obstacle_distance)
    is_same_place = is_elsewhere & np.equal.outer(states.agent_position, states.agent_position)
    nearest = _nearest(distance, task)
    silhouette = np.asarray(silhouette_samples(distance, is_after, metric="precomputed"))
    rows = []
    for index in range(len(states.tasks)):
        own = (task == index)[:, None]
        others = distance[own & is_decision & ~is_partner].mean()
        rows.append(
            {
                "gap": distance[own & is_partner].mean() / others if others > 0 else 1.0,
                "partner_share": nearest[own & is_partner].mean(),
                "place_share": nearest[own & is_same_place & ~is_after[:, None]].mean(),
                "silhouette": silhouette[task == index].mean(),
            }
        )
    return Alignment(**{name: np.array([row[name] for row in rows]) for name in rows[0]})


def read_distance(vector: np.ndarray, states: ExpertStates) -> np.ndarray:
    """How far does a linear layer say that the obstacle is, in a task that it was not fitted to?

    The layer is fitted by ridge regression to the states before the jump of all tasks but one and asked about
    those of that one. Its penalty is the one that does best when each of the other tasks is left out in turn.

    Args:
        vector: float `[N, D]`.
        states: The N states, of at least three tasks.

    Returns:
        float64 `[N]`, in pixels; nan after the jump.

    Raises:
        ValueError: If the shape of `vector` does not fit, or there are fewer than three tasks.
    """
    num_states = len(states.task_index)
    if vector.ndim != 2 or len(vector) != num_states:
        raise ValueError(f"vector has shape {vector.shape}; it must be [{num_states}, D]")
    if len(states.tasks) < 3:
        raise ValueError(f"states has {len(states.tasks)} tasks; it must have at least 3")
    before = np.flatnonzero(~states.is_after_jump)
    task, distance = states.task_index[before], states.obstacle_distance[before]
    vector = vector[before].astype(np.float64)
    vector = vector / max(np.sqrt(np.square(vector).mean()), np.finfo(float).tiny)
    split = LeaveOneGroupOut().split
    said = np.full(num_states, np.nan)
    for fitted, asked in split(vector, groups=task):
        known = vector[fitted], distance[fitted]
        layer = RidgeCV(_PENALTIES, cv=list(split(*known, groups=task[fitted]))).fit(*known)
        said[before[asked]] = layer.predict(vector[asked])
    return said


def reading_error(vector: np.ndarray, states: ExpertStates) -> np.ndarray:
    """By how much `read_distance` misses: float64 `[T]`, root mean squared error in pixels for each task."""
    missed = np.square(read_distance(vector, states) - states.obstacle_distance)
    return np.sqrt([np.nanmean(missed[states.task_index == index]) for index in range(len(states.tasks))])


def _nearest(distance: np.ndarray, task: np.ndarray) -> np.ndarray:
    """Whether a state is the nearest of its task to another state, as a share if several are: `[N, N]`.

    Vectors of zeros, which have no direction, are equally far from all others.
    """
    # What differs by less comes of rounding.
    level = np.round(distance / max(distance.max(), np.finfo(float).tiny), 9)
    share = np.zeros_like(level)
    for index in np.unique(task):
        of_task = level[:, task == index]
        is_nearest = of_task == of_task.min(axis=1, keepdims=True)
        share[:, task == index] = is_nearest / is_nearest.sum(axis=1, keepdims=True)
    return share


def measure(representations: Iterable[Representation], runs: Iterable[RunResult]) -> list[RunAlignment]:
    """Measures representations, and puts beside them what their runs solved.

    Args:
        representations: Of any number of runs, with the states of at least three tasks.
        runs: Results; those of other runs are left out.
    """
    solved = {(run.config, run.seed): run.test_share for run in runs}
    return [
        RunAlignment(
            method=one.config.method,
            seed=one.seed,
            solved=solved.get((one.config, one.seed), np.nan),
            alignment=alignment(distances(one), one.states),
            of_features=alignment(feature_distances(one), one.states),
            reading_error=reading_error(one.feature, one.states),
        )
        for one in representations
    ]


def prospects(
    cells: Iterable[Cell], tasks: Sequence[Task], pair: tuple[Task, Task], *, num_updates: int, seed: int
) -> pd.DataFrame:
    """What metrics and losses promise without a network.

    Args:
        cells: Cells with an embedding loss.
        tasks: Those whose jumps are compared; at least two.
        pair: Those whose states are free points.
        num_updates: Length of the descent of free points.
        seed: Draws where they start.

    Returns:
        A row for each cell, named by its column, with the columns of `Prospect`.

    Raises:
        ValueError: If a cell has no embedding loss.
    """
    found = {}
    for cell in cells:
        config = cell.config.embedding if isinstance(cell.config, RunConfig) else None
        if config is None:
            raise ValueError(f"cells has {cell.row}, which has no embedding loss")
        jump = jump_agreement(config, tasks)
        found[cell.column] = Prospect(jump, *free_points(config, *pair, num_updates=num_updates, seed=seed))
    return pd.DataFrame(found.values(), index=list(found))


def jump_agreement(config: EmbeddingConfig, tasks: Sequence[Task]) -> float:
    """How often a metric calls nearest, to the state that asks for the jump, one that asks for it too.

    Args:
        config: Names the metric.
        tasks: Grey tasks, at least two.

    Returns:
        Share of all ordered pairs of different tasks: a jump in the one, its nearest state in the other.
    """
    expert = demonstrations(tasks)
    jump = (expert.action == JUMP).argmax(axis=1)
    distance = builder.pairwise_distance(expert, config)
    pairs = [(x, y) for x in range(len(jump)) for y in range(len(jump)) if x != y]
    return float(np.mean([distance[x, y, :, jump[y]].argmin() == jump[x] for x, y in pairs]))


def free_points(
    config: EmbeddingConfig, task_x: Task, task_y: Task, *, num_updates: int, seed: int
) -> tuple[float, float]:
    """Lets free points follow an embedding loss, and asks the states of Y before the jump for their nearest.

    Args:
        config: Names metric and loss.
        task_x: A grey task.
        task_y: Another one.
        num_updates: Length of the descent; see `pisces.chapters.contrastive_embeddings.free_points`.
        seed: Draws where the points start.

    Returns:
        Of the states of Y that have a partner in X, how many have nothing nearer than what the metric calls
        nearest, and how many nothing nearer than their partner.
    """
    expert = demonstrations((task_x, task_y))
    distance = builder.pairwise_distance(expert, config)[0, 1]
    loss = builder.embedding_loss(config)
    pace = {"num_updates": num_updates, "seed": seed}
    end = descend(loss, distance, size=NUM_COORDINATES, **pace)
    reached = end.euclidean if compared_by(config) == "euclidean" else 1 - end.cosine
    shift = task_x.obstacle_position - task_y.obstacle_position
    anchor = np.arange(max(0, -shift), task_y.obstacle_position - JUMP_DISTANCE + 1)
    nearest = reached[:, anchor].argmin(axis=0)
    is_chosen = distance[nearest, anchor] <= distance[:, anchor].min(axis=0)
    return float(is_chosen.mean()), float(np.mean(nearest == anchor + shift))
