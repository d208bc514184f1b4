"""A run keeps its key whatever becomes of the code, and loses it with what it stands for."""

import dataclasses

import tiny

from pisces.experiments.catalogue import Cell
from pisces.runs import archive
from pisces.runs.identity import RunSpec, specs
from pisces.runs.kinds import JUMPING, KINDS

CONFIG = tiny.run_config()


def test_every_committed_run_has_the_key_that_its_configuration_and_seed_give():
    for kind in KINDS.values():
        runs = archive.read(archive.packaged(kind), kind=kind)
        assert runs and all(RunSpec(run.config, run.seed).key == key for key, run in runs.items())


def test_a_key_says_what_is_run_and_with_which_seed(monkeypatch):
    key = RunSpec(CONFIG, 3).key
    assert key.startswith("tiny-wide-3-")
    assert RunSpec(dataclasses.replace(CONFIG), 3).key == key
    others = [RunSpec(CONFIG, 4).key, RunSpec(dataclasses.replace(CONFIG, learning_rate=2e-2), 3).key]
    monkeypatch.setitem(vars(JUMPING), "outcomes", "other")
    assert len({key, *others, RunSpec(CONFIG, 3).key}) == 4


def test_runs_are_wanted_seed_by_seed_and_each_once():
    other = dataclasses.replace(CONFIG, num_updates=4)
    cells = [Cell(row="tiny", column="a", config=config) for config in (CONFIG, other, CONFIG)]
    wanted = specs(cells, [0, 1])
    assert wanted == [RunSpec(config, seed) for seed in (0, 1) for config in (CONFIG, other)]
