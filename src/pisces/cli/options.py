"""The options that commands about runs share: the precision in which they are made, and where one is kept."""

import argparse
from pathlib import Path

from pisces.precision import AUTO, PRECISIONS


def add_precision(command: argparse.ArgumentParser, help: str) -> None:
    """Adds `--precision`.

    Args:
        command: Parser of a command.
        help: What it is of.
    """
    known = f"{', '.join((AUTO, *PRECISIONS))} (default: {AUTO}, what the processor is made for)"
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
