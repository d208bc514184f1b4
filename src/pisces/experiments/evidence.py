"""Which runs does a chapter speak of? Those that come with the package, or short ones made on the spot."""

from collections.abc import Iterable

from pisces.experiments.catalogue import Cell
from pisces.runs import archive
from pisces.runs.kinds import Result, kind_of
from pisces.runs.making import make

NUM_LIVE_SEEDS = 2


def gather(cells: Iterable[Cell], *, is_live: bool) -> list[Result]:
    """The runs of an experiment.

    Args:
        cells: Its cells, with `is_live` those of a short trial; see `pisces.experiments.catalogue.cells`.
        is_live: Makes the runs, with seeds 0 and 1, in this process; else the archive of the package is read.

    Returns:
        The results that count in the cells, ordered by cell and seed.
    """
    cells = list(cells)
    configs = list(dict.fromkeys(cell.config for cell in cells))
    if is_live:
        return [make(config, seed) for config in configs for seed in range(NUM_LIVE_SEEDS)]
    kinds = {kind_of(config) for config in configs}
    runs = [run for kind in kinds for run in archive.read(archive.packaged(kind), kind=kind).values()]
    return list(dict.fromkeys(run for cell in cells for run in cell.counted(runs)))
