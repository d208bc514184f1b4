"""When are two runs the same run? A key says so: what is run, with which seed, and what that gives.

The code is not part of a key, its outcomes are: `pisces.runs.kinds.Kind.outcomes` names them. Code that gives
the same outcomes can be rewritten at will; `pisces.runs.probes` notices when it gives others.
"""

import dataclasses
import hashlib
import json
from collections.abc import Iterable

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


def specs(configs: Iterable[Config], seeds: Iterable[int]) -> list[RunSpec]:
    """The runs of configurations: all of them with the first seed, then with the next; none of them twice."""
    configs = list(configs)
    return list(dict.fromkeys(RunSpec(config, seed) for seed in seeds for config in configs))
