import numpy as np
import pytest
import tensorflow as tf

from pisces.imitation import Demonstration, psm
from pisces.imitation.sampling import DemonstrationSet


def distance(x, y):
    return psm(x, y, discount=0.9)


def place_of(demonstrations, observation):
    """Which demonstration an observation `[n, ...]` is."""
    return [np.array_equal(one.observation, observation) for one in demonstrations].index(True)


def test_a_pair_is_two_whole_demonstrations_with_their_distances(demonstrations):
    data, generator = DemonstrationSet(demonstrations, distance), tf.random.Generator.from_seed(0)
    seen = set()
    for _ in range(60):
        pair = data.sample_pair(generator)
        x, y = (place_of(demonstrations, one.numpy()) for one in (pair.observation_x, pair.observation_y))
        seen.add((x, y))
        expected = distance(demonstrations[x], demonstrations[y])
        np.testing.assert_allclose(pair.distance, expected, rtol=1e-6)
    assert seen == {(x, y) for x in range(3) for y in range(3) if x != y}


def test_every_action_is_as_likely_in_a_batch(demonstrations):
    data, generator = DemonstrationSet(demonstrations, None), tf.random.Generator.from_seed(0)
    experience = data.sample_decisions(generator, batch_size=3000)
    np.testing.assert_allclose(np.bincount(experience.action) / 3000, 1 / 3, atol=0.04)
    picture = np.argmax(experience.observation[:, :, 0, 0], axis=1)
    np.testing.assert_array_equal(picture, experience.action)


def test_a_pair_without_distances_is_refused(demonstrations):
    with pytest.raises(ValueError, match="^distance is None"):
        DemonstrationSet(demonstrations, None).sample_pair(tf.random.Generator.from_seed(0))


def test_a_pair_of_a_single_demonstration_is_refused(demonstrations):
    with pytest.raises(ValueError, match="^demonstrations has 1 entries; it must have at least two"):
        DemonstrationSet(demonstrations[:1], distance)
    with pytest.raises(ValueError, match="^demonstrations has 0 entries; it must have at least one"):
        DemonstrationSet([], None)


def test_observations_of_different_shapes_are_refused(demonstrations):
    other = Demonstration(np.zeros((2, 3, 3, 1)), [0, 1])
    with pytest.raises(ValueError, match="^observation has shape"):
        DemonstrationSet([*demonstrations, other], None)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda x, y: distance(y, x), "^distance has shape"),
        (lambda x, y: -distance(x, y), "^distance has .*; it must be at least 0"),
    ],
)
def test_a_metric_that_is_none_is_refused(demonstrations, wrong, message):
    with pytest.raises(ValueError, match=message):
        DemonstrationSet(demonstrations, wrong)
