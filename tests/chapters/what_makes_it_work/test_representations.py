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
from pisces.runs.kinds import JUMPING
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


@pytest.fixture
def file(tmp_path, representation):
    representations.write(tmp_path / "some" / "representations.parquet", [representation])
    return tmp_path / "some" / "representations.parquet"


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
    representations.write(tmp_path / "file", kept)
    monkeypatch.setattr(representations, "packaged", lambda: tmp_path / "file")
    wanted = [
        Cell(row=name, column="", config=dataclasses.replace(CONFIG, method=name))
        for name in ("first", "second")
    ]
    assert [found.key for found in representations.gather(wanted, is_live=False)] == ["c", "a", "b"]


def test_what_is_written_is_read(file, representation):
    (found,) = representations.read(file)
    assert found.vector.dtype == np.float16
    np.testing.assert_array_equal(found.vector, representation.vector)
    np.testing.assert_array_equal(found.feature, representation.feature)
    np.testing.assert_array_equal(found.states.obstacle_distance, representation.states.obstacle_distance)
    for name in ("key", "config", "seed", "provenance"):
        assert getattr(found, name) == getattr(representation, name)
    assert found.states.tasks == TASKS


def test_features_that_are_what_the_loss_compares_are_kept_once(tmp_path, representation):
    same = dataclasses.replace(representation, feature=representation.vector)
    representations.write(tmp_path / "file", [same])
    assert pq.read_table(tmp_path / "file")["feature"].null_count == 1
    (found,) = representations.read(tmp_path / "file")
    np.testing.assert_array_equal(found.feature, representation.vector)


def test_the_same_runs_make_the_same_file(tmp_path, representation):
    other = dataclasses.replace(representation, key="another", seed=5)
    for name, order in (("one", (representation, other)), ("two", (other, representation))):
        representations.write(tmp_path / name, order)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_other_stores_add_to_a_file_and_a_run_made_again_takes_its_place(file, representation):
    again = dataclasses.replace(representation, key="made again")
    other = dataclasses.replace(representation, key="another", seed=5)
    assert representations.merge(file, [other]) == 1 and representations.merge(file, [other]) == 0
    assert [one.key for one in representations.read(file)] == sorted([representation.key, "another"])
    assert representations.merge(file, [again]) == 1
    assert [one.key for one in representations.read(file)] == ["another", "made again"]
    assert representations.merge(file.parent / "new" / "file", [other]) == 1


def test_a_damaged_file_is_left_as_it_was(file, representation):
    file.write_bytes(damaged := file.read_bytes()[:-30])
    with pytest.raises(ValueError, match="is damaged or no Parquet file"):
        representations.merge(file, [representation])
    assert file.read_bytes() == damaged


def test_a_file_that_is_missing_damaged_foreign_or_of_another_schema_is_named(tmp_path, file):
    with pytest.raises(ValueError, match="nowhere.*does not exist"):
        representations.read(tmp_path / "nowhere")
    table = pq.read_table(file)
    pq.write_table(table.drop_columns(["seed"]), tmp_path / "foreign")
    with pytest.raises(ValueError, match="foreign.*other columns"):
        representations.read(tmp_path / "foreign")
    version = pa.array([99], pa.int32())
    pq.write_table(table.set_column(0, table.schema.field(0), version), tmp_path / "new")
    with pytest.raises(ValueError, match="schema 99; it must be 2"):
        representations.read(tmp_path / "new")
    tasks = pa.array([[[24, 12]]], table.schema.field("tasks").type)
    position = table.schema.get_field_index("tasks")
    pq.write_table(table.set_column(position, table.schema.field("tasks"), tasks), tmp_path / "torn")
    with pytest.raises(ValueError, match="torn.*damaged"):
        representations.read(tmp_path / "torn")
    file.write_bytes(file.read_bytes()[:-30])
    with pytest.raises(ValueError, match="is damaged or no Parquet file"):
        representations.read(file)


def test_the_file_that_comes_with_the_package_lies_beside_the_archive():
    assert representations.packaged().parent == archive.packaged(JUMPING).parent
