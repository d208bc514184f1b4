"""What kinds of runs are there? What each is set by, what it leaves, and a name for what comes out.

Store, archive and sweep know the jumping task, the linear system and distracting control through this table
alone. How a run is made is left to `pisces.runs.making`.

Precision is the machine's, not the method's: runs that differ in it alone count as runs of one configuration,
and which of them count is decided here.
"""

import collections
import dataclasses
import operator
from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import Any, Protocol, TypeVar

import numpy as np

from pisces.control.config import ControlConfig
from pisces.control.result import ControlResult
from pisces.jumping.config import RunConfig
from pisces.jumping.result import RunResult
from pisces.lqr.config import LQRConfig
from pisces.lqr.result import LQRResult
from pisces.precision import PRECISIONS
from pisces.runs import units

Config = RunConfig | LQRConfig | ControlConfig
Result = RunResult | LQRResult | ControlResult


class HasRun(Protocol):
    """What is of one run: its result, or anything else that knows its configuration and seed."""

    @property
    def config(self) -> Config:
        """What was run."""
        ...

    @property
    def seed(self) -> int:
        """With which seed."""
        ...


OfRun = TypeVar("OfRun", bound=HasRun)
"""One kind of `HasRun`."""

Place = TypeVar("Place", bound=Hashable)
"""What runs have in common."""


@dataclasses.dataclass(frozen=True, eq=False, kw_only=True)
class Kind:
    """A kind of runs.

    Attributes:
        name: In files.
        config: Class of its configurations.
        result: Class of its results, whose fields are `config`, `seed`, `seconds`, `provenance`, and those
            of `arrays` and `numbers`.
        arrays: dtype and number of axes of each array in a result.
        numbers: Its other numbers, all of them floats.
        outcomes: Name of what a configuration and a seed give; a part of every key. It changes when some
            configuration gives another outcome than before, which `pisces.runs.probes` guards.
        label: What the key of a run begins with, from its configuration.
        variants: Of a configuration, those that differ from it in what is the machine's, and itself: by
            precision, the one that counts among equals last.
        length: The field of a configuration that says how long the run is.
        is_split_drawn: Whether the seed decides what runs of a configuration train on: those of equal seeds
            then belong together.
        score: The one number of a result that tables sum up.
        unit: Of the score.
    """

    name: str
    config: type[Config]
    result: type
    arrays: Mapping[str, tuple[type, int]]
    numbers: tuple[str, ...] = ()
    outcomes: str
    label: Callable[[Any], str]
    variants: Callable[[Any], dict[str, Any]]
    length: str
    is_split_drawn: Callable[[Any], bool]
    score: Callable[[Any], float]
    unit: units.Unit


def _by_precision(config: Any) -> dict[str, Any]:
    return {one: dataclasses.replace(config, precision=one) for one in PRECISIONS}


JUMPING = Kind(
    name="jumping",
    config=RunConfig,
    result=RunResult,
    arrays={
        "solved_at": (np.bool_, 2),
        "jump_step": (np.int64, 1),
        "is_test": (np.bool_, 1),
        "update": (np.int64, 1),
        "imitation_loss": (np.float64, 1),
        "embedding_loss": (np.float64, 1),
    },
    outcomes="620efd17d126a0b6",
    label=lambda config: f"{config.method}-{config.grid}",
    variants=_by_precision,
    length="num_updates",
    is_split_drawn=lambda config: config.grid == "random",
    score=operator.attrgetter("test_share"),
    unit=units.SHARE,
)

LQR = Kind(
    name="lqr",
    config=LQRConfig,
    result=LQRResult,
    arrays={
        "step": (np.int64, 1),
        "training_gap": (np.float64, 2),
        "held_out_gap": (np.float64, 2),
        "test_gap": (np.float64, 2),
        "distractor_share": (np.float64, 1),
        "distractor_norm": (np.float64, 1),
    },
    numbers=("oracle_cost",),
    outcomes="b547aa06288cc0fb",
    label=lambda config: f"lqr-{config.method}-{config.num_distractors}",
    variants=lambda config: {"float64": config},
    length="num_steps",
    is_split_drawn=lambda _: True,
    score=operator.attrgetter("score"),
    unit=units.GAP,
)

CONTROL = Kind(
    name="control",
    config=ControlConfig,
    result=ControlResult,
    arrays={
        "num_updates": (np.int64, 1),
        "num_decisions": (np.int64, 1),
        "held_out_return": (np.float64, 2),
        "loss": (np.float64, 2),
        "training_return": (np.float64, 1),
        "seen_return": (np.float64, 1),
        "test_return": (np.float64, 1),
    },
    outcomes="3c5de8a174f90b26",
    label=lambda config: f"control-{config.method}-{config.task}-{config.backgrounds}",
    variants=_by_precision,
    length="num_updates",
    is_split_drawn=lambda _: False,
    score=operator.attrgetter("score"),
    unit=units.RETURN,
)

KINDS = {kind.name: kind for kind in (JUMPING, LQR, CONTROL)}


def kind_of(config: Config) -> Kind:
    """The kind that a configuration is of."""
    return next(kind for kind in KINDS.values() if isinstance(config, kind.config))


def variants(config: Config) -> dict[str, Config]:
    """The configurations that count as one with this one, by precision; it is among them."""
    return kind_of(config).variants(config)


def precision_of(config: Config) -> str:
    """The precision that runs of a configuration are made in."""
    return next(precision for precision, one in variants(config).items() if one == config)


def counted(runs: Iterable[OfRun], configs: Iterable[Config]) -> list[OfRun]:
    """The runs of configurations that count as one: one for each seed, in the order of the seeds.

    Where a seed has runs of several configurations, that of the configuration with more runs counts; of
    configurations with equally many, that of the last.

    Args:
        runs: Results, or others that are of one run each; those of other configurations are left out.
        configs: The configurations, such as the values of `variants`.

    Raises:
        ValueError: If a seed of a configuration is there twice.
    """
    order = list(configs)
    found: dict[tuple[int, int], OfRun] = {}
    for run in runs:
        if run.config in order:
            place = order.index(run.config), run.seed
            if place in found:
                raise ValueError(
                    f"runs have seed {run.seed} of {run.config.method} twice; each must be there once"
                )
            found[place] = run
    number = collections.Counter(index for index, _ in found)
    chosen = {
        seed: found[index, seed] for index, seed in sorted(found, key=lambda one: (number[one[0]], one))
    }
    return [chosen[seed] for seed in sorted(chosen)]


def counted_by(runs: Iterable[OfRun], place: Callable[[OfRun], Place]) -> dict[Place, list[OfRun]]:
    """Runs by what they have in common: those that count of each place, as of `counted`.

    Args:
        runs: Results, or others that are of one run each.
        place: Where a run belongs, such as its method and its grid.

    Returns:
        By place, in the order in which they come.

    Raises:
        ValueError: If runs of one place differ in their settings, precision aside, or a seed of a
            configuration is there twice.
    """
    found: dict[Place, list[OfRun]] = {}
    for run in runs:
        found.setdefault(place(run), []).append(run)
    for where, group in found.items():
        configs = variants(group[0].config).values()
        if any(run.config not in configs for run in group):
            name = kind_of(group[0].config).label(group[0].config)
            raise ValueError(f"runs of {name} have several settings; they must have the same")
        found[where] = counted(group, configs)
    return found
