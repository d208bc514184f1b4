"""Where are the results of many runs kept together? A Parquet file for each kind, with a row for each run.

A row has everything that a result holds, and no policy. The archives that come with the package are what the
book is made from. The folders of single runs are left to `pisces.runs.store`, what chapters measure of
networks to `pisces.runs.kept`; these modules alone read and write results.
"""

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa

import pisces
from pisces.runs import parquet
from pisces.runs.kinds import KINDS, Kind, Result, kind_of

SCHEMA_VERSION = 2
_FILES = {"jumping": "runs.parquet", "lqr": "lqr.parquet", "control": "control.parquet"}


def folder() -> Path:
    """Where the results that come with the package are: beside it, or in the book of a checkout."""
    package = Path(pisces.__file__).parent
    installed = package / "results"
    return installed if installed.exists() else package.parents[1] / "book" / "results"


def packaged(kind: Kind) -> Path:
    """The archive of a kind of runs that comes with the package."""
    return folder() / _FILES[kind.name]


def known() -> dict[str, Result]:
    """All runs that come with the package, of all kinds, by their keys."""
    return {key: result for kind in KINDS.values() for key, result in read(packaged(kind), kind=kind).items()}


def read(file: Path, *, kind: Kind) -> dict[str, Result]:
    """The runs of an archive by their keys, in the order of the keys.

    Args:
        file: An archive, such as `packaged` names.
        kind: Of its runs.

    Raises:
        ValueError: If the file is missing, damaged, no archive of this kind or of another schema.
    """
    rows = parquet.read(file, _schema(kind), version=SCHEMA_VERSION, name="archive")
    try:
        return {row["key"]: _result(row, kind) for row in rows}
    except (ValueError, TypeError) as error:
        raise ValueError(f"archive is {str(file)!r}, which is damaged: {error}") from error


def merge(file: Path, runs: Mapping[str, Result], *, kind: Kind) -> int:
    """Adds runs to an archive, which is made if it does not exist.

    A run takes the place of one with the same configuration and seed that other code made: no seed of a
    configuration is there twice.

    Args:
        file: The archive.
        runs: Results by their keys; those of other kinds are left out.
        kind: Of the runs in the archive.

    Returns:
        How many of the runs were not there yet.

    Raises:
        ValueError: If the file is no archive that can be read; it is left as it was.
    """
    file = Path(file)
    with parquet.lock(file):
        present = read(file, kind=kind) if file.exists() else {}
        new = {
            key: result
            for key, result in runs.items()
            if kind_of(result.config) is kind and key not in present
        }
        made_again = {(result.config, result.seed) for result in new.values()}
        kept = {
            key: result for key, result in present.items() if (result.config, result.seed) not in made_again
        }
        # In the order of the keys, so that the same runs make the same file.
        rows = [_row(key, result, kind) for key, result in sorted((kept | new).items())]
        parquet.write(file, _schema(kind), rows)
    return len(new)


def _schema(kind: Kind) -> pa.Schema:
    columns = {"schema_version": pa.int32(), "key": pa.string(), "config": pa.string(), "seed": pa.int64()}
    for name, (dtype, num_axes) in kind.arrays.items():
        columns[name] = pa.from_numpy_dtype(np.dtype(dtype))
        for _ in range(num_axes):
            columns[name] = pa.list_(columns[name])
    numbers = dict.fromkeys((*kind.numbers, "seconds"), pa.float64())
    return pa.schema(columns | numbers | {"provenance": pa.string()})


def _row(key: str, result: Result, kind: Kind) -> dict[str, object]:
    return {
        "schema_version": SCHEMA_VERSION,
        "key": key,
        "config": json.dumps(result.config.to_dict()),
        "seed": result.seed,
        "seconds": result.seconds,
        "provenance": json.dumps(result.provenance),
        **{name: getattr(result, name).tolist() for name in kind.arrays},
        **{name: getattr(result, name) for name in kind.numbers},
    }


def _result(row: dict, kind: Kind) -> Result:
    arrays = {name: np.array(row[name], dtype) for name, (dtype, _) in kind.arrays.items()}
    numbers = {name: row[name] for name in kind.numbers}
    return kind.result(
        config=kind.config.from_dict(json.loads(row["config"])),
        seed=row["seed"],
        seconds=row["seconds"],
        provenance=json.loads(row["provenance"]),
        **arrays,
        **numbers,
    )
