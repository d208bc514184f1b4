"""What is left of a run? What it earned while it trained, and before backgrounds that it had never seen."""

import dataclasses

import numpy as np

from pisces.control.config import ControlConfig


@dataclasses.dataclass(frozen=True, eq=False, kw_only=True)
class ControlResult:
    """The outcome of one configuration and one seed.

    Attributes:
        config: What was run.
        seed: Its seed.
        num_updates: int64 `[num_reports]`, updates at each report.
        num_decisions: int64 `[num_reports]`, decisions at each report, random ones included.
        held_out_return: float64 `[num_reports, num_evaluation_episodes]`, of the greedy policy before
            held-out backgrounds, in episodes that are the same at every report.
        loss: float64 `[num_reports, 5]`, means since the report before, in the order of
            `pisces.control.batch.Losses`; nan where there was none.
        training_return: float64 `[num_episodes]`, of each episode of training that was finished.
        seconds: Wall time.
        provenance: Versions, processor, threads and commit, as far as the caller of `run` told.
    """

    config: ControlConfig
    seed: int
    num_updates: np.ndarray
    num_decisions: np.ndarray
    held_out_return: np.ndarray
    loss: np.ndarray
    training_return: np.ndarray
    seconds: float
    provenance: dict[str, str] = dataclasses.field(default_factory=dict)

    @property
    def score(self) -> float:
        """Mean return before held-out backgrounds at the end."""
        return float(self.held_out_return[-1].mean())
