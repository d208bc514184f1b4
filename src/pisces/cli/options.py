"""The options that commands share: the precision in which runs are made, and where something is kept."""

import argparse
from pathlib import Path

from pisces.precision import AUTO, PRECISIONS


def add_precision(
    command: argparse.ArgumentParser, help: str, *, automatic: str = "what the processor is made for"
) -> None:
    """Adds `--precision`.

    Args:
        command: Parser of a command.
        help: What it is of.
        automatic: What "auto" is.
    """
    known = f"{', '.join((AUTO, *PRECISIONS))} (default: {AUTO}, {automatic})"
    command.add_argument("--precision", default=AUTO, help=f"{help}: {known}")


def add_folder(command: argparse.ArgumentParser) -> None:
    """Adds `--out`, the folder of a run of an agent.

    Args:
        command: Parser of a command.
    """
    command.add_argument(
        "--out",
        type=Path,
        metavar="DIR",
        help="keep run, checkpoints and policy; continues an unfinished run",
    )


def file_to_write(out: Path) -> Path:
    """The file of `--out`, if it can be one: what takes long to make is not to be lost for it.

    Raises:
        ValueError: If it is a folder, or in none that exists.
    """
    if out.is_dir() or not out.parent.is_dir():
        raise ValueError(f"--out is {str(out)!r}; it must be a file in a folder that exists")
    return out
