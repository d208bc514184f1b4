"""How is a Parquet file of results read and written? Whole or not at all, and nothing foreign is believed.

What the rows hold is left to `pisces.runs.archive` and `pisces.runs.kept`.
"""

from collections.abc import Sequence
from pathlib import Path

import filelock
import pyarrow as pa
import pyarrow.parquet as pq


def lock(file: Path) -> filelock.BaseFileLock:
    """What a process holds from reading a file to writing it, so that no other changes the file in between.

    Args:
        file: The file; its folder is made if it is not there.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    return filelock.FileLock(file.with_name(f".{file.name}.lock"))


def read(file: Path, schema: pa.Schema, *, version: int, name: str) -> list[dict]:
    """The rows of a file.

    Args:
        file: The file.
        schema: The columns that it must have, one of them `schema_version`.
        version: What every row must have there.
        name: What the file is called in errors.

    Raises:
        ValueError: If the file is missing, damaged, has other columns or is of another version.
    """
    file = Path(file)
    try:
        table = pq.read_table(file)
    except OSError as error:
        reason = "does not exist" if isinstance(error, FileNotFoundError) else f"cannot be read: {error}"
        raise ValueError(f"{name} is {str(file)!r}, which {reason}") from error
    except pa.ArrowException as error:
        raise ValueError(f"{name} is {str(file)!r}, which is damaged or no Parquet file: {error}") from error
    if not table.schema.equals(schema):
        raise ValueError(f"{name} is {str(file)!r}, which has other columns than those of its kind")
    versions = set(table["schema_version"].to_pylist()) - {version}
    if versions:
        raise ValueError(f"{name} is {str(file)!r} with schema {min(versions)}; it must be {version}")
    return table.to_pylist()


def write(file: Path, schema: pa.Schema, rows: Sequence[dict], **settings) -> None:
    """Writes a file anew; a process that is killed leaves the old one.

    Args:
        file: The file; its folder is made if it is not there.
        schema: Its columns.
        rows: A value for each column.
        **settings: Of `pyarrow.parquet.write_table`.
    """
    file = Path(file)
    file.parent.mkdir(parents=True, exist_ok=True)
    unfinished = file.with_name(f".{file.name}")
    pq.write_table(
        pa.Table.from_pylist(list(rows), schema=schema), unfinished, compression="zstd", **settings
    )
    unfinished.replace(file)
