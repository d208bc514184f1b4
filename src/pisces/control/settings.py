"""Which world does a configuration ask for? The settings of its simulation."""

from pisces.checks import one_of
from pisces.control.backgrounds import SEEDS, Backgrounds, Procedural, Still
from pisces.control.config import ControlConfig
from pisces.control.world import WorldSettings


def world_settings(config: ControlConfig, split: str, *, videos: Backgrounds | None = None) -> WorldSettings:
    """What is simulated and seen in a run.

    Args:
        config: Of the run.
        split: "training", "validation" or "test"; before a still background they are alike.
        videos: Those of the split, for backgrounds "videos"; None for any other.

    Raises:
        ValueError: If there is no such split, or videos are missing or not asked for.
    """
    if split not in SEEDS:
        raise ValueError(f"split is {split!r}; it must be {one_of(SEEDS)}")
    if (videos is None) == (config.backgrounds == "videos"):
        allowed = "given for backgrounds videos" if videos is None else f"None for {config.backgrounds}"
        raise ValueError(f"videos is {videos!r}; it must be {allowed}")
    if videos is None:
        videos = Still() if config.backgrounds == "still" else Procedural.of(split)
    return WorldSettings(task=config.task, size=config.size, backgrounds=videos)
