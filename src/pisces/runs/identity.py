"""When are two runs the same run? A key says so: what is run, with which seed, and what that gives.

The code is not part of a key, its outcomes are: `pisces.runs.kinds.Kind.outcomes` names them. Code that gives
the same outcomes can be rewritten at will; `pisces.runs.probes` notices when it gives others.
"""

import dataclasses
import hashlib
import itertools
import json
import typing
from collections.abc import Container, Iterable, Mapping

from pisces.runs.kinds import Config, kind_of


@dataclasses.dataclass(frozen=True)
class RunSpec:
    """A run that is wanted.

    Attributes:
        config: What to run.
        seed: Its seed.
    """

    config: Config
    seed: int

    @property
    def key(self) -> str:
        """Label, seed and hash; the name of the run in a store and in an archive."""
        kind = kind_of(self.config)
        text = json.dumps([self.config.to_dict(), self.seed, kind.outcomes], sort_keys=True)
        digest = hashlib.sha256(text.encode()).hexdigest()[:12]
        return f"{kind.label(self.config)}-{self.seed}-{digest}"


class Wanted(typing.Protocol):
    """What is wanted with several seeds, such as `pisces.experiments.cell.Cell`."""

    @property
    def config(self) -> Config:
        """What to run."""
        ...

    @property
    def variants(self) -> Mapping[str, Config]:
        """What counts as that, by its precision."""
        ...


def alternatives(wanted: Wanted, seed: int) -> list[RunSpec]:
    """The runs with a seed of which one is wanted: they differ in precision alone."""
    return [RunSpec(config, seed) for config in wanted.variants.values()]


def specs(
    cells: Iterable[Wanted],
    seeds: Iterable[int],
    *,
    known: Container[str] = (),
    made: Container[str] = (),
) -> list[RunSpec]:
    """The runs of cells: all cells with the first seed, then with the next; what two cells share, once.

    Args:
        cells: The cells.
        seeds: The seeds wanted of each.
        known: Keys of runs that are not wanted again, nor those that would count beside them.
        made: Keys of runs that are wanted rather than those that would count beside them.
    """
    cells, wanted = list(cells), []
    for seed, cell in itertools.product(seeds, cells):
        others = alternatives(cell, seed)
        if not any(spec.key in known for spec in others):
            own = RunSpec(cell.config, seed)
            wanted.append(next((spec for spec in (own, *others) if spec.key in made), own))
    return list(dict.fromkeys(wanted))
