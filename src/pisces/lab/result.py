"""What is left of a run: which tasks it solved, how it learned, where and with what it was made."""

import dataclasses
import functools
import platform
import subprocess
from pathlib import Path

import numpy as np

from pisces import doctor
from pisces.lab.config import RunConfig
from pisces.task import NUM_TASKS


@dataclasses.dataclass(frozen=True, eq=False, kw_only=True)
class RunResult:
    """The outcome of one configuration and one seed.

    Attributes:
        config: What was run.
        seed: Its seed.
        solved: bool `[286]`, in the order of `pisces.task.all_tasks`.
        is_test: bool `[286]`, the tasks that were not trained on.
        update: int `[num_reports]`, updates at each point of the learning curve.
        imitation_loss: float `[num_reports]`, nats, mean since the point before.
        embedding_loss: float `[num_reports]`, mean since the point before; 0 without an embedding.
        solved_share: float `[num_reports]`, share of the test tasks solved at that point.
        seconds: Wall time of training and its evaluations.
        provenance: Versions, processor and commit.
    """

    config: RunConfig
    seed: int
    solved: np.ndarray
    is_test: np.ndarray
    update: np.ndarray
    imitation_loss: np.ndarray
    embedding_loss: np.ndarray
    solved_share: np.ndarray
    seconds: float
    provenance: dict[str, str]

    def __post_init__(self):
        """Checks the shapes."""
        for name in ("solved", "is_test"):
            _require_shape(name, getattr(self, name), (NUM_TASKS,))
        for name in ("update", "imitation_loss", "embedding_loss", "solved_share"):
            _require_shape(name, getattr(self, name), (len(self.update),))

    @property
    def test_share(self) -> float:
        """Share of the test tasks solved at the end, the number of Table 1."""
        return float(self.solved[self.is_test].mean())


def _require_shape(name: str, array: np.ndarray, shape: tuple[int, ...]) -> None:
    if array.shape != shape:
        raise ValueError(f"{name} has shape {array.shape}; it must have {shape}")


def provenance() -> dict[str, str]:
    """Versions of what decides a result, the processor, and the commit where there is one ("" elsewhere)."""
    return {"versions": doctor.versions(), "processor": _processor(), "commit": _commit()}


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _commit() -> str:
    """The commit of the checkout that this module belongs to."""
    file = Path(__file__)
    git = functools.partial(subprocess.run, cwd=file.parent, capture_output=True, text=True, check=True)
    try:
        # An installed package may lie inside somebody else's checkout.
        git(["git", "ls-files", "--error-unmatch", file.name])
        return git(["git", "describe", "--always", "--dirty", "--abbrev=12"]).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""
