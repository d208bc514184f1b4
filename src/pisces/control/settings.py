"""Which world does a configuration ask for? The settings of its simulation."""

from pathlib import Path

from pisces.checks import checked, one_of
from pisces.control.backgrounds import SEEDS, Procedural, Still, Videos
from pisces.control.config import ControlConfig
from pisces.control.videos import digest, find_videos
from pisces.control.world import WorldSettings


def world_settings(config: ControlConfig, split: str, *, folder: Path | None = None) -> WorldSettings:
    """What is simulated and seen in a run.

    Args:
        config: Of the run.
        split: "training", "validation" or "test"; before a still background they are alike. With
            `trains_before_still` that of "training" is still.
        folder: Of the videos, for backgrounds "videos", as `Videos.of` takes it; None for any other.

    Raises:
        ValueError: If there is no such split, or videos are missing or not asked for.
    """
    checked("split", split, SEEDS.__contains__, one_of(SEEDS))
    if (folder is None) == (config.backgrounds == "videos"):
        given = None if folder is None else str(folder)
        allowed = "given for backgrounds videos" if folder is None else f"None for {config.backgrounds}"
        raise ValueError(f"folder of videos is {given!r}; it must be {allowed}")
    if (config.trains_before if split == "training" else config.backgrounds) == "still":
        backgrounds = Still()
    else:
        backgrounds = Procedural.of(split) if folder is None else Videos.of(folder, split)
    return WorldSettings(
        task=config.task, size=config.size, backgrounds=backgrounds, supersampling=config.supersampling
    )


def videos_digest(folder: Path) -> str:
    """What tells the videos of a folder, those of each split, from those of any other: 12 hexadecimal digits.

    Args:
        folder: As `Videos.of` takes it.

    Raises:
        ValueError: If there are no videos of a split.
    """
    videos = []
    for split in SEEDS:
        of_split = Videos.of(folder, split)
        videos += [*find_videos(of_split.folder, of_split.names), []]  # shows where a split ends
    return digest(videos)
