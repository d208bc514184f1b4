import numpy as np
import pytest
import tensorflow as tf
import tf_keras as keras
from processors import needs_bfloat16

from pisces.learn import RandConv, RandomShift
from pisces.learn.network import BlockConv2D


def images(num=5, seed=0):
    return tf.constant(np.random.default_rng(seed).uniform(size=(num, 12, 12, 2)), tf.float32)


def values(network):
    return [variable.numpy() for variable in network.trainable_weights]


def test_parts_have_the_promised_shapes(make_network):
    network = make_network(feature_size=16, embedding_size=8, num_actions=3)
    features, other_features = network.encode(images(5), images(4), training=False)
    assert features.shape == (5, 16) and other_features.shape == (4, 16)
    assert network.logits(features).shape == (5, 3)
    assert network.embedding(features).shape == (5, 8)
    logits, state = network(images(5))
    assert logits.shape == (5, 3) and state == ()


def test_batches_encoded_together_have_the_features_of_batches_encoded_apart(make_network):
    network = make_network()
    together = network.encode(images(5, seed=0), images(4, seed=1), training=True)
    for part, batch in zip(together, (images(5, seed=0), images(4, seed=1)), strict=True):
        np.testing.assert_allclose(part, network.encode(batch, training=True)[0], atol=1e-6)


def test_without_projection_the_features_are_the_embedding(make_network):
    network = make_network(embedding_size=None)
    (features,) = network.encode(images(), training=False)
    assert network.embedding(features) is features


def test_images_are_moved_in_training_and_not_in_acting(make_network):
    network, still = make_network(shift=RandomShift(max_shift=3)), make_network()
    np.testing.assert_array_equal(network.augment(images(), training=False), images())
    np.testing.assert_array_equal(network(images())[0], still(images())[0])
    moved = network.augment(images(), training=True).numpy()
    assert (moved != images().numpy()).any(axis=(1, 2, 3)).any()
    features, of_still = (one.encode(images(), training=True)[0] for one in (network, still))
    assert not np.allclose(features, of_still)


def test_the_seed_fixes_variables_and_draws(make_network, rand_conv):
    def build(seed):
        network = make_network(seed=seed, augmentation=rand_conv, dropout_rate=0.3)
        return values(network), network.encode(images(), training=True)[0].numpy()

    (first, drawn), (again, drawn_again), (other, _) = build(0), build(0), build(1)
    for a, b in zip(first, again, strict=True):
        np.testing.assert_array_equal(a, b)
    np.testing.assert_array_equal(drawn, drawn_again)
    kernels = [(a, b) for a, b in zip(first, other, strict=True) if a.ndim > 1]
    assert all((a != b).any() for a, b in kernels)


def test_no_two_layers_start_from_the_same_numbers(make_network):
    # One seed for two layers would give the same numbers but for a factor.
    starts = [value.ravel()[:8] / value.ravel()[0] for value in values(make_network()) if value.ndim > 1]
    for i, first in enumerate(starts):
        assert not any(np.allclose(first, second) for second in starts[:i])


def test_gradient_reaches_every_trainable_variable(make_network):
    network = make_network()
    with tf.GradientTape() as tape:
        (features,) = network.encode(images(), training=True)
        loss = tf.reduce_sum(network.logits(features) ** 2) + tf.reduce_sum(network.embedding(features) ** 2)
    gradients = tape.gradient(loss, network.trainable_weights)
    assert len(gradients) == 12  # kernel and bias of three convolutions and three dense layers
    for variable, gradient in zip(network.trainable_weights, gradients, strict=True):
        assert np.abs(gradient.numpy()).max() > 0, variable.name


def test_acting_does_not_disturb_the_training_stream(make_network, rand_conv):
    undisturbed = make_network(augmentation=rand_conv, dropout_rate=0.3)
    disturbed = make_network(augmentation=rand_conv, dropout_rate=0.3)
    for _ in range(3):
        disturbed(images())
        disturbed.encode(images(), training=False)
        np.testing.assert_array_equal(
            disturbed.encode(images(), training=True)[0], undisturbed.encode(images(), training=True)[0]
        )


def test_rewinding_the_acting_stream_repeats_its_draws(make_network, rand_conv):
    network = make_network(augmentation=rand_conv)
    first, second = network(images())[0], network(images())[0]
    network.reset_acting_stream()
    np.testing.assert_array_equal(network(images())[0], first)
    assert np.abs(first - second).max() > 1e-6


def test_batches_of_one_update_are_augmented_by_draws_of_their_own(make_network):
    network = make_network(augmentation=RandConv(kernel_size=2, skip_probability=0.0))
    first, second = network.encode(images(), images(), training=True)
    assert np.abs(first - second).max() > 1e-3


def test_dropout_acts_in_training_only(make_network):
    plain, dropping = make_network(), make_network(dropout_rate=0.5)
    (features,) = plain.encode(images(50), training=False)
    np.testing.assert_array_equal(dropping.encode(images(50), training=False)[0], features)
    (dropped,) = dropping.encode(images(50), training=True)
    is_kept = dropped.numpy() != 0
    np.testing.assert_allclose(dropped.numpy()[is_kept], 2 * features.numpy()[is_kept], rtol=1e-5)
    assert is_kept[features.numpy() > 0].mean() == pytest.approx(0.5, abs=0.1)
    assert (dropping.encode(images(50), training=True)[0].numpy() != dropped.numpy()).any()


def test_acting_averages_the_probabilities_of_several_augmented_passes(make_network, rand_conv):
    network = make_network(augmentation=rand_conv, num_action_passes=4)
    acted = tf.nn.softmax(network(images())[0])
    network.reset_acting_stream()
    passes = [tf.nn.softmax(network.logits(network.encode(images(), training=False)[0])) for _ in range(4)]
    np.testing.assert_allclose(acted, np.mean(passes, axis=0), rtol=1e-5)
    assert np.abs(passes[0] - passes[1]).max() > 1e-4


def test_without_augmentation_acting_is_the_softmax_of_one_pass(make_network):
    network = make_network(num_action_passes=5)
    expected = tf.nn.log_softmax(network.logits(network.encode(images(), training=False)[0]))
    np.testing.assert_allclose(network(images())[0], expected, rtol=1e-5, atol=1e-6)


@needs_bfloat16
def test_mixed_precision_keeps_variables_and_features_in_float32(make_network):
    network = make_network(precision="mixed_bfloat16")
    (features,) = network.encode(images(), training=True)
    assert features.dtype == network.logits(features).dtype == network.embedding(features).dtype == tf.float32
    assert {variable.dtype for variable in network.trainable_weights} == {tf.float32}
    np.testing.assert_allclose(features, make_network().encode(images(), training=True)[0], atol=0.05)


def test_layer_shapes_are_those_of_the_tensors_that_come_out(make_network):
    network = make_network(feature_size=16, embedding_size=8)
    parts = network.layer_shapes()
    # 12x12 images: strides 4, 2 and 1 leave 3x3, 2x2 and 2x2 positions.
    assert [layer.output_shape for layer in parts["encoder"]] == [
        (3, 3, 32),
        (2, 2, 64),
        (2, 2, 64),
        (256,),
        (16,),
    ]
    assert [(layer.kernel_size, layer.stride) for layer in parts["encoder"][:4]] == [
        (8, 4),
        (4, 2),
        (3, 1),
        (None, None),
    ]
    (features,) = network.encode(images(), training=False)
    assert parts["encoder"][-1].output_shape == features.shape[1:]
    assert parts["head"][-1].output_shape == network.logits(features).shape[1:]
    assert parts["projection"][-1].output_shape == network.embedding(features).shape[1:]
    assert sum(layer.num_parameters for part in parts.values() for layer in part) == sum(
        value.size for value in values(network)
    )


def test_layer_shapes_leave_out_parts_that_are_not_there(make_network, rand_conv):
    assert make_network().layer_shapes()["augmentation"] == []
    assert make_network(embedding_size=None).layer_shapes()["projection"] == []
    (augmentation,) = make_network(augmentation=rand_conv).layer_shapes()["augmentation"]
    assert augmentation == ("RandConv", (12, 12, 2), 0, 2, 1)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"dropout_rate": 1.0}, "dropout_rate is 1.0"),
        ({"dropout_rate": -0.1}, "dropout_rate is -0.1"),
        ({"num_action_passes": 0}, "num_action_passes is 0"),
    ],
)
def test_settings_outside_their_range_are_named(make_network, settings, message):
    with pytest.raises(ValueError, match=message):
        make_network(**settings)


@pytest.mark.parametrize(
    ("shape", "kernel_size"), [((60, 60, 2), 8), ((60, 60, 6), 8), ((15, 13, 3), 4), ((7, 9, 1), 2)]
)
def test_a_convolution_on_blocks_is_the_plain_one(shape, kernel_size):
    settings = {"strides": kernel_size // 2, "padding": "same", "activation": "relu"}
    on_blocks = BlockConv2D(
        5, kernel_size, kernel_initializer=keras.initializers.GlorotUniform(3), **settings
    )
    plain = keras.layers.Conv2D(
        5, kernel_size, kernel_initializer=keras.initializers.GlorotUniform(3), **settings
    )
    batch = tf.constant(np.random.default_rng(0).normal(size=(3, *shape)), tf.float32)
    with tf.GradientTape(persistent=True) as tape:
        one, other = on_blocks(batch), plain(batch)
    np.testing.assert_array_equal(on_blocks.kernel, plain.kernel)
    np.testing.assert_allclose(one, other, atol=1e-5)
    gradients = (
        tape.gradient(out, layer.trainable_weights) for out, layer in ((one, on_blocks), (other, plain))
    )
    for gradient, expected in zip(*gradients, strict=True):
        np.testing.assert_allclose(gradient, expected, rtol=1e-4, atol=1e-4)


def test_a_convolution_on_blocks_needs_a_kernel_of_two_strides():
    with pytest.raises(ValueError, match="^kernel_size is 8; it must be twice strides, 6$"):
        BlockConv2D(5, 8, strides=3, padding="same")
