"""What kinds of runs are there? What each is set by, what it leaves, and a name for what comes out.

Store, archive and sweep know the jumping task and the linear system through this table alone. How a run is
made is left to `pisces.runs.making`.
"""

import dataclasses
import operator
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from pisces.jumping.config import RunConfig
from pisces.jumping.result import RunResult
from pisces.lqr.config import LQRConfig
from pisces.lqr.result import LQRResult
from pisces.runs import units

# Of a class in `KINDS`: what they have in common is in `Kind`, and who needs more knows the class.
Config = Any
Result = Any


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
        length: The field of a configuration that says how long the run is.
        score: The one number of a result that tables sum up.
        unit: Of the score.
    """

    name: str
    config: type
    result: type
    arrays: Mapping[str, tuple[type, int]]
    numbers: tuple[str, ...] = ()
    outcomes: str
    label: Callable[[Any], str]
    length: str
    score: Callable[[Any], float]
    unit: units.Unit


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
    length="num_updates",
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
    length="num_steps",
    score=operator.attrgetter("score"),
    unit=units.GAP,
)

KINDS = {kind.name: kind for kind in (JUMPING, LQR)}


def kind_of(config: Config) -> Kind:
    """The kind that a configuration is of."""
    return next(kind for kind in KINDS.values() if isinstance(config, kind.config))
