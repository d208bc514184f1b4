"""The cost in TensorFlow: against SciPy, its gradient against finite differences, and what is unstable."""

import numpy as np
import pytest
import scipy.linalg
import tensorflow as tf

from pisces.lqr.cost import differentiable_cost, discrete_lyapunov
from pisces.lqr.system import System, expected_cost, oracle_gain


@pytest.fixture(scope="module", name="system")
def fixture_system():
    rng = np.random.default_rng(0)
    square, other = rng.standard_normal((5, 5)), rng.standard_normal((3, 3))
    return System(
        transition=0.9 * np.linalg.qr(square)[0],
        control=rng.standard_normal((5, 3)),
        state_cost=square @ square.T,
        action_cost=other @ other.T + np.eye(3),
    )


def gains_near_the_best(system, count=4):
    noise = np.random.default_rng(1).standard_normal((count, 3, 5))
    return oracle_gain(system) + 0.02 * noise


def test_costs_are_those_of_scipy(system):
    gains = gains_near_the_best(system)
    expected = [expected_cost(system, gain) for gain in gains]
    np.testing.assert_allclose(differentiable_cost(system)(tf.constant(gains)), expected, rtol=1e-12)


def test_a_policy_on_the_verge_of_instability_has_an_exact_cost(system):
    slow = System(
        transition=(1 - 1e-6) * np.eye(2),
        control=np.eye(2),
        state_cost=np.eye(2),
        action_cost=np.eye(2),
    )
    cost = differentiable_cost(slow)(tf.zeros((2, 2), tf.float64))
    np.testing.assert_allclose(cost, 2 / (1 - (1 - 1e-6) ** 2), rtol=1e-9)


def test_the_gradient_is_that_of_finite_differences(system):
    gain = gains_near_the_best(system, count=1)[0]
    variable = tf.constant(gain)
    with tf.GradientTape() as tape:
        tape.watch(variable)
        loss = 0.5 * differentiable_cost(system)(variable)
    slope = tape.gradient(loss, variable).numpy()
    size = 1e-5
    for index in np.ndindex(gain.shape):
        change = np.zeros_like(gain)
        change[index] = size
        difference = expected_cost(system, gain + change) - expected_cost(system, gain - change)
        assert slope[index] == pytest.approx(0.5 * difference / (2 * size), rel=1e-5, abs=1e-6)


def test_the_gradient_at_the_best_policy_is_zero(system):
    variable = tf.constant(oracle_gain(system))
    with tf.GradientTape() as tape:
        tape.watch(variable)
        cost = differentiable_cost(system)(variable)
    np.testing.assert_allclose(tape.gradient(cost, variable), 0, atol=1e-8)


def test_an_unstable_policy_costs_infinity_and_leaves_the_others_alone(system):
    gains = gains_near_the_best(system)
    gains[1] = 100.0
    gains[2, 0, 0] = np.nan
    cost = differentiable_cost(system)(tf.constant(gains)).numpy()
    assert (cost[1], cost[2]) == (np.inf, np.inf)
    assert cost[0] == pytest.approx(expected_cost(system, gains[0]), rel=1e-12)
    assert cost[3] == pytest.approx(expected_cost(system, gains[3]), rel=1e-12)


def test_a_system_that_turns_for_ever_is_not_stable():
    turn = tf.constant([[0.0, 1.0], [-1.0, 0.0]], tf.float64)
    _, is_stable = discrete_lyapunov(turn, tf.eye(2, dtype=tf.float64))
    assert not is_stable


def test_the_lyapunov_equation_is_solved_as_by_scipy():
    rng = np.random.default_rng(0)
    transition = rng.standard_normal((3, 6, 6))
    transition *= 0.95 / np.abs(np.linalg.eigvals(transition)).max(axis=-1)[:, None, None]
    constant = rng.standard_normal((6, 6))
    constant = constant @ constant.T
    solution, is_stable = discrete_lyapunov(tf.constant(transition), tf.constant(constant))
    assert is_stable.numpy().all()
    for one, matrix in zip(solution.numpy(), transition, strict=True):
        np.testing.assert_allclose(one, scipy.linalg.solve_discrete_lyapunov(matrix, constant), rtol=1e-8)
