"""Training: in few dimensions as in all of them, the loss of each method, and what becomes unstable."""

import numpy as np
import pytest
import tensorflow as tf

from pisces.learn import contrastive_loss
from pisces.lqr import descent
from pisces.lqr.config import METHODS
from pisces.lqr.descent import (
    InstabilityError,
    aggregation_loss,
    initial_layers,
    policy_matrix,
    train,
)
from pisces.lqr.observation import draw_problem
from pisces.lqr.pairs import draw_pairs
from pisces.lqr.run import costs


def trained(config, seed=0, *, by=train, maps=()):
    problem = draw_problem(config, seed)
    pairs = draw_pairs(config, problem, seed) if config.aggregation else None
    return list(by(config, problem, *maps, pairs, initial_layers(config, seed)))


def dense(config, seed=0):
    return trained(config, seed, by=descent._train, maps=[draw_problem(config, seed).training])


@pytest.mark.parametrize("method", [method for method in METHODS if method != "l1"])
def test_descent_in_the_span_of_the_observations_is_descent_in_all_dimensions(make_config, method):
    config = make_config(
        method, num_distractors=50, num_steps=40, initial_scale=0.3, learning_rate=1e-3, aggregation_weight=0
    )
    if config.aggregation:
        config = make_config(
            method,
            num_distractors=50,
            num_steps=40,
            initial_scale=0.3,
            learning_rate=1e-3,
            aggregation_weight=2.0,
        )
    before = initial_layers(config, 0)
    for (step, few), (same_step, all_of_them) in zip(trained(config), dense(config), strict=True):
        assert step == same_step
        for start, one, other in zip(before, few, all_of_them, strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-12)
            assert not np.allclose(one, start)


def test_adam_leaves_that_span(make_config):
    config = make_config(optimizer="adam", num_distractors=50)
    basis, _ = np.linalg.qr(np.concatenate(draw_problem(config, 0).training, axis=1))
    change = trained(config)[-1][1][0] - initial_layers(config, 0)[0]
    assert np.linalg.norm(change @ basis @ basis.T) < 0.95 * np.linalg.norm(change)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
def test_training_lowers_the_cost_where_it_trains(make_config, method, optimizer):
    config = make_config(method, optimizer=optimizer, num_steps=60, learning_rate=3e-3)
    if config.aggregation:
        config = make_config(
            method, optimizer=optimizer, num_steps=60, learning_rate=3e-3, aggregation_weight=1.0
        )
    problem = draw_problem(config, 0)
    before = costs(problem, policy_matrix(config, initial_layers(config, 0)), problem.training)
    after = costs(problem, policy_matrix(config, trained(config)[-1][1]), problem.training)
    assert after.mean() < before.mean() - 1e-3


def test_reports_come_at_their_interval_and_at_the_end(make_config):
    assert [step for step, _ in trained(make_config(num_steps=50, report_interval=20))] == [20, 40, 50]


def test_layers_begin_as_small_semi_orthogonal_matrices(make_config):
    first, second = initial_layers(make_config("overparametrised"), 0)
    assert (first.shape, second.shape) == ((6, 16), (4, 6))
    for layer in (first, second):
        np.testing.assert_allclose(layer @ layer.T, 1e-6 * np.eye(len(layer)), atol=1e-18)
    assert [layer.shape for layer in initial_layers(make_config("ipo"), 0)] == [(4, 16), (4, 16)]


def test_a_policy_is_the_product_of_its_layers_or_the_mean_of_its_ensemble(make_config):
    rng = np.random.default_rng(0)
    first, second = rng.standard_normal((6, 16)), rng.standard_normal((4, 6))
    np.testing.assert_array_equal(
        policy_matrix(make_config("overparametrised"), [first, second]), second @ first
    )
    one, other = rng.standard_normal((2, 4, 16))
    np.testing.assert_allclose(policy_matrix(make_config("ipo"), [one, other]), (one + other) / 2)


def test_members_of_an_ensemble_answer_in_turn_for_their_own_environment(make_config):
    config = make_config("ipo", num_steps=1, learning_rate=1e-3)
    problem = draw_problem(config, 0)
    one, other = initial_layers(config, 0)

    def slope(policy, environment, size=1e-6):
        def cost(change):
            return costs(problem, policy + change, problem.training)[environment]

        found = np.zeros_like(policy)
        for index in np.ndindex(policy.shape):
            change = np.zeros_like(policy)
            change[index] = size
            found[index] = (cost(change) - cost(-change)) / (2 * size)
        return found

    # Each member counts for half of the policy, and the second one sees where the first has gone.
    new_one = one - 1e-3 * 0.5 * slope((one + other) / 2, 0)
    new_other = other - 1e-3 * 0.5 * slope((new_one + other) / 2, 1)
    (_, after), *_ = trained(config)
    np.testing.assert_allclose(after[0], new_one, atol=1e-8)
    np.testing.assert_allclose(after[1], new_other, atol=1e-8)


def test_aggregation_is_the_squared_distance_between_features_of_observations(make_config):
    config = make_config("aggregation")
    problem = draw_problem(config, 0)
    pairs = draw_pairs(config, problem, 0)
    first = np.random.default_rng(0).standard_normal((6, 16))
    total = 0.0
    for x, y in zip(pairs.index_x, pairs.index_y, strict=True):
        observation_x = problem.training[0] @ pairs.state_x[x]
        observation_y = problem.training[1] @ pairs.state_y[y]
        total += np.sum((first @ observation_x - first @ observation_y) ** 2)
    loss = aggregation_loss(config, pairs, tf.constant(first @ problem.training))
    assert float(loss) == pytest.approx(total / len(pairs.index_x))


def test_contrast_is_that_of_the_features_of_all_observations(make_config):
    config = make_config("cme")
    problem = draw_problem(config, 0)
    pairs = draw_pairs(config, problem, 0)
    first = np.random.default_rng(0).standard_normal((6, 16))
    loss = aggregation_loss(config, pairs, tf.constant(first @ problem.training))
    expected = contrastive_loss(
        tf.constant(pairs.state_x @ problem.training[0].T @ first.T),
        tf.constant(pairs.state_y @ problem.training[1].T @ first.T),
        tf.constant(pairs.distance),
        inverse_temperature=config.inverse_temperature,
        affinity_scale=config.affinity_scale,
    )
    np.testing.assert_allclose(loss, expected)


def test_a_learning_rate_that_is_too_large_is_said_to_be(make_config):
    with pytest.raises(InstabilityError, match="^learning_rate is 10.0; it must be smaller: .* before step"):
        trained(make_config(learning_rate=10.0))


def test_a_large_l1_weight_keeps_the_policy_from_acting(make_config):
    config = make_config("l1", l1_weight=100.0, learning_rate=1e-5, num_steps=200)
    policy = policy_matrix(config, trained(config)[-1][1])
    assert np.abs(policy).max() < 2e-3
