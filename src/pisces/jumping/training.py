"""How is one configuration trained and judged? One `Training` is one configuration and one seed.

Everything random follows from the seed through one `SeedSequence`, a child for each use. What has to survive
an interruption (variables, optimizer, random streams, learning curve) is in one checkpoint, so that a resumed
run ends with the weights of an uninterrupted one.

What a configuration asks to be built is left to `pisces.jumping.builder`, the learning curve to
`pisces.jumping.curve`, the folder of a run to `pisces.runs.making`.
"""

import functools
import operator
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from tqdm import tqdm

from pisces.acting import Greedy
from pisces.checks import checked, is_count_or_0
from pisces.jumping import builder
from pisces.jumping.config import RunConfig
from pisces.jumping.curve import Curve
from pisces.jumping.result import RunResult
from pisces.learn import PolicyNetwork, PSEAgent
from pisces.task import Rollout, Task
from pisces.task.judge import Act, play

UPDATES_PER_CALL = 50  # of the training graph: often enough for a progress bar, seldom enough to cost nothing
NUM_SEEDS = 2**32  # as many as NumPy's stream for the random grid takes


class Training:
    """A run in progress: build it, `run` it, then use its `policy` and `network`.

    Attributes:
        config: What is run.
        seed: Its seed.
        tasks: The training tasks; the random grid may name one twice.
        is_test: bool `[num_tasks]`, which of `config.tasks` are not trained on.
    """

    def __init__(self, config: RunConfig, *, seed: int):
        """Builds data, network and agent; trains nothing yet.

        Args:
            config: What to run.
            seed: Integer from 0 to 2**32 - 1. It also draws the training tasks of the random grid.

        Raises:
            ValueError: If `seed` is outside its range.
        """
        self.config = config
        self.seed = checked("seed", seed, _is_seed, f"an integer from 0 to {NUM_SEEDS - 1}")
        self.tasks = config.training_tasks(self.seed)
        self.is_test = np.array([task not in self.tasks for task in config.tasks])

        network_stream, sampling_stream = np.random.SeedSequence(self.seed).spawn(2)
        self._optimizer = builder.optimizer(config)
        self._data = builder.training_set(config, self.tasks)
        self._agent = builder.agent(config, self.tasks, optimizer=self._optimizer, seed=_word(network_stream))
        self._sampling_generator = tf.random.Generator.from_seed(_word(sampling_stream))
        self._curve = Curve(config, is_test=self.is_test)
        self._checkpoint = tf.train.Checkpoint(
            network=self.network,
            optimizer=self._optimizer,
            step=self._agent.train_step_counter,
            sampling=self._sampling_generator,
            **self._curve.variables,
        )

    @property
    def agent(self) -> PSEAgent:
        """The TF-Agents agent."""
        return self._agent

    @property
    def network(self) -> PolicyNetwork:
        """The network in its present state."""
        return self._agent.network

    @property
    def policy(self):
        """The greedy TF-Agents policy in its present state."""
        return self._agent.policy

    @property
    def num_updates_done(self) -> int:
        """Updates so far."""
        return int(self._agent.train_step_counter.numpy())

    @property
    def is_done(self) -> bool:
        """Whether every update has been taken."""
        return self.num_updates_done >= self.config.num_updates

    def resume(self, checkpoints: Path) -> None:
        """Takes up what `run` has kept in a folder, if there is anything.

        Args:
            checkpoints: The folder, which need not exist.

        Raises:
            Exception: Of many kinds, TensorFlow's, if a checkpoint is broken or of another run.
        """
        latest = tf.train.latest_checkpoint(str(checkpoints))
        if latest is not None:
            # Builds the graph, and with it the variables that the optimizer makes when it is first used.
            self.advance(0)
            self._checkpoint.restore(latest).assert_consumed()

    def run(
        self,
        *,
        checkpoints: Path | None = None,
        is_quiet: bool = False,
        tensorboard_folder: Path | None = None,
        provenance: Mapping[str, str] | None = None,
    ) -> RunResult:
        """Trains to the end of the configuration and evaluates.

        Args:
            checkpoints: Folder in which to keep, at each report, what `resume` needs; None keeps nothing.
            is_quiet: Shows no progress bar.
            tensorboard_folder: Where to write TensorBoard scalars; None writes none.
            provenance: What to say in the result of where and with what it was made.

        Returns:
            The result. The network's acting stream is rewound: the policy begins where this evaluation did.
        """
        manager = None
        if checkpoints is not None:
            manager = tf.train.CheckpointManager(self._checkpoint, str(checkpoints), max_to_keep=1)
        writer = None if tensorboard_folder is None else _summary_writer(tensorboard_folder)
        act = self.act()
        with tqdm(
            total=self.config.num_updates, initial=self.num_updates_done, unit="update", disable=is_quiet
        ) as bar:
            while not self.is_done:
                self._advance_to_report(act, bar)
                if writer is not None:
                    self._write_scalars(writer)
                if manager is not None:
                    manager.save()
        if not self._curve.has_end:  # updates were taken by hand
            self._report(act, row=self._curve.num_reports - 1, mean_loss=np.full(2, np.nan))
        self.network.reset_acting_stream()
        return self._curve.result(seed=self.seed, provenance=dict(provenance or {}))

    def advance(self, num_updates: int) -> np.ndarray:
        """Takes updates and does nothing else.

        Args:
            num_updates: How many, at least 0.

        Returns:
            float32 `[2]`, the sums of the imitation loss and of the embedding loss over the updates.
        """
        return self._graph(tf.constant(num_updates)).numpy()

    def act(self) -> Act:
        """Maps float32 `[B, 60, 60, 2]` to the greedy int64 `[B]` of the policy in its present state."""
        return Greedy(self.policy)

    def play(self, tasks: Iterable[Task], *, record_frames: bool = False) -> Rollout:
        """Plays tasks with the policy in its present state.

        The random convolutions are those of every evaluation: a task that a result calls solved is solved.

        Args:
            tasks: The tasks to play.
            record_frames: Whether to return the frames.
        """
        return play(self.act(), tasks, record_frames=record_frames)

    def features(self, observation: np.ndarray) -> np.ndarray:
        """Representation f of observations, one augmented pass: float32 `[B, 60, 60, 2]` -> `[B, F]`."""
        return self.network.encode(tf.convert_to_tensor(observation), training=False)[0].numpy()

    def embedding(self, observation: np.ndarray) -> np.ndarray:
        """Embedding z = h(f) of observations, one augmented pass: float32 `[B, 60, 60, 2]` -> `[B, D]`."""
        return self.project(self.features(observation))

    def project(self, features: np.ndarray) -> np.ndarray:
        """Embedding z = h(f) of features: float32 `[B, F]` -> `[B, D]`."""
        return self.network.embedding(tf.convert_to_tensor(features)).numpy()

    def _advance_to_report(self, act: Act, bar: tqdm) -> None:
        """Trains up to the next point of the learning curve, evaluates there and notes both."""
        row, done = divmod(self.num_updates_done, self.config.report_interval)
        missing = min(self.config.report_interval - done, self.config.num_updates - self.num_updates_done)
        started = time.perf_counter()
        total = np.zeros(2)
        for first in range(0, missing, UPDATES_PER_CALL):
            num_updates = min(UPDATES_PER_CALL, missing - first)
            total += self.advance(num_updates)
            bar.update(num_updates)
        self._report(act, row=row, mean_loss=total / missing)
        self._curve.seconds.assign_add(time.perf_counter() - started)
        *_, solved = self._curve.at(row)
        bar.set_postfix(imitation=f"{total[0] / missing:.3f}", solved=f"{solved:.0%}")

    def _report(self, act: Act, *, row: int, mean_loss: np.ndarray) -> None:
        """Plays all tasks, under the same random convolutions at every report, and notes how that went."""
        self._curve.note(play(act, self.config.tasks), row=row, mean_loss=mean_loss)

    @functools.cached_property
    def _graph(self) -> Callable[[tf.Tensor], tf.Tensor]:
        """The graph of `advance`, made when it is first used, and with it the variables of the optimizer.

        A concrete function: TensorFlow takes graphs of several runs for one that it makes again and again.
        """
        # A function that makes variables is traced twice.
        self._optimizer._create_all_weights(self.network.trainable_weights)
        return tf.function(self._advance).get_concrete_function(tf.TensorSpec([], tf.int32))

    def _advance(self, num_updates: tf.Tensor) -> tf.Tensor:
        total = tf.zeros([2])
        for _ in tf.range(num_updates):
            experience, weights = self._data.sample_decisions(
                self._sampling_generator, batch_size=self.config.batch_size
            )
            pair = None if self.config.embedding is None else self._data.sample_pair(self._sampling_generator)
            total += tf.stack(self._agent.train(experience, weights, pair=pair).extra)
        return total

    def _write_scalars(self, writer: tf.summary.SummaryWriter) -> None:
        row = (self.num_updates_done - 1) // self.config.report_interval
        imitation, embedding, solved = self._curve.at(row)
        with writer.as_default(step=self.num_updates_done):
            tf.summary.scalar("loss/imitation", imitation)
            tf.summary.scalar("loss/embedding", embedding)
            tf.summary.scalar("test/solved", solved)
        writer.flush()


def _is_seed(value: Any) -> bool:
    return is_count_or_0(value) and operator.index(value) < NUM_SEEDS


def _word(stream: np.random.SeedSequence) -> int:
    return int(stream.generate_state(1)[0])


def _summary_writer(folder: Path) -> tf.summary.SummaryWriter:
    Path(folder).mkdir(parents=True, exist_ok=True)
    return tf.summary.create_file_writer(str(folder))
