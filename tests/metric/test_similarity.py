"""The backward sweep: by hand, its laws, against the sum it stands for, and how long it takes."""

import time

import numpy as np
import oracles
import pytest

from pisces.metric import action_cost, affinity, pi_bisimulation, policy_similarity, reward_cost


def random_actions(seed: int, num_trajectories: int, length: int) -> np.ndarray:
    """Expert actions `[num_trajectories, length]` that all end with action 0, as demonstrations do."""
    action = np.random.default_rng(seed).integers(3, size=(num_trajectories, length))
    action[:, -1] = 0
    return action


def test_a_pair_of_two_and_three_states_computed_by_hand():
    cost = [
        [1.0, 0.0, 2.0],
        [0.0, 3.0, 1.0],
    ]
    # Both last:      d[1,2] = 1
    # x has finished: d[1,1] = 3 + 0.5 d[1,2] = 3.5     d[1,0] = 0 + 0.5 d[1,1] = 1.75
    # y has finished: d[0,2] = 2 + 0.5 d[1,2] = 2.5
    # both go on:     d[0,1] = 0 + 0.5 d[1,2] = 0.5     d[0,0] = 1 + 0.5 d[1,1] = 2.75
    distance = policy_similarity(cost, discount=0.5)
    np.testing.assert_array_equal(distance, [[2.75, 0.5, 2.5], [1.75, 3.5, 1.0]])
    assert distance.dtype == np.float64


def test_states_before_two_different_moments_to_jump_differ_by_the_discounted_mismatches():
    # x jumps at step 1, y at step 3: walking in step from the start, they disagree at steps 1 and 3.
    action_x, action_y = [0, 1, 0, 0, 0], [0, 0, 0, 1, 0]
    distance = policy_similarity(action_cost(action_x, action_y), discount=0.9)
    np.testing.assert_allclose(distance[0, 0], 0.9 + 0.9**3)
    # Equally far from their jump, they agree now and ever after.
    np.testing.assert_array_equal([distance[0, 2], distance[1, 3], distance[2, 4]], 0.0)


@pytest.mark.parametrize("shape", [(1, 1), (1, 4), (5, 1), (4, 7), (7, 4), (6, 6)])
def test_it_is_the_discounted_sum_along_both_trajectories(shape):
    cost = np.random.default_rng(0).random(shape)
    distance = policy_similarity(cost, discount=0.8)
    np.testing.assert_allclose(distance, oracles.policy_similarity(cost, discount=0.8), rtol=1e-13)


def test_every_pair_of_a_batch_is_swept_on_its_own():
    action = random_actions(0, num_trajectories=3, length=7)
    cost = action_cost(action[:, np.newaxis], action[np.newaxis])
    distance = policy_similarity(cost, discount=0.9)
    for x in range(3):
        for y in range(3):
            np.testing.assert_array_equal(distance[x, y], policy_similarity(cost[x, y], discount=0.9))


def test_swapping_x_and_y_transposes_the_distance():
    cost = np.random.default_rng(0).random((5, 8))
    np.testing.assert_array_equal(
        policy_similarity(cost.T, discount=0.9), policy_similarity(cost, discount=0.9).T
    )


def test_a_state_is_at_distance_zero_from_itself():
    action = random_actions(0, num_trajectories=1, length=9)[0]
    distance = policy_similarity(action_cost(action, action), discount=0.99)
    np.testing.assert_array_equal(np.diagonal(distance), 0.0)


def test_the_triangle_inequality_holds_between_trajectories_of_different_lengths():
    actions = [random_actions(seed, 20, length) for seed, length in enumerate((4, 7, 5))]
    xy, yz, xz = (
        policy_similarity(action_cost(actions[a], actions[b]), discount=0.95)
        for a, b in ((0, 1), (1, 2), (0, 2))
    )
    detour = xy[:, :, :, np.newaxis] + yz[:, np.newaxis, :, :]
    assert (xz[:, :, np.newaxis, :] <= detour + 1e-12).all()


def test_no_distance_exceeds_the_largest_cost_over_one_minus_the_discount():
    cost = np.random.default_rng(0).random((30, 40))
    assert policy_similarity(cost, discount=0.9).max() <= cost.max() / (1 - 0.9)


def test_without_a_future_the_distance_is_the_cost():
    cost = np.random.default_rng(0).random((2, 4, 5))
    np.testing.assert_array_equal(policy_similarity(cost, discount=0.0), cost)


def test_the_cost_of_the_caller_is_left_alone():
    cost = np.ones((3, 3))
    policy_similarity(cost, discount=0.5)
    np.testing.assert_array_equal(cost, 1.0)


def seconds(cost):
    """The least of several times, which no other process has lengthened."""
    durations = []
    for _ in range(9):
        start = time.process_time()
        policy_similarity(cost, discount=0.999)
        durations.append(time.process_time() - start)
    return min(durations)


def test_the_324_pairs_of_a_wide_training_set_take_far_less_than_324_times_as_long_as_one():
    cost = np.random.default_rng(0).random((18, 18, 56, 56))
    assert seconds(cost) < 100 * seconds(cost[0, 0])


def test_pi_bisimulation_sweeps_over_the_reward_cost():
    rng = np.random.default_rng(0)
    reward_x, reward_y = rng.normal(size=6), rng.normal(size=4)
    np.testing.assert_allclose(
        pi_bisimulation(reward_x, reward_y, discount=0.7),
        oracles.policy_similarity(reward_cost(reward_x, reward_y), discount=0.7),
    )


def test_the_affinity_falls_from_1_with_the_distance_over_its_scale():
    np.testing.assert_allclose(affinity([0.0, 0.02], affinity_scale=0.01), [1.0, np.exp(-2.0)])
    assert affinity(1e4, affinity_scale=0.01) == 0.0


def test_the_affinity_is_0_where_the_quotient_is_beyond_all_numbers():
    np.testing.assert_array_equal(affinity([1e308, 0.0], affinity_scale=1e-300), [0.0, 1.0])


@pytest.mark.parametrize("discount", [1.0, -0.1, np.nan])
def test_a_discount_outside_the_half_open_unit_interval_is_refused(discount):
    with pytest.raises(ValueError, match=rf"discount is {discount}; it must be a number in \[0, 1\)"):
        policy_similarity([[0.0]], discount=discount)
    with pytest.raises(ValueError, match="discount is .*; it must be a number in"):
        pi_bisimulation([0.0], [0.0], discount=discount)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: policy_similarity([1.0, 2.0], discount=0.9),
            r"cost has shape \[2\]; it must have at least 2 axes",
        ),
        (
            lambda: policy_similarity(np.zeros((3, 0)), discount=0.9),
            r"cost has shape \[3, 0\]; it must not be empty",
        ),
        (lambda: policy_similarity([[0.0, np.nan]], discount=0.9), "cost has nan; it must be finite"),
        (lambda: policy_similarity([[0.0, -0.5]], discount=0.9), r"cost has -0\.5; it must be at least 0"),
        (lambda: affinity([-1.0], affinity_scale=0.01), r"distance has -1\.0; it must be at least 0"),
        (
            lambda: affinity([1.0], affinity_scale=0.0),
            r"affinity_scale is 0\.0; it must be a finite number above 0",
        ),
        (
            lambda: affinity([1.0], affinity_scale=np.nan),
            "affinity_scale is nan; it must be a finite number above 0",
        ),
    ],
)
def test_invalid_arguments_are_named_with_their_value(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize("discount", [None, "0.9", [0.9, 0.5]])
def test_a_discount_that_is_no_number_is_refused_by_name(discount):
    with pytest.raises(ValueError, match="discount is .*; it must be a number in"):
        policy_similarity([[0.0]], discount=discount)


@pytest.mark.parametrize("cost", ["costly", [[0.0], [0.0, 1.0]], [[object()]]])
def test_a_cost_that_is_no_array_of_numbers_is_refused_by_name(cost):
    with pytest.raises(ValueError, match="cost is .*; it must be an array of numbers"):
        policy_similarity(cost, discount=0.9)


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda value: policy_similarity([[0.0]], discount=value), "discount"),
        (lambda value: affinity([0.0], affinity_scale=value), "affinity_scale"),
        (lambda value: policy_similarity(value, discount=0.9), "cost"),
    ],
)
def test_a_large_array_in_the_place_of_a_setting_is_told_in_one_short_line(call, name):
    with pytest.raises(ValueError, match=f"^{name} is .*; it must be") as refusal:
        call(np.full((40, 40), "much"))
    assert "\n" not in str(refusal.value) and len(str(refusal.value)) < 200
