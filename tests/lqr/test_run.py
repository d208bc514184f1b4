"""A run: the same again, judged by the exact cost where it has not trained."""

import dataclasses

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


def test_a_result_says_what_it_was_told_of_its_making(make_config):
    assert run(make_config(num_steps=1), 0).provenance == {}
    assert run(make_config(num_steps=1), 0, provenance={"commit": "abc"}).provenance == {"commit": "abc"}


@pytest.mark.parametrize("seed", [-1, "0", 1.5])
def test_a_seed_that_is_none_is_refused(make_config, seed):
    with pytest.raises(ValueError, match=f"^seed is {seed!r}; it must be an integer of at least 0$"):
        run(make_config(), seed)


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_training_that_becomes_unstable_gives_infinite_gaps_and_no_nan(make_config, optimizer):
    result = run(make_config(optimizer=optimizer, learning_rate=10.0, num_steps=50), 0)
    np.testing.assert_array_equal(result.step, [0, 20, 40, 50])
    assert np.isfinite(result.training_gap[0]).all()
    for gap in (result.training_gap, result.held_out_gap, result.test_gap):
        assert (gap[1:] == np.inf).all()
    assert result.score == np.inf
    assert np.isfinite(result.distractor_share).all() and np.isfinite(result.distractor_norm).all()


def test_a_result_whose_arrays_do_not_fit_or_have_nan_is_refused(make_config):
    result = run(make_config(num_steps=1), 0)
    with pytest.raises(ValueError, match=r"^test_gap has shape \(1, 3\); it must have \(2, 3\)$"):
        dataclasses.replace(result, test_gap=result.test_gap[:1])
    with pytest.raises(ValueError, match="^held_out_gap has the value nan; it must be a number, or infinity"):
        dataclasses.replace(result, held_out_gap=np.nan * result.held_out_gap)


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
