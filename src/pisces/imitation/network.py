"""How does your own network become the policy that PSEs train? It is the encoder; two heads are added."""

import typing
import weakref
from collections.abc import Sequence

import numpy as np
import tensorflow as tf
import tf_keras as keras
from tf_agents.networks import network, sequential

from pisces.checks import checked, is_count, is_count_or_0
from pisces.learn import PolicyNetwork, RandomShift

# The variables that are in some policy network, by `id`; they are forgotten with the last that holds them.
_TAKEN: weakref.WeakValueDictionary[int, tf.Variable] = weakref.WeakValueDictionary()


def encoder(*, filters: Sequence[int], feature_size: int, seed: int) -> sequential.Sequential:
    """A small network from observations to features: convolutions, then a dense layer, all with ReLU.

    Args:
        filters: The number of filters of each 3x3 convolution, which keeps height and width; observations
            are then `[H, W, C]`. Empty for observations of any shape, which are flattened.
        feature_size: Width F of the features, at least 1.
        seed: Non-negative integer that decides the initial weights.

    Returns:
        A TF-Agents network, not built yet. Two of the same seed begin with the same weights.

    Raises:
        ValueError: If a setting is outside its range.
    """
    checked("filters", filters, lambda widths: all(map(is_count, widths)), "integers of at least 1")
    checked("feature_size", feature_size, is_count, "an integer of at least 1")
    seed = checked("seed", seed, is_count_or_0, "an integer of at least 0")
    widths = (*filters, feature_size)
    seeds = np.random.SeedSequence(seed).generate_state(len(widths))
    # The stubs of Keras ask for the name of an initializer; layers take the object.
    initial: list[typing.Any] = [keras.initializers.GlorotUniform(seed=int(one)) for one in seeds]
    convolutions = [
        keras.layers.Conv2D(width, 3, padding="same", activation="relu", kernel_initializer=one)
        for width, one in zip(filters, initial, strict=False)
    ]
    dense = keras.layers.Dense(feature_size, activation="relu", kernel_initializer=initial[-1])
    return sequential.Sequential([*convolutions, keras.layers.Flatten(), dense], name="Encoder")


def policy_network(
    observation_spec: tf.TensorSpec,
    *,
    encoder: network.Network | keras.layers.Layer,
    num_actions: int,
    embedding_size: int | None,
    shift: RandomShift | None,
    seed: int,
) -> PolicyNetwork:
    """Puts a policy head and a projection on an encoder: no random convolutions, no dropout.

    Args:
        observation_spec: Spec of one float32 observation.
        encoder: A TF-Agents network without state, a Keras layer or a Keras model, from observations
            `[B, ...]` to features `[B, F]`. Its variables are created here, if they are not there yet.
        num_actions: Number of discrete actions.
        embedding_size: Width D of the projection h; None compares the features themselves.
        shift: Moves observations `[B, H, W, C]` in training; None for none.
        seed: Non-negative integer that decides the initial weights of the heads.

    Raises:
        ValueError: If the encoder cannot take such observations, its output is no vector, or something that
            is trained in it is in another policy network already.
    """
    shape = list(observation_spec.shape)
    if shift is not None and len(shape) != 3:
        raise ValueError(
            f"shift is given for observations of shape {shape}; it must be None for all but [H, W, C]"
        )
    kinds = "a TF-Agents network, or a layer or model of tf_keras"
    checked("encoder", encoder, lambda given: isinstance(given, keras.layers.Layer), kinds)
    own = sequential.Sequential([encoder], name="Encoder")
    try:
        features = own.create_variables(observation_spec)
    except (ValueError, TypeError, tf.errors.InvalidArgumentError) as error:
        reason = str(error).splitlines()[0]
        raise ValueError(f"encoder cannot take observations of shape {shape}: {reason}") from error
    if features.shape.rank != 1:
        raise ValueError(f"encoder returns shape {list(features.shape)}; it must return [F], a vector")
    if any(id(variable) in _TAKEN for variable in own.trainable_variables):
        raise ValueError(
            "encoder is one that another Imitator trains; it must be a new one, or a copy with own weights"
        )
    _TAKEN.update((id(variable), variable) for variable in own.variables)
    return PolicyNetwork(
        observation_spec,
        encoder=own,
        num_actions=num_actions,
        feature_size=features.shape[0],
        embedding_size=embedding_size,
        dropout_rate=0.0,
        shift=shift,
        augmentation=None,
        num_action_passes=1,
        seed=seed,
    )
