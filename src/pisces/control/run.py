"""What does a run need around it? Three worlds, and an expert whose episodes PSEs compare."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from pisces.control import expert
from pisces.control.config import ControlConfig
from pisces.control.pairs import Pairs, record_pairs
from pisces.control.settings import world_settings
from pisces.control.simulation import Simulation
from pisces.control.training import Training, Worlds

_SPLITS = ("training", "validation", "test")  # of the worlds, in their order


@contextlib.contextmanager
def opened(
    config: ControlConfig, seed: int, *, videos: Path | None = None, expert_file: Path | None = None
) -> Iterator[Training]:
    """A run with all that it needs, for a `with` statement; its renderers end with it.

    Args:
        config: What to run.
        seed: At least 0.
        videos: Folder of the videos, for backgrounds "videos", as `backgrounds.Videos.of` takes it; None for
            any other.
        expert_file: Of the expert, as `Expert.save` writes it; None takes the one of the package.

    Raises:
        ImportError: If MuJoCo or the suite is missing, or of another version.
        RendererError: If nothing renders here.
        ValueError: If the seed is not allowed, the embedding loss needs an expert and the task has none, the
            expert is another than the configuration's or not asked for, or videos are missing or not asked
            for.
    """
    settings = [world_settings(config, split, folder=videos) for split in _SPLITS]
    teacher = _teacher(config, expert_file)
    with contextlib.ExitStack() as stack:
        worlds = Worlds(*(stack.enter_context(Simulation(one, seed=0)) for one in settings))
        pairs: Pairs | None = None
        if config.pse is not None and teacher is not None:
            pairs = record_pairs(
                worlds.training,
                teacher.act,
                num_pairs=config.pse.num_pairs,
                discount=config.pse.discount,
                seed=seed,
            )
        yield Training(config, seed=seed, worlds=worlds, pairs=pairs)


def _teacher(config: ControlConfig, file: Path | None) -> expert.Expert | None:
    """Whom the embedding loss of a configuration takes for an expert; None if it has no such loss."""
    if config.pse is None:
        if file is not None:
            raise ValueError(f"expert_file is {str(file)!r}; it must be None without pse")
        return None
    teacher = expert.packaged(config.task) if file is None else expert.Expert.read(file)
    task, found, wanted = teacher.notes.get("task"), teacher.digest, config.pse.expert
    if task != config.task:
        raise ValueError(f"expert_file is {str(file)!r}, of task {task!r}; it must be of {config.task!r}")
    if wanted not in (None, found):
        name = None if file is None else str(file)
        raise ValueError(f"expert_file is {name!r}, with digest {found}; it must be that with {wanted}")
    return teacher
