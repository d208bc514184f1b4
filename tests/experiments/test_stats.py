"""Summaries of runs, checked by hand; intervals, checked by what they must do."""

import itertools

import numpy as np
import pytest

from pisces.experiments.stats import difference, summarize


def test_a_summary_has_mean_spread_and_the_mean_of_the_middle():
    # Deviations from 0.4: -.3 -.2 -.1 0 .6, squares sum to .5, divided by 5 - 1. Without .1 and 1: .2 .3 .4.
    summary = summarize([0.1, 0.2, 0.3, 0.4, 1.0])
    assert summary.num_runs == 5
    assert summary.mean == pytest.approx(0.4)
    assert summary.std == pytest.approx(np.sqrt(0.125))
    assert summary.interquartile_mean == pytest.approx(0.3)


def test_the_interval_is_that_of_all_resamples_where_these_can_be_counted():
    # 256 equally likely resamples of 0, 1, 3, 8. A mean of 0 comes up once, one of at most 0.25 five times,
    # one of at most 0.5 eleven times; 2.5 % are 6.4 of them.
    means = [np.mean(draw) for draw in itertools.product([0, 1, 3, 8], repeat=4)]
    low, high = np.quantile(means, [0.025, 0.975], method="inverted_cdf")
    assert low == 0.5
    summary = summarize([0, 1, 3, 8])
    assert [summary.low, summary.high] == [low, high]


def test_a_single_run_has_no_spread_and_no_interval():
    summary = summarize([0.25])
    assert (summary.num_runs, summary.mean, summary.interquartile_mean) == (1, 0.25, 0.25)
    assert np.isnan([summary.std, summary.low, summary.high]).all()


def test_runs_that_agree_leave_no_doubt():
    summary = summarize([0.5, 0.5, 0.5])
    assert (summary.std, summary.low, summary.high) == (0, 0.5, 0.5)


def test_the_same_scores_always_give_the_same_interval():
    scores = np.random.default_rng(1).random(10)
    assert summarize(scores) == summarize(scores)


def test_an_interval_covers_the_true_mean_about_as_often_as_it_says():
    # The percentile interval of 20 runs is a little too narrow: 93 % rather than 95 %.
    random = np.random.default_rng(2)
    summaries = [summarize(random.random(20)) for _ in range(200)]
    assert 0.88 <= np.mean([one.low <= 0.5 <= one.high for one in summaries]) <= 0.98


def test_pairs_show_what_the_spread_of_the_groups_hides():
    split = np.array([0.1, 0.3, 0.5, 0.7, 0.9])
    better = split + [0.05, 0.04, 0.06, 0.05, 0.05]
    paired = difference(better, split, is_paired=True)
    apart = difference(better, split, is_paired=False)
    assert paired.mean == pytest.approx(0.05) == apart.mean
    assert paired.is_clear and not apart.is_clear
    assert 0.04 <= paired.low < 0.05 < paired.high <= 0.06


def test_a_difference_changes_its_sign_with_the_order_of_the_groups():
    one, other = [0.8, 0.9, 1.0, 0.8, 1.0], [0.1, 0.2, 0.3, 0.2, 0.2, 0.2]
    there, back = difference(one, other, is_paired=False), difference(other, one, is_paired=False)
    assert there.mean == pytest.approx(0.7) == -back.mean
    assert there.low > 0 > back.high
    assert there.is_clear and back.is_clear


@pytest.mark.parametrize("is_paired", [True, False])
def test_few_runs_are_not_clear_however_much_they_agree(is_paired):
    few = difference([0.9] * 4, [0.1] * 4, is_paired=is_paired)
    assert (few.num_runs, few.low) == (4, pytest.approx(0.8)) and not few.is_clear
    assert difference([0.9] * 5, [0.1] * 5, is_paired=is_paired).is_clear


def test_the_smaller_group_decides_whether_runs_are_enough():
    assert not difference([0.9] * 4, [0.1] * 20, is_paired=False).is_clear


def test_equal_groups_and_single_runs_differ_in_nothing_that_is_clear():
    assert not difference([0.1, 0.2] * 3, [0.1, 0.2] * 3, is_paired=True).is_clear
    for is_paired in (True, False):
        single = difference([1.0], [0.0], is_paired=is_paired)
        assert single.mean == 1 and np.isnan(single.low) and not single.is_clear


@pytest.mark.parametrize(
    ("score", "message"),
    [
        ([], r"score has shape \(0,\); it must be \[num_runs\] with at least one run"),
        ([[0.5]], r"score has shape \(1, 1\); it must be \[num_runs\] with at least one run"),
        ([0.5, np.nan], "score has the value nan; every score must be finite"),
    ],
)
def test_scores_that_say_nothing_are_refused(score, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        summarize(score)
    with pytest.raises(ValueError, match=f"^other_{message}$"):
        difference([0.5], score, is_paired=False)


def test_pairs_must_be_complete():
    message = "^other_score has 2 runs; paired with score it must have 3$"
    with pytest.raises(ValueError, match=message):
        difference([0.1, 0.2, 0.3], [0.1, 0.2], is_paired=True)
