"""What does the encoder of a finished run keep of the state, before the background of training and others?

What it makes of a few episodes is measured once, from the checkpoints of a store, and kept; see
`pisces.runs.kept`.
"""

import dataclasses
import itertools
import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
from sklearn.linear_model import RidgeCV
from sklearn.metrics import r2_score
from sklearn.metrics.pairwise import euclidean_distances

from pisces.chapters.distracting_control import recording
from pisces.control import expert as experts
from pisces.control.backgrounds import Procedural
from pisces.control.config import ControlConfig
from pisces.control.episode import Episode, replay, rollout
from pisces.control.frames import gather_stacks, stacked_times
from pisces.control.settings import world_settings
from pisces.control.simulation import Seeds, Simulation
from pisces.experiments import catalogue
from pisces.experiments.cell import Cell
from pisces.experiments.control_cells import CARRIED_OVER
from pisces.experiments.evidence import complete_runs
from pisces.runs import making
from pisces.runs.identity import RunSpec
from pisces.runs.kept import Kept, KeptFile
from pisces.runs.kinds import CONTROL
from pisces.runs.store import Store, read_run

if TYPE_CHECKING:  # only who trains needs TensorFlow
    from pisces.control.training import Training

NUM_FITTED = 16
"""Episodes, before the background of training, that a decoder is fitted to."""

NUM_JUDGED = 8
"""Others that it is judged on, before that background and before videos."""

NUM_NEAR = 10
"""Of the views nearest to one, so many are near."""

_FIRST_SEED = 2**31  # of the episodes, which are the same for all runs
_PAIRED = Procedural.of("training")
_UNSEEN = Procedural.of("test")
_FILMED = Seeds(_FIRST_SEED - 1, 0)
_FILM_SIZE = 96
_TURN = 25  # decisions that the expert takes before chance takes as many
_PENALTIES = np.logspace(-4, 4, 17)


@dataclasses.dataclass(frozen=True, eq=False, kw_only=True)
class EncoderView(Kept):
    """What the representation of a run that was trained before a plain colour tells of the state.

    The same J episodes of T decisions are seen before three backgrounds: the plain colour, the two videos
    that the pairs of PSEs show, whatever the method of the run, and the videos that are reported.

    Attributes:
        names: Of the N numbers of a state.
        seen: float64 `[N]`, how much of the variance of each a linear decoder of the representation explains
            in episodes that it was not fitted to, before the plain colour; 1 is all.
        paired: float64 `[N]`, the same before the videos of the pairs. It is below 0 where the mean would be
            a better guess.
        unseen: float64 `[N]`, the same before the videos that are reported.
        paired_rank: int16 `[J, 2 T]`, of the views of each episode before the plain colour and before a video
            of the pairs, as `ranks` gives it.
        unseen_rank: int16 `[J, 2 T]`, likewise with a video that is reported.
        vector: float16 `[2, T, F]`, the representation in the first of these episodes, before the plain
            colour and before a video that is reported.
        bodies: uint8 `[2, T + 1, 96, 96, 3]`, what the greedy policy does in an episode before the plain
            colour, and in one that begins alike before such a video: see `film`.
        paired_return: float64 `[num_test_episodes]`, of the greedy policy before the videos of the pairs, in
            episodes that begin as those of the run's result.
    """

    config: ControlConfig
    names: tuple[str, ...]
    seen: np.ndarray
    paired: np.ndarray
    unseen: np.ndarray
    paired_rank: np.ndarray
    unseen_rank: np.ndarray
    vector: np.ndarray
    bodies: np.ndarray
    paired_return: np.ndarray

    @property
    def views(self) -> np.ndarray:
        """The rows of `vector`, those before the plain colour first: float32 `[2 T, F]`."""
        return np.concatenate(self.vector).astype(np.float32)

    @property
    def paired_near(self) -> float:
        """Share of views that the other view of their state is near to, before the videos of the pairs."""
        return float((self.paired_rank < NUM_NEAR).mean())

    @property
    def unseen_near(self) -> float:
        """Likewise before the videos that are reported."""
        return float((self.unseen_rank < NUM_NEAR).mean())

    def film(self, *, size: int) -> np.ndarray:
        """What the greedy policy does, before both backgrounds side by side.

        Args:
            size: Width and height of one picture in pixels, a divisor of 96.

        Returns:
            uint8 `[T + 1, size, 2 * size, 3]`.
        """
        task, shown = self.config.task, {"seed": _FILMED.background, "size": size}
        behind = (world_settings(self.config, "training").backgrounds, _UNSEEN)
        films = [
            recording.film(bodies, task, videos, **shown)
            for bodies, videos in zip(self.bodies, behind, strict=True)
        ]
        return np.concatenate(films, axis=2)


def mixed_episode(
    simulation: Simulation, act: Callable[[dict[str, np.ndarray]], np.ndarray], *, seeds: Seeds
) -> Episode:
    """An episode in which an expert and chance take turns of 25 decisions, so that many states come about.

    Args:
        simulation: Of the task.
        act: The expert, as `pisces.control.episode.rollout` takes it.
        seeds: What decides the episode, and chance.

    Raises:
        RendererError: If the renderer is gone.
    """
    chance, count = np.random.default_rng(seeds.task), itertools.count()

    def take_turns(observation: dict[str, np.ndarray]) -> np.ndarray:
        drawn = chance.uniform(-1, 1, simulation.action_size)
        return drawn if next(count) // _TURN % 2 else act(observation)

    return rollout(simulation, take_turns, seeds=seeds)


def explained(
    fitted: np.ndarray, state: np.ndarray, *judged: tuple[np.ndarray, np.ndarray]
) -> list[np.ndarray]:
    """How much of a state a linear decoder of vectors explains.

    Args:
        fitted: float `[n, F]`, vectors that it is fitted to, by ridge regression whose penalty leaves each of
            them out once ...
        state: float `[n, N]`, ... and the states.
        *judged: Vectors `[m, F]` and states `[m, N]` that it is judged on.

    Returns:
        For each of `judged` float64 `[N]`, the coefficient of determination of each number of the state.
    """
    decoder = RidgeCV(_PENALTIES).fit(fitted, state)
    return [
        np.asarray(r2_score(true, decoder.predict(vector), multioutput="raw_values"))
        for vector, true in judged
    ]


def ranks(seen: np.ndarray, other: np.ndarray) -> np.ndarray:
    """How near two views of the same state are to each other, compared with views of other states.

    Args:
        seen: float `[T, F]`, the representation of T states before one background ...
        other: float `[T, F]`, ... and before another.

    Returns:
        int16 `[2 T]`, for each view how many of the others are nearer to it than the other view of its state
        is; 0 says that the latter is its nearest.
    """
    views = np.concatenate([seen, other]).astype(float)
    distance = euclidean_distances(views)
    np.fill_diagonal(distance, np.inf)
    to_itself = np.take_along_axis(distance, np.roll(np.arange(len(views)), len(seen))[:, None], axis=1)
    return (distance < to_itself).sum(axis=1).astype(np.int16)


def measure(
    training: "Training",
    *,
    paired: Simulation,
    unseen: Simulation,
    expert: experts.Expert,
    provenance: dict[str, str],
) -> EncoderView:
    """What the representation of a run, in its present state, tells of the state.

    Args:
        training: The run.
        paired: Its task before the videos that the pairs of PSEs show.
        unseen: Its task before those that are reported.
        expert: For the episodes.
        provenance: Of the run's result.

    Raises:
        RendererError: If a renderer is gone.
    """
    plain = training.worlds.training
    state, vectors = _seen_by(training, (plain, paired, unseen), expert)
    fitted, rest = slice(NUM_FITTED), slice(NUM_FITTED, None)
    scores = explained(
        np.concatenate(vectors[0][fitted]),
        np.concatenate(state[fitted]),
        *((np.concatenate(own[rest]), np.concatenate(state[rest])) for own in vectors),
    )
    paired_rank, unseen_rank = (
        np.stack([ranks(*both) for both in zip(vectors[0][rest], own[rest], strict=True)])
        for own in vectors[1:]
    )
    return EncoderView(
        key=RunSpec(training.config, training.seed).key,
        config=training.config,
        seed=training.seed,
        names=plain.renderer.state_names,
        seen=scores[0],
        paired=scores[1],
        unseen=scores[2],
        paired_rank=paired_rank,
        unseen_rank=unseen_rank,
        vector=np.stack([vectors[0][NUM_FITTED], vectors[2][NUM_FITTED]]).astype(np.float16),
        bodies=_filmed(training, (plain, unseen)),
        paired_return=training.evaluate(paired, training.config.num_test_episodes),
        provenance=provenance,
    )


def _seen_by(
    training: "Training", worlds: tuple[Simulation, ...], expert: experts.Expert
) -> tuple[list[np.ndarray], list[list[np.ndarray]]]:
    """The states of the episodes, and for each world the representations of them there, before decisions."""
    states: list[np.ndarray] = []
    vectors: list[list[np.ndarray]] = [[] for _ in worlds]
    for place in range(NUM_FITTED + NUM_JUDGED):
        seeds = Seeds(_FIRST_SEED + place, place)
        played = mixed_episode(worlds[0], expert.act, seeds=seeds)
        replayed = (replay(world, played.action, seeds=seeds) for world in worlds[1:])
        for own, episode in zip(vectors, (played, *replayed), strict=True):
            own.append(_features(training, episode))
        states.append(played.state[:-1])
    return states, vectors


def _filmed(training: "Training", worlds: tuple[Simulation, Simulation]) -> np.ndarray:
    """The bodies in an episode of the greedy policy before either background."""
    played = [rollout(world, training.act, seeds=_FILMED).action for world in worlds]
    settings = recording.bodies_alone(training.config.task, size=_FILM_SIZE)
    with Simulation(settings, seed=0) as simulation:
        frames = [replay(simulation, action, seeds=_FILMED).frames for action in played]
    return np.stack([one for one in frames if one is not None])


def _features(training: "Training", episode: Episode) -> np.ndarray:
    """The representation that the policy acts on, float32 `[T, F]`, before each decision."""
    assert episode.frames is not None
    pixels: Any = gather_stacks(episode.frames, stacked_times(np.arange(len(episode.action))))
    agent = training.agent
    return agent.actor.features(agent.critic.maps(pixels)).numpy()


def kept_cells() -> list[Cell]:
    """Those of agents that are trained before a plain colour, and judged before videos."""
    compared = catalogue.select(catalogue.cells("control"), column=CARRIED_OVER)
    return [*compared, *catalogue.cells("more-videos"), *catalogue.cells("ball-in-cup")]


def collect(store: Store, wanted: Iterable[Cell], seeds: Iterable[int]) -> Iterator[EncoderView]:
    """Measures the encoders of runs of a store, by their checkpoints.

    Args:
        store: Nothing is written to it.
        wanted: The cells whose runs are wanted.
        seeds: The seeds wanted of each.

    Yields:
        What is measured of each run that is complete and made by the present code.

    Raises:
        ImportError: If MuJoCo or the suite is missing, or of another version.
        RendererError: If nothing renders here.
        ValueError: If the files of a run are damaged, or its task has no expert.
    """
    for spec, folder in complete_runs(store, wanted, seeds):
        assert isinstance(spec.config, ControlConfig)
        expert = experts.packaged(spec.config.task)
        unseen = world_settings(spec.config, "test")
        paired = dataclasses.replace(unseen, backgrounds=_PAIRED)
        with (
            making.restored(folder, spec.config, spec.seed) as training,
            Simulation(paired, seed=0) as before_paired,
            Simulation(unseen, seed=0) as before_unseen,
        ):
            yield measure(
                training,
                paired=before_paired,
                unseen=before_unseen,
                expert=expert,
                provenance=read_run(folder).provenance,
            )


def _columns(one: EncoderView) -> dict[str, Any]:
    return {
        "names": list(one.names),
        "seen": one.seen.tolist(),
        "paired": one.paired.tolist(),
        "unseen": one.unseen.tolist(),
        "paired_rank": one.paired_rank.tolist(),
        "unseen_rank": one.unseen_rank.tolist(),
        "vector": [list(vectors) for vectors in one.vector],
        "bodies": zlib.compress(one.bodies.tobytes(), level=9),
        "paired_return": one.paired_return.tolist(),
    }


def _fields(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "names": tuple(row["names"]),
        "seen": np.array(row["seen"], float),
        "paired": np.array(row["paired"], float),
        "unseen": np.array(row["unseen"], float),
        "paired_rank": np.array(row["paired_rank"], np.int16),
        "unseen_rank": np.array(row["unseen_rank"], np.int16),
        "vector": np.array(row["vector"], np.float16),
        "bodies": _pictures(row["bodies"]),
        "paired_return": np.array(row["paired_return"], float),
    }


def _pictures(compressed: bytes) -> np.ndarray:
    try:
        content = zlib.decompress(compressed)
    except zlib.error as error:
        raise ValueError(str(error)) from error
    return np.frombuffer(content, np.uint8).reshape(2, -1, _FILM_SIZE, _FILM_SIZE, 3)


FILE = KeptFile(
    name="encoders.parquet",
    version=2,
    kind=CONTROL,
    kept=EncoderView,
    columns={
        "names": pa.list_(pa.string()),
        "seen": pa.list_(pa.float64()),
        "paired": pa.list_(pa.float64()),
        "unseen": pa.list_(pa.float64()),
        "paired_rank": pa.list_(pa.list_(pa.int16())),
        "unseen_rank": pa.list_(pa.list_(pa.int16())),
        "vector": pa.list_(pa.list_(pa.list_(pa.float16()))),
        "bodies": pa.binary(),
        "paired_return": pa.list_(pa.float64()),
    },
    encode=_columns,
    decode=_fields,
)
"""What the encoders of the kept cells keep."""
