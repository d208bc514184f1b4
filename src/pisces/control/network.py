"""Which functions does the agent learn? Convolutions that all share, an actor and twin critics.

The convolutions are part of the critics, which train them; the actor takes what they return. Both have a
dense layer of their own on it, whose output is the representation.

Source: Agarwal et al. (2021), App. I; Kostrikov et al. (2021), App. B, also for the orthogonal matrices that
all layers begin with.
"""

import math
import typing
from collections.abc import Iterator

import numpy as np
import tensorflow as tf
import tensorflow_probability as tfp
import tf_keras as keras
from tf_agents.networks import sequential

from pisces.control.frames import NUM_STACKED

NUM_CONVOLUTIONS = 4
"""3x3 each, without padding."""

_CHANGES = np.kron([[0, 0, 1], [0, -1, 1], [-1, 1, 0]], np.eye(3)).astype(np.float32)
"""The newest frame, what changed since the one before, and what had changed then, of three frames."""

_NORM_EPSILON = 1e-5
_RELU_GAIN = math.sqrt(2)


def num_map_values(size: int, num_filters: int, num_strided: int) -> int:
    """Numbers that the convolutions make of an observation, P.

    Args:
        size: Width and height of frames in pixels, at least as of `pisces.control.config.MIN_SIZES`.
        num_filters: Channels of each convolution.
        num_strided: How many of them, the first ones, have stride 2.
    """
    for stride in _strides(num_strided):
        size = (size - 3) // stride + 1
    return size**2 * num_filters


def _strides(num_strided: int) -> list[int]:
    return [2 if place < num_strided else 1 for place in range(NUM_CONVOLUTIONS)]


class ChangesConv2D(keras.layers.Conv2D):
    """A convolution of the newest frame and its changes: `[t, t - (t-1), (t-1) - (t-2)]` of three RGB frames.

    It computes what a convolution of the frames themselves does, of which each kernel is a linear function of
    this one's; what is learned first is another. Nothing but kernels is subtracted, so it costs nothing.
    """

    def convolution_op(self, inputs, kernel):
        """Convolves frames `[B, S, S, 9]`, the oldest first."""
        changes = tf.constant(_CHANGES, kernel.dtype)
        return super().convolution_op(inputs, tf.einsum("hwcf,ci->hwif", kernel, changes))


class Critic(tf.Module):
    """The shared convolutions, a representation, and two estimates of the return."""

    def __init__(
        self,
        *,
        size: int,
        num_filters: int,
        num_strided: int,
        sees_changes: bool,
        feature_size: int,
        mlp_width: int,
        action_size: int,
        precision: str,
        seed: int,
    ):
        """Builds the layers; their variables follow from `seed` alone.

        Args:
            size: Width and height of frames in pixels, S, at least as of `pisces.control.config.MIN_SIZES`.
            num_filters: Channels of each convolution.
            num_strided: How many of them, the first ones, have stride 2.
            sees_changes: Whether the first of them is a `ChangesConv2D`.
            feature_size: Width of the representation, F.
            mlp_width: Of the two hidden layers of each estimate.
            action_size: Numbers in an action, A.
            precision: "float32", or "mixed_bfloat16" for bfloat16 products in convolutions and
                representation.
            seed: Non-negative integer.
        """
        super().__init__(name="Critic")
        seeds = _seeds(seed, NUM_CONVOLUTIONS + 1 + 6)
        kinds = [ChangesConv2D if sees_changes else keras.layers.Conv2D]
        kinds += [keras.layers.Conv2D] * (NUM_CONVOLUTIONS - 1)
        convolutions = [
            kind(
                num_filters,
                3,
                strides=stride,
                activation="relu",
                dtype=precision,
                kernel_initializer=_orthogonal(next(seeds), gain=_RELU_GAIN),
            )
            for kind, stride in zip(kinds, _strides(num_strided), strict=True)
        ]
        self.convolutions = sequential.Sequential(
            [*convolutions, keras.layers.Flatten(dtype=precision)], name="Convolutions"
        )
        self.convolutions.create_variables(tf.TensorSpec([size, size, 3 * NUM_STACKED], tf.float32))
        self.head = _representation(
            feature_size,
            num_inputs=num_map_values(size, num_filters, num_strided),
            precision=precision,
            seed=next(seeds),
        )
        self.estimates = []
        for name in ("First", "Second"):
            layers = [_dense(width, next(seeds), "relu") for width in (mlp_width, mlp_width)]
            estimate = sequential.Sequential([*layers, _dense(1, next(seeds))], name=name)
            estimate.create_variables(tf.TensorSpec([feature_size + action_size], tf.float32))
            self.estimates.append(estimate)

    def maps(self, pixels: tf.Tensor) -> tf.Tensor:
        """What the convolutions return: uint8 `[B, S, S, 9]` -> float32 `[B, P]`."""
        return tf.cast(self.convolutions(tf.cast(pixels, tf.float32) / 255)[0], tf.float32)

    def values(self, maps: tf.Tensor, action: tf.Tensor) -> tf.Tensor:
        """Both estimates of the return: float32 `[B, P]` and float32 `[B, A]` -> float32 `[B, 2]`."""
        inputs = tf.concat([self.head(maps)[0], action], axis=-1)
        return tf.concat([estimate(inputs)[0] for estimate in self.estimates], axis=-1)


class Actor(tf.Module):
    """A representation, the policy on it, and the projection that the embedding loss compares."""

    def __init__(
        self,
        *,
        num_inputs: int,
        feature_size: int,
        mlp_width: int,
        action_size: int,
        embedding_size: int | None,
        min_log_std: float,
        max_log_std: float,
        precision: str,
        seed: int,
    ):
        """Builds the layers; their variables follow from `seed` alone.

        Args:
            num_inputs: Numbers that the convolutions return, P; see `num_map_values`.
            feature_size: Width of the representation, F.
            mlp_width: Of the two hidden layers, W.
            action_size: Numbers in an action, A.
            embedding_size: Width of the projection, D; None has none.
            min_log_std: Lower bound of the logarithm of the standard deviation, before the squashing.
            max_log_std: The upper one.
            precision: "float32", or "mixed_bfloat16" for bfloat16 products in the representation.
            seed: Non-negative integer.
        """
        super().__init__(name="Actor")
        self._bounds = (min_log_std, max_log_std)
        seeds = _seeds(seed, 5)
        self.head = _representation(
            feature_size, num_inputs=num_inputs, precision=precision, seed=next(seeds)
        )
        layers = [_dense(mlp_width, next(seeds), "relu") for _ in range(2)]
        self.trunk = sequential.Sequential(layers, name="Trunk")
        self.trunk.create_variables(tf.TensorSpec([feature_size], tf.float32))
        hidden_spec = tf.TensorSpec([mlp_width], tf.float32)
        self.output = sequential.Sequential([_dense(2 * action_size, next(seeds))], name="Output")
        self.output.create_variables(hidden_spec)
        self.projection = None
        if embedding_size is not None:
            layers = [_dense(embedding_size, next(seeds), "relu")]
            self.projection = sequential.Sequential(layers, name="Projection")
            self.projection.create_variables(hidden_spec)

    @property
    def policy_variables(self) -> list[tf.Variable]:
        """Those that decide actions: all but the projection's."""
        return self._variables(self.head, self.trunk, self.output)

    @property
    def embedding_variables(self) -> list[tf.Variable]:
        """Those that decide embeddings: all but the last layer's of the policy."""
        return self._variables(self.head, self.trunk, self.projection)

    def features(self, maps: tf.Tensor) -> tf.Tensor:
        """The representation, float32 `[B, P]` -> float32 `[B, F]` in (-1, 1)."""
        return self.head(maps)[0]

    def hidden(self, maps: tf.Tensor) -> tf.Tensor:
        """The penultimate layer, float32 `[B, P]` -> float32 `[B, W]`."""
        return self.trunk(self.features(maps))[0]

    def distribution(self, maps: tf.Tensor) -> typing.Any:
        """The policy, a normal distribution squashed by tanh.

        Args:
            maps: float32 `[B, P]`.

        Returns:
            Of class `TransformedDistribution` of TensorFlow Probability, for float32 actions `[B, A]`.
        """
        mean, raw = tf.split(self.output(self.hidden(maps))[0], 2, axis=-1)
        low, high = self._bounds
        log_std = low + (high - low) * (tf.tanh(raw) + 1) / 2
        normal = tfp.distributions.MultivariateNormalDiag(mean, tf.exp(log_std))
        return tfp.distributions.TransformedDistribution(normal, tfp.bijectors.Tanh())

    def embedding(self, maps: tf.Tensor) -> tf.Tensor:
        """The projection of the penultimate layer, float32 `[B, P]` -> float32 `[B, D]`.

        Raises:
            ValueError: If there is no projection.
        """
        if self.projection is None:
            raise ValueError("embedding_size is None; it must be an integer for an embedding")
        return self.projection(self.hidden(maps))[0]

    @staticmethod
    def _variables(*parts: tf.Module | None) -> list[tf.Variable]:
        return [variable for part in parts if part is not None for variable in part.trainable_variables]


def mean_action(distribution: typing.Any) -> tf.Tensor:
    """The squashed mean of the normal distribution, which acts greedily.

    Args:
        distribution: What `Actor.distribution` returned.

    Returns:
        float32 `[B, A]`.
    """
    return distribution.bijector.forward(distribution.distribution.mean())


def _representation(size: int, *, num_inputs: int, precision: str, seed: int) -> sequential.Sequential:
    """A dense layer, layer normalisation and tanh."""
    layers = [
        _dense(size, seed, dtype=precision),
        keras.layers.LayerNormalization(epsilon=_NORM_EPSILON, dtype="float32"),
        keras.layers.Activation("tanh", dtype="float32"),
    ]
    network = sequential.Sequential(layers, name="Representation")
    network.create_variables(tf.TensorSpec([num_inputs], tf.float32))
    return network


def _dense(
    size: int, seed: int, activation: str | None = None, *, dtype: str = "float32"
) -> keras.layers.Dense:
    return keras.layers.Dense(
        size, activation=activation, dtype=dtype, kernel_initializer=_orthogonal(seed, gain=1.0)
    )


def _orthogonal(seed: int, *, gain: float) -> typing.Any:
    """Keras' initializer, seeded; layers take it, though their inferred types ask for its name."""
    return keras.initializers.Orthogonal(gain=gain, seed=seed)


def _seeds(seed: int, number: int) -> Iterator[int]:
    return iter(np.random.SeedSequence(seed).generate_state(number).tolist())
