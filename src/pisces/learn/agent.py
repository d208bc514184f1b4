"""How do imitation and an embedding loss become one TF-Agents agent?

`PSEAgent` is glue: the network comes from `network`, the formulas from `loss`, the data from `data`.
"""

import typing
from collections.abc import Callable

import numpy as np
import tensorflow as tf
from tf_agents.agents import tf_agent
from tf_agents.agents.behavioral_cloning import behavioral_cloning_agent
from tf_agents.utils import common

from pisces.learn.data import DemonstrationPair
from pisces.learn.loss import imitation_loss, weight_penalty
from pisces.learn.network import PolicyNetwork

EmbeddingLoss = Callable[[tf.Tensor, tf.Tensor, tf.Tensor], tf.Tensor]


class LossParts(typing.NamedTuple):
    """The terms of the loss before weighting, float32 scalars; `embedding` is 0 where no pair was given."""

    imitation: tf.Tensor
    embedding: tf.Tensor


class PSEAgent(behavioral_cloning_agent.BehavioralCloningAgent):
    """Behavioural cloning with `contrastive_weight` times an embedding loss on pairs of demonstrations.

    The total loss is `L_IL + contrastive_weight * L_embedding + l2_coefficient * weight penalty` (Agarwal et
    al. 2021, Sec. 4). Where `embedding_loss` is None the agent clones only.
    """

    _cloning_network: PolicyNetwork

    def __init__(
        self,
        time_step_spec,
        action_spec,
        *,
        network: PolicyNetwork,
        optimizer,
        embedding_loss: EmbeddingLoss | None,
        contrastive_weight: float,
        l2_coefficient: float,
        train_step_counter: tf.Variable,
        epsilon_greedy: float = 0.1,
        debug_summaries: bool = False,
    ):
        """Creates the agent.

        Args:
            time_step_spec: Spec of the environment's time steps.
            action_spec: Spec of a single discrete scalar action that starts at 0.
            network: The policy network; its variables are created here.
            optimizer: A tf_keras optimizer.
            embedding_loss: `(embedding_x [n, D], embedding_y [m, D], distance [n, m]) -> scalar`, or None.
            contrastive_weight: alpha >= 0, the weight of the embedding loss.
            l2_coefficient: Weight >= 0 of the l2 term on the variables.
            train_step_counter: Counts updates.
            epsilon_greedy: Probability with which `collect_policy` acts at random.
            debug_summaries: Writes the losses to the default TensorBoard writer.

        Raises:
            ValueError: If a weight is negative, or the actions do not start at 0.
        """
        for name, value in (("contrastive_weight", contrastive_weight), ("l2_coefficient", l2_coefficient)):
            if value < 0:
                raise ValueError(f"{name} is {value}; it must be at least 0")
        if np.any(action_spec.minimum):
            raise ValueError(f"action_spec has minimum {action_spec.minimum}; it must be 0")
        super().__init__(
            time_step_spec,
            action_spec,
            cloning_network=network,
            optimizer=optimizer,
            epsilon_greedy=epsilon_greedy,
            debug_summaries=debug_summaries,
            train_step_counter=train_step_counter,
        )
        # So that what draws random convolutions to act can begin anew, where it is saved and loaded too.
        begin = tf.function(network.reset_acting_stream, input_signature=[])
        setattr(self.policy, "begin", begin)  # noqa: B010, a policy has no such attribute
        self._embedding_loss = embedding_loss
        self._contrastive_weight = contrastive_weight
        self._l2_coefficient = l2_coefficient

    @property
    def network(self) -> PolicyNetwork:
        """The policy network that the agent trains."""
        return self._cloning_network

    def _loss(
        self,
        experience,
        weights=None,
        training=False,
        *,
        pair: DemonstrationPair | None = None,
    ):
        """Loss of a batch `[B, ...]` and of one pair of demonstrations, in one pass."""
        network = self.network
        observations = [experience.observation]
        if pair is not None:
            observations += [pair.observation_x, pair.observation_y]
        features, *features_of_pair = network.encode(*observations, training=training)

        nats = imitation_loss(network.logits(features), experience.action)
        imitation = common.aggregate_losses(nats, sample_weight=weights).total_loss
        embedding = tf.zeros([])
        if pair is not None and self._embedding_loss is not None:
            embedding_x, embedding_y = map(network.embedding, features_of_pair)
            embedding = self._embedding_loss(embedding_x, embedding_y, pair.distance)

        total = imitation + self._contrastive_weight * embedding
        if self._l2_coefficient > 0:
            total += self._l2_coefficient * weight_penalty(network.trainable_weights)
        return tf_agent.LossInfo(total, LossParts(imitation, embedding))

    def _train(self, experience, weights=None, *, pair: DemonstrationPair | None = None):
        """One update; takes what `_loss` takes."""
        with tf.GradientTape() as tape:
            loss_info = self._loss(experience, weights, training=True, pair=pair)
        self._apply_loss(
            common.AggregatedLosses(
                total_loss=loss_info.loss,
                weighted=loss_info.extra.imitation,
                regularization=loss_info.extra.embedding,
            ),
            variables_to_train=self.network.trainable_weights,
            tape=tape,
            optimizer=self._optimizer,
        )
        self.train_step_counter.assign_add(1)
        return loss_info
