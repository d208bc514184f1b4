"""Which runs does a chapter speak of? Those that come with the package, or short ones made on the spot.

What needs more of a run than its result, its network or its policy, is made from the folders of a store.
"""

import dataclasses
from collections.abc import Iterable, Iterator
from pathlib import Path

from pisces.experiments.cell import Cell, changed
from pisces.jumping.config import RunConfig
from pisces.runs import archive
from pisces.runs.identity import RunSpec, alternatives
from pisces.runs.kinds import Config, Result, kind_of
from pisces.runs.making import make
from pisces.runs.store import Store, is_complete

NUM_LIVE_SEEDS = 2

# What makes a run of the jumping task a matter of seconds, on any processor. It teaches the agent nothing.
_TRIAL = {"num_updates": 2, "batch_size": 8, "feature_size": 8, "precision": "float32"}


def trial(cells: Iterable[Cell]) -> list[Cell]:
    """The same cells of the jumping task, with runs so short and small that a chapter can make them.

    Two updates of a narrow network on few decisions, in float32, which every processor is quick in. To act,
    one pass is made where a random convolution would be averaged over several.

    Args:
        cells: Cells with a `RunConfig`.

    Raises:
        ValueError: If a cell has another configuration.
    """
    return [changed(cell, _small) for cell in cells]


def _small(config: Config) -> RunConfig:
    if not isinstance(config, RunConfig):
        raise ValueError(f"config is of class {type(config).__name__}; it must be a RunConfig")
    rand_conv = config.rand_conv and dataclasses.replace(config.rand_conv, num_action_passes=1)
    return dataclasses.replace(config, rand_conv=rand_conv, **_TRIAL)


def gather(cells: Iterable[Cell], *, is_live: bool) -> list[Result]:
    """The runs of an experiment.

    Args:
        cells: Its cells, with `is_live` those of a short `trial`.
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


def complete_runs(
    store: Store, wanted: Iterable[Cell], seeds: Iterable[int]
) -> Iterator[tuple[RunSpec, Path]]:
    """The complete runs of a store that count in cells, made by the present code, with their folders.

    Args:
        store: The store.
        wanted: The cells.
        seeds: The seeds wanted of each.
    """
    seeds = list(seeds)
    specs = [spec for cell in wanted for seed in seeds for spec in alternatives(cell, seed)]
    for spec in dict.fromkeys(specs):
        folder = store.run_folder(spec.key)
        if is_complete(folder):
            yield spec, folder
