"""How is a run doing? What is known of it at each report, in variables that a checkpoint can keep."""

import numpy as np
import tensorflow as tf

from pisces.jumping.config import RunConfig
from pisces.jumping.result import RunResult
from pisces.task import Rollout
from pisces.task.judge import NO_JUMP, is_solved, jump_step


class Curve:
    """The learning curve of a run: a row for each report, whether it has been reached or not.

    Attributes:
        config: What is run.
        is_test: bool `[num_tasks]`, which of `config.tasks` are not trained on.
        num_reports: How many reports the whole run has.
        seconds: float32 scalar, wall time of training and its evaluations so far.
    """

    def __init__(self, config: RunConfig, *, is_test: np.ndarray):
        """Begins with nothing known."""
        self.config = config
        self.is_test = is_test
        self.num_reports = -(-config.num_updates // config.report_interval)
        num_tasks = len(config.tasks)
        self.seconds = tf.Variable(tf.constant(0.0), trainable=False)
        # Imitation loss and embedding loss.
        self._loss = tf.Variable(tf.fill([self.num_reports, 2], np.nan), trainable=False)
        self._is_taken = tf.Variable(tf.fill([self.num_reports], False), trainable=False)
        self._solved_at = tf.Variable(tf.fill([self.num_reports, num_tasks], False), trainable=False)
        self._jump_step = tf.Variable(tf.fill([num_tasks], NO_JUMP), trainable=False)

    @property
    def variables(self) -> dict[str, tf.Variable]:
        """All that is known, by the names that it has in checkpoints."""
        return {
            "curve": self._loss,
            "is_taken": self._is_taken,
            "solved_at": self._solved_at,
            "jump_step": self._jump_step,
            "seconds": self.seconds,
        }

    @property
    def has_end(self) -> bool:
        """Whether the last report is there."""
        return bool(self._is_taken[-1])

    def note(self, played: Rollout, *, row: int, mean_loss: np.ndarray) -> None:
        """Notes a report.

        Args:
            played: Episodes of `config.tasks`.
            row: Which report, from 0.
            mean_loss: float `[2]`, imitation loss and embedding loss since the report before; nan if unknown.
        """
        self._loss[row].assign(mean_loss)
        self._solved_at[row].assign(is_solved(played, self.config.tasks))
        self._jump_step.assign(jump_step(played))
        self._is_taken[row].assign(True)

    def at(self, row: int) -> tuple[float, float, float]:
        """Imitation loss, embedding loss and share of the test tasks solved at a report."""
        imitation, embedding = self._loss.numpy()[row]
        return imitation, embedding, self._solved_at.numpy()[row, self.is_test].mean()

    def result(self, *, seed: int, provenance: dict[str, str]) -> RunResult:
        """What a run leaves, of the reports that are there.

        Args:
            seed: Of the run.
            provenance: Where and with what it was made.
        """
        is_taken = self._is_taken.numpy()
        loss = self._loss.numpy()[is_taken]
        ends = np.arange(1, self.num_reports + 1)[is_taken] * self.config.report_interval
        return RunResult(
            config=self.config,
            seed=seed,
            solved_at=self._solved_at.numpy()[is_taken],
            jump_step=self._jump_step.numpy(),
            is_test=self.is_test,
            update=np.minimum(ends, self.config.num_updates),
            imitation_loss=loss[:, 0],
            embedding_loss=loss[:, 1],
            seconds=float(self.seconds.numpy()),
            provenance=provenance,
        )
