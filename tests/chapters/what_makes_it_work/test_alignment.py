"""What distances between states keep of partners, places and of the jump."""

import dataclasses
from types import SimpleNamespace

import numpy as np
import pytest
import tiny

from pisces import metric
from pisces.chapters.training.expert_states import ExpertStates, episode_states
from pisces.chapters.what_makes_it_work import alignment as measures
from pisces.chapters.what_makes_it_work.alignment import (
    alignment,
    compared_by,
    free_points,
    jump_agreement,
    reading_error,
)
from pisces.chapters.what_makes_it_work.representations import Representation
from pisces.experiments.catalogue import cells
from pisces.jumping.config import EmbeddingConfig
from pisces.task import Task, demonstrations

PAIR = (Task(26, 12), Task(34, 17))
TABLE_2 = {cell.column: cell for cell in cells("table2")}


@pytest.fixture(scope="module")
def states() -> ExpertStates:
    return episode_states((*PAIR, Task(40, 10)))


def two_tasks() -> ExpertStates:
    """Task 0 has states 15 and 14 pixels before its obstacle and one in the air, task 1 the last two."""
    return ExpertStates(
        tasks=PAIR,
        observation=np.zeros((5, 60, 60, 2), np.float32),
        task_index=np.array([0, 0, 0, 1, 1]),
        agent_position=np.array([0, 1, 2, 0, 1]),
        obstacle_distance=np.array([15, 14, 13, 14, 13]),
        is_after_jump=np.array([False, False, True, False, True]),
    )


def line(places) -> np.ndarray:
    places = np.asarray(places, np.float64)
    return np.abs(places[:, None] - places)


def representation_of(
    vector, states, *, feature=None, embedding=None, method="tiny", seed=0
) -> Representation:
    return Representation(
        key="key",
        config=tiny.run_config(embedding=embedding, method=method),
        seed=seed,
        states=states,
        vector=np.asarray(vector, np.float16),
        feature=np.asarray(vector if feature is None else feature, np.float16),
        provenance={},
    )


L2 = EmbeddingConfig(metric="psm", loss="l2", contrastive_weight=1.0, discount=0.9)


def test_measures_by_hand():
    # On a line: task 0 at 0, 1 and 10, task 1 at 2 and 9. The only partners are those at 1 and 2.
    found = alignment(line([0, 1, 10, 2, 9]), two_tasks())
    # Partners are 1 apart. The only other pair before the jump is 0 and 2.
    np.testing.assert_allclose(found.gap, [1 / 2, 1 / 2])
    # Nearest to 1 in task 1, and to 2 in task 0, is the partner.
    np.testing.assert_array_equal(found.partner_share, [1, 1])
    # Same place: 0 and 2, 1 and 9. From task 0, 2 is nearest to 0, and 9 is not nearest to 1; from task 1, 2
    # is nearer to 1 than to 0.
    np.testing.assert_array_equal(found.place_share, [1 / 2, 0])
    # Before the jump are 0, 1 and 2, after it 10 and 9: mean distances to the own side and to the other.
    own, other = np.array([1.5, 1, 1, 1.5, 1]), np.array([9.5, 8.5, 9, 7.5, 8])
    each = 1 - own / other
    np.testing.assert_allclose(found.silhouette, [each[:3].mean(), each[3:].mean()])


def test_an_embedding_of_the_distance_alone_is_perfect_and_one_of_the_place_is_blind(states):
    by_distance = alignment(line(states.obstacle_distance), states)
    assert (by_distance.gap == 0).all() and (by_distance.partner_share == 1).all()
    # The start of one task may have no partner in another; then nothing is nearer than the start of that.
    assert (by_distance.place_share < 0.05).all()
    by_place = alignment(line(states.agent_position), states)
    assert (by_place.place_share == 1).all() and (by_place.partner_share == 0).all()
    assert (by_place.gap > 0.8).all()


def test_partners_are_the_states_at_a_policy_similarity_of_0_before_the_jump(states):
    action = demonstrations(states.tasks).action
    cost = metric.action_cost(action[:, None], action[None])
    psm = metric.policy_similarity(cost, discount=0.99)
    found = alignment(psm.transpose(0, 2, 1, 3).reshape(len(states.task_index), -1), states)
    assert (found.gap == 0).all() and (found.partner_share == 1).all()


def test_states_that_all_coincide_are_not_aligned(states):
    num_states = len(states.task_index)
    found = alignment(np.zeros((num_states, num_states)), states)
    np.testing.assert_array_equal(found.gap, 1)
    np.testing.assert_array_equal(found.silhouette, 0)
    np.testing.assert_allclose(found.partner_share, 1 / 56)
    np.testing.assert_allclose(found.place_share, 1 / 56)


def test_distances_that_do_not_fit_the_states_are_refused(states):
    with pytest.raises(ValueError, match=r"distance has shape \(3, 3\)"):
        alignment(np.zeros((3, 3)), states)


def test_vectors_are_compared_as_their_loss_does():
    vector = [[1, 0], [2, 0], [0, 3], [0, 0], [1, 1]]
    by_length = measures.distances(representation_of(vector, two_tasks(), embedding=L2))
    np.testing.assert_allclose(by_length[0], [0, 1, np.sqrt(10), 1, 1], rtol=1e-6)
    for embedding in (None, tiny.embedding_config()):
        by_direction = measures.distances(representation_of(vector, two_tasks(), embedding=embedding))
        # A vector of zeros has no direction: it is like no other.
        np.testing.assert_allclose(by_direction[0], [0, 0, 1, 1, 1 - np.sqrt(0.5)], atol=1e-6)
    assert compared_by(L2) == "euclidean" and compared_by(None) == "cosine"


def test_a_map_compares_as_the_loss_does(states, monkeypatch):
    calls = []
    monkeypatch.setattr(
        measures.embedding_map, "layout", lambda *given, **named: calls.append((given, named))
    )
    vector = np.random.default_rng(0).normal(size=(len(states.task_index), 4))
    for embedding in (tiny.embedding_config(), L2):
        measures.layout(representation_of(vector, states, embedding=embedding), seed=3)
    assert [named for _, named in calls] == [{"seed": 3, "metric": one} for one in ("cosine", "euclidean")]
    for (given,), _ in calls:
        assert given.dtype == np.float32  # UMAP takes no half precision
        np.testing.assert_allclose(given, vector, atol=1e-2)


def test_pictures_are_compared_pixel_by_pixel(states):
    distance = measures.picture_distances(states)
    one, other = states.observation[3].astype(float), states.observation[100].astype(float)
    assert distance[3, 100] == pytest.approx(np.sqrt(((one - other) ** 2).sum()))


def test_a_layer_reads_the_distance_where_it_is_linear_and_in_a_task_that_it_was_not_fitted_to(states):
    distance, place = states.obstacle_distance[:, None], states.agent_position[:, None]
    for scale in (1e-3, 1e3):  # penalties do not depend on it
        assert reading_error(scale * np.hstack([distance, 7 - 2 * distance]), states).max() < 0.01
    # The place alone tells the distance of the tasks that are known, and obstacles differ by 6 to 14 pixels.
    assert reading_error(place, states).min() > 3
    before = ~states.is_after_jump
    for index, error in enumerate(reading_error(np.zeros((len(distance), 2)), states)):
        own = states.task_index == index
        expected = distance[before & own] - distance[before & ~own].mean()
        assert error == pytest.approx(np.sqrt((expected**2).mean()))


def test_after_the_jump_the_layer_is_not_asked(states):
    said = measures.read_distance(states.obstacle_distance[:, None], states)
    np.testing.assert_array_equal(np.isnan(said), states.is_after_jump)
    np.testing.assert_allclose(said, np.where(np.isnan(said), said, states.obstacle_distance), atol=0.01)


def test_the_layer_hears_nothing_of_the_task_that_is_left_out(states):
    vector = np.random.default_rng(0).normal(size=(len(states.task_index), 3))
    vector[:, 0] += states.obstacle_distance
    is_last = states.task_index == 2
    other = dataclasses.replace(states, obstacle_distance=np.where(is_last, 0, states.obstacle_distance))
    found, of_other = reading_error(vector, states), reading_error(vector, other)
    assert found[2] < 5 < of_other[2]  # fitted to the same, judged by another distance
    assert (found[:2] != of_other[:2]).all()


def test_a_layer_needs_three_tasks_and_a_vector_for_each_state(states):
    with pytest.raises(ValueError, match=r"vector has shape \(3, 3\); it must be \[168, D\]"):
        reading_error(np.zeros((3, 3)), states)
    with pytest.raises(ValueError, match="states has 2 tasks; it must have at least 3"):
        reading_error(np.zeros((5, 3)), two_tasks())


def test_measures_stand_beside_what_the_same_run_solved(states):
    # Each vector has a direction of its own; in the features partners have one direction, and others another.
    num_states = len(states.task_index)
    feature = np.eye(60)[np.where(states.is_after_jump, 59, states.obstacle_distance)]
    shown = [
        representation_of(np.eye(num_states), states, feature=feature, embedding=L2, seed=seed)
        for seed in (0, 1)
    ]
    runs = [
        SimpleNamespace(config=shown[0].config, seed=1, test_share=0.25),
        SimpleNamespace(config=dataclasses.replace(shown[0].config, method="other"), seed=0, test_share=0.5),
    ]
    first, second = measures.measure(shown, runs)
    assert np.isnan(first.solved) and second.solved == 0.25
    assert (second.method, second.seed) == ("tiny", 1)
    np.testing.assert_allclose(second.alignment.gap, [1, 1, 1])
    np.testing.assert_array_equal(second.of_features.gap, [0, 0, 0])
    np.testing.assert_array_equal(second.reading_error, reading_error(shown[1].feature, states))
    assert (second.reading_error != reading_error(shown[1].vector, states)).all()


def test_psm_leads_from_jump_to_jump_and_rewards_do_so_only_where_obstacles_stand_alike():
    tasks = (Task(26, 12), Task(26, 17), Task(34, 12))
    psm, rewards = (TABLE_2[name].config.embedding for name in ("PSM, CME", "pi-bisimulation, CME"))
    assert jump_agreement(psm, tasks) == 1
    assert jump_agreement(rewards, tasks) == pytest.approx(2 / 6)  # the first two, in both directions


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        ("PSM, CME", (1, 1)),
        ("PSM, l2", (0, 0)),
        ("pi-bisimulation, CME", (1, 0)),
        ("pi-bisimulation, l2", (1, 0)),
    ],
)
def test_free_points_need_the_right_metric_and_the_right_loss(column, expected):
    embedding = TABLE_2[column].config.embedding
    assert free_points(embedding, *PAIR, num_updates=300, seed=0) == expected
    assert free_points(embedding, *reversed(PAIR), num_updates=300, seed=0) == expected


def test_prospects_are_those_of_each_cell():
    chosen = [TABLE_2["PSM, CME"], TABLE_2["pi-bisimulation, CME"]]
    found = measures.prospects(chosen, PAIR, PAIR, num_updates=300, seed=0)
    assert list(found.columns) == ["jump", "chosen", "partner"]
    assert found.T.to_dict("list") == {"PSM, CME": [1, 1, 1], "pi-bisimulation, CME": [0, 1, 0]}


def test_a_cell_without_an_embedding_loss_promises_nothing():
    alone = next(cell for cell in cells("table1") if cell.row == "randconv")
    with pytest.raises(ValueError, match="cells has randconv"):
        measures.prospects([alone], PAIR, PAIR, num_updates=1, seed=0)
