"""Writes the table of everything that is in the paper, and where it is in this book, or why it is not."""

from collections.abc import Iterable

import pandas as pd

from pisces.experiments import paper

_HEADER = "| In the paper | What it shows | Here | Verdicts |\n|---|---|---|---|\n"


def table(board: pd.DataFrame) -> str:
    """`pisces.experiments.paper.CONTENTS` as Markdown.

    Args:
        board: As of `pisces.experiments.scoreboard.scoreboard`.
    """
    return _HEADER + "".join(_row(item, board) for item in paper.CONTENTS)


def judged(verdicts: pd.Series) -> str:
    """Counts verdicts, those on the mean and those on the spread: "*higher* 2, *less spread* 1"."""
    # What is in brackets is a number of points, and what follows a comma is about the spread.
    parts = verdicts.str.replace(r" \(.*?\)", "", regex=True).str.split(", ").explode()
    counts = parts.value_counts().drop("", errors="ignore")
    return ", ".join(f"*{verdict}* {count}" for verdict, count in counts.items())


def _row(item: paper.Item, board: pd.DataFrame) -> str:
    verdicts = judged(board.verdict[board.experiment == item.experiment]) if item.experiment else ""
    here = _links(item.chapters) if item.chapters else f"not here: {item.absent}"
    return f"| {item.name} | {item.subject} | {here} | {verdicts or '–'} |\n"


def _links(chapters: Iterable[str]) -> str:
    return ", ".join(f"[chapter {int(name[:2])}](../notebooks/{name}.ipynb)" for name in chapters)
