"""The metrics on finite MDPs: by hand, against loops over linear programmes, laws, and what is refused."""

import subprocess
import sys
import time

import numpy as np
import oracles
import pytest

from pisces.metric import (
    action_cost,
    bisimulation,
    policy_similarity,
    reward_cost,
    stochastic_bisimulation,
    stochastic_pi_bisimulation,
    stochastic_policy_similarity,
    wasserstein,
)

# Low, so that few iterations of the slow oracle come within 1e-7: 0.2**12 / 0.8 < 1e-8.
DISCOUNT = 0.2
NUM_ORACLE_ITERATIONS = 12


def random_kernel(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """Distributions over the last axis, about half of whose entries are 0."""
    mass = rng.random(shape) * (rng.random(shape) < 0.5)
    mass[..., 0] += mass.sum(axis=-1) == 0.0
    return mass / mass.sum(axis=-1, keepdims=True)


def chain(length: int) -> np.ndarray:
    """Transitions of a trajectory that rests in its last state."""
    return np.eye(length)[np.minimum(np.arange(length) + 1, length - 1)]


def oracle_metric(cost, transition_x, transition_y):
    return oracles.behavioral_metric(
        cost, transition_x, transition_y, discount=DISCOUNT, num_iterations=NUM_ORACLE_ITERATIONS
    )


def test_the_wasserstein_distance_of_two_small_distributions_computed_by_hand():
    ground = [[0.0, 1.0], [4.0, 2.0]]
    # From x (0.5, 0.5) to y (0.75, 0.25). All of x0 to y0 for free leaves of x1 0.25 to y0 at 4 and 0.25 to
    # y1 at 2, in all 1.5. Moving 0.25 of x0 to y1 instead sends all of x1 to y0: 0.25 + 0.5 * 4 = 2.25.
    np.testing.assert_allclose(wasserstein(ground, [[0.5, 0.5]], [[0.75, 0.25]]), [[1.5]])


def test_the_wasserstein_distance_solves_the_linear_programme_for_every_pair():
    rng = np.random.default_rng(0)
    ground = rng.random((4, 6))
    distribution_x, distribution_y = random_kernel(rng, 5, 4), random_kernel(rng, 7, 6)
    expected = [[oracles.wasserstein(ground, p, q) for q in distribution_y] for p in distribution_x]
    np.testing.assert_allclose(wasserstein(ground, distribution_x, distribution_y), expected, atol=1e-12)


def test_bisimulation_of_two_short_chains_computed_by_hand():
    # States: start, goal. x earns 1 for going and 0 for staying; y earns 3 for either, and both lead to goal.
    distance = bisimulation(
        [[1, 0], [1, 1]], [[1.0, 0.0], [0.0, 0.0]], [[1, 1], [1, 1]], [[3.0, 3.0], [0.0, 0.0]], discount=0.5
    )
    # goal-goal: 0. start-goal: going earns 1, staying 0 + 0.5 d(start, goal): 1. goal-start: 3.
    # start-start: going |1 - 3| + 0, staying |0 - 3| + 0.5 d(start, goal) = 3.5.
    np.testing.assert_allclose(distance, [[3.5, 1.0], [3.0, 0.0]], atol=1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_bisimulation_of_deterministic_mdps_agrees_with_the_stochastic_form_and_with_loops(seed):
    rng = np.random.default_rng(seed)
    next_x, next_y = rng.integers(4, size=(4, 2)), rng.integers(3, size=(3, 2))
    reward_x, reward_y = rng.normal(size=(4, 2)), rng.normal(size=(3, 2))
    kernel_x, kernel_y = np.eye(4)[next_x], np.eye(3)[next_y]
    distance = bisimulation(next_x, reward_x, next_y, reward_y, discount=DISCOUNT)
    stochastic = stochastic_bisimulation(kernel_x, reward_x, kernel_y, reward_y, discount=DISCOUNT)
    np.testing.assert_allclose(distance, stochastic, atol=1e-8)
    cost = np.abs(reward_x[:, np.newaxis] - reward_y[np.newaxis])
    np.testing.assert_allclose(distance, oracle_metric(cost, kernel_x, kernel_y), atol=1e-7)


def test_bisimulation_is_exact_where_all_paths_end():
    next_state = np.array([[1, 2], [2, 2], [2, 2]])
    reward = np.array([[0.1, 0.3], [0.7, 0.2], [0.0, 0.0]])
    other = 3.0 * reward
    distance = bisimulation(next_state, reward, next_state, other, discount=0.999)
    # From the first states: action 0 differs by 0.2, then the worse of 1.4 and 0.4.
    assert distance[0, 0] == pytest.approx(0.2 + 0.999 * 1.4, abs=1e-14)


def test_bisimulation_stops_iterating_once_all_paths_have_ended():
    next_state, reward = [[1, 1], [1, 1]], np.array([[1.0, 0.0], [0.0, 0.0]])
    start = time.process_time()
    # By the contraction alone, the tolerance would take some 300 thousand iterations.
    bisimulation(next_state, reward, next_state, 2 * reward, discount=0.9999)
    assert time.process_time() - start < 0.5


def test_bisimulation_of_an_mdp_with_itself_is_a_pseudometric():
    rng = np.random.default_rng(0)
    next_state, reward = rng.integers(12, size=(12, 3)), rng.normal(size=(12, 3))
    distance = bisimulation(next_state, reward, next_state, reward, discount=0.9)
    np.testing.assert_array_equal(np.diagonal(distance), 0.0)
    np.testing.assert_array_equal(distance, distance.T)
    assert (distance[:, np.newaxis] <= distance[:, :, np.newaxis] + distance[np.newaxis] + 1e-8).all()
    assert distance.max() <= reward_cost(reward.T, reward.T).max() / (1 - 0.9)


@pytest.mark.parametrize("seed", range(2))
def test_stochastic_metrics_agree_with_loops_over_linear_programmes(seed):
    rng = np.random.default_rng(seed)
    kernel_x, kernel_y = random_kernel(rng, 3, 2, 3), random_kernel(rng, 4, 2, 4)
    reward_x, reward_y = rng.normal(size=(3, 2)), rng.normal(size=(4, 2))
    difference = np.abs(reward_x[:, np.newaxis] - reward_y[np.newaxis])

    distance = stochastic_bisimulation(kernel_x, reward_x, kernel_y, reward_y, discount=DISCOUNT)
    np.testing.assert_allclose(distance, oracle_metric(difference, kernel_x, kernel_y), atol=1e-7)

    first = stochastic_pi_bisimulation(
        kernel_x[:, 0], reward_x[:, 0], kernel_y[:, 0], reward_y[:, 0], discount=DISCOUNT
    )
    expected = oracle_metric(difference[..., :1], kernel_x[:, :1], kernel_y[:, :1])
    np.testing.assert_allclose(first, expected, atol=1e-7)


def test_along_trajectories_that_end_alike_the_fixed_point_is_the_backward_sweep():
    rng = np.random.default_rng(0)
    action_x, action_y = np.append(rng.integers(2, size=6), 0), np.append(rng.integers(2, size=3), 0)
    cost = action_cost(action_x, action_y)
    iterated = stochastic_policy_similarity(cost, chain(7), chain(4), discount=0.9)
    np.testing.assert_allclose(iterated, policy_similarity(cost, discount=0.9), atol=1e-9)


def test_a_stochastic_policy_similarity_is_a_pseudometric_within_its_bound():
    rng = np.random.default_rng(0)
    kernel = random_kernel(rng, 5, 5)
    action = rng.integers(3, size=5)
    distance = stochastic_policy_similarity(action_cost(action, action), kernel, kernel, discount=0.8)
    np.testing.assert_allclose(np.diagonal(distance), 0.0, atol=1e-9)
    np.testing.assert_allclose(distance, distance.T, atol=1e-8)
    assert (distance[:, np.newaxis] <= distance[:, :, np.newaxis] + distance[np.newaxis] + 1e-8).all()
    assert distance.max() <= 1 / (1 - 0.8)


@pytest.mark.parametrize("tolerance", [1e-1, 1e-4, 1e-8])
def test_the_tolerance_bounds_the_error(tolerance):
    # Costs of 1 for ever: the fixed point is 1 / (1 - discount) = 20.
    distance = stochastic_policy_similarity(
        np.ones((2, 2)), np.eye(2), np.eye(2), discount=0.95, tolerance=tolerance
    )
    np.testing.assert_allclose(distance, 20.0, atol=tolerance, rtol=0)


def test_a_discount_near_1_takes_few_iterations_and_keeps_the_accuracy():
    rng = np.random.default_rng(0)
    cost, chain_y = rng.random((1, 4)), rng.dirichlet(np.ones(4), size=4)
    start = time.process_time()
    # By the contraction alone, some 300 thousand iterations.
    distance = stochastic_policy_similarity(cost, [[1.0]], chain_y, discount=0.9999, tolerance=1e-8)
    assert time.process_time() - start < 0.5
    # One state against a chain: nothing to couple, and the equation is linear.
    exact = np.linalg.solve(np.eye(4) - 0.9999 * chain_y, cost[0])
    np.testing.assert_allclose(distance[0], exact, atol=2e-8, rtol=0)


def test_with_chance_it_is_not_enough_that_two_agents_do_the_same_with_the_same_probabilities():
    # From x a coin decides after two steps, from y after one, whether the agent jumps for ever or never.
    x, x_next, y, y_jump, y_right, jump, right = range(7)
    chain = np.zeros((7, 7))
    chain[x, x_next] = chain[y_jump, jump] = chain[y_right, right] = chain[jump, jump] = 1
    chain[right, right] = 1
    chain[x_next, [jump, right]] = chain[y, [y_jump, y_right]] = 0.5
    jumps = np.arange(7) == jump
    cost = np.not_equal.outer(jumps, jumps).astype(float)
    distance = stochastic_policy_similarity(cost, chain, chain, discount=0.5)
    assert distance[x, y] == pytest.approx(0.25)


def test_without_a_future_the_stochastic_distance_is_the_cost():
    cost = np.random.default_rng(0).random((3, 2))
    distance = stochastic_policy_similarity(cost, np.full((3, 3), 1 / 3), np.full((2, 2), 0.5), discount=0.0)
    np.testing.assert_array_equal(distance, cost)


def test_optimal_transport_loads_no_tensorflow():
    code = (
        "import sys, pisces.metric as metric;"
        "metric.wasserstein([[0.0, 1.0], [1.0, 0.0]], [[0.5, 0.5]], [[0.5, 0.5]]);"
        "sys.exit('ot' not in sys.modules or 'tensorflow' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def deterministic(
    next_state_x=((0,),), reward_x=((0.0,),), next_state_y=((0,),), reward_y=((0.0,),), **settings
):
    return bisimulation(next_state_x, reward_x, next_state_y, reward_y, **{"discount": 0.9, **settings})


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: deterministic(next_state_x=[[1]]),
            r"next_state_x has 1; it must lie in \[0, 1\)",
        ),
        (
            lambda: deterministic(next_state_y=[[-1]]),
            r"next_state_y has -1; it must lie in \[0, 1\)",
        ),
        (
            lambda: deterministic(next_state_x=[[0, 0]]),
            r"next_state_x has shape \[1, 2\]; it must have \[1, 1\]",
        ),
        (
            lambda: deterministic(next_state_x=[[0.0]]),
            "next_state_x has dtype float64; it must hold integers",
        ),
        (lambda: deterministic(reward_y=[[0.0, 0.0]]), r"reward_y has shape \[1, 2\]; it must have \[1, 1\]"),
        (lambda: deterministic(reward_x=[[np.nan]]), "reward_x has nan; it must be finite"),
        (lambda: deterministic(reward_x=[[[0.0]]]), r"reward_x has shape \[1, 1, 1\]; it must have \[1, 1\]"),
        (lambda: deterministic(discount=1.0), r"discount is 1\.0; it must be a number in \[0, 1\)"),
        (lambda: deterministic(tolerance=0.0), r"tolerance is 0\.0; it must be a finite number above 0"),
        (
            lambda: stochastic_policy_similarity([[-1.0]], [[1.0]], [[1.0]], discount=0.9),
            r"cost has -1\.0; it must be at least 0",
        ),
        (
            lambda: stochastic_policy_similarity([[1.0]], np.eye(2), [[1.0]], discount=0.9),
            r"transition_x has shape \[2, 2\]; it must have \[1, 1\]",
        ),
        (
            lambda: stochastic_policy_similarity([[1.0]], [[1.0]], [[0.5]], discount=0.9),
            r"transition_y has a row with sum 0\.5; it must hold probabilities",
        ),
        (
            lambda: stochastic_bisimulation([[[1.0]]], [[0.0]], np.ones((1, 2, 1)), [[0.0]], discount=0.9),
            r"transition_y has shape \[1, 2, 1\]; it must have \[1, 1, 1\]",
        ),
        (
            lambda: wasserstein(np.zeros((2, 3)), np.eye(2), np.eye(2)),
            r"distribution_y has shape \[2, 2\]; it must have \[2, 3\]",
        ),
        (
            lambda: wasserstein(np.zeros((1, 2, 2)), np.eye(2), np.eye(2)),
            r"ground_distance has shape \[1, 2, 2\]; it must have \[2, 2\]",
        ),
    ],
)
def test_invalid_arguments_are_named_with_their_value(call, message):
    with pytest.raises(ValueError, match=message):
        call()
