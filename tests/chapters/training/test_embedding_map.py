"""Maps of how a network represents states on the way to the obstacle."""

import numpy as np
import pytest

from pisces.chapters.training.embedding_map import embedding_map, layout
from pisces.chapters.training.expert_states import ExpertStates, approach_states
from pisces.task import Task

TASKS = (Task(24, 12), Task(27, 18), Task(31, 10))


@pytest.fixture(scope="module")
def states() -> ExpertStates:
    return approach_states(TASKS)


@pytest.fixture
def graphs(monkeypatch):
    """Notes the graphs of neighbours that UMAP draws: how alike it finds each two vectors, from 0 to 1.

    They follow from the vectors. Where they are drawn does not: a last digit that another processor rounds
    otherwise changes the map.
    """
    import umap

    found = []

    def fit_transform(self, vector):
        found.append(self.fit(vector).graph_.toarray())
        return self.embedding_

    monkeypatch.setattr(umap.UMAP, "fit_transform", fit_transform)
    return found


def test_cosines_are_means_over_pairs_of_different_tasks_by_hand():
    two = ExpertStates(
        tasks=TASKS[:2],
        observation=np.zeros((4, 60, 60, 2), np.float32),
        task_index=np.array([0, 0, 1, 1]),
        agent_position=np.array([0, 1, 0, 1]),
        obstacle_distance=np.array([15, 14, 15, 14]),
        is_after_jump=np.full(4, False),
    )
    # Rows: the axes e1, e2; then e1 again and the diagonal. Lengths must not matter.
    vector = np.array([[2.0, 0.0], [0.0, 1.0], [5.0, 0.0], [3.0, 3.0]])
    shown = embedding_map(vector, two, seed=0)
    diagonal = np.sqrt(0.5)
    # Difference 0: 15 and 15 have cosine 1, 14 and 14 have sqrt(1/2); difference 1: sqrt(1/2) and 0.
    np.testing.assert_array_equal(shown.difference, [0, 1])
    np.testing.assert_allclose(shown.cosine, [(1 + diagonal) / 2, diagonal / 2], rtol=1e-6)
    assert shown.cosine_of_others == pytest.approx(diagonal / 2)


def test_a_representation_of_the_distance_alone_makes_neighbours_of_states_of_different_tasks(states, graphs):
    angle = 0.1 * states.obstacle_distance
    shown = embedding_map(np.stack([np.cos(angle), np.sin(angle)], axis=1), states, seed=0)
    np.testing.assert_allclose(shown.cosine, np.cos(0.1 * shown.difference), atol=1e-5)
    assert shown.position.shape == (len(states.task_index), 2)
    (graph,) = graphs
    x, y = (states.task_index == index for index in (0, 1))
    likeness = graph[np.ix_(x, y)]
    gap = np.abs(np.subtract.outer(states.obstacle_distance[x], states.obstacle_distance[y]))
    assert likeness[gap == 0].min() > 0.99  # 1 but for rounding: nothing is nearer
    assert likeness[gap > 5].max() < 0.9


def test_the_same_seed_draws_the_same_map(states):
    vector = np.random.default_rng(0).normal(size=(len(states.task_index), 8))
    first, second = (embedding_map(vector, states, seed=5).position for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_lengths_matter_only_to_a_map_that_compares_by_euclidean_distance(graphs):
    random = np.random.default_rng(0)
    vector = np.abs(random.normal(size=(40, 3))).astype(np.float32)
    longer = vector * random.choice(np.float32([1, 2, 4, 8]), size=(40, 1))  # powers of 2: nothing is rounded
    for name, is_changed in (("cosine", False), ("euclidean", True)):
        graphs.clear()
        for one in (vector, longer):
            assert layout(one, seed=0, metric=name).shape == (40, 2)
        change = np.abs(graphs[0] - graphs[1]).max()
        assert change > 0.5 if is_changed else change < 1e-3


def test_a_state_that_is_represented_by_zeros_is_like_no_other(states):
    vector = np.ones((len(states.task_index), 3))
    vector[states.task_index == 0] = 0
    shown = embedding_map(vector, states, seed=0)
    assert 0 < shown.cosine[0] < 1 and np.isfinite(shown.cosine).all()


def test_vectors_that_do_not_fit_the_states_are_refused(states):
    with pytest.raises(ValueError, match=r"vector has shape \(3, 2\)"):
        embedding_map(np.zeros((3, 2)), states, seed=0)
    with pytest.raises(ValueError, match="vector has shape"):
        embedding_map(np.zeros(len(states.task_index)), states, seed=0)
