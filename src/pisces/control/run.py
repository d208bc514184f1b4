"""What does a run need around it? Three worlds, and an expert whose episodes PSEs compare."""

import contextlib
import dataclasses
from collections.abc import Iterator
from pathlib import Path

from pisces.control import expert as experts
from pisces.control import overlay
from pisces.control.backgrounds import Procedural
from pisces.control.config import ControlConfig
from pisces.control.pairs import Pairs, record_pairs
from pisces.control.settings import videos_digest, world_settings
from pisces.control.simulation import Simulation
from pisces.control.training import Training, Worlds

_SPLITS = ("training", "validation", "test")  # of the worlds, in their order


@contextlib.contextmanager
def opened(
    config: ControlConfig, seed: int, *, videos: Path | None = None, expert: experts.Expert | None = None
) -> Iterator[Training]:
    """A run with all that it needs, for a `with` statement; its renderers end with it.

    Args:
        config: What to run.
        seed: At least 0.
        videos: Folder of the videos, for backgrounds "videos", as `backgrounds.Videos.of` takes it; None for
            any other.
        expert: For the embedding loss; None takes the one of the package.

    Raises:
        ImportError: If MuJoCo or the suite is missing, or of another version.
        RendererError: If nothing renders here.
        ValueError: If the seed is not allowed, the embedding loss needs an expert and the task has none, the
            expert or the videos are others than the configuration's or not asked for, or videos are missing.
    """
    settings = [world_settings(config, split, folder=videos) for split in _SPLITS]
    if videos is not None and config.videos not in (None, found := videos_digest(videos)):
        raise ValueError(
            f"videos is {str(videos)!r}, with digest {found}; it must be that with {config.videos}"
        )
    teacher = _teacher(config, expert)
    with contextlib.ExitStack() as stack:
        worlds = Worlds(*(stack.enter_context(Simulation(one, seed=0)) for one in settings))
        pairs = None if teacher is None else _recorded(config, seed, teacher, worlds.training, videos)
        yield Training(config, seed=seed, worlds=worlds, pairs=pairs)


def _recorded(
    config: ControlConfig, seed: int, teacher: experts.Expert, world: Simulation, videos: Path | None
) -> Pairs:
    """The pairs of a configuration, each before one of the backgrounds of training and before a video."""
    assert config.pse is not None
    with contextlib.ExitStack() as stack:
        other = None  # another video of training
        if config.trains_before_still or config.pse.videos != "training":
            moving = dataclasses.replace(config, trains_before_still=False)
            settings = world_settings(moving, "training", folder=videos)
            if config.pse.videos == "overlay":
                settings = dataclasses.replace(settings, backgrounds=Procedural(overlay.SEEDS))
            other = stack.enter_context(Simulation(settings, seed=0))
        return record_pairs(
            world,
            teacher.act,
            num_pairs=config.pse.num_pairs,
            discount=config.pse.discount,
            seed=seed,
            other=other,
        )


def _teacher(config: ControlConfig, given: experts.Expert | None) -> experts.Expert | None:
    """Whom the embedding loss of a configuration takes for an expert; None if it has no such loss."""
    if config.pse is None:
        if given is not None:
            raise ValueError(f"expert is that with digest {given.digest}; it must be None without pse")
        return None
    teacher = experts.packaged(config.task) if given is None else given
    task, wanted = teacher.notes.get("task"), config.pse.expert
    if task != config.task:
        raise ValueError(f"expert is one of task {task!r}; it must be one of {config.task!r}")
    if wanted not in (None, teacher.digest):
        raise ValueError(f"expert is that with digest {teacher.digest}; it must be that with {wanted}")
    return teacher
