"""What is left of a run: which tasks it solved, how it learned, where and with what it was made."""

import dataclasses

import numpy as np

from pisces.jumping.config import RunConfig


@dataclasses.dataclass(frozen=True, eq=False, kw_only=True)
class RunResult:
    """The outcome of one configuration and one seed.

    Attributes:
        config: What was run.
        seed: Its seed.
        solved_at: bool `[num_reports, num_tasks]`, which of `config.tasks` were solved at each report.
        jump_step: int `[num_tasks]`, after how many steps the agent first jumped at the last report; -1 if it
            never did. An agent moves to the right until it jumps, so this tells its whole episode.
        is_test: bool `[num_tasks]`, the tasks that were not trained on.
        update: int `[num_reports]`, updates at each report.
        imitation_loss: float `[num_reports]`, nats, mean since the report before.
        embedding_loss: float `[num_reports]`, mean since the report before; 0 without an embedding.
        seconds: Wall time of training and its evaluations.
        provenance: Versions, processor, threads and commit.
    """

    config: RunConfig
    seed: int
    solved_at: np.ndarray
    jump_step: np.ndarray
    is_test: np.ndarray
    update: np.ndarray
    imitation_loss: np.ndarray
    embedding_loss: np.ndarray
    seconds: float
    provenance: dict[str, str]

    def __post_init__(self):
        """Checks the shapes."""
        num_reports, num_tasks = len(self.update), len(self.config.tasks)
        _require_shape("solved_at", self.solved_at, (num_reports, num_tasks))
        for name in ("jump_step", "is_test"):
            _require_shape(name, getattr(self, name), (num_tasks,))
        for name in ("update", "imitation_loss", "embedding_loss"):
            _require_shape(name, getattr(self, name), (num_reports,))

    @property
    def solved(self) -> np.ndarray:
        """Which tasks were solved at the end: bool `[num_tasks]`."""
        return self.solved_at[-1]

    @property
    def solved_share(self) -> np.ndarray:
        """The learning curve, the share of the test tasks solved: float64 `[num_reports]`."""
        return self.solved_at[:, self.is_test].mean(axis=1)

    @property
    def test_share(self) -> float:
        """Share of the test tasks solved at the end, the number of Table 1."""
        return float(self.solved_share[-1])

    def share_of(self, part: str) -> float:
        """Share of some of the test tasks that were solved at the end.

        Args:
            part: "validation", those that settings may be chosen by; "reported", the others; or a colour of
                obstacles.
        """
        validation = set(self.config.validation_tasks(self.seed))
        is_validation = np.array([task in validation for task in self.config.tasks])
        if part == "validation":
            is_part = is_validation
        elif part == "reported":
            is_part = ~is_validation
        else:
            is_part = np.array([task.color == part for task in self.config.tasks])
        return float(self.solved[self.is_test & is_part].mean())


def _require_shape(name: str, array: np.ndarray, shape: tuple[int, ...]) -> None:
    if array.shape != shape:
        raise ValueError(f"{name} has shape {array.shape}; it must have {shape}")
