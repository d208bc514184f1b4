"""Which runs does a chapter speak of? Those that come with the package, or short ones made on the spot."""

from collections.abc import Iterable

from pisces.lab import archive
from pisces.lab.experiments import Cell
from pisces.lab.result import RunResult

NUM_LIVE_SEEDS = 2


def gather(cells: Iterable[Cell], *, is_live: bool) -> list[RunResult]:
    """The runs of an experiment.

    Args:
        cells: Its cells, with `is_live` those of a short trial; see `pisces.lab.experiments.cells`.
        is_live: Makes the runs, with seeds 0 and 1, in this process; else the archive of the package is read.

    Returns:
        Results of the configurations of the cells, ordered by cell and seed.
    """
    configs = list(dict.fromkeys(cell.config for cell in cells))
    if is_live:
        from pisces.lab.run import Training  # only who trains needs TensorFlow

        return [
            Training(config, seed=seed).run(is_quiet=True)
            for config in configs
            for seed in range(NUM_LIVE_SEEDS)
        ]
    runs = [run for run in archive.read(archive.packaged()).values() if run.config in configs]
    return sorted(runs, key=lambda run: (configs.index(run.config), run.seed))
