"""How does a policy act outside of TF-Agents? As a function from observations to actions.

One that was saved acts without the code that trained it.
"""

import numpy as np
import tensorflow as tf
from tf_agents.trajectories import time_step as ts


class Greedy:
    """A TF-Agents policy as a function from observations to actions, which can begin anew."""

    def __init__(self, policy):
        """Takes a policy.

        Args:
            policy: A TF-Agents policy without state, or one loaded from a SavedModel. If it has a
                `tf.function` named `begin`, that rewinds what it draws from.
        """
        self._policy = policy
        # Concrete functions: TensorFlow warns of many `tf.function`s of the same code, one for each policy.
        begin = getattr(policy, "begin", None)
        self._begin = None if begin is None else begin.get_concrete_function()
        self._graphs = {}

    def begin(self) -> None:
        """Rewinds the random stream of a policy that has one: the same observations give the same actions."""
        if self._begin is not None:
            self._begin()

    def __call__(self, observation: np.ndarray) -> np.ndarray:
        """Maps observations `[B, ...]`, taken as float32, to int64 `[B]`."""
        observation = np.asarray(observation, np.float32)
        return self._graph(observation.shape[1:])(tf.convert_to_tensor(observation)).numpy()

    def _graph(self, shape: tuple[int, ...]):
        """For any number of observations of one shape."""
        if shape not in self._graphs:
            graph = tf.function(self._action, autograph=False)
            self._graphs[shape] = graph.get_concrete_function(tf.TensorSpec([None, *shape], tf.float32))
        return self._graphs[shape]

    def _action(self, observation: tf.Tensor) -> tf.Tensor:
        batch_size = tf.shape(observation)[:1]
        step = ts.TimeStep(
            step_type=tf.fill(batch_size, ts.StepType.MID),
            reward=tf.zeros(batch_size),
            discount=tf.ones(batch_size),
            observation=observation,
        )
        return self._policy.action(step).action
