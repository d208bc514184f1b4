"""Where is a run kept? A folder for each run; this module alone knows its files.

    run.json      schema version, kind, configuration, seed; written first, so that a folder says whose it is
    checkpoint/   what a resumed run needs, of a run that can be resumed
    policy/       the greedy policy as a SavedModel, of an agent
    result.json   the result; its presence says that the run is complete

A `Store` is a folder of many runs. Files are written under another name and then renamed: a run that is
killed leaves no torn file. The one file that has the results of many runs is left to `pisces.runs.archive`.
"""

import contextlib
import dataclasses
import json
import shutil
import typing
from collections.abc import Iterator
from pathlib import Path

import filelock
import numpy as np

from pisces import saved_policy
from pisces.runs.kinds import KINDS, Config, Result, kind_of

SCHEMA_VERSION = 3
_RUN, _RESULT, _CHECKPOINT, _POLICY = "run.json", "result.json", "checkpoint", "policy"


def require_own(folder: Path, config: Config, seed: int) -> None:
    """Checks that a folder holds nothing but, perhaps, a run. Nothing is written.

    TensorFlow takes the path of a checkpoint or policy for a pattern: one with wildcards could be written and
    not read, and is refused.

    Args:
        folder: The run's folder; may not exist yet.
        config: The run's configuration.
        seed: The run's seed.

    Raises:
        ValueError: If the folder holds another run or other files, or its path has wildcards.
    """
    folder = Path(folder)
    saved_policy.require_plain(folder)
    if (folder / _RUN).exists():
        if read_settings(folder) != (config, seed):
            raise ValueError(f"folder is {str(folder)!r}, which holds another run; choose an empty one")
    elif folder.exists() and not _is_free(folder):
        raise ValueError(f"folder is {str(folder)!r}, which holds something else; choose an empty one")


def open_run(folder: Path, config: Config, seed: int) -> Path:
    """Makes the folder of a run, or checks that an existing one is of the same run.

    Args:
        folder: The run's folder; may not exist yet.
        config: The run's configuration.
        seed: The run's seed.

    Returns:
        The folder for checkpoints.

    Raises:
        ValueError: As of `require_own`.
    """
    folder = Path(folder)
    require_own(folder, config, seed)
    if not (folder / _RUN).exists():
        folder.mkdir(parents=True, exist_ok=True)
        header = {
            "schema_version": SCHEMA_VERSION,
            "kind": kind_of(config).name,
            "config": config.to_dict(),
            "seed": seed,
        }
        _write_json(folder / _RUN, header)
    return folder / _CHECKPOINT


def _is_free(folder: Path) -> bool:
    """Whether a folder is empty, but for what a run leaves that is killed before it has a header."""
    return folder.is_dir() and all(path == _unfinished(folder / _RUN) for path in folder.iterdir())


@contextlib.contextmanager
def reading(folder: Path, file: str) -> Iterator[None]:
    """Turns what reading a damaged file of a run raises into an error that names it.

    Args:
        folder: The run's folder.
        file: The file's name.

    Raises:
        ValueError: If the block raises anything; TensorFlow alone raises many kinds of errors.
    """
    try:
        yield
    except Exception as error:
        raise ValueError(
            f"folder is {str(folder)!r}, whose {file} is broken: {type(error).__name__}: {error}"
        ) from error


def read_settings(folder: Path) -> tuple[Config, int]:
    """Configuration and seed of the run in a folder, finished or not.

    Raises:
        ValueError: If the folder holds no run, or one of another schema.
    """
    folder = Path(folder)
    header = _read_json(folder / _RUN)
    version = header.get("schema_version")
    if version != SCHEMA_VERSION:
        raise ValueError(f"folder is {str(folder)!r} with schema {version!r}; it must be {SCHEMA_VERSION}")
    with reading(folder, _RUN):
        return KINDS[header["kind"]].config.from_dict(header["config"]), int(header["seed"])


def is_complete(folder: Path) -> bool:
    """Whether the run in a folder has its result."""
    return (Path(folder) / _RESULT).exists()


def write_run(folder: Path, result: Result, policy=None) -> None:
    """Completes a run: exports the policy, then writes the result.

    Args:
        folder: A folder made by `open_run`.
        result: The run's result.
        policy: A TF-Agents policy; None where there is no agent.
    """
    folder = Path(folder)
    if policy is not None:
        _export(policy, folder)
    values = {
        field.name: _plain(getattr(result, field.name))
        for field in dataclasses.fields(result)
        if field.name not in ("config", "seed")
    }
    _write_json(folder / _RESULT, values)


def _export(policy, folder: Path) -> None:
    unfinished = _unfinished(folder / _POLICY)
    shutil.rmtree(unfinished, ignore_errors=True)
    saved_policy.save(policy, unfinished)
    shutil.rmtree(folder / _POLICY, ignore_errors=True)
    unfinished.replace(folder / _POLICY)


def read_run(folder: Path) -> Result:
    """The result of a complete run.

    Raises:
        ValueError: If the folder holds no complete run.
    """
    config, seed = read_settings(folder)
    values = _read_json(Path(folder) / _RESULT)
    kind = kind_of(config)
    with reading(folder, _RESULT):
        arrays = {name: np.array(values.pop(name), dtype) for name, (dtype, _) in kind.arrays.items()}
        return kind.result(config=config, seed=seed, **arrays, **values)


def load_policy(folder: Path):
    """The exported policy of a complete run; acts without the code that trained it.

    Returns:
        A SavedModel with the methods of a TF-Agents policy; see `pisces.acting.Greedy`.

    Raises:
        ValueError: If the folder holds no complete run.
    """
    read_run(folder)
    with reading(folder, _POLICY):
        return saved_policy.load(Path(folder) / _POLICY)


class Store:
    """A folder of many runs, which several processes may work on at once.

        KEY/                a run, as above
        .locks/KEY          locked by who works on the run
        .failures/KEY.txt   why the run failed when it was last tried

    Attributes:
        folder: The store's folder; made when first written to.
    """

    def __init__(self, folder: Path):
        """Takes a folder, which need not exist yet."""
        self.folder = Path(folder)

    def run_folder(self, key: str) -> Path:
        """The folder of a run, for the other functions of this module."""
        return self.folder / key

    def keys(self) -> list[str]:
        """Names of everything that lies in the store, in order."""
        if not self.folder.exists():
            return []
        return sorted(path.name for path in self.folder.iterdir() if not path.name.startswith("."))

    def complete(self) -> set[str]:
        """Names of the runs that have their result."""
        return {key for key in self.keys() if is_complete(self.run_folder(key))}

    def settings(self, key: str) -> tuple[Config, int]:
        """Configuration and seed of a run, finished or not.

        Raises:
            ValueError: If what the store has under this name is damaged or no run.
        """
        return read_settings(self.run_folder(key))

    def read(self, key: str, config: Config, seed: int) -> Result | None:
        """The result of a run if it is complete, else None.

        Args:
            key: Name of the run.
            config: The configuration that it must have.
            seed: The seed that it must have.

        Raises:
            ValueError: If what the store has under this name is damaged or another run.
        """
        folder = self.run_folder(key)
        if not is_complete(folder):
            return None
        result = read_run(folder)
        if (result.config, result.seed) != (config, seed):
            raise ValueError(f"folder is {str(folder)!r}, which holds another run")
        return result

    def lock(self, key: str) -> filelock.BaseFileLock:
        """The right to work on a run; the operating system takes it back when its holder dies."""
        return filelock.FileLock(_made(self.folder / ".locks") / key)

    def write_failure(self, key: str, report: str) -> None:
        """Notes why a run failed, with the error in the last line."""
        path = self._failure(key)
        _made(path.parent)
        _unfinished(path).write_text(report)
        _unfinished(path).replace(path)

    def clear_failure(self, key: str) -> None:
        """Forgets that a run failed."""
        self._failure(key).unlink(missing_ok=True)

    def read_failure(self, key: str) -> str | None:
        """The report on a run that failed when it was last tried; None for any other."""
        path = self._failure(key)
        return path.read_text() if path.exists() else None

    def _failure(self, key: str) -> Path:
        return self.folder / ".failures" / f"{key}.txt"


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _plain(value: typing.Any) -> typing.Any:
    return value.tolist() if isinstance(value, np.ndarray) else value


def _unfinished(path: Path) -> Path:
    """Where a file is until it is whole; what a killed run leaves there, the next one overwrites."""
    return path.with_name(f".{path.name}")


def _write_json(path: Path, values: dict[str, typing.Any]) -> None:
    unfinished = _unfinished(path)
    unfinished.write_text(json.dumps(values, indent=1) + "\n")
    unfinished.replace(path)


def _read_json(path: Path) -> dict[str, typing.Any]:
    try:
        values = json.loads(path.read_text())
    except OSError as error:
        raise ValueError(f"folder is {str(path.parent)!r}, which has no {path.name}") from error
    except ValueError as error:
        raise ValueError(f"folder is {str(path.parent)!r}, whose {path.name} is broken: {error}") from error
    if not isinstance(values, dict):
        raise ValueError(f"folder is {str(path.parent)!r}, whose {path.name} is broken: it holds no object")
    return values
