"""What is kept of runs beside their results is written, read and merged, whatever it is."""

import dataclasses

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import tiny

from pisces.runs import archive
from pisces.runs.kept import Kept, KeptFile
from pisces.runs.kinds import JUMPING


@dataclasses.dataclass(frozen=True, kw_only=True)
class Weighed(Kept):
    """Two numbers of a run.

    Attributes:
        weights: What it weighs.
    """

    weights: tuple[float, ...]


FILE = KeptFile(
    name="weights.parquet",
    version=2,
    kind=JUMPING,
    kept=Weighed,
    columns={"weights": pa.list_(pa.float64())},
    encode=lambda one: {"weights": list(one.weights)},
    decode=lambda row: {"weights": tuple(map(float, row["weights"]))},
)


def weighed(*, seed=0, weight=0.5, key=None):
    return Weighed(
        key=f"run-{seed}" if key is None else key,
        config=tiny.run_config(),
        seed=seed,
        provenance={"versions": "Python 3"},
        weights=(weight, -1.0),
    )


@pytest.fixture
def file(tmp_path):
    FILE.write(tmp_path / "some" / "weights.parquet", [weighed()])
    return tmp_path / "some" / "weights.parquet"


def test_what_is_written_is_read(file):
    assert [dataclasses.asdict(one) for one in FILE.read(file)] == [dataclasses.asdict(weighed())]


def test_the_same_runs_make_the_same_file(tmp_path):
    runs = [weighed(seed=seed) for seed in range(3)]
    FILE.write(tmp_path / "one", runs)
    FILE.write(tmp_path / "two", reversed(runs))
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    assert [one.seed for one in FILE.read(tmp_path / "two")] == [0, 1, 2]


def test_other_stores_add_to_a_file_and_a_run_made_again_takes_its_place(file):
    other = weighed(seed=5)
    assert FILE.merge(file, [other]) == 1 and FILE.merge(file, [other]) == 0
    before = file.read_bytes()
    assert FILE.merge(file, []) == 0 and file.read_bytes() == before
    assert FILE.merge(file, [weighed(weight=0.75)]) == 0  # of the same name
    assert [one.weights[0] for one in FILE.read(file)] == [0.75, 0.5]
    assert FILE.merge(file, [weighed(key="a new name")]) == 1  # for what other code made
    assert [one.key for one in FILE.read(file)] == ["a new name", "run-5"]
    assert FILE.merge(file.parent / "new" / "file", [other]) == 1


def test_a_damaged_file_is_left_as_it_was(file):
    file.write_bytes(damaged := file.read_bytes()[:-30])
    with pytest.raises(ValueError, match="is damaged or no Parquet file"):
        FILE.merge(file, [weighed(seed=1)])
    assert file.read_bytes() == damaged


def test_a_file_that_is_missing_damaged_foreign_or_of_another_schema_is_named(tmp_path, file):
    with pytest.raises(ValueError, match="^file is .*nowhere', which does not exist$"):
        FILE.read(tmp_path / "nowhere")
    table = pq.read_table(file)
    pq.write_table(table.drop_columns(["seed"]), tmp_path / "foreign")
    with pytest.raises(ValueError, match="foreign.*other columns"):
        FILE.read(tmp_path / "foreign")
    version = pa.array([99], pa.int32())
    pq.write_table(table.set_column(0, table.schema.field(0), version), tmp_path / "new")
    with pytest.raises(ValueError, match="schema 99; it must be 2"):
        FILE.read(tmp_path / "new")
    position, field = table.schema.get_field_index("weights"), table.schema.field("weights")
    torn = table.set_column(position, field, pa.array([[None]], field.type))
    pq.write_table(torn, tmp_path / "torn")
    with pytest.raises(ValueError, match="torn', which is damaged: "):
        FILE.read(tmp_path / "torn")


def test_without_a_name_the_file_of_the_package_is_read(monkeypatch, tmp_path):
    assert FILE.packaged().parent == archive.packaged(JUMPING).parent
    monkeypatch.setattr(archive, "folder", lambda: tmp_path)
    FILE.write(tmp_path / "weights.parquet", [weighed(seed=3)])
    assert [one.seed for one in FILE.read()] == [3]
