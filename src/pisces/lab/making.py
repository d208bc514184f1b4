"""How is a run made? The one place where a configuration meets the code that trains."""

from pathlib import Path

from pisces.lab import store
from pisces.lab.kinds import LQR, Config, Result, kind_of
from pisces.lab.result import provenance


def make(config: Config, seed: int, *, folder: Path | None = None, is_quiet: bool = True) -> Result:
    """Makes a run, or goes on with it.

    Args:
        config: What to run.
        seed: Non-negative integer.
        folder: Where the run is kept; see `pisces.lab.store.open_run`. None keeps nothing.
        is_quiet: Shows no progress bar.

    Raises:
        ValueError: If the folder holds another run or other files.
    """
    # Only who trains needs TensorFlow.
    if kind_of(config) is not LQR:
        from pisces.lab.run import Training

        return Training(config, seed=seed).run(folder=folder, is_quiet=is_quiet)
    from pisces.lqr.run import run

    if folder is not None:
        store.open_run(folder, config, seed)
    result = run(config, seed, provenance=provenance())
    if folder is not None:
        store.write_run(folder, result)
    return result
