"""Where are the results of many runs kept together? One Parquet file, a row for each run.

A row has everything that `pisces.lab.result` keeps of a run, and no policy. The archive that comes with the
package is what the book is made from. The folders of single runs are left to `pisces.lab.store`; these two
modules alone read and write results.
"""

import json
from collections.abc import Mapping
from pathlib import Path

import filelock
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

import pisces
from pisces.lab.config import RunConfig
from pisces.lab.result import RunResult

SCHEMA_VERSION = 2
_FILE = "runs.parquet"
_ARRAYS = {
    "solved_at": pa.list_(pa.list_(pa.bool_())),
    "jump_step": pa.list_(pa.int64()),
    "is_test": pa.list_(pa.bool_()),
    "update": pa.list_(pa.int64()),
    "imitation_loss": pa.list_(pa.float64()),
    "embedding_loss": pa.list_(pa.float64()),
}
_SCHEMA = pa.schema(
    {"schema_version": pa.int32(), "key": pa.string(), "config": pa.string(), "seed": pa.int64()}
    | _ARRAYS
    | {"seconds": pa.float64(), "provenance": pa.string()}
)


def packaged() -> Path:
    """The archive that comes with the package: beside it if it is installed, in the book of a checkout."""
    package = Path(pisces.__file__).parent
    installed = package / "results" / _FILE
    return installed if installed.exists() else package.parents[1] / "book" / "results" / _FILE


def read(file: Path) -> dict[str, RunResult]:
    """The runs of an archive by their keys, in the order of the keys.

    Args:
        file: An archive, such as `packaged()`.

    Raises:
        ValueError: If the file is missing, damaged, no archive or of another schema.
    """
    file = Path(file)
    try:
        table = pq.read_table(file)
    except OSError as error:
        reason = "does not exist" if isinstance(error, FileNotFoundError) else f"cannot be read: {error}"
        raise ValueError(f"archive is {str(file)!r}, which {reason}") from error
    except pa.ArrowException as error:
        raise ValueError(f"archive is {str(file)!r}, which is damaged or no Parquet file: {error}") from error
    if not table.schema.equals(_SCHEMA):
        raise ValueError(f"archive is {str(file)!r}, which has other columns than an archive of runs")
    versions = set(table["schema_version"].to_pylist()) - {SCHEMA_VERSION}
    if versions:
        raise ValueError(f"archive is {str(file)!r} with schema {min(versions)}; it must be {SCHEMA_VERSION}")
    try:
        return {row["key"]: _result(row) for row in table.to_pylist()}
    except (ValueError, TypeError) as error:
        raise ValueError(f"archive is {str(file)!r}, which is damaged: {error}") from error


def merge(file: Path, runs: Mapping[str, RunResult]) -> int:
    """Adds runs to an archive, which is made if it does not exist.

    A run takes the place of one with the same configuration and seed that other code made: no seed of a
    configuration is there twice.

    Args:
        file: The archive.
        runs: Results by their keys.

    Returns:
        How many of the runs were not there yet.

    Raises:
        ValueError: If the file is no archive that can be read; it is left as it was.
    """
    file = Path(file)
    file.parent.mkdir(parents=True, exist_ok=True)
    with filelock.FileLock(file.with_name(f".{file.name}.lock")):
        present = read(file) if file.exists() else {}
        new = {key: result for key, result in runs.items() if key not in present}
        made_again = {(result.config, result.seed) for result in new.values()}
        kept = {
            key: result for key, result in present.items() if (result.config, result.seed) not in made_again
        }
        _write(file, kept | new)
    return len(new)


def _write(file: Path, runs: Mapping[str, RunResult]) -> None:
    # In the order of the keys, so that the same runs make the same file.
    table = pa.Table.from_pylist([_row(key, runs[key]) for key in sorted(runs)], schema=_SCHEMA)
    unfinished = file.with_name(f".{file.name}")
    pq.write_table(table, unfinished, compression="zstd")
    unfinished.replace(file)


def _row(key: str, result: RunResult) -> dict[str, object]:
    return {
        "schema_version": SCHEMA_VERSION,
        "key": key,
        "config": json.dumps(result.config.to_dict()),
        "seed": result.seed,
        "seconds": result.seconds,
        "provenance": json.dumps(result.provenance),
        **{name: getattr(result, name).tolist() for name in _ARRAYS},
    }


def _result(row: dict) -> RunResult:
    arrays = {name: np.array(row[name], _dtype(kind)) for name, kind in _ARRAYS.items()}
    return RunResult(
        config=RunConfig.from_dict(json.loads(row["config"])),
        seed=row["seed"],
        seconds=row["seconds"],
        provenance=json.loads(row["provenance"]),
        **arrays,
    )


def _dtype(kind: pa.DataType) -> type:
    return _dtype(kind.value_type) if pa.types.is_list(kind) else kind.to_pandas_dtype()
