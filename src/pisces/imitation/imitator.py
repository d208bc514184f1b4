"""From demonstrations to a policy in one call: what are the parts, and in which order do they meet?

An `Imitator` holds no formula. The metric is `pisces.metric`'s, the loss and the agent are those of
`pisces.learn`; here demonstrations of any length and any number of actions are laid out for them.
"""

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
import tf_keras as keras
from numpy.typing import ArrayLike
from tf_agents.networks import network
from tf_agents.policies import tf_policy
from tf_agents.specs import array_spec, tensor_spec
from tf_agents.trajectories import time_step as ts

from pisces import saved_policy
from pisces.acting import Greedy
from pisces.checks import (
    checked,
    in_one_line,
    is_count,
    is_count_or_0,
    is_none_or,
    is_positive,
    is_weight,
    require,
)
from pisces.imitation.demonstration import Demonstration, psm
from pisces.imitation.network import policy_network
from pisces.imitation.sampling import DemonstrationSet
from pisces.learn import PSEAgent, RandomShift, contrastive_loss
from pisces.metric.validation import check_discount

# Many calls for each graph: TensorFlow warns where few calls make many graphs, as several imitators would.
UPDATES_PER_CALL = 10


@dataclass(frozen=True, kw_only=True)
class PSE:
    """Policy similarity embeddings: how states that ask for the same behaviour are put together.

    For another metric or another loss, derive a class that has its own `distance` or `loss`.

    Attributes:
        discount: gamma of the metric, in [0, 1).
        inverse_temperature: lambda, above 0.
        affinity_scale: beta, above 0; None switches the coupling weights off.
        contrastive_weight: alpha, at least 0: the weight of the loss beside imitation.
        embedding_size: Width of the projection, at least 1; None compares the features themselves.

    Raises:
        ValueError: If a setting is outside its range.

    Source: Agarwal et al. (2021), eq. 4.
    """

    discount: float
    inverse_temperature: float
    affinity_scale: float | None
    contrastive_weight: float
    embedding_size: int | None

    def __post_init__(self) -> None:
        """Checks the settings."""
        check_discount(self.discount)
        require(self, "inverse_temperature", is_positive, "a finite number above 0")
        require(self, "affinity_scale", is_none_or(is_positive), "None or a finite number above 0")
        require(self, "contrastive_weight", is_weight, "a finite number of at least 0")
        require(self, "embedding_size", is_none_or(is_count), "None or an integer of at least 1")

    def distance(self, demonstration_x: Demonstration, demonstration_y: Demonstration) -> np.ndarray:
        """The metric: float `[n, m]`, at least 0, between the states of two demonstrations."""
        return psm(demonstration_x, demonstration_y, discount=self.discount)

    def loss(self, embedding_x: tf.Tensor, embedding_y: tf.Tensor, distance: tf.Tensor) -> tf.Tensor:
        """The loss: float32 `[n, D]`, `[m, D]`, `[n, m]` to a scalar; called while TensorFlow traces."""
        return contrastive_loss(
            embedding_x,
            embedding_y,
            distance,
            inverse_temperature=self.inverse_temperature,
            affinity_scale=self.affinity_scale,
        )


class Imitator:
    """A policy that learns from demonstrations: build it, `train` it, then let it `act`.

    Attributes:
        demonstrations: What it learns from.
    """

    def __init__(
        self,
        demonstrations: Sequence[Demonstration],
        *,
        encoder: network.Network | keras.layers.Layer,
        num_actions: int,
        pse: PSE | None,
        learning_rate: float,
        batch_size: int,
        seed: int,
        shift: RandomShift | None = None,
    ):
        """Builds data, network and agent; trains nothing yet.

        The distances between all N states of all demonstrations are worked out here and kept, `4 N^2` bytes.

        Args:
            demonstrations: One for each training task, with observations of one shape. With `pse` at least
                two.
            encoder: The network from observations to features: `encoder(...)` of this package, or a
                TF-Agents network, a Keras layer or a Keras model. It is trained in place, so that each
                imitator needs one of its own.
            num_actions: Number of discrete actions, at least 2.
            pse: How states are put together; None imitates only.
            learning_rate: Of Adam, above 0.
            batch_size: Decisions that an update imitates, at least 1; every action that was ever taken is
                equally likely among them.
            seed: Non-negative integer for the heads of the network and the draws of the updates. The weights
                of the encoder are its own affair.
            shift: Moves observations `[H, W, C]` at random in training, for who knows that this changes no
                action; None leaves them alone.

        Raises:
            ValueError: If a setting is outside its range, a shift is given for observations that are no
                pictures, observations differ in shape, an action is not below `num_actions`, or the encoder
                does not fit or is one that another imitator trains.
        """
        num_actions = checked("num_actions", num_actions, _is_choice, "an integer of at least 2")
        learning_rate = checked("learning_rate", learning_rate, is_positive, "a finite number above 0")
        seed = checked("seed", seed, is_count_or_0, "an integer of at least 0")
        self._batch_size = checked("batch_size", batch_size, is_count, "an integer of at least 1")
        self._has_pairs = pse is not None
        self.demonstrations = tuple(demonstrations)
        for one in self.demonstrations:
            one.probability(num_actions)  # says so if an action or a policy does not fit
        self._data = DemonstrationSet(self.demonstrations, None if pse is None else pse.distance)
        network_seed, sampling_seed = map(int, np.random.SeedSequence(seed).generate_state(2))
        self._shape = self.demonstrations[0].observation.shape[1:]
        observation_spec = tensor_spec.TensorSpec(self._shape, tf.float32, name="observation")
        self._agent = PSEAgent(
            ts.time_step_spec(observation_spec),
            tensor_spec.from_spec(
                array_spec.BoundedArraySpec((), np.int64, 0, num_actions - 1, name="action")
            ),
            network=policy_network(
                observation_spec,
                encoder=encoder,
                num_actions=num_actions,
                embedding_size=None if pse is None else pse.embedding_size,
                shift=shift,
                seed=network_seed,
            ),
            optimizer=keras.optimizers.legacy.Adam(learning_rate),
            embedding_loss=None if pse is None else pse.loss,
            contrastive_weight=0.0 if pse is None else pse.contrastive_weight,
            l2_coefficient=0.0,
            train_step_counter=tf.Variable(tf.constant(0, tf.int64), trainable=False),
        )
        self._sampling_generator = tf.random.Generator.from_seed(sampling_seed)
        self._act = Greedy(self.policy)
        # Bound methods are one function to TensorFlow, which warns of those that are traced again and again.
        self._updates = tf.function(functools.partial(Imitator._take_updates, self))

    @property
    def policy(self) -> tf_policy.TFPolicy:
        """The greedy TF-Agents policy in its present state."""
        return self._agent.policy

    def train(self, num_updates: int) -> np.ndarray:
        """Takes updates, each of a batch of decisions and, with `pse`, of two whole demonstrations.

        Args:
            num_updates: How many, at least 0.

        Returns:
            float32 `[num_updates, 2]`, the imitation loss in nats and the embedding loss of each update.

        Raises:
            ValueError: If the number is not such an integer.
        """
        num_updates = checked("num_updates", num_updates, is_count_or_0, "an integer of at least 0")
        losses = [np.empty((0, 2), np.float32)]
        for first in range(0, num_updates, UPDATES_PER_CALL):
            count = min(UPDATES_PER_CALL, num_updates - first)
            losses.append(self._updates(tf.constant(count)).numpy())
        return np.concatenate(losses)

    def act(self, observation: np.ndarray) -> np.ndarray:
        """Greedy actions, float `[B, ...]` to int64 `[B]`.

        Raises:
            ValueError: If these are no observations of the shape that was demonstrated.
        """
        return self._act(_batch(observation, self._shape))

    def probability(self, observation: np.ndarray) -> np.ndarray:
        """Action probabilities, float `[B, ...]` to float32 `[B, num_actions]`; refuses what `act` does."""
        return tf.nn.softmax(self._agent.network.logits(self._features(observation))).numpy()

    def embedding(self, observation: np.ndarray) -> np.ndarray:
        """Embedding z = h(f), float `[B, ...]` to float32 `[B, D]`; refuses what `act` does."""
        return self._agent.network.embedding(self._features(observation)).numpy()

    def save(self, folder: Path | str) -> None:
        """Writes the policy as a SavedModel of TF-Agents; `load` reads it.

        Args:
            folder: Where to write; made if it is not there.
        """
        saved_policy.save(self.policy, folder)

    def _take_updates(self, num_updates: tf.Tensor) -> tf.Tensor:
        losses = tf.TensorArray(tf.float32, num_updates, element_shape=[2])
        for update in tf.range(num_updates):
            experience = self._data.sample_decisions(self._sampling_generator, batch_size=self._batch_size)
            pair = self._data.sample_pair(self._sampling_generator) if self._has_pairs else None
            parts = self._agent.train(experience, pair=pair).extra
            losses = losses.write(update, tf.stack(parts))
        return losses.stack()

    def _features(self, observation: np.ndarray) -> tf.Tensor:
        batch = tf.convert_to_tensor(_batch(observation, self._shape))
        return self._agent.network.encode(batch, training=False)[0]


def load(folder: Path | str) -> Callable[[np.ndarray], np.ndarray]:
    """Reads a policy that `Imitator.save` wrote; it acts without the code that trained it.

    Args:
        folder: Where the policy is.

    Returns:
        Maps float `[B, ...]` to int64 `[B]`, and refuses what is of another shape, as `Imitator.act` does.

    Raises:
        OSError: If there is no policy.
    """
    policy = saved_policy.load(folder)
    (time_step, *_), _ = policy.action.concrete_functions[0].structured_input_signature
    act, shape = Greedy(policy), tuple(time_step.observation.shape[1:])
    return lambda observation: act(_batch(observation, shape))


def _batch(observation: ArrayLike, shape: tuple[int, ...]) -> np.ndarray:
    """Observations as the network takes them, float32 `[B, ...]`, where `shape` is that of one."""
    allowed = f"numbers of shape [{', '.join(map(str, ('B', *shape)))}]"
    try:
        batch = np.asarray(observation, np.float32)
    except (TypeError, ValueError):
        raise ValueError(f"observation is {in_one_line(observation)}; it must be {allowed}") from None
    if batch.ndim == 0 or batch.shape[1:] != shape:
        raise ValueError(f"observation has shape {list(batch.shape)}; it must be {allowed}")
    return batch


def _is_choice(value: Any) -> bool:
    return is_count(value) and value >= 2
