"""A chapter speaks of committed runs, or of short ones that it makes."""

import dataclasses

import numpy as np
import pytest
import tiny

from pisces.experiments import evidence
from pisces.experiments.catalogue import cells
from pisces.experiments.cell import Cell
from pisces.jumping.training import Training
from pisces.runs import archive
from pisces.runs.kinds import JUMPING, LQR
from pisces.runs.making import make

ONE = tiny.run_config(num_updates=1)
OTHER = dataclasses.replace(ONE, grid="narrow")
CELLS = [Cell(row="tiny", column=config.grid, config=config) for config in (ONE, OTHER)]


@pytest.fixture(scope="module")
def live():
    return evidence.gather([*CELLS, CELLS[0]], is_live=True)


def test_live_runs_are_made_once_for_each_configuration_and_seed(live):
    assert [(run.config, run.seed) for run in live] == [(ONE, 0), (ONE, 1), (OTHER, 0), (OTHER, 1)]
    np.testing.assert_array_equal(live[3].solved, Training(OTHER, seed=1).run(is_quiet=True).solved)


def test_committed_runs_are_those_of_the_cells_in_their_order(live, tmp_path, monkeypatch):
    foreign = dataclasses.replace(live[0], config=dataclasses.replace(ONE, grid="random"))
    runs = {"d": live[0], "c": live[1], "b": live[2], "a": foreign}
    archive.merge(tmp_path / "runs.parquet", runs, kind=JUMPING)
    monkeypatch.setattr(archive, "folder", lambda: tmp_path)
    found = evidence.gather(CELLS[::-1], is_live=False)
    assert [(run.config, run.seed) for run in found] == [(OTHER, 0), (ONE, 0), (ONE, 1)]


def test_committed_runs_of_every_kind_are_found(tmp_path, monkeypatch, live):
    made = make(tiny.lqr_config(), 0)
    monkeypatch.setattr(archive, "folder", lambda: tmp_path)
    archive.merge(archive.packaged(JUMPING), {"a": live[0]}, kind=JUMPING)
    archive.merge(archive.packaged(LQR), {"b": made}, kind=LQR)
    wanted = [*CELLS, Cell(row="tiny", column="lqr", config=made.config)]
    found = evidence.gather(wanted, is_live=False)
    assert [(run.config, run.seed) for run in found] == [(ONE, live[0].seed), (made.config, 0)]


def test_of_committed_runs_of_one_seed_and_both_precisions_one_is_told_of(live, tmp_path, monkeypatch):
    mixed = dataclasses.replace(ONE, precision="mixed_bfloat16")
    again = [dataclasses.replace(live[0], config=mixed, seed=seed) for seed in (1, 2)]
    runs = dict(zip("abcd", [live[0], live[1], *again], strict=True))
    archive.merge(tmp_path / "runs.parquet", runs, kind=JUMPING)
    monkeypatch.setattr(archive, "folder", lambda: tmp_path)
    found = evidence.gather(CELLS, is_live=False)
    assert [(run.config, run.seed) for run in found] == [(ONE, 0), (mixed, 1), (mixed, 2)]


def test_a_trial_has_the_same_cells_and_runs_that_every_processor_is_quick_in():
    table = cells("table1")
    small = evidence.trial(table)
    assert [(one.row, one.column) for one in small] == [(one.row, one.column) for one in table]
    for one, whole in zip(small, table, strict=True):
        assert one.config.precision == "float32" and one.config.num_updates < 10
        assert one.config.rand_conv is None or one.config.rand_conv.num_action_passes == 1
        assert (one.config.method, one.config.grid) == (whole.config.method, whole.config.grid)
        assert one.config.embedding == whole.config.embedding and one.paper_mean == whole.paper_mean


def test_a_cell_of_another_kind_of_run_has_no_trial():
    with pytest.raises(ValueError, match="^config is of class LQRConfig; it must be a RunConfig$"):
        evidence.trial([Cell(row="tiny", column="lqr", config=tiny.lqr_config())])
