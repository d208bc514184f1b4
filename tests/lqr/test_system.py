"""The exact cost: by hand, against a long rollout, and against every policy near the best one."""

import dataclasses

import numpy as np
import pytest
import scipy.linalg

from pisces.lqr.system import System, expected_cost, oracle_gain


def random_system(seed=0, num_states=5, num_actions=3) -> System:
    rng = np.random.default_rng(seed)
    square = rng.standard_normal((num_states, num_states))
    other = rng.standard_normal((num_actions, num_actions))
    return System(
        transition=0.7 * np.linalg.qr(square)[0],
        control=rng.standard_normal((num_states, num_actions)),
        state_cost=square @ square.T,
        action_cost=other @ other.T + np.eye(num_actions),
    )


def paper_system(num_states=20) -> System:
    random = np.random.default_rng(0).standard_normal((num_states, num_states))
    identity = np.eye(num_states)
    return System(
        transition=0.8 * np.linalg.qr(random)[0],
        control=identity,
        state_cost=identity,
        action_cost=identity,
    )


def test_one_state_computed_by_hand():
    one = np.ones((1, 1))
    system = System(transition=0.5 * one, control=one, state_cost=3 * one, action_cost=2 * one)
    # a = -0.25 s leaves s' = 0.25 s; a step costs (3 + 2/16) s^2, and the squares add up to 1 / (1 - 1/16).
    assert expected_cost(system, -0.25 * one) == pytest.approx((3 + 2 / 16) / (1 - 1 / 16))


def test_the_cost_is_that_of_a_long_rollout():
    system = random_system()
    gain = oracle_gain(system) + 0.05 * np.random.default_rng(1).standard_normal((3, 5))
    # Starts with covariance 1: the unit vectors, whose costs add up.
    state, total = np.eye(5), 0.0
    for _ in range(2000):
        action = gain @ state
        total += np.sum(state * (system.state_cost @ state)) + np.sum(action * (system.action_cost @ action))
        state = system.transition @ state + system.control @ action
    assert expected_cost(system, gain) == pytest.approx(total, rel=1e-10)


@pytest.mark.parametrize("system", [random_system(), random_system(7), paper_system()])
def test_no_policy_near_the_oracle_costs_less(system):
    best = oracle_gain(system)
    rng = np.random.default_rng(3)
    for size in (1e-3, 1e-2, 1e-1):
        for _ in range(20):
            other = best + size * rng.standard_normal(best.shape)
            assert expected_cost(system, other) > expected_cost(system, best)


def test_the_cost_of_the_oracle_is_the_trace_of_the_riccati_solution():
    system = random_system()
    value = scipy.linalg.solve_discrete_are(
        system.transition, system.control, system.state_cost, system.action_cost
    )
    assert expected_cost(system, oracle_gain(system)) == pytest.approx(np.trace(value))


def test_never_to_act_costs_as_much_more_as_table_h_1_says_of_sparsity():
    system = paper_system()
    still = expected_cost(system, np.zeros((20, 20)))
    assert still == pytest.approx(20 / (1 - 0.8**2))
    assert f"{still - expected_cost(system, oracle_gain(system)):.1f}" == "28.2"


def test_an_unstable_policy_costs_infinity():
    system = paper_system(3)
    assert expected_cost(system, 0.5 * system.transition) == np.inf
    # On the edge: the state neither grows nor comes to rest.
    edge = dataclasses.replace(system, transition=np.eye(3))
    assert expected_cost(edge, np.zeros((3, 3))) == np.inf


def test_a_gain_that_does_not_fit_is_refused():
    system = random_system()
    with pytest.raises(ValueError, match=r"^gain has shape \[5, 3\]; it must have \[3, 5\]$"):
        expected_cost(system, np.zeros((5, 3)))
    with pytest.raises(ValueError, match="^gain has an entry that is not finite"):
        expected_cost(system, np.full((3, 5), np.nan))
