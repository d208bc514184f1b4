"""What networks see, computed from a store and kept in a file."""

import dataclasses

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import tiny

from pisces.chapters.training.expert_states import episode_states
from pisces.chapters.what_makes_it_work import representations
from pisces.chapters.what_makes_it_work.representations import Representation, collect, represent
from pisces.experiments.catalogue import cells
from pisces.experiments.cell import Cell
from pisces.jumping.config import RandConvConfig
from pisces.jumping.training import Training
from pisces.runs import archive
from pisces.runs.identity import RunSpec
from pisces.runs.making import make
from pisces.runs.store import Store
from pisces.task import Task

TASKS = (Task(24, 12), Task(31, 10))
CONFIG = tiny.run_config(embedding=tiny.embedding_config(), rand_conv=RandConvConfig(num_action_passes=3))
PROVENANCE = {"versions": "Python 3", "processor": "abacus", "commit": ""}


@pytest.fixture(scope="module")
def training() -> Training:
    return Training(CONFIG, seed=4)


@pytest.fixture(scope="module")
def representation(training) -> Representation:
    return represent(training, TASKS, provenance=PROVENANCE)


def test_coloured_tasks_are_refused(training):
    with pytest.raises(ValueError, match="^tasks holds a coloured one; all must be grey$"):
        represent(training, [Task(24, 12, "red"), Task(27, 18, "red")], provenance=PROVENANCE)


@pytest.mark.parametrize(("name", "layer"), [("vector", "embedding"), ("feature", "features")])
def test_a_vector_is_the_mean_over_the_kernels_of_the_first_decision(training, representation, name, layer):
    network, observation = training.network, episode_states(TASKS).observation
    network.reset_acting_stream()
    passes = [getattr(training, layer)(observation) for _ in range(3)]
    assert not np.allclose(passes[0], passes[1])
    np.testing.assert_array_equal(getattr(representation, name), np.mean(passes, axis=0).astype(np.float16))
    again = represent(training, TASKS, provenance=PROVENANCE)
    np.testing.assert_array_equal(again.vector, representation.vector)


def test_a_representation_is_named_after_its_run(representation):
    assert representation.key == RunSpec(CONFIG, 4).key
    assert (representation.config, representation.seed) == (CONFIG, 4)


@pytest.mark.parametrize("name", ["vector", "feature"])
def test_vectors_that_do_not_fit_the_states_are_refused(name, representation):
    with pytest.raises(ValueError, match=rf"{name} has shape \(3, 2\)"):
        dataclasses.replace(representation, **{name: np.zeros((3, 2), np.float16)})


def test_the_shown_cells_are_the_ablation_and_a_control_without_an_embedding_loss():
    *ablation, control = representations.shown_cells(num_updates=7)
    assert ablation == cells("table2", num_updates=7)
    assert control.row == "randconv" and control.config.embedding is None
    assert control.config.num_updates == 7 and control.config.grid == "wide"


def test_also_kept_is_a_control_at_the_learning_rate_of_pses():
    *shown, control = representations.kept_cells()
    assert shown == representations.shown_cells()
    (pse,) = (cell for cell in shown if cell.row == "randconv-pse")
    assert control.config.learning_rate == pse.config.learning_rate
    assert control.config.embedding is None and control.config.rand_conv == pse.config.rand_conv


def test_a_store_gives_what_its_networks_see_and_is_left_as_it_was(tmp_path):
    store, spec = Store(tmp_path), RunSpec(tiny.run_config(num_updates=2), 0)
    folder = store.run_folder(spec.key)
    result = make(spec.config, spec.seed, folder=folder)
    training = Training(spec.config, seed=spec.seed)
    training.resume(folder / "checkpoint")
    trained = represent(training, provenance=result.provenance)
    files = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    cell = Cell(row="tiny", column="wide", config=spec.config)
    (found,) = collect(store, [cell], seeds=range(2))  # there is no run with seed 1
    assert found.key == spec.key and found.provenance == result.provenance
    np.testing.assert_array_equal(found.vector, trained.vector)
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == files


def test_networks_are_trained_on_the_spot_where_a_chapter_asks_for_it():
    cell = Cell(row="tiny", column="wide", config=tiny.run_config(num_updates=2))
    (found,) = representations.gather([cell, cell], is_live=True)
    assert found.config == cell.config and found.vector.shape == (6 * 56, 8)
    assert found.provenance["processor"]


def test_a_chapter_reads_what_it_asks_for_by_cell_and_seed(tmp_path, representation, monkeypatch):
    def one(key, method, seed):
        config = dataclasses.replace(CONFIG, method=method)
        return dataclasses.replace(representation, key=key, config=config, seed=seed)

    kept = [one("a", "first", 1), one("b", "second", 0), one("c", "first", 0), one("d", "other", 0)]
    monkeypatch.setattr(archive, "folder", lambda: tmp_path)
    representations.FILE.write(representations.FILE.packaged(), kept)
    wanted = [
        Cell(row=name, column="", config=dataclasses.replace(CONFIG, method=name))
        for name in ("first", "second")
    ]
    assert [found.key for found in representations.gather(wanted, is_live=False)] == ["c", "a", "b"]


def test_what_is_written_is_read(tmp_path, representation):
    representations.FILE.write(tmp_path / "file", [representation])
    (found,) = representations.FILE.read(tmp_path / "file")
    assert found.vector.dtype == np.float16
    np.testing.assert_array_equal(found.vector, representation.vector)
    np.testing.assert_array_equal(found.feature, representation.feature)
    np.testing.assert_array_equal(found.states.obstacle_distance, representation.states.obstacle_distance)
    for name in ("key", "config", "seed", "provenance"):
        assert getattr(found, name) == getattr(representation, name)
    assert found.states.tasks == TASKS


def test_features_that_are_what_the_loss_compares_are_kept_once(tmp_path, representation):
    same = dataclasses.replace(representation, feature=representation.vector)
    representations.FILE.write(tmp_path / "file", [same])
    assert pq.read_table(tmp_path / "file")["feature"].null_count == 1
    (found,) = representations.FILE.read(tmp_path / "file")
    np.testing.assert_array_equal(found.feature, representation.vector)


def test_a_row_whose_vectors_do_not_fit_its_tasks_is_refused(tmp_path, representation):
    representations.FILE.write(tmp_path / "file", [representation])
    table = pq.read_table(tmp_path / "file")
    position, field = table.schema.get_field_index("tasks"), table.schema.field("tasks")
    fewer = pa.array([[[24, 12], [31, 10], [40, 10]]], field.type)
    pq.write_table(table.set_column(position, field, fewer), tmp_path / "torn")
    with pytest.raises(ValueError, match="torn.*damaged: vector has shape"):
        representations.FILE.read(tmp_path / "torn")
