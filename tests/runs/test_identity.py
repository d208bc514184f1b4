"""A run keeps its key whatever becomes of the code, and loses it with what it stands for."""

import dataclasses

import tiny

from pisces.experiments import catalogue
from pisces.experiments.cell import Cell
from pisces.runs import archive
from pisces.runs.identity import RunSpec, specs
from pisces.runs.kinds import JUMPING, variants

CONFIG = tiny.run_config()


def test_every_committed_run_has_the_key_that_its_configuration_and_seed_give():
    runs = archive.known()
    assert len(runs) > 2000 and all(RunSpec(run.config, run.seed).key == key for key, run in runs.items())


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


def test_what_two_experiments_share_is_wanted_once_and_every_cell_gets_its_first_seed_first():
    both = [*catalogue.cells("table1"), *catalogue.cells("table2")]
    wanted = specs(both, [0, 1])
    assert len(wanted) == 2 * (15 + 4 - 1)
    assert [spec.seed for spec in wanted] == [0] * 18 + [1] * 18


def test_a_run_that_is_known_in_either_precision_is_not_wanted_where_either_counts():
    single, mixed = variants(tiny.run_config()).values()
    cell = Cell(row="tiny", column="either", config=single)
    alone = Cell(row="tiny", column="alone", config=single, is_pooled=False)
    known = {RunSpec(mixed, 0).key, RunSpec(single, 1).key}
    assert specs([cell], range(3), known=known) == [RunSpec(single, 2)]
    assert specs([alone], range(3), known=known) == [RunSpec(single, 0), RunSpec(single, 2)]


def test_a_run_that_is_made_in_the_other_precision_is_taken_as_it_is():
    single, mixed = variants(tiny.run_config()).values()
    cell = Cell(row="tiny", column="either", config=single)
    made = {RunSpec(mixed, seed).key for seed in (0, 1)} | {RunSpec(single, 1).key}
    wanted = [RunSpec(mixed, 0), RunSpec(single, 1), RunSpec(single, 2)]
    assert specs([cell], range(3), made=made) == wanted
    assert specs([cell], range(3)) == [RunSpec(single, seed) for seed in range(3)]
