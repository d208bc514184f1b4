import numpy as np
import pytest
import tensorflow as tf

from pisces.learn import TrainingSet
from pisces.learn.data import experience_of

BATCH_SIZE = 20


@pytest.fixture
def generator():
    return tf.random.Generator.from_seed(0)


def index_of(observation, states):
    """Which of the states each image is."""
    matches = (np.asarray(observation)[:, None] == states[None]).all(axis=(2, 3, 4))
    assert (matches.sum(axis=1) == 1).all()
    return matches.argmax(axis=1)


def test_a_batch_holds_every_rare_decision_once_and_half_a_batch_of_others(training_set, expert, generator):
    observation, action = expert
    experience, weights = training_set.sample_decisions(generator, batch_size=BATCH_SIZE)
    states = observation.reshape(-1, *observation.shape[2:])
    index = index_of(experience.observation, states)
    np.testing.assert_array_equal(experience.action, action.reshape(-1)[index])
    rare = np.flatnonzero(action.reshape(-1) == 1)
    np.testing.assert_array_equal(index[: len(rare)], rare)
    assert (experience.action.numpy()[len(rare) :] == 0).all()
    assert len(index) == len(weights) == len(rare) + BATCH_SIZE // 2


def test_each_class_has_half_of_the_weight(training_set, generator):
    experience, weights = training_set.sample_decisions(generator, batch_size=BATCH_SIZE)
    is_rare = experience.action.numpy() == 1
    assert weights.dtype == tf.float32
    assert weights.numpy().mean() == pytest.approx(1.0, rel=1e-6)
    assert weights.numpy()[is_rare].sum() == pytest.approx(len(is_rare) / 2, rel=1e-6)


def test_every_other_decision_is_drawn_equally_often(training_set, expert, generator):
    observation, action = expert
    states = observation.reshape(-1, *observation.shape[2:])
    count = np.zeros(len(states))
    for _ in range(10):
        experience, _ = training_set.sample_decisions(generator, batch_size=400)
        drawn = experience.observation[training_set.num_rare :]
        np.add.at(count, index_of(drawn, states), 1)
    share = count[action.reshape(-1) == 0] / 2000
    np.testing.assert_allclose(share, 1 / len(share), atol=5 * np.sqrt(1 / len(share) / 2000))
    assert (count[action.reshape(-1) == 1] == 0).all()


def test_a_pair_is_two_distinct_demonstrations_with_the_distances_between_them(expert, generator):
    observation, action = expert
    num_tasks, num_steps = action.shape
    # A distance that names its two tasks and states.
    task_x, task_y, state_x, state_y = np.indices((num_tasks, num_tasks, num_steps, num_steps))
    distance = 1000.0 * task_x + 100.0 * task_y + 10.0 * state_x + state_y
    training_set = TrainingSet(observation, action, distance, rare_action=1)
    seen = set()
    for _ in range(300):
        pair = training_set.sample_pair(generator)
        x, y = (
            int(np.flatnonzero((observation == demonstration).all(axis=(1, 2, 3, 4)))[0])
            for demonstration in (pair.observation_x.numpy(), pair.observation_y.numpy())
        )
        np.testing.assert_array_equal(pair.distance, np.float32(distance[x, y]))
        seen.add((x, y))
    assert seen == {(x, y) for x in range(num_tasks) for y in range(num_tasks) if x != y}


def test_a_pair_is_of_one_group_and_every_such_pair_comes(expert, generator):
    observation, action = expert
    group = ["a", "b", None, "a", None, "b"]
    distance = np.zeros((6, 6, 8, 8)) + np.arange(36).reshape(6, 6, 1, 1)  # names the two tasks
    data = TrainingSet(observation, action, distance, rare_action=1, group=group)
    seen = {divmod(int(data.sample_pair(generator).distance[0, 0]), 6) for _ in range(300)}
    assert seen == {(x, y) for x in range(6) for y in range(6) if x != y and group[x] == group[y] is not None}


def test_sampling_repeats_from_a_seed_and_varies_inside_a_graph(training_set):
    def draws(seed):
        stream = tf.random.Generator.from_seed(seed)
        sample = tf.function(
            lambda: training_set.sample_decisions(stream, batch_size=BATCH_SIZE)[0].observation
        )
        return [sample().numpy() for _ in range(3)]

    first, again, other = draws(0), draws(0), draws(1)
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first[0], first[1])
    assert not np.array_equal(first[0], other[0])


def test_experience_without_time_axis_fits_the_spec_of_an_agent(make_agent, training_set, generator):
    experience, _ = training_set.sample_decisions(generator, batch_size=BATCH_SIZE)
    spec = make_agent().collect_data_spec
    tf.nest.map_structure(
        lambda tensor, like: tf.debugging.assert_type(tensor, like.dtype),
        experience,
        spec,
        expand_composites=True,
    )
    assert experience.observation.shape[1:] == spec.observation.shape


def test_experience_keeps_observation_and_action():
    observation, action = tf.random.normal([4, 3, 3, 2], seed=0), tf.constant([0, 1, 0, 0], tf.int64)
    experience = experience_of(observation, action)
    assert experience.observation is observation
    assert experience.action is action


def test_a_training_set_without_distances_has_no_pairs(expert, generator):
    with pytest.raises(ValueError, match="distance is None"):
        TrainingSet(*expert, None, rare_action=1).sample_pair(generator)


def test_unfit_arrays_are_named(expert):
    observation, action = expert
    distance = np.zeros((6, 6, 8, 8))
    with pytest.raises(ValueError, match=r"observation has leading shape \(5, 8\)"):
        TrainingSet(observation[:5], action, distance, rare_action=1)
    with pytest.raises(ValueError, match=r"distance has shape \(6, 6, 8, 7\)"):
        TrainingSet(observation, action, distance[..., :7], rare_action=1)
    with pytest.raises(ValueError, match="rare_action is 2"):
        TrainingSet(observation, action, distance, rare_action=2)
    with pytest.raises(ValueError, match="rare_action is 0"):
        TrainingSet(observation[:, 7:], action[:, 7:], None, rare_action=0)
    with pytest.raises(ValueError, match="a pair needs at least 2"):
        TrainingSet(observation[:1], action[:1], distance[:1, :1], rare_action=1)
    with pytest.raises(ValueError, match="a pair needs at least 2"):
        TrainingSet(observation, action, distance, rare_action=1, group=range(6))
    for group in ([0, 0, 0, 0, 1, 1], [0, 0, 0], [None] * 6):
        with pytest.raises(ValueError, match="^group is .*; it must put 6 tasks into groups of equal size"):
            TrainingSet(observation, action, distance, rare_action=1, group=group)


@pytest.mark.parametrize("batch_size", [0, 7])
def test_a_batch_that_cannot_be_halved_is_named(training_set, generator, batch_size):
    with pytest.raises(ValueError, match=f"batch_size is {batch_size}"):
        training_set.sample_decisions(generator, batch_size=batch_size)
