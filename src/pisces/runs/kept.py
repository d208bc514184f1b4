"""What else is kept of runs than their results? What was measured of their networks, a file for each kind.

A result holds no network. So what a chapter wants to know of networks is measured once, from the checkpoints
of a store, and kept in a file of its own, which comes with the package. What is measured is left to the
chapters: each says what it keeps of a run, and how a row of its file holds it.
"""

import dataclasses
import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Generic, TypeVar

import pyarrow as pa

from pisces.runs import archive, parquet
from pisces.runs.kinds import Kind


@dataclasses.dataclass(frozen=True, eq=False, kw_only=True)
class Kept:
    """What is kept of one run. Chapters derive from it, and add what they measure.

    Attributes:
        key: Name of the run.
        config: Its configuration.
        seed: Its seed.
        provenance: Versions, processor and commit of the run.
    """

    key: str
    config: Any
    seed: int
    provenance: dict[str, str]


OfRun = TypeVar("OfRun", bound=Kept)
"""One kind of `Kept`."""


@dataclasses.dataclass(frozen=True, eq=False, kw_only=True)
class KeptFile(Generic[OfRun]):
    """A kind of Parquet file with a row for each run.

    Attributes:
        name: Of the file that comes with the package.
        version: Of the columns and what they mean.
        kind: Of the runs.
        kept: Class of what is read.
        columns: Types of the columns that are not fields of `Kept`.
        encode: Gives their values.
        decode: From their values, gives the fields of `kept` that are not those of `Kept`.
    """

    name: str
    version: int
    kind: Kind
    kept: type[OfRun]
    columns: Mapping[str, pa.DataType]
    encode: Callable[[OfRun], dict[str, Any]]
    decode: Callable[[dict[str, Any]], dict[str, Any]]

    def packaged(self) -> Path:
        """The file that comes with the package, beside the archives of runs."""
        return archive.folder() / self.name

    def read(self, file: Path | None = None) -> list[OfRun]:
        """What is in a file, in the order of the keys.

        Args:
            file: Where it is; None takes that of the package.

        Raises:
            ValueError: If the file is missing, damaged, of another kind or of another schema.
        """
        file = self.packaged() if file is None else file
        rows = parquet.read(file, self._schema(), version=self.version, name="file")
        try:
            return [self._kept(row) for row in rows]
        except (ValueError, TypeError) as error:
            raise ValueError(f"file is {str(file)!r}, which is damaged: {error}") from error

    def write(self, file: Path, made: Iterable[OfRun]) -> None:
        """Writes a file anew, in the order of the keys, so that the same runs make the same file."""
        rows = [
            {
                "schema_version": self.version,
                "key": one.key,
                "config": json.dumps(one.config.to_dict()),
                "seed": one.seed,
                **self.encode(one),
                "provenance": json.dumps(one.provenance),
            }
            for one in sorted(made, key=lambda one: one.key)
        ]
        # Hardly any number comes twice but 0, so that a dictionary of them would only cost room.
        parquet.write(file, self._schema(), rows, compression_level=19, use_dictionary=False)

    def merge(self, file: Path, made: Iterable[OfRun]) -> int:
        """Adds what is kept of runs to a file, which is made if it does not exist.

        One takes the place of another with the same configuration and seed.

        Args:
            file: The file.
            made: Of runs.

        Returns:
            How many runs were not there yet.

        Raises:
            ValueError: If the file cannot be read; it is left as it was.
        """
        with parquet.lock(file):
            present = {(one.config, one.seed): one for one in (self.read(file) if file.exists() else [])}
            new = {(one.config, one.seed): one for one in made}
            self.write(file, (present | new).values())
        return len({one.key for one in new.values()} - {one.key for one in present.values()})

    def _schema(self) -> pa.Schema:
        identity = {"key": pa.string(), "config": pa.string(), "seed": pa.int64()}
        return pa.schema(
            {"schema_version": pa.int32(), **identity, **self.columns, "provenance": pa.string()}
        )

    def _kept(self, row: dict[str, Any]) -> OfRun:
        return self.kept(
            key=row["key"],
            config=self.kind.config.from_dict(json.loads(row["config"])),
            seed=row["seed"],
            provenance=json.loads(row["provenance"]),
            **self.decode({name: row[name] for name in self.columns}),
        )
