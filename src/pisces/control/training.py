"""How is one configuration trained and judged? One `Training` is one configuration and one seed.

Everything random follows from the seed through one `SeedSequence`, a child for each use. Checkpoints are made
between episodes and hold all that decides what comes next, the replay buffer too, so that a resumed run ends
as an uninterrupted one does.

What a configuration asks to be built is left to `pisces.control.builder`, the learning curve to
`pisces.control.curve`, files to `pisces.control.checkpoint`.
"""

import operator
import time
import typing
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import tensorflow as tf
from tqdm import tqdm

from pisces.checks import checked, is_count_or_0
from pisces.control import builder, checkpoint
from pisces.control.batch import Experience, PairBatch
from pisces.control.config import ControlConfig
from pisces.control.crops import random_crops
from pisces.control.curve import Curve
from pisces.control.episode import rollout
from pisces.control.overlay import overlaid_views
from pisces.control.pairs import Pairs
from pisces.control.policy import Act
from pisces.control.replay import Replay
from pisces.control.result import ControlResult
from pisces.control.simulation import NUM_SEEDS, Seeds, Simulation
from pisces.control.tasks import TASKS
from pisces.control.world import Moment


class Worlds(typing.NamedTuple):
    """Where a run takes place; see `pisces.control.settings`.

    Attributes:
        training: To train in.
        held_out: For the learning curve.
        test: To be judged in at the end.
    """

    training: Simulation
    held_out: Simulation
    test: Simulation


class Training:
    """A run in progress: build it, `resume` it if it was interrupted, and `run` it.

    Attributes:
        config: What is run.
        seed: Its seed.
        worlds: Where it takes place.
        agent: The TF-Agents agent.
        replay: What it learns from.
        num_decisions_done: Decisions so far, random ones included.
    """

    def __init__(
        self,
        config: ControlConfig,
        *,
        seed: int,
        worlds: Worlds,
        pairs: Pairs | None = None,
    ):
        """Builds the agent; acts and trains nothing yet.

        Args:
            config: What to run.
            seed: At least 0. It also decides all episodes.
            worlds: To train and to be judged in; none is closed here.
            pairs: For the embedding loss of the configuration; None if it has none.

        Raises:
            ValueError: If the seed is not allowed, or pairs are missing or not asked for.
        """
        checked("seed", seed, is_count_or_0, "an integer of at least 0")
        if (pairs is None) != (config.pse is None):
            allowed = "None without pse" if config.pse is None else "of class Pairs for pse"
            raise ValueError(f"pairs is {pairs!r}; it must be {allowed}")
        self.config = config
        self.seed = operator.index(seed)
        self.worlds, self._pairs = worlds, pairs
        network, episodes, evaluation, *streams = np.random.SeedSequence(self.seed).spawn(5)
        self._episodes, self._evaluation = episodes, evaluation
        self._generators = {
            name: np.random.default_rng(stream)
            for name, stream in zip(("sampling", "acting"), streams, strict=True)
        }
        self._action_size = worlds.training.action_size
        self.agent = builder.agent(
            config, action_size=self._action_size, seed=int(network.generate_state(1)[0])
        )
        self.replay = Replay(config.replay_capacity, size=config.size, action_size=self._action_size)
        self.num_decisions_done = 0
        self._num_episodes = 0
        self._curve = Curve(config.num_evaluation_episodes)
        self._update = tf.function(self.agent.train, autograph=False)
        self._collect, self._greedy = (
            Act(policy) for policy in (self.agent.collect_policy, self.agent.policy)
        )

    @property
    def policy(self):
        """The greedy TF-Agents policy in its present state."""
        return self.agent.policy

    @property
    def num_updates_done(self) -> int:
        """Updates so far."""
        return int(self.agent.train_step_counter.numpy())

    @property
    def is_done(self) -> bool:
        """Whether every update has been taken."""
        return self.num_updates_done >= self.config.num_updates

    def resume(self, checkpoints: Path) -> None:
        """Takes up what `run` has kept in a folder, if there is anything.

        Args:
            checkpoints: The folder, which need not exist.

        Raises:
            Exception: Of many kinds, TensorFlow's and NumPy's, if a checkpoint is broken or of another run.
        """
        kept = checkpoint.read(checkpoints, self._variables())
        if kept is not None:
            self.num_decisions_done, self._num_episodes = kept["run"]["counts"].tolist()
            self.replay.restore(kept["replay"])
            self._curve.restore(kept["curve"])
            for name, generator in self._generators.items():
                checkpoint.restore_generator(generator, kept["generators"][name])

    def run(
        self,
        *,
        checkpoints: Path | None = None,
        is_quiet: bool = False,
        provenance: Mapping[str, str] | None = None,
    ) -> ControlResult:
        """Acts, trains and evaluates to the end of the configuration, and is judged then.

        Args:
            checkpoints: Folder in which to keep, after the first episode that ends after a report, what
                `resume` needs; None keeps nothing.
            is_quiet: Shows no progress bar.
            provenance: What to say in the result of where and with what it was made.

        Raises:
            RendererError: If a renderer is gone.
        """
        with tqdm(
            total=self.config.num_updates, initial=self.num_updates_done, unit="update", disable=is_quiet
        ) as bar:
            while not self.is_done:
                started, num_reports = time.perf_counter(), self._curve.num_reports
                self.play_episode()
                self._curve.seconds += time.perf_counter() - started
                bar.update(self.num_updates_done - bar.n)
                if checkpoints is not None and self._curve.num_reports > num_reports:
                    self.save(checkpoints)
        seen, unseen = (
            self.evaluate(simulation, self.config.num_test_episodes)
            for simulation in (self.worlds.training, self.worlds.test)
        )
        return ControlResult(
            config=self.config,
            seed=self.seed,
            seen_return=seen,
            test_return=unseen,
            seconds=self._curve.seconds,
            provenance=dict(provenance or {}),
            **self._curve.arrays(),
        )

    def play_episode(self) -> None:
        """Plays one episode and trains after each of its decisions, until it ends or the run does."""
        simulation = self.worlds.training
        moment = simulation.reset(_seeds(self._episodes, self._num_episodes))
        self.replay.begin(_frame(moment))
        episode_return = 0.0
        while not (moment.is_last or self.is_done):
            action = self._action(moment)
            moment = simulation.step(action)
            self.replay.add(
                action,
                reward=moment.reward,
                discount=moment.discount,
                frame=_frame(moment),
                is_last=moment.is_last,
            )
            episode_return += moment.reward
            self.num_decisions_done += 1
            self._train()
        self._num_episodes += 1
        if moment.is_last:
            self._curve.note_episode(episode_return)

    def act(self, observation: dict[str, np.ndarray]) -> np.ndarray:
        """The greedy policy in its present state, as `episode.rollout` takes it.

        Args:
            observation: With "pixels", uint8 `[S, S, 9]`.

        Returns:
            float32 `[A]`.
        """
        return self._greedy(observation["pixels"])

    def evaluate(self, simulation: Simulation, num_episodes: int) -> np.ndarray:
        """Returns of the greedy policy, float64 `[num_episodes]`; the run's seed decides the episodes.

        Args:
            simulation: One of those of the run, or another of the same task.
            num_episodes: How many.
        """
        return np.array(
            [
                rollout(simulation, self.act, seeds=_seeds(self._evaluation, episode)).reward.sum()
                for episode in range(num_episodes)
            ]
        )

    def save(self, checkpoints: Path) -> None:
        """Keeps what `resume` needs, in place of what was kept before; between episodes only.

        Args:
            checkpoints: The folder, which need not exist.
        """
        checkpoint.write(
            checkpoints,
            self._variables(),
            {
                "run": {"counts": np.array([self.num_decisions_done, self._num_episodes])},
                "replay": self.replay.state(),
                "curve": self._curve.state(),
                "generators": {
                    name: checkpoint.generator_state(generator)
                    for name, generator in self._generators.items()
                },
            },
        )

    def _action(self, moment: Moment) -> np.ndarray:
        if self.num_decisions_done < self.config.num_seed_decisions:
            generator = self._generators["acting"]
            return generator.uniform(-1, 1, self._action_size).astype(np.float32)
        return self._collect(self.worlds.training.observation(moment)["pixels"])

    def _train(self) -> None:
        """Updates after a decision, with a report where one is due."""
        if self.num_decisions_done <= self.config.num_seed_decisions:
            return
        for _ in range(self.config.updates_per_decision):
            if self.is_done:
                return
            info = self._update(experience=self._experience(), pair=self._pair())
            self._curve.note_update(info.extra)
            if self.is_done or self.num_updates_done % self.config.report_interval == 0:
                self._curve.note_report(
                    num_updates=self.num_updates_done,
                    num_decisions=self.num_decisions_done,
                    held_out_return=self.evaluate(self.worlds.held_out, self.config.num_evaluation_episodes),
                )

    def _experience(self) -> Experience:
        config, generator = self.config, self._generators["sampling"]
        drawn = self.replay.sample(config.batch_size, generator)
        return Experience(
            self._views(drawn.pixels),
            tf.constant(drawn.action),
            tf.constant(drawn.reward),
            tf.constant(drawn.discount),
            tf.constant(self._crops(drawn.next_pixels, config.num_target_crops)),
        )

    def _pair(self) -> PairBatch | None:
        if self._pairs is None or self.config.pse is None:
            return None
        drawn = self._pairs.sample(
            self._generators["sampling"],
            num_anchors=self.config.pse.num_anchors,
            num_candidates=self.config.pse.num_candidates,
        )
        pixels_x, pixels_y = (self._crops(pixels, 1)[:, 0] for pixels in (drawn.pixels_x, drawn.pixels_y))
        return PairBatch(tf.constant(pixels_x), tf.constant(pixels_y), tf.constant(drawn.distance))

    def _views(self, images: np.ndarray) -> tf.Tensor:
        """What critics and actor learn from, plain views first."""
        views = self._crops(images, self.config.num_crops)
        if self.config.overlay_weight is None:
            return tf.constant(views)
        return tf.constant(
            overlaid_views(
                views,
                weight=self.config.overlay_weight,
                generator=self._generators["sampling"],
                steps=TASKS[self.config.task].action_repeat if self.config.overlay_moves else 0,
            )
        )

    def _crops(self, images: np.ndarray, num_crops: int) -> np.ndarray:
        return random_crops(
            images,
            num_crops=num_crops,
            padding=self.config.crop_padding,
            generator=self._generators["sampling"],
        )

    def _variables(self) -> tf.train.Checkpoint:
        agent = self.agent
        return tf.train.Checkpoint(
            actor=agent.actor,
            critic=agent.critic,
            target_critic=agent.target_critic,
            log_temperature=agent.log_temperature,
            step=agent.train_step_counter,
            generator=agent.generator,
            collect_generator=agent.collect_generator,
            **{
                f"{name}_optimizer": optimizer
                for name, optimizer in agent.optimizers._asdict().items()
                if optimizer is not None
            },
        )


def _seeds(stream: np.random.SeedSequence, episode: int) -> Seeds:
    """Of an episode by its number, so that it does not depend on what was played before."""
    key = (*stream.spawn_key, episode)
    generator = np.random.default_rng(np.random.SeedSequence(stream.entropy, spawn_key=key))
    return Seeds(*generator.integers(NUM_SEEDS, size=2).tolist())


def _frame(moment: Moment) -> np.ndarray:
    if moment.frame is None:
        raise ValueError("frame is None; it must be there, and size not None in the settings")
    return moment.frame
