"""Which states should be embedded alike? Those of two episodes with the same actions before two backgrounds.

An expert plays an episode, its actions are replayed before another video, and the policy similarity metric
between all states of the two is worked out once, from the expert's mean actions.

Source: Agarwal et al. (2021), App. I.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from pisces.checks import checked, is_count, is_count_or_0
from pisces.control.backgrounds import video_index
from pisces.control.batch import PairBatch
from pisces.control.episode import Episode, replay, rollout
from pisces.control.frames import gather_stacks, stacked_times
from pisces.control.simulation import NUM_SEEDS, Seeds, Simulation
from pisces.metric import mean_action_cost, policy_similarity


@dataclass(frozen=True, eq=False)
class EpisodePair:
    """T decisions, seen twice.

    Attributes:
        frames_x: uint8 `[T, S, S, 3]`, before each decision, in one episode.
        frames_y: uint8 `[T, S, S, 3]`, in the other.
        distance: float32 `[T, T]`, the policy similarity metric between their states.
    """

    frames_x: np.ndarray
    frames_y: np.ndarray
    distance: np.ndarray

    @classmethod
    def of(cls, x: Episode, y: Episode, *, discount: float) -> "EpisodePair":
        """Compares the actions of two episodes of T decisions each.

        The last state, in which nothing is done any more, is left out.

        Args:
            x: With frames; its actions are the expert's mean actions.
            y: Likewise, of the same length.
            discount: gamma of the metric, in [0, 1).

        Raises:
            ValueError: If the lengths differ, or one has no frames.
        """
        if x.frames is None or y.frames is None:
            raise ValueError("frames is None; it must be there, and size not None in the settings")
        if len(x.action) != len(y.action):
            raise ValueError(f"y has {len(y.action)} decisions; it must have those of x, {len(x.action)}")
        distance = policy_similarity(mean_action_cost(x.action, y.action), discount=discount)
        return cls(x.frames[:-1], y.frames[:-1], distance.astype(np.float32))


class Pairs:
    """Pairs of episodes, from which updates draw states."""

    def __init__(self, pairs: Sequence[EpisodePair]):
        """Keeps them.

        Args:
            pairs: At least one.

        Raises:
            ValueError: If there is none.
        """
        if not pairs:
            raise ValueError("pairs is empty; it must hold at least one")
        self.pairs = tuple(pairs)

    @property
    def num_bytes(self) -> int:
        """Memory of frames and distances in bytes."""
        return sum(
            array.nbytes for pair in self.pairs for array in (pair.frames_x, pair.frames_y, pair.distance)
        )

    def sample(
        self, generator: np.random.Generator, *, num_anchors: int, num_candidates: int | None
    ) -> PairBatch:
        """Draws a pair, which of its episodes has the anchors, and states of both.

        Args:
            generator: Decides all of it.
            num_anchors: States of one episode, m; all of them if there are fewer.
            num_candidates: States of the other, n, at least `num_anchors`; all if there are fewer, or for
                None. The anchors' times are among theirs.

        Returns:
            Arrays; at random times, no time twice.

        Raises:
            ValueError: If a number is not allowed.
        """
        checked("num_anchors", num_anchors, is_count, "an integer of at least 1")
        checked(
            "num_candidates",
            num_candidates,
            lambda number: number is None or (is_count(number) and number >= num_anchors),
            f"None or an integer of at least num_anchors, {num_anchors}",
        )
        pair = self.pairs[generator.integers(len(self.pairs))]
        frames_x, frames_y, distance = pair.frames_x, pair.frames_y, pair.distance
        if generator.random() < 0.5:
            frames_x, frames_y, distance = frames_y, frames_x, distance.T
        time = generator.permutation(len(distance))
        time_x, time_y = time[:num_candidates], time[:num_anchors]
        return PairBatch(
            gather_stacks(frames_x, stacked_times(time_x)),
            gather_stacks(frames_y, stacked_times(time_y)),
            np.ascontiguousarray(distance[np.ix_(time_x, time_y)]),
        )


def record_pairs(
    simulation: Simulation,
    act: Callable[[dict[str, np.ndarray]], np.ndarray],
    *,
    num_pairs: int,
    discount: float,
    seed: int,
    other: Simulation | None = None,
) -> Pairs:
    """Plays pairs of episodes, each before two different backgrounds.

    Args:
        simulation: Renders frames.
        act: The expert, from an observation, as in `episode.rollout`, to its mean action.
        num_pairs: How many, at least 1.
        discount: gamma of the metric, in [0, 1).
        seed: At least 0; decides the seeds of all episodes.
        other: Of the same task, before whose backgrounds each episode is played again; None takes another
            video of `simulation`, which must have at least two.

    Raises:
        RendererError: If a renderer is gone.
        ValueError: If there is only one video, or a setting is not allowed.
    """
    checked("num_pairs", num_pairs, is_count, "an integer of at least 1")
    generator = np.random.default_rng(checked("seed", seed, is_count_or_0, "an integer of at least 0"))
    num_videos = simulation.settings.backgrounds.num_videos
    if other is None and num_videos < 2:
        raise ValueError(f"backgrounds has {num_videos} video; it must have at least 2 for pairs")
    pairs = []
    for _ in range(num_pairs):
        task, first, second = generator.integers(NUM_SEEDS, size=3).tolist()
        while other is None and video_index(first, num_videos) == video_index(second, num_videos):
            second = int(generator.integers(NUM_SEEDS))
        played = rollout(simulation, act, seeds=Seeds(task, first))
        replayed = replay(other or simulation, played.action, seeds=Seeds(task, second))
        pairs.append(EpisodePair.of(played, replayed, discount=discount))
    return Pairs(pairs)
