import numpy as np
import pytest
import tensorflow as tf
import tf_keras as keras
from tf_agents.specs import tensor_spec

from pisces.imitation import encoder
from pisces.imitation.network import EncoderPolicyNetwork

SPEC = tensor_spec.TensorSpec([4, 3, 2], tf.float32)


def build(layer, **settings):
    chosen = {"num_actions": 3, "embedding_size": 5, "seed": 0}
    network = EncoderPolicyNetwork(SPEC, encoder=layer, **{**chosen, **settings})
    network.create_variables()
    return network


@pytest.mark.parametrize("filters", [(), (4,), (4, 2)])
def test_the_encoder_flattens_what_its_convolutions_leave(filters):
    network = build(encoder(filters=filters, feature_size=6, seed=0))
    (features,) = network.encode(tf.ones([2, 4, 3, 2]), training=True)
    assert features.shape == (2, 6)
    assert network.embedding(features).shape == (2, 5)
    assert network(tf.ones([2, 4, 3, 2]))[0].shape == (2, 3)
    # Kernel and bias of each layer, of the encoder, the head and the projection; no other encoder.
    assert len(network.trainable_weights) == 2 * (len(filters) + 3)


@pytest.mark.parametrize(
    "layer",
    [
        keras.layers.Flatten(),
        keras.Sequential([keras.layers.Conv2D(2, 2), keras.layers.GlobalMaxPool2D()]),
    ],
)
def test_any_keras_layer_or_model_can_be_the_encoder(layer):
    assert build(layer)(tf.ones([1, 4, 3, 2]))[0].shape == (1, 3)


def test_a_keras_model_of_the_functional_kind_can_be_the_encoder():
    inputs = keras.Input([4, 3, 2])
    assert build(keras.Model(inputs, keras.layers.Flatten()(inputs)))(tf.ones([1, 4, 3, 2]))[0].shape == (
        1,
        3,
    )


def test_an_encoder_that_returns_no_vector_is_refused():
    with pytest.raises(ValueError, match=r"^encoder returns shape \[2, 1, 7\]"):
        build(keras.layers.Conv2D(7, 3))


def test_an_encoder_that_cannot_take_the_observations_is_refused():
    with pytest.raises(ValueError, match=r"^encoder cannot take observations of shape \[4, 3, 2\]"):
        build(keras.layers.Conv1D(7, 9))


def test_a_seed_decides_the_weights():
    def weights(seed):
        network = build(encoder(filters=(2,), feature_size=3, seed=seed), seed=seed)
        return [weight.numpy() for weight in network.trainable_weights if "kernel" in weight.name]

    for one, same, other in zip(weights(0), weights(0), weights(1), strict=True):
        np.testing.assert_array_equal(one, same)
        assert not np.array_equal(one, other)


@pytest.mark.parametrize(("filters", "feature_size"), [((0,), 3), ((), 0)])
def test_a_width_below_1_is_refused(filters, feature_size):
    with pytest.raises(ValueError, match="^filters and feature_size are"):
        encoder(filters=filters, feature_size=feature_size, seed=0)
