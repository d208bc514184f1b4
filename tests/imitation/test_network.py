import numpy as np
import pytest
import tensorflow as tf
import tf_keras as keras
from tf_agents.specs import tensor_spec

from pisces.imitation import encoder
from pisces.imitation.network import policy_network

SPEC = tensor_spec.TensorSpec([4, 3, 2], tf.float32)


def build(layer, **settings):
    chosen = {"num_actions": 3, "embedding_size": 5, "shift": None, "seed": 0}
    network = policy_network(SPEC, encoder=layer, **{**chosen, **settings})
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


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"filters": (4, 0)}, r"^filters is \(4, 0\); it must be integers of at least 1"),
        ({"filters": 4}, "^filters is 4; it must be integers"),
        ({"feature_size": 0}, "^feature_size is 0; it must be an integer of at least 1"),
        ({"feature_size": 2.5}, "^feature_size is 2.5; it must be an integer"),
        ({"seed": -1}, "^seed is -1; it must be an integer of at least 0"),
    ],
)
def test_a_setting_of_an_encoder_outside_its_range_is_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        encoder(**{"filters": (), "feature_size": 3, "seed": 0, **settings})


def test_an_encoder_takes_numbers_of_numpy():
    build(encoder(filters=np.array([2]), feature_size=np.int64(3), seed=np.int64(0)))


def test_what_is_no_network_cannot_be_the_encoder():
    with pytest.raises(ValueError, match="^encoder is <function .*; it must be a TF-Agents network"):
        build(lambda observation: observation)


def model(*layers):
    return keras.Sequential([keras.layers.Flatten(), *layers])


@pytest.mark.parametrize(
    "make",
    [
        lambda: [encoder(filters=(2,), feature_size=3, seed=0)] * 2,
        lambda: [model(keras.layers.Dense(3))] * 2,
        lambda: [model(layer := keras.layers.Dense(3)), model(layer, keras.layers.Dense(2))],
        lambda: [(own := model(keras.layers.Dense(3))), keras.Sequential([own])],
    ],
    ids=["network", "model", "layer in two models", "model in a model"],
)
def test_an_encoder_that_another_network_trains_is_refused(make):
    first, second = make()
    kept = build(first)
    with pytest.raises(
        ValueError, match="^encoder is one that another Imitator trains; it must be a new one"
    ):
        build(second)
    del kept  # the encoder stays as trained as it was
    with pytest.raises(ValueError, match="^encoder is one that another Imitator trains"):
        build(second)


def test_an_encoder_that_was_refused_can_be_used_where_it_fits():
    layer = keras.layers.Conv2D(7, 3)
    with pytest.raises(ValueError, match="^encoder returns shape"):
        build(layer)
    build(keras.Sequential([layer, keras.layers.Flatten()]))


def test_a_copy_of_an_encoder_can_be_trained_beside_it():
    network = encoder(filters=(2,), feature_size=3, seed=0)
    first, second = build(network), build(network.copy())
    for one, same in zip(first.trainable_weights, second.trainable_weights, strict=True):
        assert one is not same
        if "Encoder" in one.name:
            np.testing.assert_array_equal(one, same)


def test_what_is_not_trained_may_be_in_two_networks():
    frozen = model(keras.layers.Dense(3))
    frozen.trainable = False
    assert build(frozen) is not build(frozen)
    flatten = keras.layers.Flatten()
    assert build(flatten) is not build(flatten)
