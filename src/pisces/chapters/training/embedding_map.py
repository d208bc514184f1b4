"""Where does a network put the states of several tasks? A map of them, and how similar it finds them.

The states are those in which something is to be decided, `pisces.chapters.training.expert_states` has them:
the expert's on the way to the obstacle. Two of them are at a policy similarity metric of 0 exactly if they
are equally far from their obstacles.
"""

import contextlib
import dataclasses
import types
import warnings

import numpy as np
from tqdm import TqdmWarning

from pisces.chapters.training.expert_states import ExpertStates

NUM_NEIGHBORS = 30  # of UMAP: so many that the map shows how whole demonstrations lie
MIN_DISTANCE = 0.9  # of UMAP: near its most, so that states that coincide can be told apart on the page


@dataclasses.dataclass(frozen=True, eq=False, kw_only=True)
class EmbeddingMap:
    """How a network represents `states`.

    Attributes:
        states: The N states.
        position: float32 `[N, 2]`, where UMAP puts them.
        difference: int `[K]`, ascending from 0: by how much the distances to the obstacle of two states of
            different tasks differ. At 0 their policy similarity metric is 0.
        cosine: float `[K]`, in [-1, 1], mean over the pairs with that difference.
        cosine_of_others: Mean over all pairs of states of different tasks whose difference is not 0.
    """

    states: ExpertStates
    position: np.ndarray
    difference: np.ndarray
    cosine: np.ndarray
    cosine_of_others: float


def embedding_map(vector: np.ndarray, states: ExpertStates, *, seed: int) -> EmbeddingMap:
    """Lays vectors of states out in the plane and compares those of different tasks.

    Args:
        vector: float `[N, D]`, features or embeddings of `states`.
        states: N states.
        seed: Of UMAP, which begins with the principal components and goes on at random.

    Raises:
        ValueError: If the shape of `vector` does not fit.

    Source: McInnes et al. (2018) for UMAP; Agarwal et al. (2021), Fig. 5, for the map.
    """
    vector = np.asarray(vector, np.float32)
    if vector.ndim != 2 or len(vector) != len(states.task_index):
        raise ValueError(f"vector has shape {vector.shape}; it must be [{len(states.task_index)}, D]")
    difference, cosine = _between_tasks(vector, states)
    values, group = np.unique(difference, return_inverse=True)
    return EmbeddingMap(
        states=states,
        position=layout(vector, seed=seed),
        difference=values,
        cosine=np.bincount(group, cosine) / np.bincount(group),
        cosine_of_others=float(cosine[difference > 0].mean()),
    )


def layout(vector: np.ndarray, *, seed: int, metric: str = "cosine") -> np.ndarray:
    """Where UMAP puts vectors in the plane: float32 `[N, 2]`.

    Args:
        vector: float32 `[N, D]`.
        seed: Of UMAP, which begins with the principal components and goes on at random.
        metric: How vectors are compared, "cosine" or "euclidean".

    Source: McInnes et al. (2018).
    """
    projection = _umap().UMAP(
        n_neighbors=min(NUM_NEIGHBORS, len(vector) - 1),
        min_dist=MIN_DISTANCE,
        metric=metric,
        init="pca",
        random_state=seed,
        n_jobs=1,
    )
    return projection.fit_transform(vector)


def _umap() -> types.ModuleType:
    """UMAP, imported when it is needed, since it compiles and imports TensorFlow.

    What it compiles in every process anew, for a quarter of a minute, is kept where Numba keeps the rest.
    """
    # In a notebook without widgets it would warn that its progress bars, of which it shows none, are plain
    # text.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", TqdmWarning)
        import umap
        from umap import umap_
    for function in (umap_.fast_knn_indices, umap_.smooth_knn_dist, umap_.compute_membership_strengths):
        with contextlib.suppress(RuntimeError):  # no folder that it may write to
            function.enable_caching()
    return umap


def _between_tasks(vector: np.ndarray, states: ExpertStates) -> tuple[np.ndarray, np.ndarray]:
    """Differences of distance to the obstacle, and cosines, of all pairs of states of different tasks."""
    norm = np.linalg.norm(vector, axis=1, keepdims=True)
    unit = np.divide(vector, norm, out=np.zeros_like(vector), where=norm > 0)
    is_pair = states.task_index[:, None] < states.task_index
    difference = np.abs(states.obstacle_distance[:, None] - states.obstacle_distance)
    return difference[is_pair], (unit @ unit.T)[is_pair]
