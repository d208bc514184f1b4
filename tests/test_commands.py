"""The page of the command line has every command with all that it takes."""

import argparse
import functools
import re
from pathlib import Path

import commands
import pytest

from pisces import cli


def test_every_command_has_a_section_with_its_options_whatever_the_terminal(monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    sections = commands.helps().split("### `pisces ")[1:]
    by_name = {section.split("`")[0]: section for section in sections}
    assert by_name.keys() == cli.parsers().keys() - {""} and {"train", "sweep", "doctor"} <= by_name.keys()
    assert "usage: pisces train [-h] --grid GRID --method METHOD" in by_name["train"]
    assert "--store DIR" in by_name["sweep"] and "--skip-known" in by_name["sweep"]
    lengths = [len(line) for section in sections for line in section.splitlines()]
    assert 60 < max(lengths) <= 88
    assert all(section.count("```") == 2 for section in sections)


@pytest.mark.parametrize("name", [name for name in cli.parsers() if name])
def test_everything_that_a_command_takes_is_explained(name):
    parser = cli.parsers()[name]
    parser.formatter_class = functools.partial(argparse.HelpFormatter, width=999, max_help_position=99)
    _, *taken = re.split("arguments:|options:", parser.format_help())
    lines = [line.strip() for part in taken for line in part.splitlines() if line.strip()]
    assert lines and all(re.fullmatch(r"\S.*?\s{2,}\S.*", line) for line in lines), lines


def test_the_page_of_the_command_line_includes_them(tmp_path):
    commands.write(tmp_path)
    (written,) = tmp_path.iterdir()
    page = Path(__file__).parents[1] / "book" / "api" / "command_line.md"
    assert f"{{include}} ../{written.name}\n" in page.read_text()
    assert written.read_text() == commands.helps()
