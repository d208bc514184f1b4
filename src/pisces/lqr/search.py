"""Which settings does a method get that the paper does not give? Those that do best in held-out environments.

They are neither trained on nor reported, and the seeds are others than those of the results, so that other
systems are seen as well. The length of training is read off the learning curve: with no schedule, a short
training is the beginning of a long one.
"""

import csv
import dataclasses
import itertools
import typing
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from pisces.checks import one_of
from pisces.lqr.config import LQRConfig, preset
from pisces.lqr.result import LQRResult
from pisces.lqr.run import run

Choices = Mapping[str, Sequence]

SEEDS = (1000, 1001, 1002)
"""Seeds to choose with; no result is reported of them."""

_STEPS = (100, 200, 500, 1000, 2000)

SPACE: dict[str, Choices] = {
    "linear": {"learning_rate": (1e-4, 3e-4, 1e-3, 3e-3), "num_steps": _STEPS},
    "overparametrised": {
        "learning_rate": (3e-4, 1e-3, 3e-3),
        "hidden_size": (20, 200),
        "num_steps": _STEPS,
    },
    "ipo": {"learning_rate": (1e-4, 3e-4, 1e-3, 3e-3), "num_steps": (*_STEPS, 5000)},
    "l1": {
        "learning_rate": (3e-4, 1e-3),
        "l1_weight": (1e-3, 1e-2, 1e-1, 1.0),
        "num_steps": _STEPS,
    },
    "aggregation": {
        "learning_rate": (1e-3, 3e-3),
        "aggregation_weight": (1e4, 1e6, 1e8),
        "num_steps": _STEPS,
    },
    "cme": {
        "learning_rate": (3e-4, 1e-3),
        "aggregation_weight": (1.0, 1e2, 1e4),
        "inverse_temperature": (1.0, 10.0),
        "num_steps": _STEPS,
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


def beginning(result: LQRResult, num_steps: int) -> LQRResult:
    """The result that a shorter training would have given.

    Args:
        result: Of the longer one.
        num_steps: Steps of the shorter one, at which the longer one has a report.

    Raises:
        ValueError: If there is no report at that step.
    """
    if num_steps not in result.step:
        raise ValueError(f"num_steps is {num_steps}; it must be {one_of(map(str, result.step))}")
    is_kept = result.step <= num_steps
    fields = ("step", "training_gap", "held_out_gap", "test_gap", "distractor_share", "distractor_norm")
    return dataclasses.replace(
        result,
        config=dataclasses.replace(result.config, num_steps=num_steps),
        **{field: getattr(result, field)[is_kept] for field in fields},
    )


def ranking(results: Iterable[LQRResult]) -> list[Trial]:
    """Candidates from the best to the worst, by held-out environments alone.

    Args:
        results: Of any number of seeds for each candidate.
    """
    gaps: dict[LQRConfig, list[float]] = {}
    for result in results:
        gaps.setdefault(result.config, []).append(float(result.held_out_gap[-1].mean()))
    trials = [
        Trial(config=config, num_runs=len(found), held_out_gap=float(np.mean(found)))
        for config, found in gaps.items()
    ]
    return sorted(trials, key=lambda trial: trial.held_out_gap)


def search(
    config: LQRConfig,
    *,
    choices: Choices,
    seeds: Iterable[int] = SEEDS,
    make: Callable[[LQRConfig, int], LQRResult] = run,
) -> list[Trial]:
    """Tries all combinations of settings, one after the other.

    Args:
        config: Where the other settings come from.
        choices: Values by the name of a setting, such as `SPACE[config.method]`. Those of `num_steps` share
            runs, and are steps with a report.
        seeds: To try each combination with.
        make: What a configuration and a seed give.

    Returns:
        The candidates from the best to the worst.
    """
    lengths = choices.get("num_steps", (config.num_steps,))
    others = {field: values for field, values in choices.items() if field != "num_steps"}
    longest = dataclasses.replace(config, num_steps=max(lengths))
    whole = itertools.starmap(make, itertools.product(candidates(longest, others), list(seeds)))
    return ranking(beginning(result, num_steps) for result in whole for num_steps in lengths)


FIELDS: tuple[str, ...] = (
    "method",
    "optimizer",
    "num_distractors",
    "learning_rate",
    "num_steps",
    "hidden_size",
    "l1_weight",
    "aggregation_weight",
    "inverse_temperature",
    "affinity_scale",
)
"""The settings that a file of trials tells; the others are those of `preset`."""


def search_all(
    methods: Iterable[str], *, out: Path, seeds: Iterable[int] = SEEDS, num_distractors: int = 500
) -> list[Trial]:
    """Searches for the settings of methods, and writes down what each candidate gave.

    Args:
        methods: Keys of `SPACE`.
        out: CSV file to write, a line for each candidate; see `write`.
        seeds: To try each candidate with.
        num_distractors: As in `preset`.

    Returns:
        The best candidate of each method.

    Raises:
        ValueError: If a method is unknown.
    """
    seeds = list(seeds)
    configs = [preset(method, num_distractors=num_distractors) for method in methods]
    found = [search(config, choices=SPACE[config.method], seeds=seeds) for config in configs]
    write(out, itertools.chain.from_iterable(found))
    return [trials[0] for trials in found]


def write(file: Path, trials: Iterable[Trial]) -> None:
    """Writes trials into a CSV file: `FIELDS`, num_runs and held_out_gap, in the order given."""
    with file.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, (*FIELDS, "num_runs", "held_out_gap"), lineterminator="\n")
        writer.writeheader()
        for trial in trials:
            row: dict[str, typing.Any] = {field: getattr(trial.config, field) for field in FIELDS}
            writer.writerow(row | {"num_runs": trial.num_runs, "held_out_gap": f"{trial.held_out_gap:.4g}"})
