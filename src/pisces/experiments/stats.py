"""What do several runs say together? Means, spreads, intervals and differences over runs.

A score is a run's share of solved tasks. Every interval is a 95 % bootstrap interval over runs: they are
independent of each other, the tasks of one run are not.
"""

import dataclasses

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

CONFIDENCE = 0.95
NORMAL_QUANTILE = stats.norm.ppf((1 + CONFIDENCE) / 2)
"""How many standard errors an interval of this confidence reaches to each side."""

NUM_RESAMPLES = 9999

NUM_RUNS_FOR_VERDICT = 5
"""Of fewer runs, nothing is called equal to or different from anything."""


@dataclasses.dataclass(frozen=True)
class Summary:
    """The scores of several runs in a few numbers.

    Attributes:
        num_runs: Number of runs.
        mean: Mean score.
        std: Standard deviation over runs, with Bessel's correction; nan for a single run.
        interquartile_mean: Mean of what is left without the lowest and the highest quarter, rounded down.
        low: Lower end of the bootstrap interval of the mean; nan for a single run.
        high: Upper end.
    """

    num_runs: int
    mean: float
    std: float
    interquartile_mean: float
    low: float
    high: float


@dataclasses.dataclass(frozen=True)
class Difference:
    """How much higher the first of two groups of runs scores than the second.

    Attributes:
        num_runs: Number of runs of the smaller group, or of pairs.
        mean: Difference of the mean scores.
        low: Lower end of its bootstrap interval; nan where a group has a single run.
        high: Upper end.
    """

    num_runs: int
    mean: float
    low: float
    high: float

    @property
    def is_clear(self) -> bool:
        """Whether the difference is called one: there are runs enough, and the interval excludes 0."""
        return self.num_runs >= NUM_RUNS_FOR_VERDICT and (self.low > 0 or self.high < 0)


def summarize(score: ArrayLike) -> Summary:
    """Summarises the scores of runs.

    Args:
        score: float `[num_runs]`, at least one. With an infinite one, that of an unstable policy, the mean is
            infinite too, and there is neither a standard deviation nor an interval.

    Raises:
        ValueError: If there is no score, more than one axis, or a score that is no number.
    """
    array = np.asarray(score, np.float64)
    if np.isposinf(array).any() and not np.isnan(array).any():
        trimmed = float(stats.trim_mean(array, 0.25))
        return Summary(
            num_runs=len(array), mean=np.inf, std=np.nan, interquartile_mean=trimmed, low=np.nan, high=np.nan
        )
    array = _checked("score", score)
    low, high = _interval(array)
    return Summary(
        num_runs=len(array),
        mean=float(array.mean()),
        std=float(array.std(ddof=1)) if len(array) > 1 else np.nan,
        interquartile_mean=float(stats.trim_mean(array, 0.25)),
        low=low,
        high=high,
    )


def difference(score: ArrayLike, other_score: ArrayLike, *, is_paired: bool) -> Difference:
    """Compares two groups of runs.

    Args:
        score: float `[num_runs]`.
        other_score: float `[num_other_runs]`; as many as `score` if runs are paired.
        is_paired: Whether the runs at the same place belong together, as those on the split of one seed do.

    Raises:
        ValueError: If a group is empty or has a score that is not finite, or paired groups differ in size.
    """
    one, other = _checked("score", score), _checked("other_score", other_score)
    if not is_paired:
        low, high = _interval(one, other)
    elif len(one) == len(other):
        low, high = _interval(one - other)
    else:
        raise ValueError(f"other_score has {len(other)} runs; paired with score it must have {len(one)}")
    return Difference(
        num_runs=min(len(one), len(other)), mean=float(one.mean() - other.mean()), low=low, high=high
    )


def _interval(*groups: np.ndarray) -> tuple[float, float]:
    """Percentile bootstrap of the mean of one group, or of the difference of the means of two."""
    if min(map(len, groups)) < 2:
        return np.nan, np.nan
    interval = stats.bootstrap(
        groups,
        _mean_difference,
        vectorized=True,
        method="percentile",
        confidence_level=CONFIDENCE,
        n_resamples=NUM_RESAMPLES,
        rng=np.random.default_rng(0),  # the same runs always give the same interval
    ).confidence_interval
    return float(interval.low), float(interval.high)


def _mean_difference(one: np.ndarray, other: np.ndarray | None = None, *, axis: int) -> np.ndarray:
    return one.mean(axis=axis) - (0.0 if other is None else other.mean(axis=axis))


def _checked(name: str, score: ArrayLike) -> np.ndarray:
    array = np.asarray(score, np.float64)
    if array.ndim != 1 or array.size == 0:
        raise ValueError(f"{name} has shape {array.shape}; it must be [num_runs] with at least one run")
    if not np.isfinite(array).all():
        raise ValueError(f"{name} has the value {array[~np.isfinite(array)][0]}; every score must be finite")
    return array
