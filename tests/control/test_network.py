import math

import numpy as np
import oracles
import pytest
import tensorflow as tf
from processors import needs_bfloat16

from pisces.control.network import Actor, Critic, mean_action, num_map_values

SETTINGS = {"feature_size": 5, "mlp_width": 8, "action_size": 2, "precision": "float32", "seed": 0}


def critic(**changes):
    settings = {"size": 16, "num_filters": 3, "num_strided": 1, "sees_changes": False}
    return Critic(**(settings | SETTINGS | changes))


def actor(**changes):
    settings = {"num_inputs": 7, "embedding_size": 6, "min_log_std": -4.0, "max_log_std": 1.0}
    return Actor(**(settings | SETTINGS | changes))


def pixels(number=2, size=16):
    return np.random.default_rng(0).integers(256, size=(number, size, size, 9), dtype=np.uint8)


@pytest.fixture(scope="module")
def one():
    return critic()


@pytest.fixture(scope="module")
def maps():
    return tf.constant(np.random.default_rng(1).uniform(0, 1, (3, 7)), tf.float32)


@pytest.mark.parametrize(("strides", "size"), [((2, 1, 1, 1), 18), ((2, 2, 1, 1), 24)])
def test_the_convolutions_are_those_of_a_slow_oracle(strides, size):
    settings = critic(size=size, num_filters=2, num_strided=strides.count(2))
    for variable in settings.convolutions.variables:  # biases that are not 0
        variable.assign_add(tf.fill(variable.shape, 0.01))
    (image,) = pixels(1, size)
    value = image / 255.0
    for stride, layer in zip(strides, settings.convolutions.layers, strict=False):
        kernel, bias = (variable.numpy().astype(float) for variable in layer.variables)
        value = oracles.convolution(value, kernel, bias, stride=stride)
    found = settings.maps(image[None])[0].numpy()
    assert found.shape == (num_map_values(size, 2, strides.count(2)),)
    np.testing.assert_allclose(found, value.ravel(), rtol=1e-5, atol=1e-6)


def test_a_convolution_of_changes_is_one_of_differences_of_frames(one):
    changed = critic(sees_changes=True)
    assert [v.shape for v in changed.convolutions.variables] == [v.shape for v in one.convolutions.variables]
    frames = np.random.default_rng(2).uniform(0, 1, (2, 16, 16, 9)).astype(np.float32)
    oldest, middle, newest = np.split(frames, 3, axis=-1)
    changes = np.concatenate([newest, newest - middle, middle - oldest], axis=-1)
    found, expected = changed.convolutions(frames)[0], one.convolutions(changes)[0]
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)
    assert not np.allclose(found, one.convolutions(frames)[0])


@pytest.mark.parametrize(
    ("size", "num_strided", "width"),
    [(16, 1, 1), (17, 1, 2), (48, 1, 17), (84, 1, 35), (23, 2, 1), (48, 2, 7)],
)
def test_the_number_of_map_values_is_what_the_convolutions_leave(size, num_strided, width):
    assert num_map_values(size, 3, num_strided) == 3 * width**2
    if width < 3:
        maps = critic(size=size, num_strided=num_strided).maps(pixels(1, size))
        assert maps.shape == (1, 3 * width**2)


def test_values_come_from_the_representation_and_the_action(one):
    seen, action = one.maps(pixels()), np.array([[0.5, -0.5], [1.0, 0.0]], np.float32)
    features = one.head(seen)[0].numpy()
    inputs = np.concatenate([features, action], axis=1)
    for place, estimate in enumerate(one.estimates):
        hidden = inputs
        for dense in estimate.layers:
            kernel, bias = (variable.numpy() for variable in dense.variables)
            hidden = hidden @ kernel + bias
            hidden = hidden if dense is estimate.layers[-1] else np.maximum(hidden, 0)
        np.testing.assert_allclose(one.values(seen, action)[:, place], hidden[:, 0], rtol=1e-5, atol=1e-6)


def test_the_representation_is_normalised_and_squashed(maps):
    network = actor()
    dense, norm, _ = network.head.layers
    norm.gamma.assign(tf.linspace(0.5, 2.0, 5))
    norm.beta.assign(tf.linspace(-1.0, 1.0, 5))
    kernel, bias = (variable.numpy().astype(float) for variable in dense.variables)
    for row, found in zip(maps.numpy(), network.features(maps).numpy(), strict=True):
        expected = oracles.layer_norm_tanh(
            row @ kernel + bias, norm.gamma.numpy(), norm.beta.numpy(), epsilon=1e-5
        )
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)


def test_log_densities_are_those_of_a_squashed_normal_distribution(maps):
    network = actor()
    action, log_density = network.distribution(maps).experimental_sample_and_log_prob(seed=[1, 2])
    mean, raw = np.split(network.output(network.hidden(maps))[0].numpy().astype(float), 2, axis=1)
    log_std = -4 + 5 * (np.tanh(raw) + 1) / 2
    for row in range(3):
        expected = oracles.squashed_normal_log_density(action[row].numpy(), mean[row], log_std[row])
        assert math.isclose(log_density[row], expected, rel_tol=1e-3, abs_tol=1e-3)
    np.testing.assert_allclose(mean_action(network.distribution(maps)), np.tanh(mean), rtol=1e-5)


@pytest.mark.parametrize(("raw", "expected"), [(-50.0, -4.0), (0.0, -1.5), (50.0, 1.0)])
def test_the_standard_deviation_keeps_its_bounds(maps, raw, expected):
    network = actor()
    kernel, bias = network.output.variables
    kernel.assign(tf.zeros_like(kernel))
    bias.assign([0.0, 0.0, raw, raw])
    deviation = network.distribution(maps).distribution.stddev().numpy()
    np.testing.assert_allclose(np.log(deviation), np.full((3, 2), expected), atol=1e-5)


def test_the_embedding_is_one_relu_layer_on_the_penultimate_layer(maps):
    network = actor()
    kernel, bias = (variable.numpy() for variable in network.projection.variables)
    hidden = network.hidden(maps).numpy()
    assert hidden.shape == (3, 8) and hidden.min() >= 0
    np.testing.assert_allclose(network.embedding(maps), np.maximum(hidden @ kernel + bias, 0), rtol=1e-5)
    with pytest.raises(ValueError, match="embedding_size is None; it must be an integer"):
        actor(embedding_size=None).embedding(maps)


def test_every_layer_begins_with_a_semi_orthogonal_matrix_and_no_bias(one):
    for network, gain in ((one, 1.0), (actor(), 1.0)):
        for variable in network.trainable_variables:
            value = variable.numpy()
            if value.ndim == 1:
                assert set(np.unique(value)) <= {0.0, 1.0}  # 1 is the scale of the normalisation
                continue
            matrix = value.reshape(-1, value.shape[-1])
            gain = math.sqrt(2) if value.ndim == 4 else 1.0
            small = matrix @ matrix.T if len(matrix) < matrix.shape[1] else matrix.T @ matrix
            np.testing.assert_allclose(small, gain**2 * np.eye(len(small)), atol=1e-5)


def test_variables_follow_from_the_seed():
    first, same, other = critic(), critic(), critic(seed=1)
    for one, two, three in zip(first.variables, same.variables, other.variables, strict=True):
        np.testing.assert_array_equal(one, two)
        assert one.shape.rank == 1 or (one != three).numpy().any()
    first_estimate, second_estimate = (estimate.variables[0].numpy() for estimate in first.estimates)
    assert (first_estimate != second_estimate).any()


def test_the_parts_of_the_actor_are_told_apart():
    network = actor()
    policy, embedding = (
        {v.ref() for v in part} for part in (network.policy_variables, network.embedding_variables)
    )
    assert policy | embedding == {variable.ref() for variable in network.trainable_variables}
    assert policy - embedding == {variable.ref() for variable in network.output.variables}
    assert embedding - policy == {variable.ref() for variable in network.projection.variables}


@needs_bfloat16
def test_bfloat16_products_leave_variables_and_results_in_float32():
    network, exact = critic(precision="mixed_bfloat16"), critic()
    action = np.zeros((2, 2), np.float32)
    maps = network.maps(pixels())
    assert {variable.dtype for variable in network.variables} == {tf.float32}
    assert maps.dtype == network.values(maps, action).dtype == tf.float32
    np.testing.assert_allclose(maps, exact.maps(pixels()), atol=0.05)
