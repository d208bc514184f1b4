"""How is a run made and kept? The one place where a configuration meets the code that trains."""

import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pisces.control.config import ControlConfig
from pisces.control.expert import Expert
from pisces.jumping.config import RunConfig
from pisces.lqr.config import LQRConfig
from pisces.runs import store
from pisces.runs.kinds import Config, Result
from pisces.runs.origin import provenance


def make(
    config: Config,
    seed: int,
    *,
    folder: Path | None = None,
    is_quiet: bool = True,
    tensorboard_folder: Path | None = None,
    videos: Path | None = None,
    expert: Expert | None = None,
) -> Result:
    """Makes a run, or goes on with it.

    Args:
        config: What to run.
        seed: Non-negative integer.
        folder: Where to keep the run, its result and, of an agent, checkpoint and policy; see
            `pisces.runs.store`. If it holds an unfinished run of the same configuration and seed, that run is
            continued; a complete one is read. None keeps nothing.
        is_quiet: Shows no progress bar.
        tensorboard_folder: Where to write TensorBoard scalars, of the jumping task; None writes none.
        videos: Folder of the videos that distracting control is to be played before, if its configuration
            asks for videos.
        expert: For PSEs in distracting control, in place of the one that comes with the package.

    Raises:
        ValueError: If the folder holds another run, a broken one or other files.
    """
    if folder is not None:
        store.require_own(folder, config, seed)
        if store.is_complete(folder):
            return store.read_run(folder)
    policy = checkpoints = None
    # Only who trains needs TensorFlow.
    if isinstance(config, LQRConfig):
        from pisces.lqr.run import run

        result = run(config, seed, provenance=provenance())
        if folder is not None:
            store.open_run(folder, config, seed)
    else:
        only_jumping = {"tensorboard_folder": tensorboard_folder} if isinstance(config, RunConfig) else {}
        with _opened(config, seed, videos, expert) as training:
            # Not before: what is refused until here leaves the folder to others.
            if folder is not None:
                checkpoints = store.open_run(folder, config, seed)
                with store.reading(folder, checkpoints.name):
                    training.resume(checkpoints)
            result = training.run(
                checkpoints=checkpoints, is_quiet=is_quiet, provenance=provenance(), **only_jumping
            )
            policy = training.policy
    if folder is not None:
        store.write_run(folder, result, policy)
    return result


@contextlib.contextmanager
def restored(folder: Path, config: RunConfig | ControlConfig, seed: int) -> Iterator[Any]:
    """The training of a run of a store in its last state, for a `with` statement.

    Args:
        folder: Of the run. It is copied first, and left as it is.
        config: What was run.
        seed: With which seed.

    Raises:
        ValueError: If the folder holds another run or a broken one.
    """
    with tempfile.TemporaryDirectory() as scratch, _opened(config, seed, None, None) as training:
        copied = Path(shutil.copytree(folder, Path(scratch) / folder.name))
        checkpoints = store.open_run(copied, config, seed)
        with store.reading(copied, checkpoints.name):
            training.resume(checkpoints)
        yield training


def _opened(
    config: RunConfig | ControlConfig, seed: int, videos: Path | None, expert: Expert | None
) -> contextlib.AbstractContextManager:
    """The training of an agent, which can be resumed."""
    if isinstance(config, ControlConfig):
        from pisces.control.run import opened

        return opened(config, seed, videos=videos, expert=expert)
    from pisces.jumping.training import Training

    return contextlib.nullcontext(Training(config, seed=seed))
