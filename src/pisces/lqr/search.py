"""Which settings does a method get that the paper does not give? Those that do best in held-out environments.

They are neither trained on nor reported, and the seeds are others than those of the results, so that other
systems are seen as well.
"""

import dataclasses
import itertools
import math
from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np

from pisces.lqr.config import LQRConfig
from pisces.lqr.descent import InstabilityError
from pisces.lqr.run import LQRResult, run

Choices = Mapping[str, Sequence]

_RATES = (3e-4, 1e-3, 3e-3)

SPACE: dict[str, Choices] = {
    "linear": {"learning_rate": _RATES},
    "overparametrised": {"learning_rate": _RATES, "hidden_size": (20, 200)},
    "ipo": {"learning_rate": _RATES, "num_steps": (500, 1500, 5000)},
    "l1": {"learning_rate": _RATES, "l1_weight": (1e-3, 1e-2, 1e-1, 1.0)},
    "aggregation": {"learning_rate": _RATES, "aggregation_weight": (1e2, 1e4, 1e6, 1e8)},
    "cme": {
        "learning_rate": _RATES,
        "aggregation_weight": (1e-1, 1.0, 1e1, 1e2),
        "inverse_temperature": (1.0, 10.0),
        "affinity_scale": (None, 0.1, 1.0),
    },
}
"""The candidates of each method, by setting."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Trial:
    """What a candidate gave.

    Attributes:
        config: The candidate.
        num_runs: How many seeds were tried.
        held_out_gap: Mean gap in held-out environments at the end, over the seeds; infinity if the policy, or
            training, was unstable with any of them.
    """

    config: LQRConfig
    num_runs: int
    held_out_gap: float


def candidates(config: LQRConfig, choices: Choices) -> list[LQRConfig]:
    """All combinations of settings.

    Args:
        config: Where the other settings come from.
        choices: Values by the name of a setting.
    """
    return [
        dataclasses.replace(config, **dict(zip(choices, values, strict=True)))
        for values in itertools.product(*choices.values())
    ]


def ranking(outcomes: Iterable[tuple[LQRConfig, LQRResult | None]]) -> list[Trial]:
    """Candidates from the best to the worst, by held-out environments alone.

    Args:
        outcomes: A candidate and its result with some seed, any number of times for each; None where training
            became unstable.
    """
    gaps: dict[LQRConfig, list[float]] = {}
    for config, result in outcomes:
        gap = math.inf if result is None else float(result.held_out_gap[-1].mean())
        gaps.setdefault(config, []).append(gap)
    trials = [
        Trial(config=config, num_runs=len(found), held_out_gap=float(np.mean(found)))
        for config, found in gaps.items()
    ]
    return sorted(trials, key=lambda trial: trial.held_out_gap)


def search(
    config: LQRConfig,
    *,
    choices: Choices,
    seeds: Iterable[int],
    make: Callable[[LQRConfig, int], LQRResult] = run,
) -> list[Trial]:
    """Tries all combinations of settings, one after the other.

    Args:
        config: Where the other settings come from.
        choices: Values by the name of a setting, such as `SPACE[config.method]`.
        seeds: To try each combination with.
        make: What a configuration and a seed give.

    Returns:
        The candidates from the best to the worst.
    """
    return ranking(
        (candidate, _stable(make, candidate, seed))
        for candidate, seed in itertools.product(candidates(config, choices), list(seeds))
    )


def _stable(make: Callable[[LQRConfig, int], LQRResult], config: LQRConfig, seed: int) -> LQRResult | None:
    try:
        return make(config, seed)
    except InstabilityError:
        return None
