import numpy as np
import pytest

from pisces.chapters.policy_similarity.theory import (
    SLIPS,
    approximation_inequality,
    slip_inequality,
    transfer_inequality,
)
from pisces.metric import stochastic_policy_similarity, total_variation_cost

SMALL = {"num_states": 3, "num_actions": 2, "discount": 0.5}


@pytest.mark.parametrize("inequality", [transfer_inequality, approximation_inequality])
def test_no_random_pair_violates_the_inequality(inequality):
    left, *allowed = inequality(12, **SMALL, seed=0)
    assert (left > 0.0).all()
    assert all((left <= right).all() for right in allowed)


@pytest.mark.parametrize("inequality", [transfer_inequality, approximation_inequality])
def test_most_bounds_say_more_than_what_holds_for_any_two_processes(inequality):
    # No discounted sum of costs exceeds 1 / (1 - discount) = 2.
    assert np.mean(inequality(12, **SMALL, seed=0).right < 2.0) > 0.5


def test_both_bounds_hold_with_a_discount_near_1_and_most_of_them_say_something():
    left, right, sharp = transfer_inequality(12, **{**SMALL, "discount": 0.99}, seed=0)
    assert (left <= sharp).all() and np.allclose(right, 1.99 * sharp)
    assert np.mean(right < 100.0) > 0.5
    # On random MDPs the nearest distance itself would do for a bound, as chapter 2 says of its figure.
    assert (left < 1.1 * 0.01 * sharp).all()


def test_distances_are_alike_for_every_discount():
    near, far = (
        np.median(transfer_inequality(12, **{**SMALL, "discount": g}, seed=0).sharp) * (1 - g)
        for g in (0.5, 0.9)
    )
    assert 0.5 < far / near < 2.0


@pytest.mark.parametrize("discount", [0.5, 0.99])
def test_the_rarer_the_slip_the_more_of_the_sharper_bound_is_used_and_in_the_end_nearly_all(discount):
    left, right, sharp = slip_inequality(discount=discount)
    assert (np.diff(left / sharp) > 0).all()
    assert 0.49 < left[0] / sharp[0] < 0.51 and 0.99 < left[-1] / sharp[-1] < 1.0
    np.testing.assert_allclose(right, (1 + discount) * sharp)
    # The closed form of chapter 2.
    slip = (1 - discount) * SLIPS
    np.testing.assert_allclose(
        left / sharp, (1 - discount) * (1 - discount * slip) / (1 - discount + discount * slip)
    )


def test_the_distance_of_a_slip_is_the_metric():
    sharp = slip_inequality(discount=0.5).sharp
    for slip, bound in zip(0.5 * SLIPS, sharp, strict=True):
        cost = total_variation_cost([[1 - slip, slip]], np.eye(2))
        distance = stochastic_policy_similarity(cost, [[1.0]], np.eye(2), discount=0.5)
        assert bound == pytest.approx(distance[0, 0] / (1 - 0.5), abs=1e-8)


def test_a_transfer_is_judged_from_every_start_and_an_approximation_once_per_pair():
    assert transfer_inequality(4, **SMALL, seed=0).left.shape == (12,)
    assert approximation_inequality(4, **SMALL, seed=0).right.shape == (4,)


def test_a_seed_gives_the_same_pairs_and_another_seed_others():
    first, same, other = (transfer_inequality(2, **SMALL, seed=seed).left for seed in (0, 0, 1))
    assert np.array_equal(first, same)
    assert not np.array_equal(first, other)


def test_no_pair_is_an_error():
    with pytest.raises(ValueError, match="^num_pairs is 0; it must be at least 1$"):
        transfer_inequality(0, **SMALL, seed=0)
