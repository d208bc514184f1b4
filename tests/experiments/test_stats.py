"""Summaries and differences of runs: against SciPy, and by how often they are wrong."""

import numpy as np
import pytest
from scipy import stats as scipy_stats

from pisces.experiments import stats
from pisces.experiments.stats import contrast, difference, summarize

GROUP_SIZES = (5, 10)
"""Numbers of runs that tables of the jumping task have."""

NUM_TRIALS = 4000
NUM_TABLES = 1000
"""Enough for a share near 5 % to be within 1.5 and 2 points of its probability: three standard errors."""


def draw(random, shape):
    """Scores that are uniform, normal, or near 1 with a tail to the left."""
    return {
        "uniform": random.random(shape),
        "normal": random.normal(0.5, 0.1, shape),
        "skewed": 1 - random.gamma(4.0, 0.02, shape),
    }


TRUE_MEANS = {"uniform": 0.5, "normal": 0.5, "skewed": 0.92}


def test_a_summary_has_mean_spread_and_the_t_interval():
    # Deviations from 0.4: -.3 -.2 -.1 0 .6, squares sum to .5, divided by 5 - 1.
    scores = [0.1, 0.2, 0.3, 0.4, 1.0]
    summary = summarize(scores)
    assert (summary.num_runs, summary.mean) == (5, pytest.approx(0.4))
    assert summary.std == pytest.approx(np.sqrt(0.125))
    # t of 4 degrees of freedom at 97.5 % is 2.776.
    assert summary.high - summary.mean == pytest.approx(2.776 * np.sqrt(0.125 / 5), rel=1e-3)
    assert summary.mean - summary.low == pytest.approx(summary.high - summary.mean)


@pytest.mark.parametrize("scores", [[0.25], [0.5, 0.5, 0.5]])
def test_runs_without_spread_have_no_interval(scores):
    summary = summarize(scores)
    assert (summary.num_runs, summary.mean) == (len(scores), scores[0])
    assert np.isnan([summary.low, summary.high]).all()
    assert summary.std == 0 if len(scores) > 1 else np.isnan(summary.std)


def test_an_unstable_run_makes_the_mean_infinite():
    summary = summarize([1.0, np.inf, 2.0])
    assert (summary.num_runs, summary.mean) == (3, np.inf)
    assert np.isnan([summary.std, summary.low, summary.high]).all()


@pytest.mark.parametrize("num_runs", GROUP_SIZES)
@pytest.mark.parametrize(("kind", "least"), [("normal", 0.935), ("uniform", 0.92), ("skewed", 0.92)])
def test_an_interval_covers_the_true_mean_as_often_as_it_says(num_runs, kind, least):
    random = np.random.default_rng(2)
    found = [summarize(scores) for scores in draw(random, (NUM_TRIALS, num_runs))[kind]]
    covered = np.mean([one.low <= TRUE_MEANS[kind] <= one.high for one in found])
    assert least <= covered <= 0.965


@pytest.mark.parametrize("sizes", [(5, 5), (5, 10), (10, 10)])
@pytest.mark.parametrize("ratio", [1, 4])
def test_the_interval_of_a_difference_covers_the_true_one_whatever_the_spreads(sizes, ratio):
    random = np.random.default_rng(3)
    covered = 0
    for _ in range(NUM_TRIALS):
        one, other = random.normal(0.5, 0.1, sizes[0]), random.normal(0.3, 0.1 / ratio, sizes[1])
        found = difference(one, other, is_paired=False)
        covered += found.low <= 0.2 <= found.high
    assert 0.935 <= covered / NUM_TRIALS <= 0.965


@pytest.mark.parametrize("is_paired", [True, False])
def test_in_a_table_without_a_true_difference_something_is_clear_once_in_twenty_times_at_most(is_paired):
    random = np.random.default_rng(4)
    false_alarms = 0
    for _ in range(NUM_TABLES):
        table = [difference(*random.normal(0.5, 0.1, (2, 5)), is_paired=is_paired) for _ in range(15)]
        false_alarms += any(stats.are_clear(table))
    assert false_alarms / NUM_TABLES <= 0.05 + 0.02


def test_a_difference_and_its_p_value_are_those_of_scipy():
    random = np.random.default_rng(1)
    one, other = random.random(5), random.random(9)
    found, expected = (
        difference(one, other, is_paired=False),
        scipy_stats.ttest_ind(one, other, equal_var=False),
    )
    assert [found.low, found.high] == pytest.approx(list(expected.confidence_interval()))
    assert found.p_value == pytest.approx(expected.pvalue)
    found, expected = difference(one, other[:5], is_paired=True), scipy_stats.ttest_rel(one, other[:5])
    assert [found.low, found.high] == pytest.approx(list(expected.confidence_interval()))
    assert found.p_value == pytest.approx(expected.pvalue)
    mean, error = other.mean(), scipy_stats.sem(other)
    known = stats.difference_from(one, mean=mean, error=error, num_runs=9)
    assert known.interval() == pytest.approx(difference(one, other, is_paired=False).interval())


def test_a_difference_of_differences_is_a_contrast_of_four_groups():
    random = np.random.default_rng(5)
    groups = [random.random(size) for size in (5, 6, 7, 8)]
    found = contrast(groups, [1.0, -1.0, -1.0, 1.0])
    variances = [group.var(ddof=1) / len(group) for group in groups]
    assert found.mean == pytest.approx(
        groups[0].mean() - groups[1].mean() - groups[2].mean() + groups[3].mean()
    )
    assert found.error == pytest.approx(np.sqrt(sum(variances)))
    assert found.degrees == pytest.approx(
        sum(variances) ** 2
        / sum(one**2 / (len(group) - 1) for one, group in zip(variances, groups, strict=True))
    )
    assert found.num_runs == 5


def test_pairs_show_what_the_spread_of_the_groups_hides():
    split = np.array([0.1, 0.3, 0.5, 0.7, 0.9])
    better = split + [0.05, 0.04, 0.06, 0.05, 0.05]
    paired = difference(better, split, is_paired=True)
    apart = difference(better, split, is_paired=False)
    assert paired.mean == pytest.approx(0.05) == apart.mean
    assert paired.is_clear and not apart.is_clear


def test_a_difference_changes_its_sign_with_the_order_of_the_groups():
    one, other = [0.8, 0.9, 1.0, 0.8, 1.0], [0.1, 0.2, 0.3, 0.2, 0.2, 0.2]
    there, back = difference(one, other, is_paired=False), difference(other, one, is_paired=False)
    assert there.mean == pytest.approx(0.7) == -back.mean
    assert there.interval() == pytest.approx(tuple(-end for end in reversed(back.interval())))
    assert there.is_clear and back.is_clear


def test_few_runs_are_not_clear_however_much_they_agree():
    scores = np.array([0.9, 0.91, 0.92, 0.9, 0.91, 0.92])
    for num_runs, is_clear in ((4, False), (5, True)):
        for is_paired in (True, False):
            few = difference(scores[:num_runs], [0.1, 0.12, 0.11, 0.1, 0.13][:num_runs], is_paired=is_paired)
            assert few.num_runs == num_runs and few.low > 0.7
            assert few.is_clear == is_clear
    assert not difference(scores[:4], np.linspace(0.1, 0.2, 20), is_paired=False).is_clear


def test_what_has_no_spread_is_not_clear():
    for is_paired in (True, False):
        found = difference([0.9] * 5, [0.1] * 5, is_paired=is_paired)
        assert found.mean == pytest.approx(0.8)
        assert np.isnan([found.low, found.high, found.p_value]).all() and not found.is_clear


def estimate(p_value, num_runs=5):
    """A difference with a p-value."""
    return stats.Estimate(num_runs, scipy_stats.t.isf(p_value / 2, 8.0), 1.0, 8.0)


def test_differences_of_a_table_are_corrected_together_by_the_method_of_holm():
    # Of four, the smallest must be below 0.05 / 4, the next below 0.05 / 3, and so on until one is not.
    table = [estimate(p) for p in (0.03, 0.001, 0.015, 0.2)]
    assert stats.are_clear(table) == [False, True, True, False]
    assert stats.are_clear([estimate(0.02), estimate(0.03)]) == [True, True]
    assert stats.are_clear([estimate(0.026), estimate(0.03)]) == [False, False]
    assert stats.are_clear([]) == []


def test_what_cannot_be_tested_does_not_make_a_table_longer():
    few, unknown = estimate(0.001, num_runs=4), stats.UNKNOWN
    assert stats.are_clear([few, estimate(0.04), unknown]) == [False, True, False]


def test_a_ratio_of_spreads_has_the_interval_of_the_f_distribution():
    ratio, low, high = stats.spread_ratio(0.2, 10, 0.4, 100)
    assert ratio == 0.5
    # By duality: at the ends of the interval the F test of equal variances is at its limits.
    tails = [scipy_stats.f.cdf((ratio / end) ** 2, 9, 99) for end in (low, high)]
    assert tails == pytest.approx([0.975, 0.025])


def test_log_odds_tell_shares_near_one_apart_and_are_finite():
    assert stats.log_odds([0.5], num_tasks=268) == pytest.approx([0.0])
    ends = stats.log_odds([0.0, 1.0], num_tasks=268)
    assert np.isfinite(ends).all() and ends[0] == pytest.approx(-ends[1])
    odds = stats.log_odds([0.90, 0.95, 0.50, 0.55], num_tasks=268)
    assert odds[1] - odds[0] > 3 * (odds[3] - odds[2])


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
