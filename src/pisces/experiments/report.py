"""How does a reader see a table of results? Scores, intervals, the paper's numbers and verdicts, as text.

A table displays itself in the book, in Jupyter and in Colab, and prints as plain text. What the numbers are
is left to `pisces.experiments.tables` and `pisces.chapters.generalization.unseen_tasks`, names of methods to
`pisces.drawing.style`.
"""

import dataclasses
import html
import itertools
import math
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any

import pandas as pd

from pisces.drawing import style
from pisces.runs.units import SHARE, UNITS, UNKNOWN, Unit

CSS_CLASS = "pisces-results"
"""Marks a table of results in a page, so that `book/build.py` finds it and compares it with the runs."""

_Text = Callable[[Mapping[Hashable, Any]], str]


@dataclasses.dataclass(frozen=True, repr=False)
class Table:
    """A table of text.

    Attributes:
        caption: What it shows.
        header: Names of the columns.
        rows: A text for each column; rows in sequence with the same first text are a group.
        num_labels: How many columns, from the left, say what a row is about.
        css_class: Class of the table in a page, beside that of all tables.
    """

    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    num_labels: int
    css_class: str = ""

    def html(self) -> str:
        """The table for a page, without a blank line."""
        head = "".join(f'<th scope="col">{html.escape(name)}</th>' for name in self.header)
        css_class = f"dataframe pisces-table {self.css_class}".strip()
        groups = [list(group) for _, group in itertools.groupby(self.rows, key=lambda row: row[0])]
        return (
            # It scrolls inside the page, and can be scrolled with the keys.
            f'<table class="{css_class}" tabindex="0">\n'
            f"<caption>{html.escape(self.caption)}</caption>\n"
            f"<thead><tr>{head}</tr></thead>\n{''.join(map(self._html_group, groups))}</table>"
        )

    def _html_group(self, group: Sequence[tuple[str, ...]]) -> str:
        lines = []
        for index, (first, *others) in enumerate(group):
            cells = [f'<th scope="rowgroup" rowspan="{len(group)}">{html.escape(first)}</th>'] * (index == 0)
            cells += [f'<th scope="row">{html.escape(text)}</th>' for text in others[: self.num_labels - 1]]
            cells += [f"<td>{html.escape(text)}</td>" for text in others[self.num_labels - 1 :]]
            lines.append(f"<tr>{''.join(cells)}</tr>\n")
        return f"<tbody>\n{''.join(lines)}</tbody>\n"

    def _repr_html_(self) -> str:
        return self.html()

    def _repr_markdown_(self) -> str:
        lines = [self.header, ("---",) * len(self.header), *self.rows]
        return "\n".join([self.caption, "", *(f"| {' | '.join(line)} |" for line in lines)])

    def __repr__(self) -> str:
        """The table as plain text, its columns aligned."""
        lines = [self.header, *self.rows]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        padded = [
            "  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)) for line in lines
        ]
        return "\n".join([self.caption, *(line.rstrip() for line in padded)])


def table(rows: pd.DataFrame, *, caption: str, column: str = "Variant") -> Table:
    """A table of results for a reader.

    Args:
        rows: As `pisces.experiments.tables.results` gives them; a column `minutes`, of the mean time of a
            run, is shown if it is there.
        caption: What the rows are; what their numbers are is added to it.
        column: Heading of what tells the rows of a method apart, such as "Grid".

    Returns:
        A table that a notebook displays. What is not known is `UNKNOWN`.

    Raises:
        ValueError: If there is no row, or the rows lack a column.
    """
    shown: dict[str, _Text] = {
        "Method": lambda row: _label(row["method"]),
        column: lambda row: row["column"],
        "Ours": lambda row: _mean(UNITS[row["unit"]], row["mean"], row["std"]),
        "Paper": lambda row: _mean(
            UNITS[row["unit"]], row["paper_mean"], row["paper_std"], row["paper_error"]
        ),
        "Verdict": lambda row: row["verdict"] or UNKNOWN,
        "n": lambda row: _number(row["n"], row["n_float32"]),
        "95 % interval": lambda row: _interval(UNITS[row["unit"]], row["low"], row["high"]),
        "Spread": lambda row: _spread(row["spread"], row["spread_low"], row["spread_high"]),
    }
    if "minutes" in rows:
        shown["Minutes a run"] = lambda row: (
            UNKNOWN if math.isnan(row["minutes"]) else f"{row['minutes']:.1f}"
        )
    made = _table(rows, shown, caption=caption, num_labels=2)
    meaning = " and ".join(UNITS[name].meaning for name in dict.fromkeys(rows["unit"]))
    meaning += (
        ": mean (standard deviation) over n runs, and by what factor our standard deviation is the paper's."
    )
    return dataclasses.replace(made, caption=f"{caption} {meaning}", css_class=CSS_CLASS)


def differences(rows: pd.DataFrame, *, caption: str) -> Table:
    """A table of differences between methods for a reader.

    Args:
        rows: As `pisces.chapters.generalization.unseen_tasks.differences` gives them.
        caption: What the rows are.

    Returns:
        A table that a notebook displays. What is not known is `UNKNOWN`.

    Raises:
        ValueError: If there is no row, or the rows lack a column.
    """
    shown: dict[str, _Text] = {
        "Method": lambda row: _label(row["method"]),
        "minus": lambda row: _label(row["other"]),
        "Grid": lambda row: row["grid"],
        "Points": lambda row: SHARE.text(row["mean"], sign="+"),
        "95 % interval": lambda row: _interval(SHARE, row["low"], row["high"], sign="+"),
        "n": lambda row: f"{row['n']} paired" if row["is_paired"] else f"{row['n']}, {row['other_n']}",
        "Difference": lambda row: _clarity(row["low"], is_clear=row["is_clear"]),
    }
    return _table(rows, shown, caption=caption, num_labels=3)


def _table(rows: pd.DataFrame, shown: dict[str, _Text], *, caption: str, num_labels: int) -> Table:
    if rows.empty:
        raise ValueError("rows is empty; a table must have one or more")
    try:
        texts = tuple(tuple(text(row) for text in shown.values()) for row in rows.to_dict("records"))
    except KeyError as error:
        raise ValueError(f"rows has no column {error}; it has {', '.join(rows.columns)}") from None
    return Table(caption, tuple(shown), texts, num_labels)


def _label(method: str) -> str:
    looks = style.METHODS | style.LQR_METHODS
    return looks[method].label if method in looks else method


def _mean(unit: Unit, mean: float, std: float, error: float = math.nan) -> str:
    if not math.isnan(std):
        return f"{unit.text(mean)} ({unit.text(std)})"
    if not math.isnan(error):
        return f"{unit.text(mean)} (s.e. {unit.text(error)})"
    return unit.text(mean)


def _number(n: int, n_float32: int) -> str:
    """Number of runs; most are in bfloat16, so that others are named."""
    if not n_float32:
        return str(n)
    return f"{n} (in float32)" if n == n_float32 else f"{n} ({n_float32} in float32)"


def _interval(unit: Unit, low: float, high: float, *, sign: str = "") -> str:
    return UNKNOWN if math.isnan(low) else f"[{unit.text(low, sign=sign)}, {unit.text(high, sign=sign)}]"


def _spread(ratio: float, low: float, high: float) -> str:
    return UNKNOWN if math.isnan(ratio) else f"{ratio:.2f} [{low:.2f}, {high:.2f}]"


def _clarity(low: float, *, is_clear: bool) -> str:
    if math.isnan(low):
        return UNKNOWN
    return "clear" if is_clear else "not clear"
