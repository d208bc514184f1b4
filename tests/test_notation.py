"""The page on notation gives every symbol one meaning, and the chapters that it names use it."""

import re
from pathlib import Path

import execution
import nbformat
import pytest

PAGE = Path(__file__).parents[1] / "book" / "notation.md"


def symbols(cell: str) -> list[str]:
    """What the cell of a table gives a meaning to: formulas in front of a colon, up to an equals sign."""
    formulas = [one for part in cell.split(";") for one in re.findall(r"\$(.+?)\$", part.split(":")[0])]
    return [one.strip() for formula in formulas for one in formula.split("=")[0].split(",")]


def rows(heading: str) -> list[list[str]]:
    """The cells of the table below a line of headings."""
    table = PAGE.read_text(encoding="utf-8").split(heading)[1].split("\n\n")[0]
    # A bar inside of a formula is none of the table's.
    return [re.split(r"(?<!\\) \| ", line.strip("| ")) for line in table.splitlines()[2:]]


SHARED = [one for row in rows("| Symbol | Name in code | Shape and range |") for one in symbols(row[0])]
OWN = {
    symbol: [int(number) for number in row[0].split(",")]
    for row in rows("| Chapter | Symbol | Meaning |")
    for symbol in symbols(row[1])
}


def text_of(number: int) -> str:
    cells = nbformat.read(execution.chapters()[number - 1], as_version=4).cells
    return "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")


def test_no_symbol_has_two_meanings():
    own = [one for row in rows("| Chapter | Symbol | Meaning |") for one in symbols(row[1])]
    every = [*SHARED, *own]
    assert len(every) > 50
    assert sorted(every) == sorted(set(every))


@pytest.mark.parametrize("symbol", OWN)
def test_a_symbol_occurs_in_the_chapters_that_are_named(symbol):
    formula = re.compile(r"\$[^$]*" + re.escape(symbol) + r"[^$]*\$")
    assert [number for number in OWN[symbol] if not formula.search(text_of(number))] == []


@pytest.mark.parametrize("other", [r"\alpha", r"\rho", r"\eta", r"\varepsilon", r"\kappa", r"\ell"])
def test_these_letters_occur_in_no_other_chapter(other):
    allowed = OWN | {r"\alpha": [3, 4, 6, 9], r"\ell": [3, 4, 10]}  # in chapter 10 the norm
    allowed[r"\varepsilon"] = [*OWN[r"\varepsilon"], 8]  # which refers to chapter 7
    found = [
        number
        for number in range(1, len(execution.chapters()) + 1)
        if re.search(re.escape(other) + r"(?![a-z])", text_of(number))
    ]
    assert set(found) <= set(allowed[other])
