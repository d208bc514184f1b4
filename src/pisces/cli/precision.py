"""The option that commands about runs share: the precision in which they are made."""

import argparse

from pisces.precision import AUTO, PRECISIONS


def add_precision(command: argparse.ArgumentParser, help: str) -> None:
    """Adds `--precision`.

    Args:
        command: Parser of a command.
        help: What it is of.
    """
    known = f"{', '.join((AUTO, *PRECISIONS))} (default: {AUTO}, what the processor is made for)"
    command.add_argument("--precision", default=AUTO, help=f"{help}: {known}")
