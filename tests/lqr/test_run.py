"""A run: the same again, judged by the exact cost where it has not trained."""

import numpy as np
import pytest

from pisces.lqr.descent import initial_layers, policy_matrix, train
from pisces.lqr.observation import closest_policy, draw_problem, optimal_policy
from pisces.lqr.run import costs, run
from pisces.lqr.system import expected_cost, oracle_gain

ARRAYS = ("step", "training_gap", "held_out_gap", "test_gap", "distractor_share", "distractor_norm")


@pytest.mark.parametrize("method", ["ipo", "cme"])
def test_the_same_seed_gives_the_same_and_another_gives_another(make_config, method):
    config = make_config(method, optimizer="adam", learning_rate=1e-3)
    one, same, other = (run(config, seed) for seed in (0, 0, 1))
    for name in ARRAYS:
        np.testing.assert_array_equal(getattr(one, name), getattr(same, name))
    assert not np.isclose(one.test_gap[-1], other.test_gap[-1]).any()


def test_a_result_has_a_row_for_each_report(make_config):
    result = run(make_config(num_steps=50), 3)
    np.testing.assert_array_equal(result.step, [0, 20, 40, 50])
    assert result.training_gap.shape == (4, 2)
    assert result.held_out_gap.shape == (4, 2)
    assert result.test_gap.shape == (4, 3)
    assert result.distractor_share.shape == result.distractor_norm.shape == (4,)
    assert result.seed == 3


def test_the_score_is_the_mean_gap_in_unseen_environments_at_the_end(make_config):
    config = make_config(num_steps=50)
    problem = draw_problem(config, 0)
    *_, (_, layers) = train(config, problem, None, initial_layers(config, 0))
    policy = policy_matrix(config, layers)
    system = problem.system
    best = expected_cost(system, oracle_gain(system))
    gap = np.mean([abs(expected_cost(system, policy @ one) - best) for one in problem.test])
    assert run(config, 0).score == pytest.approx(gap)


def test_a_policy_that_is_unstable_elsewhere_costs_infinity_there(make_config):
    problem = draw_problem(make_config(), 0)
    policy = optimal_policy(problem, environment=0, distractor_share=30.0)
    best = expected_cost(problem.system, oracle_gain(problem.system))
    assert costs(problem, policy, problem.training)[0] == pytest.approx(best)
    assert (costs(problem, policy, problem.test) == np.inf).all()


@pytest.mark.parametrize(
    ("method", "learning_rate"), [("linear", 0.02), ("overparametrised", 0.05), ("ipo", 0.05)]
)
def test_plain_descent_from_a_small_start_ends_near_the_closest_policy_that_fits(
    make_config, method, learning_rate
):
    config = make_config(
        method, num_steps=3000, learning_rate=learning_rate, report_interval=3000, shared_scale=1.0
    )
    problem = draw_problem(config, 0)
    *_, (_, layers) = train(config, problem, None, initial_layers(config, 0))
    np.testing.assert_allclose(policy_matrix(config, layers), closest_policy(problem), atol=4e-3)
