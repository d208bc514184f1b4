"""How does a policy act outside of TF-Agents? As a function from observations to actions."""

import tensorflow as tf
from tf_agents.trajectories import time_step as ts

from pisces.task.judge import Act


def greedy(policy) -> Act:
    """Turns a TF-Agents policy into a function from observations to actions.

    Args:
        policy: A TF-Agents policy without state, or one loaded from a SavedModel.

    Returns:
        Maps float32 `[B, H, W, C]` to int64 `[B]`.
    """

    @tf.function(reduce_retracing=True, autograph=False)
    def act(observation):
        batch_size = tf.shape(observation)[:1]
        step = ts.TimeStep(
            step_type=tf.fill(batch_size, ts.StepType.MID),
            reward=tf.zeros(batch_size),
            discount=tf.ones(batch_size),
            observation=observation,
        )
        return policy.action(step).action

    return lambda observation: act(tf.convert_to_tensor(observation)).numpy()
