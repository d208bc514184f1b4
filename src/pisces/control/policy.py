"""How does the agent act? A TF-Agents policy that sees pixels."""

import typing

import numpy as np
import tensorflow as tf
from tf_agents.policies import tf_policy
from tf_agents.trajectories import policy_step
from tf_agents.trajectories import time_step as ts

from pisces.control.network import Actor, Critic, mean_action

# TF-Agents' own code would be rewritten too, and warn of its style.
_traced_as_written = tf.autograph.experimental.do_not_convert


class ControlPolicy(tf_policy.TFPolicy):
    """The policy of an actor on the convolutions of a critic."""

    def __init__(
        self,
        time_step_spec,
        action_spec,
        *,
        actor: Actor,
        critic: Critic,
        generator: tf.random.Generator | None,
        name: str,
    ):
        """Creates the policy.

        Args:
            time_step_spec: Of the environment, with "pixels", uint8 `[S, S, 9]`, in its observation.
            action_spec: float32 `[A]` in [-1, 1].
            actor: Acts.
            critic: Its convolutions see.
            generator: Draws actions; None acts with the mean.
            name: Of the policy.
        """
        super().__init__(time_step_spec, action_spec, name=name)
        self._actor, self._critic, self._generator = actor, critic, generator

    def _variables(self) -> list[tf.Variable]:
        return [*self._actor.policy_variables, *self._critic.convolutions.variables]

    @_traced_as_written
    def _distribution(self, time_step, policy_state) -> policy_step.PolicyStep:
        observation: typing.Any = time_step.observation
        maps = self._critic.maps(observation["pixels"])
        return policy_step.PolicyStep(self._actor.distribution(maps), policy_state, ())

    @_traced_as_written
    def _action(self, time_step, policy_state: typing.Any, seed) -> policy_step.PolicyStep:
        step = self._distribution(time_step, policy_state)
        distribution: typing.Any = step.action
        if self._generator is None:
            return step._replace(action=mean_action(distribution))
        if seed is None:
            seed = fresh_seed(self._generator)
        return step._replace(action=distribution.sample(seed=seed))


class Act:
    """A policy as a function from pixels to an action."""

    def __init__(self, policy: tf_policy.TFPolicy):
        """Takes a policy, whose variables may change later.

        Args:
            policy: That of an agent, or its `collect_policy`.
        """
        self._policy = policy
        self._graph = tf.function(self._action, autograph=False)

    def __call__(self, pixels: np.ndarray) -> np.ndarray:
        """Acts: uint8 `[S, S, 9]` -> float32 `[A]` in [-1, 1]."""
        return self._graph(tf.constant(pixels)).numpy()

    def _action(self, pixels: tf.Tensor) -> tf.Tensor:
        observation: typing.Any = {"pixels": pixels[None]}
        action: typing.Any = self._policy.action(ts.restart(observation, batch_size=1)).action
        return action[0]


def fresh_seed(generator: tf.random.Generator) -> tf.Tensor:
    """A seed for a distribution of TensorFlow Probability, int32 `[2]`, that is another at every call."""
    return generator.uniform_full_int([2], tf.int32)
