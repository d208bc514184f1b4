"""What do several runs say together? Means, spreads, intervals and differences over runs.

A score is what a run is judged by (`pisces.runs.kinds`), such as its share of solved tasks. Runs are
independent of each other, the tasks of one run are not, so every interval is over runs: Student's t interval
for one mean, Welch's for several. What is called clear in a table is so after Holm's correction for
everything that the table compares.
"""

import dataclasses
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import ArrayLike
from scipy import special, stats

CONFIDENCE = 0.95

NUM_RUNS_FOR_VERDICT = 5
"""Of fewer runs, nothing is called equal to or different from anything."""


@dataclasses.dataclass(frozen=True)
class Summary:
    """The scores of several runs in a few numbers.

    Attributes:
        num_runs: Number of runs.
        mean: Mean score.
        std: Standard deviation over runs, with Bessel's correction; nan for a single run.
        low: Lower end of the t interval of the mean; nan where runs show no spread.
        high: Upper end.
    """

    num_runs: int
    mean: float
    std: float
    low: float
    high: float


@dataclasses.dataclass(frozen=True)
class Estimate:
    """A mean of runs, or a difference of means, and how far it can be trusted.

    Attributes:
        num_runs: Number of runs of the smallest group, or of pairs.
        mean: The estimate.
        error: Its standard error; nan where a group has a single run.
        degrees: Degrees of freedom of the t distribution that goes with the error; nan where runs show no
            spread.
    """

    num_runs: int
    mean: float
    error: float
    degrees: float

    def interval(self, confidence: float = CONFIDENCE) -> tuple[float, float]:
        """The t interval of a confidence in (0, 1); nan at both ends where runs show no spread."""
        reach = special.stdtrit(self.degrees, (1 + confidence) / 2) * self.error
        return float(self.mean - reach), float(self.mean + reach)

    @property
    def low(self) -> float:
        """Lower end of the 95 % interval."""
        return self.interval()[0]

    @property
    def high(self) -> float:
        """Upper end of the 95 % interval."""
        return self.interval()[1]

    @property
    def p_value(self) -> float:
        """Two-sided, of the hypothesis that the true value is 0; nan where runs show no spread."""
        if np.isnan(self.degrees):
            return np.nan
        return float(2 * special.stdtr(self.degrees, -abs(self.mean) / self.error))

    @property
    def is_clear(self) -> bool:
        """Whether it is clear of 0 by itself; where a table compares several, see `are_clear`."""
        return are_clear([self])[0]


UNKNOWN = Estimate(num_runs=0, mean=np.nan, error=np.nan, degrees=np.nan)
"""Of no runs."""


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
        return Summary(num_runs=len(array), mean=np.inf, std=np.nan, low=np.nan, high=np.nan)
    array = _checked("score", score)
    mean = contrast([array], [1.0])
    std = float(array.std(ddof=1)) if len(array) > 1 else np.nan
    return Summary(num_runs=len(array), mean=mean.mean, std=std, low=mean.low, high=mean.high)


def difference(score: ArrayLike, other_score: ArrayLike, *, is_paired: bool) -> Estimate:
    """How much higher one group of runs scores than another.

    Args:
        score: float `[num_runs]`.
        other_score: float `[num_other_runs]`; as many as `score` if runs are paired.
        is_paired: Whether the runs at the same place belong together, as those on the split of one seed do.

    Raises:
        ValueError: If a group is empty or has a score that is not finite, or paired groups differ in size.
    """
    one, other = _checked("score", score), _checked("other_score", other_score)
    if not is_paired:
        return contrast([one, other], [1.0, -1.0])
    if len(one) != len(other):
        raise ValueError(f"other_score has {len(other)} runs; paired with score it must have {len(one)}")
    return contrast([one - other], [1.0])


def difference_from(score: ArrayLike, *, mean: float, error: float, num_runs: int) -> Estimate:
    """How much higher runs score than others of which only mean and standard error are known.

    Args:
        score: float `[num_runs]`, at least one.
        mean: Of the others.
        error: Standard error of that mean.
        num_runs: How many runs it is of, at least two.

    Raises:
        ValueError: As of `contrast`.
    """
    ours = contrast([score], [1.0])
    parts = [(ours.error**2, ours.num_runs - 1), (error**2, num_runs - 1)]
    return _estimate(ours.num_runs, ours.mean - mean, parts)


def contrast(scores: Sequence[ArrayLike], weights: Sequence[float]) -> Estimate:
    """A weighted sum of the means of independent groups of runs.

    Groups may differ in spread and in size: the degrees of freedom are those of Welch and Satterthwaite.

    Args:
        scores: For each group float `[num_runs]`, at least one.
        weights: One for each group, such as 1 and -1 for a difference, or 1, -1, -1 and 1 for a difference
            of differences.

    Raises:
        ValueError: If a group is empty or has a score that is not finite.
    """
    groups = [_checked("score", score) for score in scores]
    mean = sum(weight * group.mean() for weight, group in zip(weights, groups, strict=True))
    parts = [
        (weight**2 * group.var(ddof=1) / len(group) if len(group) > 1 else np.nan, len(group) - 1)
        for weight, group in zip(weights, groups, strict=True)
    ]
    return _estimate(min(map(len, groups)), float(mean), parts)


def are_clear(differences: Iterable[Estimate]) -> list[bool]:
    """Which of the differences of one table are called clear.

    They are tested together, by Holm's method: where no difference is a true one, the probability that any
    is called clear is at most 5 %. Of fewer than `NUM_RUNS_FOR_VERDICT` runs, none is clear.

    Args:
        differences: All that the table compares.
    """
    found = list(differences)
    tested = [
        index
        for index, one in enumerate(found)
        if one.num_runs >= NUM_RUNS_FOR_VERDICT and not np.isnan(one.p_value)
    ]
    tested.sort(key=lambda index: found[index].p_value)
    clear = [False] * len(found)
    for rank, index in enumerate(tested):
        if found[index].p_value * (len(tested) - rank) > 1 - CONFIDENCE:
            break
        clear[index] = True
    return clear


def spread_ratio(
    std: float, num_runs: int, other_std: float, num_other_runs: int
) -> tuple[float, float, float]:
    """By what factor runs scatter more than others, with its interval for normal scores.

    Args:
        std: Standard deviation of runs.
        num_runs: How many, at least two.
        other_std: Of the others, above 0.
        num_other_runs: How many, at least two.

    Returns:
        Ratio of the standard deviations, and the ends of its interval.
    """
    ratio = std / other_std
    tail = (1 - CONFIDENCE) / 2
    low, high = stats.f.ppf([tail, 1 - tail], num_runs - 1, num_other_runs - 1)
    return ratio, float(ratio / np.sqrt(high)), float(ratio / np.sqrt(low))


def log_odds(share: ArrayLike, *, num_tasks: int) -> np.ndarray:
    """Logarithms of the odds of a task to be solved, which tell shares near 1 apart.

    Half a task is added to those that are solved and to those that are not, so that all or none has odds too.

    Args:
        share: float `[...]`, in [0, 1].
        num_tasks: Of how many.

    Returns:
        float64 `[...]`.
    """
    solved = np.asarray(share, np.float64) * num_tasks
    return special.logit((solved + 0.5) / (num_tasks + 1))


def _estimate(num_runs: int, mean: float, parts: Iterable[tuple[float, float]]) -> Estimate:
    """From the variance of the mean of each part of a sum, and its degrees of freedom."""
    variance, degrees = np.array(list(parts)).T
    total = variance.sum()
    if not total > 0:
        return Estimate(num_runs, mean, float(np.sqrt(total)), np.nan)
    return Estimate(num_runs, mean, float(np.sqrt(total)), float(total**2 / (variance**2 / degrees).sum()))


def _checked(name: str, score: ArrayLike) -> np.ndarray:
    array = np.asarray(score, np.float64)
    if array.ndim != 1 or array.size == 0:
        raise ValueError(f"{name} has shape {array.shape}; it must be [num_runs] with at least one run")
    if not np.isfinite(array).all():
        raise ValueError(f"{name} has the value {array[~np.isfinite(array)][0]}; every score must be finite")
    return array
