"""Theorem 1, with the sharper factor too, and Prop. B.1: they hold, both sides are right, equality occurs."""

import numpy as np
import oracles
import pytest

from pisces.metric import (
    approximation_bound,
    stochastic_policy_similarity,
    total_variation_cost,
    transfer_bound,
)
from pisces.metric.bound import ApproximationBound

NUM_ACTIONS = 3


def random_kernel(rng: np.random.Generator, num_states: int) -> np.ndarray:
    return rng.dirichlet(np.full(num_states, 0.3), size=(num_states, NUM_ACTIONS))


def random_policy(rng: np.random.Generator, num_states: int) -> np.ndarray:
    return rng.dirichlet(np.full(NUM_ACTIONS, 0.3), size=num_states)


def chain(kernel: np.ndarray, policy: np.ndarray) -> np.ndarray:
    return np.einsum("sa,sat->st", policy, kernel)


def random_transfer(seed: int, discount: float):
    """Policies, transitions of y and metric of two random MDPs."""
    rng = np.random.default_rng(seed)
    kernel_x, kernel_y = random_kernel(rng, 4), random_kernel(rng, 3)
    policy_x, policy_y = random_policy(rng, 4), random_policy(rng, 3)
    distance = stochastic_policy_similarity(
        total_variation_cost(policy_x, policy_y),
        chain(kernel_x, policy_x),
        chain(kernel_y, policy_y),
        discount=discount,
        tolerance=1e-6,
    )
    return policy_x, policy_y, kernel_y, distance


def random_approximation(seed: int, discount: float) -> ApproximationBound:
    rng = np.random.default_rng(seed)
    policy_x, policy_y = random_policy(rng, 3), random_policy(rng, 3)
    noisy_x, noisy_y = (0.9 * policy + 0.1 * random_policy(rng, 3) for policy in (policy_x, policy_y))
    chain_x, chain_y = chain(random_kernel(rng, 3), policy_x), chain(random_kernel(rng, 3), policy_y)
    return approximation_bound(
        policy_x, noisy_x, policy_y, noisy_y, chain_x, chain_y, discount=discount, tolerance=1e-6
    )


def road_and_ditch(slip: float, discount: float):
    """As `random_transfer`: x has one state and slips, y a road to stay on and a ditch that a slip leads to.

    On the road action 0 is right, in the ditch action 1. From the road on, the chains of both policies stay
    where they are, so that their metric is slip / (1 - discount) there.
    """
    policy_x, policy_y = np.array([[1 - slip, slip]]), np.eye(2)
    kernel_y = np.array([[[1.0, 0.0], [0.0, 1.0]], [[0.0, 1.0], [0.0, 1.0]]])
    distance = np.array([[slip, 1 - slip]]) / (1 - discount)
    return policy_x, policy_y, kernel_y, distance


@pytest.mark.parametrize("discount", [0.3, 0.8, 0.99])
def test_theorem_1_and_the_sharper_bound_hold_for_every_start_of_random_mdps(discount):
    bounds = [transfer_bound(*random_transfer(seed, discount), discount=discount) for seed in range(10)]
    disagreement, bound, sharp = (
        np.array([getattr(b, side) for b in bounds]) for side in ("disagreement", "bound", "sharp_bound")
    )
    assert (disagreement <= sharp + 1e-4).all()
    assert (sharp <= bound).all()
    assert (disagreement > 0.1).any()


@pytest.mark.parametrize("discount", [0.0, 0.3, 0.8, 0.99])
def test_theorem_1_has_a_factor_that_the_sharper_bound_does_without(discount):
    result = transfer_bound(*random_transfer(0, discount), discount=discount)
    np.testing.assert_allclose(result.bound, (1 + discount) * result.sharp_bound)


@pytest.mark.parametrize("discount", [0.3, 0.8, 0.99])
def test_each_step_of_the_proof_of_the_sharper_bound_holds(discount):
    # Along the way of the policy of y itself, the disagreements sum up to no more than the distance to the
    # nearest state, and to no less than (1 - discount) times what the transferred policy pays on its way.
    for seed in range(10):
        policy_x, policy_y, kernel_y, distance = random_transfer(seed, discount)
        result = transfer_bound(policy_x, policy_y, kernel_y, distance, discount=discount)
        local = 0.5 * np.abs(policy_x[result.nearest_x] - policy_y).sum(axis=1)
        on_own_way = np.linalg.solve(np.eye(3) - discount * chain(kernel_y, policy_y), local)
        assert (on_own_way <= distance.min(axis=0) + 1e-5).all()
        assert ((1 - discount) * result.disagreement <= on_own_way + 1e-9).all()


@pytest.mark.parametrize("discount", [0.0, 0.5, 0.9, 0.99])
def test_a_rare_slip_reaches_the_sharper_bound_so_that_no_smaller_factor_would_do(discount):
    slip = 1e-6
    policy_x, policy_y, kernel_y, distance = road_and_ditch(slip, discount)
    computed = stochastic_policy_similarity(
        total_variation_cost(policy_x, policy_y), [[1.0]], chain(kernel_y, policy_y), discount=discount
    )
    np.testing.assert_allclose(computed, distance, rtol=1e-3)
    result = transfer_bound(policy_x, policy_y, kernel_y, distance, discount=discount)
    ratio = result.disagreement[0] / result.sharp_bound[0]
    assert 0.999 < ratio < 1 + 1e-9
    # The closed form of chapter 2; it tends to 1 with the slip.
    assert ratio == pytest.approx((1 - discount) * (1 - discount * slip) / (1 - discount + discount * slip))


def test_the_left_side_of_theorem_1_is_the_expected_sum_along_the_transferred_policy():
    policy_x, policy_y, kernel_y, distance = random_transfer(0, discount=0.8)
    result = transfer_bound(policy_x, policy_y, kernel_y, distance, discount=0.8)
    for start in range(len(policy_y)):
        followed = oracles.transferred_disagreement(
            policy_x, policy_y, kernel_y, distance, discount=0.8, start=start, num_steps=120
        )
        assert result.disagreement[start] == pytest.approx(followed, abs=1e-9)
    np.testing.assert_array_equal(result.nearest_x, distance.argmin(axis=0))


def test_without_a_future_both_sides_of_theorem_1_are_equal():
    result = transfer_bound(*random_transfer(0, discount=0.0), discount=0.0)
    np.testing.assert_allclose(result.disagreement, result.bound)
    np.testing.assert_allclose(result.disagreement, result.sharp_bound)
    assert result.bound.max() > 0


def test_a_policy_that_transfers_perfectly_never_strays():
    policy_x, _, _, _ = random_transfer(0, discount=0.8)
    kernel = random_kernel(np.random.default_rng(1), 4)
    distance = stochastic_policy_similarity(
        total_variation_cost(policy_x, policy_x),
        chain(kernel, policy_x),
        chain(kernel, policy_x),
        discount=0.8,
    )
    result = transfer_bound(policy_x, policy_x, kernel, distance, discount=0.8)
    np.testing.assert_array_equal(result.nearest_x, np.arange(4))
    np.testing.assert_array_equal(result.disagreement, 0.0)


@pytest.mark.parametrize("discount", [0.3, 0.8])
def test_prop_b1_holds_on_random_mdps(discount):
    results = [random_approximation(seed, discount) for seed in range(10)]
    assert all(0 < result.error <= result.bound + 1e-4 for result in results)
    # The bound is worth stating: some error comes within a factor of 10 of it.
    assert max(result.error / result.bound for result in results) > 0.1


def test_prop_b1_is_reached_by_policies_that_err_in_opposite_directions_for_ever():
    # One state each. The policies agree; the approximations move 0.1 of the probability to different actions.
    exact, noisy_x, noisy_y = [[1.0, 0.0, 0.0]], [[0.9, 0.1, 0.0]], [[0.9, 0.0, 0.1]]
    result = approximation_bound(exact, noisy_x, exact, noisy_y, [[1.0]], [[1.0]], discount=0.9)
    # d = 0, d^ = 0.1 / (1 - 0.9)
    assert result.error == pytest.approx(1.0)
    assert result.bound == pytest.approx(2.0)
    # Two actions, from the middle apart: d^ = 0.2 / (1 - 0.9)
    middle, left, right = [[0.5, 0.5]], [[0.6, 0.4]], [[0.4, 0.6]]
    result = approximation_bound(middle, left, middle, right, [[1.0]], [[1.0]], discount=0.9)
    assert result.error == pytest.approx(result.bound)


def test_prop_b1_needs_both_metrics_to_follow_the_same_transitions():
    # States: stay, left for ever, right for ever; the policies stay. A slip leads x to the left and y to the
    # right, where they differ for ever.
    slip = 0.01
    exact = np.eye(3)
    noisy_x = np.array([[1 - slip, slip, 0], [0, 1, 0], [0, 0, 1]])
    noisy_y = np.array([[1 - slip, 0, slip], [0, 1, 0], [0, 0, 1]])
    cost = total_variation_cost(noisy_x, noisy_y)
    result = approximation_bound(exact, noisy_x, exact, noisy_y, np.eye(3), np.eye(3), discount=0.9)
    assert result.error <= result.bound == pytest.approx(2 * slip / (1 - 0.9))
    # Action a leads to state a, so that a policy is also the chain that it makes.
    followed = stochastic_policy_similarity(cost, noisy_x, noisy_y, discount=0.9)
    assert followed[0, 0] > 4 * result.bound


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"policy_x": [[0.5, 0.5]]}, r"policy_x has shape \[1, 2\]; it must have \[1, 3\]"),
        (
            {"policy_y": [[0.5, 0.5, 0.5]]},
            r"policy_y has a row with sum 1\.5; it must hold probabilities",
        ),
        (
            {"transition_y": np.ones((1, 2, 1))},
            r"transition_y has shape \[1, 2, 1\]; it must have \[1, 3, 1\]",
        ),
        ({"distance": [[0.0, 0.0]]}, r"distance has shape \[1, 2\]; it must have \[1, 1\]"),
        ({"distance": [[np.nan]]}, "distance has nan; it must be finite"),
        ({"discount": 1.0}, r"discount is 1\.0; it must be a number in \[0, 1\)"),
    ],
)
def test_invalid_arguments_are_named_with_their_value(arguments, message):
    valid = {
        "policy_x": [[1.0, 0.0, 0.0]],
        "policy_y": [[1.0, 0.0, 0.0]],
        "transition_y": np.ones((1, 3, 1)),
        "distance": [[0.0]],
        "discount": 0.9,
    }
    with pytest.raises(ValueError, match=message):
        transfer_bound(**{**valid, **arguments})
