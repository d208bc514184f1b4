"""What moves behind the bodies? One picture, procedural videos, or videos of one's own.

An episode shows one video, from a random frame on, forwards and backwards between its ends. The seeds of the
procedural videos are divided once and for all: what is tested on was never trained on, nor chosen by.

Source: Agarwal et al. (2021), App. I, with two DAVIS videos to train on and 30 others to test on; how videos
are played is that of Stone et al. (2021), The Distracting Control Suite.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from pisces.checks import checked, is_count_or_0, is_integer, one_of, require
from pisces.control.textures import procedural_video
from pisces.control.videos import find_videos, read_video

SEEDS = {
    "training": (0, 1),
    "validation": tuple(range(100, 110)),
    "test": tuple(range(200, 230)),
}
"""Seeds of the procedural videos to train on, to choose settings by, and to report."""

DAVIS = {
    "training": ("bear", "bmx-bumps"),
    "validation": (
        *("boat", "boxing-fisheye", "bus", "cat-girl", "crossing"),
        *("dancing", "elephant", "flamingo", "hike", "surf"),
    ),
    "test": (
        *("bike-packing", "blackswan", "bmx-trees", "breakdance", "camel", "car-roundabout", "car-shadow"),
        *("cows", "dance-twirl", "dog", "dogs-jump", "drift-chicane", "drift-straight", "goat", "gold-fish"),
        *("horsejump-high", "india", "judo", "kite-surf", "lab-coat", "libby", "loading", "mbike-trick"),
        *("motocross-jump", "paragliding-launch", "parkour", "pigs", "scooter-black", "shooting", "soapbox"),
    ),
}
"""Videos of DAVIS 2017: those that the paper trains on, ten others of its training set, and the 30 of its
validation set, on which the paper tests."""


class Backgrounds(Protocol):
    """A number of videos."""

    @property
    def num_videos(self) -> int:
        """How many there are, at least 1."""
        ...

    def video(self, index: int, size: int) -> np.ndarray:
        """One of them, uint8 `[F, size, size, 3]`."""
        ...


@dataclass(frozen=True)
class Still:
    """A plain colour that does not move.

    Attributes:
        color: Red, green and blue, 0 to 255 each.
    """

    color: tuple[int, int, int] = (38, 58, 82)

    def __post_init__(self):
        require(self, "color", _is_color, "three integers from 0 to 255")

    @property
    def num_videos(self) -> int:
        """1."""
        return 1

    def video(self, index: int, size: int) -> np.ndarray:
        """uint8 `[1, size, size, 3]`."""
        return np.full((1, size, size, 3), self.color, np.uint8)


@dataclass(frozen=True)
class Procedural:
    """Drifting textures and soft discs, as `textures` draws them.

    Attributes:
        seeds: One for each video, as a rule those of `SEEDS`.
    """

    seeds: tuple[int, ...]

    def __post_init__(self):
        require(self, "seeds", _are_seeds, "a tuple of one or more integers of at least 0")

    @classmethod
    def of(cls, split: str) -> "Procedural":
        """The videos to train on, to choose settings by, or to report.

        Args:
            split: "training", "validation" or "test".

        Raises:
            ValueError: If there is no such split.
        """
        return cls(SEEDS[checked("split", split, lambda name: name in SEEDS, one_of(SEEDS))])

    @property
    def num_videos(self) -> int:
        """Number of seeds."""
        return len(self.seeds)

    def video(self, index: int, size: int) -> np.ndarray:
        """uint8 `[60, size, size, 3]`."""
        return procedural_video(self.seeds[index], size)


@dataclass(frozen=True)
class Videos:
    """Videos in a folder, as `videos` finds them there.

    Attributes:
        folder: Has a folder of image files for each video, or the frames of a single one.
        names: Of the folders to take; all of them if it is empty.

    Raises:
        ValueError: If there are none.
    """

    folder: Path
    names: tuple[str, ...] = ()

    @classmethod
    def of(cls, folder: Path, split: str) -> "Videos":
        """The videos to train on, to choose settings by, or to report.

        Args:
            folder: Has a folder for each of `SEEDS`, which has those of its videos; or those of `DAVIS`.
            split: "training", "validation" or "test".

        Raises:
            ValueError: If there is no such split, or there are no videos of it.
        """
        checked("split", split, SEEDS.__contains__, one_of(SEEDS))
        of_split = Path(folder) / split
        return cls(of_split) if of_split.is_dir() else cls(folder, DAVIS[split])

    def __post_init__(self):
        object.__setattr__(self, "folder", Path(self.folder).absolute())
        find_videos(self.folder, self.names)

    @property
    def num_videos(self) -> int:
        """Number of videos that are found."""
        return len(find_videos(self.folder, self.names))

    def video(self, index: int, size: int) -> np.ndarray:
        """uint8 `[F, size, size, 3]`.

        Raises:
            ValueError: If a frame cannot be read.
        """
        return read_video(find_videos(self.folder, self.names)[index], size)


class Playback:
    """Shows one of several videos in each episode; keeps those that it has shown before."""

    def __init__(self, backgrounds: Backgrounds, size: int):
        """Shows nothing yet.

        Args:
            backgrounds: The videos.
            size: Width and height in pixels, S.
        """
        self._backgrounds, self._size = backgrounds, size
        self._num_videos = backgrounds.num_videos
        self._kept: dict[int, np.ndarray] = {}

    def begin(self, seed: int) -> None:
        """Chooses a video, its first frame and the direction in which it is played.

        Args:
            seed: At least 0; the choice is a function of it.
        """
        index, generator = _drawn_video(seed, self._num_videos)
        if index not in self._kept:
            self._kept[index] = self._backgrounds.video(index, self._size)
        self._video = self._kept[index]
        self._start = int(generator.integers(len(self._video)))
        self._direction = 1 if generator.random() < 0.5 else -1

    def frame(self, time: int) -> np.ndarray:
        """What the video shows.

        Args:
            time: Steps of control since the episode began, at least 0; each shows the next frame.

        Returns:
            uint8 `[S, S, 3]`, not to be written to.
        """
        return self._video[
            frame_index(time, start=self._start, direction=self._direction, num_frames=len(self._video))
        ]


def video_index(seed: int, num_videos: int) -> int:
    """Which of several videos an episode shows.

    Args:
        seed: Of the background of the episode, at least 0.
        num_videos: At least 1.
    """
    return _drawn_video(seed, num_videos)[0]


def frame_index(time: int, *, start: int, direction: int, num_frames: int) -> int:
    """The frame of a video that is played forwards and backwards, its first and last frame once each time.

    Args:
        time: Number of frames since `start`, at least 0.
        start: Index of the frame that was shown first.
        direction: 1 if it was played forwards at first, -1 if backwards.
        num_frames: Of the video, at least 1.
    """
    period = max(2 * (num_frames - 1), 1)
    place = (start + direction * time) % period
    return min(place, period - place) if num_frames > 1 else 0


def _drawn_video(seed: int, num_videos: int) -> tuple[int, np.random.Generator]:
    """The video, and what draws the rest."""
    generator = np.random.default_rng(seed)
    return int(generator.integers(num_videos)), generator


def _is_color(value: tuple[int, int, int]) -> bool:
    return len(value) == 3 and all(is_integer(one) and 0 <= one <= 255 for one in value)


def _are_seeds(value: tuple[int, ...]) -> bool:
    return isinstance(value, tuple) and len(value) > 0 and all(is_count_or_0(one) for one in value)
