"""What belongs together: exactly the observations of the same state, found by what the best policy does."""

import numpy as np
import pytest

from pisces import metric
from pisces.lqr.config import preset
from pisces.lqr.observation import draw_problem
from pisces.lqr.pairs import draw_pairs, oracle_trajectories, policy_distance
from pisces.lqr.system import oracle_gain


@pytest.mark.parametrize("seed", [0, 1])
def test_pairs_at_distance_zero_are_exactly_the_observations_of_the_same_state(seed):
    config = preset("aggregation", num_distractors=50)
    problem = draw_problem(config, seed)
    pairs = draw_pairs(config, problem, seed)
    is_same = (pairs.state_x[:, None] == pairs.state_y[None]).all(axis=-1)
    assert is_same.sum() == len(pairs.state_x) == config.num_trajectories * config.trajectory_length
    found = np.zeros_like(is_same)
    found[pairs.index_x, pairs.index_y] = True
    np.testing.assert_array_equal(found, is_same)


def test_both_environments_visit_the_same_states_in_another_order():
    config = preset("aggregation", num_distractors=50)
    pairs = draw_pairs(config, draw_problem(config, 0), 0)
    assert (pairs.state_x != pairs.state_y).any()
    np.testing.assert_array_equal(np.sort(pairs.state_x, axis=0), np.sort(pairs.state_y, axis=0))


def test_trajectories_follow_the_best_policy(make_config):
    system = (problem := draw_problem(make_config(), 0)).system
    start = np.random.default_rng(0).standard_normal((2, 4))
    trajectory = oracle_trajectories(problem, start, num_steps=3)
    assert trajectory.shape == (2, 3, 4)
    np.testing.assert_array_equal(trajectory[:, 0], start)
    for state, following in zip(trajectory[1], trajectory[1, 1:], strict=False):
        expected = system.transition @ state + system.control @ (oracle_gain(system) @ state)
        np.testing.assert_allclose(following, expected)


def test_distances_are_those_of_one_pair_of_trajectories_at_a_time(make_config):
    problem = draw_problem(make_config(), 0)
    rng = np.random.default_rng(0)
    x, y = (oracle_trajectories(problem, rng.standard_normal((3, 4)), num_steps=2) for _ in range(2))
    distance = policy_distance(problem, x, y, discount=0.9)
    gain = oracle_gain(problem.system)
    for i in range(3):
        for j in range(3):
            cost = metric.mean_action_cost(x[i] @ gain.T, y[j] @ gain.T)
            alone = metric.policy_similarity(cost, discount=0.9)
            np.testing.assert_allclose(distance[2 * i : 2 * i + 2, 2 * j : 2 * j + 2], alone)
