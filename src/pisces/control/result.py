"""What is left of a run? What it earned while it trained, and then before other backgrounds."""

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
        seen_return: float64 `[num_test_episodes]`, of the greedy policy at the end, before the backgrounds
            that it was trained on.
        test_return: float64 `[num_test_episodes]`, the same before those that are reported; they begin in the
            same states.
        seconds: Wall time of training, evaluation in between included; without the episodes of the end.
        provenance: Versions, processor, threads and commit, as far as the caller of `run` told.
    """

    config: ControlConfig
    seed: int
    num_updates: np.ndarray
    num_decisions: np.ndarray
    held_out_return: np.ndarray
    loss: np.ndarray
    training_return: np.ndarray
    seen_return: np.ndarray
    test_return: np.ndarray
    seconds: float
    provenance: dict[str, str] = dataclasses.field(default_factory=dict)

    @property
    def score(self) -> float:
        """Mean return before the backgrounds that are reported."""
        return float(self.test_return.mean())
