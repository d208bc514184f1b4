"""How is a run made and kept? The one place where a configuration meets the code that trains."""

from pathlib import Path

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
) -> Result:
    """Makes a run, or goes on with it.

    Args:
        config: What to run.
        seed: Non-negative integer.
        folder: Where to keep the run, its result and, of an agent, checkpoint and policy; see
            `pisces.runs.store`. If it holds an unfinished run of the same configuration and seed, that run is
            continued; a complete one is read. None keeps nothing.
        is_quiet: Shows no progress bar.
        tensorboard_folder: Where to write TensorBoard scalars, of an agent; None writes none.

    Raises:
        ValueError: If the folder holds another run, a broken one or other files.
    """
    checkpoints = None if folder is None else store.open_run(folder, config, seed)
    if folder is not None and store.is_complete(folder):
        return store.read_run(folder)
    policy = None
    # Only who trains needs TensorFlow.
    if isinstance(config, LQRConfig):
        from pisces.lqr.run import run

        result = run(config, seed, provenance=provenance())
    else:
        from pisces.jumping.training import Training

        training = Training(config, seed=seed)
        if folder is not None and checkpoints is not None:
            with store.reading(folder, checkpoints.name):
                training.resume(checkpoints)
        result = training.run(
            checkpoints=checkpoints,
            is_quiet=is_quiet,
            tensorboard_folder=tensorboard_folder,
            provenance=provenance(),
        )
        policy = training.policy
    if folder is not None:
        store.write_run(folder, result, policy)
    return result
