"""What environments show: orthogonal maps, a stream for each, and the many policies optimal in one."""

import numpy as np
import pytest

from pisces.lqr.observation import (
    closest_policy,
    distractor_share,
    draw_problem,
    optimal_policy,
    semi_orthogonal,
)
from pisces.lqr.run import costs
from pisces.lqr.system import expected_cost, oracle_gain


@pytest.mark.parametrize("entries", ["uniform", "gaussian"])
def test_columns_are_orthogonal_and_of_length_one(entries):
    matrix = semi_orthogonal((30, 7), entries=entries, rng=np.random.default_rng(0))
    np.testing.assert_allclose(matrix.T @ matrix, np.eye(7), atol=1e-12)


def test_the_columns_of_uniform_entries_nearly_span_the_vector_of_equal_entries():
    equal = np.full(2000, 2000**-0.5)
    for seed in range(3):
        uniform, gaussian = (
            np.linalg.norm(
                equal @ semi_orthogonal((2000, 20), entries=entries, rng=np.random.default_rng(seed))
            )
            for entries in ("uniform", "gaussian")
        )
        assert uniform > 0.98
        assert gaussian < 0.25


def test_uniform_entries_leave_two_environments_one_direction_in_common():
    random = np.random.default_rng(0)
    one, other = (semi_orthogonal((1000, 20), entries="uniform", rng=random) for _ in range(2))
    common, *rest = np.linalg.svd(one.T @ other, compute_uv=False)
    assert common > 0.95 and max(rest) < 0.5
    # The same combination of columns gives it in both.
    equal = np.full(1000, 1000**-0.5)
    np.testing.assert_allclose(equal @ one, equal @ other, atol=0.15)


def test_environments_share_the_upper_rows_and_nothing_else(make_config):
    config = make_config()
    problem = draw_problem(config, 0)
    maps = np.concatenate([problem.training, problem.held_out, problem.test])
    assert maps.shape == (2 + 2 + 3, 4 + 12, 4)
    shared, distractors = np.split(maps, [problem.num_shared], axis=1)
    assert (shared == shared[0]).all()
    np.testing.assert_allclose(shared[0].T @ shared[0], 0.1**2 * np.eye(4), atol=1e-12)
    assert len({one.tobytes() for one in distractors}) == len(distractors)
    transition = problem.system.transition
    np.testing.assert_allclose(transition.T @ transition, 0.8**2 * np.eye(4), atol=1e-12)


def test_an_environment_stays_the_same_when_others_are_added(make_config):
    few = draw_problem(make_config(), 0)
    many = draw_problem(make_config(num_training=5, num_test=9), 0)
    np.testing.assert_array_equal(many.training[:2], few.training)
    np.testing.assert_array_equal(many.test[:3], few.test)
    np.testing.assert_array_equal(many.held_out, few.held_out)
    np.testing.assert_array_equal(many.system.transition, few.system.transition)


def test_another_seed_gives_another_problem(make_config):
    one, other = (draw_problem(make_config(), seed) for seed in (0, 1))
    assert not np.isclose(one.training, other.training).any()
    assert not np.isclose(one.system.transition, other.system.transition).any()


def test_many_policies_are_optimal_in_one_environment_and_one_of_them_everywhere(make_config):
    problem = draw_problem(make_config(), 0)
    best = expected_cost(problem.system, oracle_gain(problem.system))
    for share in (0.0, 0.3, 1.0, -2.0):
        policy = optimal_policy(problem, environment=1, distractor_share=share)
        assert costs(problem, policy, problem.training)[1] == pytest.approx(best)
        elsewhere = costs(problem, policy, problem.test)
        assert (np.isclose(elsewhere, best) if share == 0 else elsewhere > best + 1e-3).all()


def test_the_closest_policy_is_optimal_where_it_trains_and_has_no_part_that_is_not_needed_there(make_config):
    problem = draw_problem(make_config(), 0)
    best = expected_cost(problem.system, oracle_gain(problem.system))
    closest = closest_policy(problem)
    np.testing.assert_allclose(costs(problem, closest, problem.training), best)
    # What leaves the actions in training as they are is orthogonal to it.
    maps = np.concatenate(problem.training, axis=1)
    noise = np.random.default_rng(0).standard_normal(closest.shape)
    unseen = noise - noise @ maps @ np.linalg.pinv(maps)
    np.testing.assert_allclose(costs(problem, closest + unseen, problem.training), best)
    assert np.sum(unseen * closest) == pytest.approx(0, abs=1e-10)


def test_the_share_of_distractors_is_that_of_a_policy_made_so(make_config):
    problem = draw_problem(make_config(num_training=1), 0)
    for share in (0.0, 0.25, 1.0):
        policy = optimal_policy(problem, environment=0, distractor_share=share)
        assert distractor_share(problem, policy) == pytest.approx(share)
    assert distractor_share(problem, np.zeros((4, 16))) == 0
