"""The command line: a few lines for each command, over the rooms below.

TensorFlow is imported only by the commands that need it. A caller's mistake is one line on standard error and
exit status 2.

The commands are in `runs` (one run on the jumping task), `control` (one of distracting control),
`experiments` (many runs) and `machine` (this machine); the options that they share are in `options`.
"""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from typing import NoReturn

from pisces import __version__
from pisces.cli import control, experiments, machine, runs


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a command.

    Args:
        arguments: Words of the command line; None takes the process's own.

    Returns:
        Exit status: 0 for success, 1 for a problem found by `doctor`, runs that `sweep` or `search` could not
        make, or that `verify` found to differ, 2 for a caller's mistake, 128 and the number of a signal
        for a command that was broken off.
    """
    # TensorFlow speaks of the processor and of missing GPUs at every start; what goes wrong it raises.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    parsed = parsers()[""].parse_args(arguments)
    try:
        return parsed.command(parsed) or 0
    except BrokenPipeError:
        # Who reads, such as `head`, has seen enough: what is still held back goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except (ValueError, OSError, ImportError) as error:
        message = " ".join(str(error).split())
        print(f"pisces {parsed.name}: {message}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, without the usage around it."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}\n")


def parsers() -> dict[str, argparse.ArgumentParser]:
    """What reads the words of each command, by its name; of `pisces` itself, which has them all, by ""."""
    parser = _Parser(prog="pisces", description="Policy similarity embeddings, executable.")
    found: dict[str, argparse.ArgumentParser] = {"": parser}
    parser.add_argument("--version", action="version", version=f"pisces {__version__}")
    commands = parser.add_subparsers(dest="name", metavar="command", required=True)

    def add(
        name: str, command: Callable[[argparse.Namespace], int | None], help: str
    ) -> argparse.ArgumentParser:
        added = found[name] = commands.add_parser(name, help=help, description=help)
        added.set_defaults(command=command)
        return added

    for room in (runs, control, experiments, machine):
        room.add_commands(add)
    return found
