"""What does the encoder of a finished run keep of the state, before backgrounds that it knows and others?

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
"""Others that it is judged on, before that background and before unseen videos."""

NUM_PLAYED = 10
"""Episodes that the greedy policy plays before unseen videos."""

_FIRST_SEED = 2**31  # of the episodes, which are the same for all runs
_UNSEEN = Procedural.of("test")
_FILMED = Seeds(_FIRST_SEED - 1, 0)
_FILM_SIZE = 96
_TURN = 25  # decisions that the expert takes before chance takes as many
_PENALTIES = np.logspace(-4, 4, 17)


@dataclasses.dataclass(frozen=True, eq=False, kw_only=True)
class EncoderView(Kept):
    """What the representation of a run tells of the state.

    Attributes:
        names: Of the N numbers of a state.
        seen: float64 `[N]`, how much of the variance of each a linear decoder of the representation explains
            in episodes that it was not fitted to, before the background of training; 1 is all.
        unseen: float64 `[N]`, the same in the same episodes before the procedural videos that are reported.
            It is below 0 where the mean would be a better guess.
        vector: float16 `[2, T, F]`, the representation in the first of these episodes, before both.
        bodies: uint8 `[2, T + 1, 96, 96, 3]`, what the greedy policy does in an episode before the background
            of training, and in one that begins alike before an unseen video: see `film`.
        film_return: float64 `[10]`, of the greedy policy before unseen videos, also for a run that saw none.
    """

    config: ControlConfig
    names: tuple[str, ...]
    seen: np.ndarray
    unseen: np.ndarray
    vector: np.ndarray
    bodies: np.ndarray
    film_return: np.ndarray

    @property
    def views(self) -> np.ndarray:
        """The rows of `vector`, those before the background of training first: float32 `[2 T, F]`."""
        return np.concatenate(self.vector).astype(np.float32)

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


def measure(
    training: "Training", *, unseen_world: Simulation, expert: experts.Expert, provenance: dict[str, str]
) -> EncoderView:
    """What the representation of a run, in its present state, tells of the state.

    Args:
        training: The run.
        unseen_world: Its task, before videos that it was not trained on.
        expert: For the episodes.
        provenance: Of the run's result.

    Raises:
        RendererError: If a renderer is gone.
    """
    worlds = training.worlds.training, unseen_world
    pairs = [_pair(worlds, expert, place) for place in range(NUM_FITTED + NUM_JUDGED)]
    seen, unseen = (
        [_features(training, episode) for episode in episodes] for episodes in zip(*pairs, strict=True)
    )
    state = [played.state[:-1] for played, _ in pairs]
    rest = np.concatenate(state[NUM_FITTED:])
    scores = explained(
        np.concatenate(seen[:NUM_FITTED]),
        np.concatenate(state[:NUM_FITTED]),
        *((np.concatenate(vectors[NUM_FITTED:]), rest) for vectors in (seen, unseen)),
    )
    return EncoderView(
        key=RunSpec(training.config, training.seed).key,
        config=training.config,
        seed=training.seed,
        names=training.worlds.training.renderer.state_names,
        seen=scores[0],
        unseen=scores[1],
        vector=np.stack([seen[NUM_FITTED], unseen[NUM_FITTED]]).astype(np.float16),
        bodies=_filmed(training, worlds),
        film_return=training.evaluate(unseen_world, NUM_PLAYED),
        provenance=provenance,
    )


def _pair(
    worlds: tuple[Simulation, Simulation], expert: experts.Expert, place: int
) -> tuple[Episode, Episode]:
    """An episode before one background, and replayed before the other."""
    seeds = Seeds(_FIRST_SEED + place, place)
    played = mixed_episode(worlds[0], expert.act, seeds=seeds)
    return played, replay(worlds[1], played.action, seeds=seeds)


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
    """Those of the experiment `control`."""
    return catalogue.cells("control")


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
        settings = dataclasses.replace(world_settings(spec.config, "test"), backgrounds=_UNSEEN)
        with (
            making.restored(folder, spec.config, spec.seed) as training,
            Simulation(settings, seed=0) as unseen_world,
        ):
            provenance = read_run(folder).provenance
            yield measure(training, unseen_world=unseen_world, expert=expert, provenance=provenance)


def _columns(one: EncoderView) -> dict[str, Any]:
    return {
        "names": list(one.names),
        "seen": one.seen.tolist(),
        "unseen": one.unseen.tolist(),
        "vector": [list(vectors) for vectors in one.vector],
        "bodies": zlib.compress(one.bodies.tobytes(), level=9),
        "film_return": one.film_return.tolist(),
    }


def _fields(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "names": tuple(row["names"]),
        "seen": np.array(row["seen"], float),
        "unseen": np.array(row["unseen"], float),
        "vector": np.array(row["vector"], np.float16),
        "bodies": _pictures(row["bodies"]),
        "film_return": np.array(row["film_return"], float),
    }


def _pictures(compressed: bytes) -> np.ndarray:
    try:
        content = zlib.decompress(compressed)
    except zlib.error as error:
        raise ValueError(str(error)) from error
    return np.frombuffer(content, np.uint8).reshape(2, -1, _FILM_SIZE, _FILM_SIZE, 3)


FILE = KeptFile(
    name="encoders.parquet",
    version=1,
    kind=CONTROL,
    kept=EncoderView,
    columns={
        "names": pa.list_(pa.string()),
        "seen": pa.list_(pa.float64()),
        "unseen": pa.list_(pa.float64()),
        "vector": pa.list_(pa.list_(pa.list_(pa.float16()))),
        "bodies": pa.binary(),
        "film_return": pa.list_(pa.float64()),
    },
    encode=_columns,
    decode=_fields,
)
"""What the encoders of the kept cells keep."""
