"""Policies of a store are played in every task that the game allows, and what they solve is kept."""

import numpy as np
import pytest
import tiny

from pisces.chapters.what_would_you_do_today import beyond
from pisces.experiments.cell import Cell
from pisces.runs import making
from pisces.runs.identity import RunSpec
from pisces.runs.store import Store
from pisces.task import all_tasks

CELL = Cell(row="tiny", column="short", config=tiny.run_config(num_updates=4, report_interval=8))


def played(seed, *, method="one", solved=True):
    is_solved = np.full(len(beyond.TASKS), solved) if isinstance(solved, bool) else solved
    config = tiny.run_config(method=method)
    return beyond.Played(
        key=f"{method}-{seed}", config=config, seed=seed, solved=is_solved, provenance={"commit": "abc"}
    )


def test_every_task_that_the_game_allows_is_there_once():
    assert len(set(beyond.TASKS)) == len(beyond.TASKS) == 34 * 41
    assert set(all_tasks()) < set(beyond.TASKS)


def test_the_cells_are_four_methods_on_the_wide_grid():
    found = beyond.kept_cells()
    assert [cell.config.method for cell in found] == ["dropout-l2", "randconv-pse", "recipe", "recipe-still"]
    assert {cell.config.grid for cell in found} == {"wide"}


def test_the_policies_of_a_store_solve_what_their_results_say(monkeypatch, tmp_path):
    monkeypatch.setattr(beyond, "TASKS", all_tasks())
    store = Store(tmp_path)
    result = making.make(CELL.config, 1, folder=store.run_folder(RunSpec(CELL.config, 1).key))
    (found,) = beyond.collect(store, [CELL], [0, 1])
    assert (found.key, found.config, found.seed) == (RunSpec(CELL.config, 1).key, CELL.config, 1)
    assert found.provenance == result.provenance
    np.testing.assert_array_equal(found.solved, result.solved)


def test_fractions_are_over_the_runs_of_a_method():
    runs = [played(0, method="two"), played(0), played(1), played(2, solved=False)]
    shares = beyond.fractions(runs)
    assert list(shares) == ["one", "two"] and shares["one"].shape == (34, 41)
    assert np.allclose(shares["one"], 2 / 3) and np.allclose(shares["two"], 1)
    is_solved = np.array([task.obstacle_position == 20 and task.floor_height == 7 for task in beyond.TASKS])
    assert np.argwhere(beyond.fractions([played(0, solved=is_solved)])["one"]).tolist() == [[6, 7]]


def test_what_is_written_is_read(tmp_path):
    one = played(3, solved=np.arange(len(beyond.TASKS)) % 3 == 0)
    beyond.FILE.write(tmp_path / "file", [one])
    (found,) = beyond.FILE.read(tmp_path / "file")
    assert (found.key, found.config, found.provenance) == (one.key, one.config, one.provenance)
    np.testing.assert_array_equal(found.solved, one.solved)


def test_a_run_has_every_task():
    with pytest.raises(ValueError, match="^solved has 1 tasks; it must have 1394$"):
        played(0, solved=np.array([True]))
