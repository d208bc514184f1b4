"""What does an episode look like before any background? Its bodies, recorded once: no page need render.

The bodies stand before black, at a multiple of the size of a frame, and `pisces.control.frames.composite`
puts a background behind them, in a chapter as in a run.
"""

import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pisces.control import expert as experts
from pisces.control.backgrounds import Backgrounds, Playback, Still
from pisces.control.episode import rollout
from pisces.control.frames import composite
from pisces.control.simulation import Seeds, Simulation
from pisces.control.tasks import TASKS
from pisces.control.world import WorldSettings
from pisces.runs import archive

TASK = "cartpole-swingup"
SIZE = 192
"""Pixels of the recording; a frame whose size divides it can be made of it."""

_FILE = "control_recording.npz"


@dataclass(frozen=True, eq=False)
class Recording:
    """An episode of T decisions without a background.

    Attributes:
        task: A name of `pisces.control.tasks.TASKS`.
        bodies: uint8 `[T + 1, B, B, 3]`, before the first decision and after each, black where no body is.
        state: float32 `[T + 1, N]`, of the same moments.
        action: float32 `[T, A]` in [-1, 1].
        reward: float64 `[T]`.
    """

    task: str
    bodies: np.ndarray
    state: np.ndarray
    action: np.ndarray
    reward: np.ndarray


def film(bodies: np.ndarray, task: str, backgrounds: Backgrounds, *, seed: int, size: int) -> np.ndarray:
    """Bodies before a background that moves as in a run.

    Args:
        bodies: uint8 `[F, B, B, 3]`, at the beginning and after each decision, black where no body is.
        task: A name of `pisces.control.tasks.TASKS`.
        backgrounds: The videos.
        seed: At least 0; which of them, from which frame on and in which direction.
        size: Width and height of a frame in pixels; a divisor of B.

    Returns:
        uint8 `[F, size, size, 3]`.

    Raises:
        ValueError: If the size does not divide that of the bodies.
    """
    if size < 1 or bodies.shape[1] % size:
        raise ValueError(f"size is {size}; it must be a divisor of {bodies.shape[1]}")
    playback, steps = Playback(backgrounds, size), TASKS[task].action_repeat
    playback.begin(seed)
    frames = [composite(one, playback.frame(time * steps)) for time, one in enumerate(bodies)]
    return np.stack(frames)


def bodies_alone(task: str, *, size: int) -> WorldSettings:
    """A world in which a frame shows the bodies before black.

    Args:
        task: A name of `pisces.control.tasks.TASKS`.
        size: Width and height of a frame in pixels.
    """
    return WorldSettings(task=task, size=size, backgrounds=Still((0, 0, 0)))


def record(task: str = TASK, *, seed: int = 0, size: int = SIZE) -> Recording:
    """The expert of the package plays an episode.

    Args:
        task: A name of `pisces.control.tasks.TASKS`.
        seed: 0 to 2**32 - 1; decides the first state.
        size: Width and height of the recording in pixels, B.

    Raises:
        ImportError: If MuJoCo or the suite is missing, or of another version.
        RendererError: If nothing renders here.
        ValueError: If there is no such task, or no expert for it.
    """
    expert = experts.packaged(task)
    with Simulation(bodies_alone(task, size=size), seed=0) as simulation:
        episode = rollout(simulation, expert.act, seeds=Seeds(seed, 0))
    assert episode.frames is not None
    return Recording(task, episode.frames, episode.state, episode.action, episode.reward)


def packaged() -> Path:
    """The recording that comes with the package, beside the archives of runs."""
    return archive.folder() / _FILE


def write(file: Path, recording: Recording) -> None:
    """Keeps a recording in a file, in NumPy's format for several arrays."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with open(file, "wb") as stream:
        np.savez_compressed(stream, **{name: getattr(recording, name) for name in _ARRAYS})


def read(file: Path) -> Recording:
    """Inverse of `write`.

    Raises:
        ValueError: If the file is missing, or is none of a recording.
    """
    try:
        with open(file, "rb") as stream, np.load(stream) as arrays:
            values = {name: arrays[name] for name in _ARRAYS}
    except (OSError, KeyError, ValueError, TypeError, EOFError, zipfile.BadZipFile) as error:
        raise ValueError(f"file is {str(file)!r}, which holds no recording: {error}") from error
    return Recording(task=str(values.pop("task")), **values)


_ARRAYS = ("task", "bodies", "state", "action", "reward")
