"""How did a run go? What is noted at each report, and at the end of each episode of training."""

import numpy as np

from pisces.control.batch import Losses

_NUM_LOSSES = len(Losses._fields)


class Curve:
    """A learning curve that grows, and that is written down as arrays.

    Attributes:
        seconds: Wall time so far.
    """

    def __init__(self, num_evaluation_episodes: int):
        """Begins without a report.

        Args:
            num_evaluation_episodes: At each report.
        """
        self._counts = np.zeros((0, 2), np.int64)
        self._held_out_return = np.zeros((0, num_evaluation_episodes))
        self._loss = np.zeros((0, _NUM_LOSSES))
        self._training_return = np.zeros(0)
        self._recent: list[tuple[float, ...]] = []
        self.seconds = 0.0

    @property
    def num_reports(self) -> int:
        """Reports so far."""
        return len(self._counts)

    def note_update(self, losses: Losses) -> None:
        """Keeps the losses of an update until the next report."""
        self._recent.append(tuple(float(value) for value in losses))

    def note_episode(self, episode_return: float) -> None:
        """Keeps the return of an episode of training."""
        self._training_return = np.append(self._training_return, episode_return)

    def note_report(self, *, num_updates: int, num_decisions: int, held_out_return: np.ndarray) -> None:
        """Keeps a report, and the means of the losses since the last one.

        Args:
            num_updates: So far.
            num_decisions: So far.
            held_out_return: float `[num_evaluation_episodes]`.
        """
        self._counts = np.vstack([self._counts, [num_updates, num_decisions]])
        self._held_out_return = np.vstack([self._held_out_return, held_out_return])
        self._loss = np.vstack([self._loss, _means(np.array(self._recent).reshape(-1, _NUM_LOSSES))])
        self._recent = []

    def arrays(self) -> dict[str, np.ndarray]:
        """The reports by the names of their fields in `ControlResult`."""
        return {
            "num_updates": self._counts[:, 0],
            "num_decisions": self._counts[:, 1],
            "held_out_return": self._held_out_return,
            "loss": self._loss,
            "training_return": self._training_return,
        }

    def state(self) -> dict[str, np.ndarray]:
        """All that `restore` needs."""
        return {
            **self.arrays(),
            "recent": np.array(self._recent).reshape(-1, _NUM_LOSSES),
            "seconds": np.array(self.seconds),
        }

    def restore(self, state: dict[str, np.ndarray]) -> None:
        """Takes up what `state` returned."""
        self._counts = np.stack([state["num_updates"], state["num_decisions"]], axis=1)
        self._held_out_return, self._loss = state["held_out_return"], state["loss"]
        self._training_return = state["training_return"]
        self._recent = [tuple(row) for row in state["recent"].tolist()]
        self.seconds = float(state["seconds"])


def _means(loss: np.ndarray) -> np.ndarray:
    """Means over the rows that have a number; nan where none has."""
    is_there = ~np.isnan(loss)
    number = is_there.sum(axis=0)
    total = np.where(is_there, loss, 0).sum(axis=0)
    return np.where(number > 0, total / np.maximum(number, 1), np.nan)
