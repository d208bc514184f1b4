"""How does your own network become the policy that PSEs train? It is the encoder; two heads are added."""

import typing
from collections.abc import Sequence

import numpy as np
import tensorflow as tf
import tf_keras as keras
from tf_agents.networks import network, sequential

from pisces.learn import PolicyNetwork


def encoder(*, filters: Sequence[int], feature_size: int, seed: int) -> sequential.Sequential:
    """A small network from observations to features: convolutions, then a dense layer, all with ReLU.

    Args:
        filters: The number of filters of each 3x3 convolution, which keeps height and width; observations
            are then `[H, W, C]`. Empty for observations of any shape, which are flattened.
        feature_size: Width F of the features, at least 1.
        seed: Non-negative integer that decides the initial weights.

    Returns:
        A TF-Agents network, not built yet.

    Raises:
        ValueError: If a width is below 1.
    """
    widths = (*filters, feature_size)
    if min(widths) < 1:
        raise ValueError(f"filters and feature_size are {widths}; each must be at least 1")
    seeds = np.random.SeedSequence(seed).generate_state(len(widths))
    # The stubs of Keras ask for the name of an initializer; layers take the object.
    initial: list[typing.Any] = [keras.initializers.GlorotUniform(seed=int(one)) for one in seeds]
    convolutions = [
        keras.layers.Conv2D(width, 3, padding="same", activation="relu", kernel_initializer=one)
        for width, one in zip(filters, initial, strict=False)
    ]
    dense = keras.layers.Dense(feature_size, activation="relu", kernel_initializer=initial[-1])
    return sequential.Sequential([*convolutions, keras.layers.Flatten(), dense], name="Encoder")


class EncoderPolicyNetwork(PolicyNetwork):
    """The policy network of `pisces.learn` around an encoder that is given: no augmentation, no dropout."""

    def __init__(
        self,
        observation_spec: tf.TensorSpec,
        *,
        encoder: network.Network | keras.layers.Layer,
        num_actions: int,
        embedding_size: int | None,
        seed: int,
    ):
        """Puts a policy head and a projection on the encoder, whose variables are created here.

        Args:
            observation_spec: Spec of one float32 observation.
            encoder: A TF-Agents network without state, a Keras layer or a Keras model, from observations
                `[B, ...]` to features `[B, F]`.
            num_actions: Number of discrete actions.
            embedding_size: Width D of the projection h; None compares the features themselves.
            seed: Non-negative integer that decides the initial weights of the heads.

        Raises:
            ValueError: If the encoder cannot take such observations, or its output is no vector.
        """
        own = sequential.Sequential([encoder], name="Encoder")
        try:
            features = own.create_variables(observation_spec)
        except (ValueError, TypeError) as error:
            reason = str(error).splitlines()[0]
            shape = list(observation_spec.shape)
            raise ValueError(f"encoder cannot take observations of shape {shape}: {reason}") from error
        if features.shape.rank != 1:
            raise ValueError(f"encoder returns shape {list(features.shape)}; it must return [F], a vector")
        super().__init__(
            observation_spec,
            num_actions=num_actions,
            feature_size=features.shape[0],
            embedding_size=embedding_size,
            dropout_rate=0.0,
            augmentation=None,
            num_action_passes=1,
            precision="float32",
            seed=seed,
        )
        self._encoder = own
