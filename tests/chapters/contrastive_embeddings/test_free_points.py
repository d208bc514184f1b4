"""What the free points do is what the loss asks for."""

import numpy as np
import oracles
import pytest

from pisces import metric
from pisces.chapters.contrastive_embeddings import free_points
from pisces.jumping import presets
from pisces.learn import contrastive_loss, metric_embedding_loss
from pisces.task import Task, demonstration

CONTRASTIVE = {"inverse_temperature": 2.0, "affinity_scale": 0.01}
DISTANCE = 1.0 - np.eye(3)
PAIR = presets.preset("randconv-pse", grid="wide", reading="paper").embedding  # settings of chapter 3


def descend(loss=contrastive_loss, distance=DISTANCE, *, size=2, num_updates=400, seed=0, **settings):
    settings = settings or (CONTRASTIVE if loss is contrastive_loss else {})
    return free_points.descend(loss, distance, size=size, num_updates=num_updates, seed=seed, **settings)


def test_the_path_begins_with_unit_points_and_has_an_entry_for_every_update():
    descent = descend(distance=np.ones((3, 4)), size=5, num_updates=7)
    assert descent.embedding_x.shape == (8, 3, 5)
    assert descent.embedding_y.shape == (8, 4, 5)
    assert descent.loss.shape == (8,)
    for start in (descent.embedding_x[0], descent.embedding_y[0]):
        np.testing.assert_allclose(np.linalg.norm(start, axis=1), 1.0)


def test_the_recorded_loss_is_that_of_the_recorded_points():
    descent = descend(num_updates=5)
    for embedding_x, embedding_y, loss in zip(*descent, strict=True):
        assert loss == pytest.approx(
            oracles.contrastive_loss(embedding_x, embedding_y, DISTANCE, **CONTRASTIVE), rel=1e-9
        )


def test_an_update_is_a_step_against_the_gradient():
    before, after = descend(num_updates=1).embedding_y
    (embedding_x, _) = descend(num_updates=1).embedding_x
    slope = np.zeros_like(before)
    for index in np.ndindex(slope.shape):
        step = np.zeros_like(before)
        step[index] = 1e-6
        above, below = (
            oracles.contrastive_loss(embedding_x, before + sign * step, DISTANCE, **CONTRASTIVE)
            for sign in (1, -1)
        )
        slope[index] = (above - below) / 2e-6
    np.testing.assert_allclose(after, before - 0.1 * 3 * slope, atol=1e-7)


def test_partners_meet_under_the_contrastive_loss():
    descent = descend()
    assert descent.loss[-1] < descent.loss[0]
    np.testing.assert_allclose(np.diag(descent.cosine), 1.0, atol=1e-4)
    np.testing.assert_allclose(descent.cosine[~np.eye(3, dtype=bool)], -0.5, atol=1e-2)


def test_distances_that_a_plane_can_have_are_met_under_the_l2_loss():
    place_x, place_y = np.array([[0.0, 0.0], [1.0, 0.0]]), np.array([[0.0, 1.0], [2.0, 1.0], [1.0, 1.0]])
    distance = np.linalg.norm(place_x[:, None] - place_y, axis=-1)
    descent = descend(metric_embedding_loss, distance, num_updates=2000)
    np.testing.assert_allclose(descent.euclidean, distance, atol=1e-2)


def test_cosine_and_euclidean_are_those_of_the_last_points():
    descent = descend(num_updates=3)
    embedding_x, embedding_y = descent.embedding_x[-1], descent.embedding_y[-1]
    for i, j in np.ndindex(3, 3):
        assert descent.cosine[i, j] == pytest.approx(oracles.cosine(embedding_x[i], embedding_y[j]))
        assert descent.euclidean[i, j] == pytest.approx(np.linalg.norm(embedding_x[i] - embedding_y[j]))


def test_the_seed_alone_decides_the_start():
    first, again, other = (descend(num_updates=2, seed=seed) for seed in (0, 0, 1))
    np.testing.assert_array_equal(first.embedding_x, again.embedding_x)
    assert not np.array_equal(first.embedding_x[0], other.embedding_x[0])


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"size": 0}, "size is 0; it must be at least 1"),
        ({"num_updates": -1}, "num_updates is -1; it must be at least 0"),
        ({"learning_rate": 0.0}, "learning_rate is 0.0; it must be above 0"),
        ({"distance": np.zeros(3)}, r"distance has shape \(3,\); it must be \[n, m\]"),
    ],
)
def test_settings_outside_their_range_are_named(settings, message):
    with pytest.raises(ValueError, match=message):
        descend(**settings)


def entropy_of(positive: np.ndarray) -> float:
    """Of the positive of a random anchor, in nats."""
    share = np.unique(positive, return_counts=True)[1] / len(positive)
    return -(share * np.log(share)).sum()


def loss_of(embedding_x, embedding_y, distance, affinity_scale) -> float:
    settings = {"inverse_temperature": PAIR.inverse_temperature, "affinity_scale": affinity_scale}
    return float(contrastive_loss(embedding_x, embedding_y, distance, **settings))


@pytest.fixture(scope="module")
def distance() -> np.ndarray:
    action_x, action_y = (demonstration(Task(left, 10)).action for left in (25, 45))
    return metric.policy_similarity(metric.action_cost(action_x, action_y), discount=PAIR.discount)


@pytest.fixture(scope="module")
def descent(distance) -> free_points.Descent:
    """The free points of the chapter without coupling weights, after fewer updates."""
    settings = {"inverse_temperature": PAIR.inverse_temperature, "affinity_scale": None, "seed": 0}
    return free_points.descend(contrastive_loss, distance, size=16, num_updates=500, **settings)


def test_most_anchors_share_a_positive_whose_entropy_is_a_quarter_of_that_of_a_candidate(distance):
    positive = distance.argmin(axis=0)
    assert np.bincount(positive).max() > len(positive) / 2
    assert entropy_of(positive) / np.log(len(distance)) == pytest.approx(0.25, abs=0.02)


def test_the_infonce_bound_would_claim_more_than_twice_what_can_be_known(distance, descent):
    assert np.log(len(distance)) - descent.loss[-1] > 2 * entropy_of(distance.argmin(axis=0))


def test_the_weaker_bound_is_negative_though_every_partner_is_found(distance, descent):
    positive = distance.argmin(axis=0)
    assert (descent.cosine.argmax(axis=0) == positive)[20:32].all()
    assert entropy_of(positive) - descent.loss[-1] < 0


@pytest.mark.parametrize("seed", range(5))
def test_without_weights_the_loss_is_no_less_than_what_the_embedding_leaves_open(distance, seed):
    rng = np.random.default_rng(seed)
    positive, group = distance.argmin(axis=0), rng.integers(3, size=distance.shape[1])
    # Anchors of a group have the same embedding: it tells the group and nothing else.
    embedding_x, embedding_y = rng.normal(size=(len(distance), 4)), rng.normal(size=(3, 4))[group]
    left_open = sum((group == one).mean() * entropy_of(positive[group == one]) for one in range(3))
    assert loss_of(embedding_x, embedding_y, distance, None) >= left_open


def test_with_weights_a_loss_near_0_is_no_sign_of_any_knowledge(distance):
    same = np.ones((len(distance), 4))
    # The wider the scale, the lower the loss, though the embeddings tell nothing at all.
    falling = [loss_of(same, same, distance, scale) for scale in (1.0, 10.0, 100.0, 1000.0)]
    assert falling == sorted(falling, reverse=True) and falling[-1] < 0.05
    assert loss_of(same, same, distance, None) == pytest.approx(np.log(len(distance)))
