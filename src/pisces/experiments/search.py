"""Which settings do best when training images are moved? Candidates, judged by validation tasks alone.

The paper chooses each method's settings by the neighbours of the wide grid's training tasks. Here the
neighbours of all three grids' training tasks count, and no other task that is not trained on: those are for
reporting what was chosen. The seeds are others than those of any result, so that other random grids are seen
as well. With and without a metric, as many candidates are tried.
"""

import csv
import dataclasses
import itertools
import typing
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from pisces import precision as precisions
from pisces.checks import one_of
from pisces.experiments.cell import Cell, in_precision
from pisces.experiments.jumping_cells import TABLE_READING
from pisces.jumping.config import RunConfig
from pisces.jumping.presets import preset
from pisces.jumping.result import RunResult
from pisces.runs.kinds import Result
from pisces.task import GRIDS

SEEDS = (1000,)
"""Seeds to choose with; no result is reported of them."""

_SHARED: dict[str, Sequence] = {"max_shift": (8, 12, 16), "learning_rate": (2.6e-3, 7e-3)}

SPACE: dict[str, dict[str, Sequence]] = {
    "recipe": _SHARED | {"kernel_size": (2, 3)},
    "recipe-pse": _SHARED | {"contrastive_weight": (0.5, 5.0)},
}
"""The values that are tried, by method and setting; the other settings are those of `preset`."""

_PARTS = {"kernel_size": "rand_conv", "contrastive_weight": "embedding"}

FIELDS = tuple(dict.fromkeys(setting for choices in SPACE.values() for setting in choices))
"""The settings that are chosen."""

_MEASURED = ("num_runs", *GRIDS, "validation_share")


def candidates(method: str, *, precision: str = precisions.AUTO) -> list[Cell]:
    """All combinations of a method's settings, on all grids.

    Args:
        method: A key of `SPACE`.
        precision: Of what is run: one of `pisces.precision.PRECISIONS`, or "auto" for the machine's. Cells
            count the same runs with each.

    Returns:
        A cell for each; its column is the grid, and the validation tasks count in it.

    Raises:
        ValueError: If there is no such method or precision.
    """
    if method not in SPACE:
        raise ValueError(f"method is {method!r}; it must be {one_of(SPACE)}")
    choices = SPACE[method]
    combinations = [
        dict(zip(choices, values, strict=True)) for values in itertools.product(*choices.values())
    ]
    cells = [
        Cell(row=method, column=grid, config=_changed(_preset(method, grid), settings), part="validation")
        for settings in combinations
        for grid in GRIDS
    ]
    native = precisions.resolve(precision)
    return [in_precision(cell, native) for cell in cells]


def _preset(method: str, grid: str) -> RunConfig:
    """The settings that are not chosen, with a report at the end only: no other is looked at."""
    config = preset(method, grid=grid, reading=TABLE_READING)
    return dataclasses.replace(config, report_interval=config.num_updates)


def _changed(config: RunConfig, settings: Mapping[str, typing.Any]) -> RunConfig:
    """A configuration with other settings, its own or those of a part of it."""
    for name, value in settings.items():
        part = _PARTS.get(name)
        if part is None:
            config = dataclasses.replace(config, **{name: value})
        else:
            config = dataclasses.replace(
                config, **{part: dataclasses.replace(getattr(config, part), **{name: value})}
            )
    return config


def setting(config: RunConfig, name: str) -> typing.Any:
    """What a configuration has for one of `FIELDS`; None if it does without."""
    part = config if name not in _PARTS else getattr(config, _PARTS[name])
    return None if part is None else getattr(part, name)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Trial:
    """What a candidate gave.

    Attributes:
        method: A key of `SPACE`.
        settings: Its values of `FIELDS`.
        num_runs: How many there are, on all grids.
        shares: Share of the validation tasks solved, by grid, mean over the seeds.
    """

    method: str
    settings: Mapping[str, typing.Any]
    num_runs: int
    shares: Mapping[str, float]

    @property
    def validation_share(self) -> float:
        """Mean of the grids."""
        return float(np.mean(list(self.shares.values())))


def ranking(method: str, runs: Iterable[Result]) -> list[Trial]:
    """Candidates from the best to the worst, by validation tasks alone.

    Of equals, one that moves images further goes first: it has seen more of what may come. Of those that move
    them as far, the first in `SPACE` does.

    Args:
        method: A key of `SPACE`.
        runs: Results; those of other configurations are left out, and so are candidates without a run on
            each grid.
    """
    own = [run for run in runs if isinstance(run, RunResult)]
    by_settings: dict[tuple, dict[str, list[RunResult]]] = {}
    for cell in candidates(method):
        assert isinstance(cell.config, RunConfig)
        settings = tuple(setting(cell.config, name) for name in FIELDS)
        by_settings.setdefault(settings, {})[cell.column] = cell.counted(own)
    trials = [
        Trial(
            method=method,
            settings=dict(zip(FIELDS, settings, strict=True)),
            num_runs=sum(map(len, made.values())),
            shares={
                grid: float(np.mean([run.share_of("validation") for run in found]))
                for grid, found in made.items()
            },
        )
        for settings, made in by_settings.items()
        if all(made.values())
    ]
    return sorted(trials, key=lambda trial: (-trial.validation_share, -trial.settings["max_shift"]))


def write(file: Path, trials: Iterable[Trial]) -> None:
    """Writes trials into a CSV file, in the order given.

    Args:
        file: To write.
        trials: A line for each: method, `FIELDS`, num_runs, the share of the validation tasks solved on each
            grid and validation_share, their mean.
    """
    with file.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, ("method", *FIELDS, *_MEASURED), lineterminator="\n")
        writer.writeheader()
        for trial in trials:
            shares = {grid: f"{share:.4f}" for grid, share in trial.shares.items()}
            writer.writerow(
                {"method": trial.method, "num_runs": trial.num_runs}
                | dict(trial.settings)
                | shares
                | {"validation_share": f"{trial.validation_share:.4f}"}
            )
