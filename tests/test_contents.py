"""The table of what is in the paper leads to where it is, and leaves nothing out that the book measures."""

from pathlib import Path

import contents
import pandas as pd
import pytest
from execution import chapters

from pisces.experiments import catalogue, paper

BOARD = pd.DataFrame(
    {"experiment": "table1", "verdict": verdict}
    for verdict in ("higher, less spread", "higher", "not told apart (±3.0)", "not told apart (±4.5)", "")
)
ITEMS = {item.name: item for item in paper.CONTENTS}


@pytest.mark.parametrize("name", ITEMS)
def test_an_item_is_in_chapters_that_exist_or_says_why_not(name):
    item = ITEMS[name]
    assert bool(item.chapters) != bool(item.absent)
    assert set(item.chapters) <= {path.stem for path in chapters()}


def test_every_table_of_the_paper_that_is_measured_has_its_verdicts():
    named = [item.experiment for item in paper.CONTENTS if item.experiment]
    assert sorted(named) == ["colors", "lqr", "suboptimality", "table1", "table2"]
    assert set(named) <= set(catalogue.EXPERIMENTS)


def test_each_item_is_a_row_with_links_or_a_reason_and_the_number_of_each_verdict():
    lines = contents.table(BOARD).splitlines()[2:]
    assert len(lines) == len(paper.CONTENTS)
    rows = {line.split(" | ")[0].removeprefix("| "): line for line in lines}
    assert "[chapter 5](../notebooks/05_generalization.ipynb)" in rows["Table 1"]
    assert rows["Table 1"].endswith("| *higher* 2, *not told apart* 2, *less spread* 1 |")
    assert "not here: its values are taken over as they are" in rows["App. G, tuning"]
    assert rows["Fig. 4"].endswith("| – |")


def test_the_page_includes_the_table_and_is_in_the_book():
    book = Path(__file__).parents[1] / "book"
    assert "_scoreboard/contents.md" in (book / "paper_contents.md").read_text()
    assert "book/paper_contents" in (book / "_toc.yml").read_text()
