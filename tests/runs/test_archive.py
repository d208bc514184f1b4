"""Results of many runs in one file: nothing is lost, doubled or believed that is damaged."""

import dataclasses
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import pisces
from pisces.experiments import catalogue
from pisces.jumping.presets import preset
from pisces.jumping.result import RunResult
from pisces.runs import archive
from pisces.runs.kinds import JUMPING
from pisces.task import NUM_TASKS, solved_board

CONFIG = preset("randconv-pse", grid="wide", reading="paper")
ROOT = Path(pisces.__file__).parents[2]


def result(seed=0, *, config=CONFIG, **changes):
    random = np.random.default_rng(seed)
    values = {
        "config": config,
        "seed": seed,
        "solved_at": random.random((2, NUM_TASKS)) < 0.5,
        "jump_step": random.integers(-1, 40, NUM_TASKS),
        "is_test": random.random(NUM_TASKS) < 0.9,
        "update": np.array([500, 800]),
        "imitation_loss": np.array([0.7, 0.1 + 0.2]),
        "embedding_loss": np.zeros(2),
        "seconds": 12.5,
        "provenance": {"versions": "Python 3", "processor": "abacus", "commit": ""},
    }
    return RunResult(**(values | changes))


def assert_same(one, other):
    for field in dataclasses.fields(one):
        kept, made = getattr(one, field.name), getattr(other, field.name)
        if isinstance(made, np.ndarray):
            assert kept.dtype.kind == made.dtype.kind
            np.testing.assert_array_equal(kept, made, err_msg=field.name)
        else:
            assert kept == made, field.name


@pytest.fixture
def file(tmp_path):
    """An archive of two runs."""
    archive.merge(tmp_path / "runs.parquet", {"one": result(1), "two": result(2)}, kind=JUMPING)
    return tmp_path / "runs.parquet"


def test_runs_come_back_as_they_were(file):
    runs = archive.read(file, kind=JUMPING)
    assert list(runs) == ["one", "two"]
    assert_same(runs["one"], result(1))
    assert_same(runs["two"], result(2))
    assert runs["one"].test_share == result(1).test_share


def test_anyone_can_read_the_file_without_the_package(file):
    row = pq.read_table(file).to_pylist()[0]
    assert (row["key"], row["seed"], row["schema_version"], row["seconds"]) == ("one", 1, 2, 12.5)
    assert '"method": "randconv-pse"' in row["config"]
    assert solved_board(np.array(row["solved_at"])).shape == (2, 26, 11)


def test_a_run_is_added_once_however_often_it_is_merged(file):
    before = file.read_bytes()
    assert archive.merge(file, {"one": result(1)}, kind=JUMPING) == 0
    assert file.read_bytes() == before
    assert archive.merge(file, {"three": result(3), "one": result(1)}, kind=JUMPING) == 1
    assert list(archive.read(file, kind=JUMPING)) == ["one", "three", "two"]


def test_a_run_that_is_there_is_left_as_it_is(file):
    archive.merge(file, {"one": result(1, seconds=99.0)}, kind=JUMPING)
    assert archive.read(file, kind=JUMPING)["one"].seconds == 12.5


def test_a_run_that_newer_code_made_takes_the_place_of_the_old_one(file):
    assert archive.merge(file, {"newer": result(1, seconds=1.0)}, kind=JUMPING) == 1
    runs = archive.read(file, kind=JUMPING)
    assert list(runs) == ["newer", "two"]
    assert runs["newer"].seconds == 1.0


def test_the_order_in_which_runs_arrive_leaves_no_trace(file, tmp_path):
    archive.merge(tmp_path / "other.parquet", {"two": result(2)}, kind=JUMPING)
    archive.merge(tmp_path / "other.parquet", {"one": result(1)}, kind=JUMPING)
    assert (tmp_path / "other.parquet").read_bytes() == file.read_bytes()


def test_an_empty_archive_is_one_too(tmp_path):
    archive.merge(tmp_path / "deep" / "runs.parquet", {}, kind=JUMPING)
    assert archive.read(tmp_path / "deep" / "runs.parquet", kind=JUMPING) == {}


def test_a_file_that_was_not_finished_is_not_taken_for_the_archive(file):
    (file.parent / ".runs.parquet").write_bytes(b"PAR1")
    archive.merge(file, {"three": result(3)}, kind=JUMPING)
    assert len(archive.read(file, kind=JUMPING)) == 3
    assert {path.name for path in file.parent.iterdir()} == {"runs.parquet", ".runs.parquet.lock"}


def damage(file, kind):
    table = pq.read_table(file)
    match kind:
        case "torn":
            file.write_bytes(file.read_bytes()[:-100])
        case "empty":
            file.write_bytes(b"")
        case "foreign":
            file.write_text("\\documentclass{article}")
        case "other columns":
            pq.write_table(table.drop_columns("seed"), file)
        case "other schema":
            version = pa.array([2, 7], pa.int32())
            pq.write_table(table.set_column(0, table.schema.field(0), version), file)
        case "other configuration":
            index = table.schema.get_field_index("config")
            config = pa.array(['{"momentum": 0.9}'] * 2)
            pq.write_table(table.set_column(index, table.schema.field(index), config), file)
        case "folder":
            file.unlink()
            file.mkdir()


@pytest.mark.parametrize(
    ("kind", "complaint"),
    [
        ("torn", "which is damaged or no Parquet file"),
        ("empty", "which is damaged or no Parquet file"),
        ("foreign", "which is damaged or no Parquet file"),
        ("other columns", "which has other columns"),
        ("other schema", "with schema 7; it must be 2"),
        ("other configuration", "which is damaged: config is not that of a run"),
        ("folder", "which"),
    ],
)
def test_a_damaged_or_foreign_file_is_named_and_left_alone(kind, complaint, file):
    damage(file, kind)
    before = file.read_bytes() if file.is_file() else None
    for use in (archive.read, lambda path, kind: archive.merge(path, {"three": result(3)}, kind=kind)):
        with pytest.raises(ValueError) as caught:
            use(file, kind=JUMPING)
        message = str(caught.value)
        assert message.startswith(f"archive is {str(file)!r}")
        assert complaint in message
        assert "\n" not in message
    assert before is None or file.read_bytes() == before


def test_a_missing_archive_is_named(tmp_path):
    with pytest.raises(ValueError, match="missing.parquet', which does not exist$"):
        archive.read(tmp_path / "missing.parquet", kind=JUMPING)


def test_two_processes_that_merge_at_once_lose_no_run(tmp_path):
    file = tmp_path / "runs.parquet"
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); from pathlib import Path; from test_archive import *\n"
        "for seed in map(int, sys.argv[3:]):\n"
        "    archive.merge(Path(sys.argv[2]), {f'run-{seed}': result(seed)}, kind=JUMPING)"
    )
    seeds = [range(0, 10), range(10, 20)]
    command = [sys.executable, "-c", code, str(Path(__file__).parent), str(file)]
    writers = [subprocess.Popen([*command, *map(str, some)]) for some in seeds]
    assert [writer.wait() for writer in writers] == [0, 0]
    assert set(archive.read(file, kind=JUMPING)) == {f"run-{seed}" for seed in range(20)}


def test_a_checkout_has_the_archive_of_the_book():
    assert archive.packaged(JUMPING) == ROOT / "book" / "results" / "runs.parquet"
    archive.read(archive.packaged(JUMPING), kind=JUMPING)


def test_every_run_of_the_book_belongs_to_an_experiment():
    wanted = {
        config
        for name in catalogue.EXPERIMENTS
        for cell in catalogue.cells(name)
        for config in cell.variants.values()
    }
    strays = [key for key, run in archive.known().items() if run.config not in wanted]
    assert not strays


def test_an_installed_package_brings_the_archive_along(tmp_path):
    source = tmp_path / "source"
    shutil.copytree(ROOT / "src", source / "src", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "book" / "results", source / "book" / "results")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    archive.merge(source / "book" / "results" / "runs.parquet", {"mine": result(5)}, kind=JUMPING)
    build = "from hatchling.build import build_wheel; build_wheel('..')"
    subprocess.run([sys.executable, "-c", build], cwd=source, check=True, stdout=subprocess.DEVNULL)
    (wheel,) = tmp_path.glob("*.whl")
    zipfile.ZipFile(wheel).extractall(tmp_path / "installed")
    kept = {
        path.name for path in (ROOT / "book" / "results").iterdir() if path.suffix in (".parquet", ".npz")
    }
    assert {path.name for path in (tmp_path / "installed" / "pisces" / "results").iterdir()} == kept
    look = (
        "from pisces.runs import archive; from pisces.runs.kinds import JUMPING\n"
        "print(archive.packaged(JUMPING), *archive.read(archive.packaged(JUMPING), kind=JUMPING))"
    )
    found = subprocess.run(
        [
            sys.executable,
            "-c",
            f"import sys; sys.path.insert(0, sys.argv[1]); {look}",
            tmp_path / "installed",
        ],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert Path(found[0]) == tmp_path / "installed" / "pisces" / "results" / "runs.parquet"
    assert "mine" in found[1:]
