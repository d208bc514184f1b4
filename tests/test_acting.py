"""A policy acts outside of TF-Agents on any number of observations, and TensorFlow does not warn of it."""

import numpy as np
import pytest
import tensorflow as tf
from tf_agents.policies import tf_policy
from tf_agents.specs import BoundedTensorSpec
from tf_agents.trajectories import policy_step
from tf_agents.trajectories import time_step as ts

from pisces.acting import Greedy


class _Brightest(tf_policy.TFPolicy):
    """Acts with the number of the brightest of four pixels."""

    def __init__(self):
        super().__init__(
            ts.time_step_spec(tf.TensorSpec([4], tf.float32)), BoundedTensorSpec([], tf.int64, 0, 3)
        )
        self.num_begun = tf.Variable(0)
        self.begin = tf.function(self._begin_anew)

    def _begin_anew(self):
        self.num_begun.assign_add(1)

    def _distribution(self, time_step, policy_state):
        raise NotImplementedError

    def _action(self, time_step, policy_state, seed):
        return policy_step.PolicyStep(tf.argmax(time_step.observation, axis=-1), policy_state, ())


@pytest.mark.parametrize("num_observations", [0, 1, 5])
def test_acts_on_any_number_of_observations(num_observations):
    observation = np.random.default_rng(0).uniform(size=(num_observations, 4))
    actions = Greedy(_Brightest())(observation)
    assert actions.dtype == np.int64
    np.testing.assert_array_equal(actions, observation.argmax(axis=-1))


def test_many_policies_in_a_row_draw_no_warning_of_tensorflow(retracing_warnings):
    for num_observations in range(1, 8):
        act = Greedy(policy := _Brightest())
        act.begin()
        assert policy.num_begun.numpy() == 1
        act(np.zeros((1, 4)))
        act(np.zeros((num_observations, 4)))
    assert retracing_warnings() == []
