"""Writes what each command of `pisces` takes: the text of its `--help`."""

import argparse
import functools
from pathlib import Path

from pisces import cli

_FORMAT = functools.partial(argparse.HelpFormatter, width=88)
"""As wide as a page is, whatever the terminal."""


def write(folder: Path) -> None:
    """Writes what `book/api/command_line.md` includes.

    Args:
        folder: `book` of the staged book.
    """
    (folder / "_commands.md").write_text(helps(), encoding="utf-8")


def helps() -> str:
    """A section for each command, as Markdown."""
    return "\n".join(_section(name, parser) for name, parser in cli.parsers().items() if name)


def _section(name: str, parser: argparse.ArgumentParser) -> str:
    parser.formatter_class = _FORMAT
    return f"### `pisces {name}`\n\n```text\n{parser.format_help()}```\n"
