import numpy as np
import pytest
import tensorflow as tf
import tiny
from tf_agents.trajectories import time_step as ts

from pisces.control import builder
from pisces.control.policy import Act, fresh_seed


@pytest.fixture
def agent():
    return builder.agent(tiny.control_config(), action_size=2, seed=0)


def pixels(number, *, seed=0):
    return np.random.default_rng(seed).integers(256, size=(number, 16, 16, 9), dtype=np.uint8)


def test_the_policies_act_as_tf_agents_policies_do(agent):
    step = ts.restart({"pixels": tf.constant(pixels(3)), "state": tf.zeros([3, 4])}, batch_size=3)
    for policy in (agent.policy, agent.collect_policy):
        action = policy.action(step).action
        assert action.shape == (3, 2) and action.dtype == tf.float32
        assert np.abs(action).max() <= 1
        distribution = policy.distribution(step).action
        assert distribution.batch_shape == (3,) and distribution.event_shape == (2,)
    assert {v.ref() for v in agent.policy.variables()} >= {v.ref() for v in agent.actor.policy_variables}


def test_the_greedy_policy_acts_alike_and_the_other_does_not(agent):
    (image,) = pixels(1)
    greedy, drawn = Act(agent.policy), Act(agent.collect_policy)
    np.testing.assert_array_equal(greedy(image), greedy(image))
    assert (drawn(image) != drawn(image)).all()
    step = ts.restart({"pixels": tf.constant(image[None])}, batch_size=1)
    one, same, other = (agent.collect_policy.action(step, seed=[seed, 0]).action for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, same)
    assert (one != other).numpy().any()


def test_many_actions_have_the_mean_that_the_distribution_says(agent):
    image = np.repeat(pixels(1), 4000, axis=0)
    step = ts.restart({"pixels": tf.constant(image)}, batch_size=4000)
    noise = np.arctanh(np.clip(agent.collect_policy.action(step).action, -1 + 1e-6, 1 - 1e-6))
    normal = agent.policy.distribution(step).action.distribution
    deviation = normal.stddev()[0].numpy()
    np.testing.assert_allclose(noise.mean(axis=0), normal.mean()[0], atol=4 * deviation.max() / 4000**0.5)
    np.testing.assert_allclose(noise.std(axis=0), deviation, rtol=0.1)


def test_the_stream_of_acting_is_not_that_of_updates(agent):
    before = agent.generator.state.numpy()
    Act(agent.collect_policy)(pixels(1)[0])
    np.testing.assert_array_equal(agent.generator.state, before)


def test_a_fresh_seed_is_another_at_every_call():
    generator = tf.random.Generator.from_seed(0)
    seeds = {tuple(fresh_seed(generator).numpy().tolist()) for _ in range(50)}
    assert len(seeds) == 50
