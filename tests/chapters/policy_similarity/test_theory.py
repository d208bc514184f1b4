import numpy as np
import pytest

from pisces.chapters.policy_similarity.theory import approximation_inequality, transfer_inequality

SMALL = {"num_states": 3, "num_actions": 2, "discount": 0.5}


@pytest.mark.parametrize("inequality", [transfer_inequality, approximation_inequality])
def test_no_random_pair_violates_the_inequality(inequality):
    left, right = inequality(12, **SMALL, seed=0)
    assert (left > 0.0).all()
    assert (left <= right).all()


@pytest.mark.parametrize("inequality", [transfer_inequality, approximation_inequality])
def test_most_bounds_say_more_than_what_holds_for_any_two_processes(inequality):
    # No discounted sum of costs exceeds 1 / (1 - discount) = 2.
    _, right = inequality(12, **SMALL, seed=0)
    assert np.mean(right < 2.0) > 0.5


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
