"""The local costs: values by hand, symmetry, all pairs at once, and what is refused."""

import tracemalloc

import numpy as np
import pytest

from pisces.metric import action_cost, mean_action_cost, reward_cost, total_variation_cost
from pisces.metric import cost as cost_module


def test_the_action_cost_is_1_exactly_where_the_actions_differ():
    cost = action_cost([0, 1], [1, 1, 0])
    np.testing.assert_array_equal(cost, [[1, 1, 0], [0, 0, 1]])
    assert cost.dtype == np.float64


def test_the_total_variation_is_half_the_l1_distance():
    # (|0.5 - 0.2| + |0.3 - 0.2| + |0.2 - 0.6|) / 2 = 0.4
    cost = total_variation_cost([[0.5, 0.3, 0.2]], [[0.2, 0.2, 0.6], [0.5, 0.3, 0.2]])
    np.testing.assert_allclose(cost, [[0.4, 0.0]], atol=1e-15)


def test_the_total_variation_between_deterministic_policies_is_the_action_cost():
    action_x, action_y = np.array([0, 1, 2]), np.array([2, 2, 0, 1])
    cost = total_variation_cost(np.eye(3)[action_x], np.eye(3)[action_y])
    np.testing.assert_array_equal(cost, action_cost(action_x, action_y))


def test_the_total_variation_takes_the_probabilities_of_a_float32_softmax():
    logits = np.random.default_rng(0).normal(size=(5, 7)).astype(np.float32)
    policy = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    cost = total_variation_cost(policy, policy)
    assert cost.dtype == np.float64
    assert cost.max() <= 1.0


def test_the_reward_cost_is_the_absolute_difference():
    np.testing.assert_array_equal(reward_cost([1.0, -2.0], [3.0, 1.0, 0.0]), [[2, 0, 1], [5, 3, 2]])


def test_the_mean_action_cost_adds_up_the_differences_of_all_components():
    cost = mean_action_cost([[0.0, 1.0], [2.0, -1.0]], [[1.0, -1.0]])
    np.testing.assert_array_equal(cost, [[3.0], [1.0]])


@pytest.mark.parametrize(
    ("cost", "make"),
    [
        (action_cost, lambda rng, n: rng.integers(3, size=(4, n))),
        (reward_cost, lambda rng, n: rng.normal(size=(4, n))),
        (total_variation_cost, lambda rng, n: rng.dirichlet(np.ones(3), size=(4, n))),
        (mean_action_cost, lambda rng, n: rng.normal(size=(4, n, 3))),
    ],
)
def test_leading_axes_give_all_pairs_of_trajectories_and_swapping_x_and_y_transposes(cost, make):
    x, y = (make(np.random.default_rng(n), n) for n in (5, 6))
    all_pairs = cost(x[:, np.newaxis], y[np.newaxis])
    assert all_pairs.shape == (4, 4, 5, 6)
    np.testing.assert_array_equal(all_pairs[2, 1], cost(x[2], y[1]))
    np.testing.assert_array_equal(cost(y, x), cost(x, y).swapaxes(1, 2))


def test_the_memory_that_a_cost_takes_is_that_of_its_result_however_many_actions_there_are():
    policy = np.random.default_rng(0).dirichlet(np.ones(18), size=600)
    tracemalloc.start()
    result = total_variation_cost(policy, policy)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    # All differences at once would be 18 times the result.
    assert peak < 1.8 * result.nbytes


@pytest.mark.parametrize("num_components", [1, 2, 18])
@pytest.mark.parametrize("leading", [(), (3,), (2, 1)])
def test_a_cost_is_the_same_to_the_last_bit_in_however_many_blocks(monkeypatch, num_components, leading):
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(*leading, 7, num_components)), rng.normal(size=(2, 3, 5, num_components))
    at_once = np.abs(x[..., :, np.newaxis, :] - y[..., np.newaxis, :, :]).sum(axis=-1)
    for size in (1, 40, 300, 2**17):
        monkeypatch.setattr(cost_module, "_BLOCK_SIZE", size)
        np.testing.assert_array_equal(mean_action_cost(x, y), at_once)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: action_cost([0.0, 1.0], [0]), "expert_action_x has dtype float64; it must hold integers"),
        (lambda: action_cost([[0], [1, 0]], [0]), "expert_action_x is .*; it must be an array of integers"),
        (lambda: action_cost([0], 1), r"expert_action_y has shape \[\]; it must have at least 1 axes"),
        (lambda: action_cost([], [0]), "expert_action_x has dtype float64; it must hold integers"),
        (
            lambda: action_cost(np.zeros((2, 5), int), np.zeros((3, 5), int)),
            r"expert_action_y has leading axes \[3\]; they must broadcast .* expert_action_x, \[2\]",
        ),
        (
            lambda: total_variation_cost([[0.5, 0.4]], [[1.0, 0.0]]),
            "policy_x has a row with sum 0.9; it must hold probabilities",
        ),
        (
            lambda: total_variation_cost([[1.0, 0.0]], [[1.5, -0.5]]),
            "policy_y has -0.5; it must be at least 0",
        ),
        (
            lambda: total_variation_cost([[1.0]], [[0.5, 0.5]]),
            "policy_y has a last axis of 2; it must be that of policy_x, 1",
        ),
        (lambda: reward_cost([np.nan], [0.0]), "reward_x has nan; it must be finite"),
        (lambda: reward_cost([0.0], [np.inf]), "reward_y has inf; it must be finite"),
        (lambda: reward_cost(np.zeros((0,)), [0.0]), "reward_x has shape .*; it must not be empty"),
        (
            lambda: mean_action_cost([[0.0]], [0.0]),
            r"mean_action_y has shape \[1\]; it must have at least 2 axes",
        ),
    ],
)
def test_invalid_arguments_are_named_with_their_value(call, message):
    with pytest.raises(ValueError, match=message):
        call()
