"""Policies of a store are played in every task that the game allows, and what they solve is kept."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import tiny

from pisces.chapters.what_would_you_do_today import beyond
from pisces.experiments.cell import Cell
from pisces.runs import making
from pisces.runs.identity import RunSpec
from pisces.runs.store import Store
from pisces.task import all_tasks

CELL = Cell(row="tiny", column="short", config=tiny.run_config(num_updates=4, report_interval=8))


def runs(*seeds, method="one", solved=True):
    kept = {seed: np.full(len(beyond.TASKS), solved) for seed in seeds}
    rows = [
        {"key": f"{method}-{seed}", "method": method, "seed": seed, "solved": kept[seed]} for seed in seeds
    ]
    return pd.DataFrame(rows)


def test_every_task_that_the_game_allows_is_there_once():
    assert len(set(beyond.TASKS)) == len(beyond.TASKS) == 34 * 41
    assert set(all_tasks()) < set(beyond.TASKS)


def test_the_cells_are_four_methods_on_the_wide_grid():
    found = beyond.shown_cells()
    assert [cell.config.method for cell in found] == ["dropout-l2", "randconv-pse", "recipe", "recipe-still"]
    assert {cell.config.grid for cell in found} == {"wide"}


def test_the_policies_of_a_store_solve_what_their_results_say(monkeypatch, tmp_path):
    monkeypatch.setattr(beyond, "TASKS", all_tasks())
    store = Store(tmp_path)
    result = making.make(CELL.config, 1, folder=store.run_folder(RunSpec(CELL.config, 1).key))
    found = beyond.collect(store, [CELL], [0, 1])
    assert found.key.tolist() == [RunSpec(CELL.config, 1).key] and found.seed.tolist() == [1]
    np.testing.assert_array_equal(found.solved[0], result.solved)


def test_fractions_are_over_the_runs_of_a_method():
    table = pd.concat([runs(0, 1), runs(2, solved=False), runs(0, method="two")], ignore_index=True)
    shares = beyond.fractions(table)
    assert list(shares) == ["one", "two"] and shares["one"].shape == (34, 41)
    assert np.allclose(shares["one"], 2 / 3) and np.allclose(shares["two"], 1)
    is_solved = np.array([task.obstacle_position == 20 and task.floor_height == 7 for task in beyond.TASKS])
    table = pd.DataFrame([{"method": "one", "solved": is_solved}])
    assert np.argwhere(beyond.fractions(table)["one"]).tolist() == [[6, 7]]


def test_runs_are_added_to_a_file_and_replace_themselves(tmp_path):
    file = tmp_path / "new" / "beyond.parquet"
    assert beyond.merge(file, runs(0, 2)) == 2
    assert beyond.merge(file, runs(1, 2, solved=False)) == 1
    found = beyond.read(file)
    assert found.seed.tolist() == [0, 1, 2]
    assert [one.all() for one in found.solved] == [True, False, False]
    before = file.read_bytes()
    beyond.merge(file, runs(1, solved=False))
    assert file.read_bytes() == before


def test_a_damaged_file_is_refused_and_left_as_it_is(tmp_path):
    file = tmp_path / "beyond.parquet"
    with pytest.raises(ValueError, match="^file is .*, which does not exist$"):
        beyond.read(file)
    beyond.merge(file, runs(0))
    table = pq.read_table(file)
    short = table.set_column(4, "solved", pa.array([[True]], pa.list_(pa.bool_())))
    pq.write_table(short, file)
    before = file.read_bytes()
    with pytest.raises(ValueError, match="^file is .*, which is damaged: a run must have 1394 tasks$"):
        beyond.merge(file, runs(1))
    assert file.read_bytes() == before
