"""How does a reader see a table of results? Percents, intervals, the paper's numbers and verdicts, as text.

A table displays itself in the book, in Jupyter and in Colab, and prints as plain text. What the numbers are
is left to `pisces.lab.tables` and `pisces.lab.generalization`, names of methods to
`pisces.lab.figures.style`.
"""

import dataclasses
import html
import itertools
import math
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any

import pandas as pd

from pisces.lab.figures import style

UNKNOWN = "–"
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
        rows: As `pisces.lab.tables.results` gives them; a column `minutes`, of the mean time of a run, is
            shown if it is there.
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
        "Ours": lambda row: _mean(row["mean"], row["std"]),
        "95 % interval": lambda row: _interval(row["low"], row["high"]),
        "IQM": lambda row: _percent(row["interquartile_mean"]),
        "n": lambda row: str(row["n"]),
        "Paper": lambda row: _mean(row["paper_mean"], row["paper_std"], row["paper_error"]),
        "Verdict": lambda row: row["verdict"] or UNKNOWN,
    }
    if "minutes" in rows:
        shown["Minutes a run"] = lambda row: (
            UNKNOWN if math.isnan(row["minutes"]) else f"{row['minutes']:.1f}"
        )
    meaning = (
        "Percent of unseen tasks solved: mean (standard deviation) over n runs, IQM its interquartile mean."
    )
    made = _table(rows, shown, caption=f"{caption} {meaning}", num_labels=2)
    return dataclasses.replace(made, css_class=CSS_CLASS)


def differences(rows: pd.DataFrame, *, caption: str) -> Table:
    """A table of differences between methods for a reader.

    Args:
        rows: As `pisces.lab.generalization.differences` gives them.
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
        "Points": lambda row: _percent(row["mean"], sign="+"),
        "95 % interval": lambda row: _interval(row["low"], row["high"], sign="+"),
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
    return style.METHODS[method].label if method in style.METHODS else method


def _percent(share: float, *, sign: str = "") -> str:
    # Adding 0.0 makes 0.0 of -0.0.
    return UNKNOWN if math.isnan(share) else f"{round(100 * share, 1) + 0.0:{sign}.1f}".replace("-", "−")


def _mean(mean: float, std: float, error: float = math.nan) -> str:
    if not math.isnan(std):
        return f"{_percent(mean)} ({_percent(std)})"
    if not math.isnan(error):
        return f"{_percent(mean)} (s.e. {_percent(error)})"
    return _percent(mean)


def _interval(low: float, high: float, *, sign: str = "") -> str:
    return UNKNOWN if math.isnan(low) else f"[{_percent(low, sign=sign)}, {_percent(high, sign=sign)}]"


def _clarity(low: float, *, is_clear: bool) -> str:
    if math.isnan(low):
        return UNKNOWN
    return "clear" if is_clear else "not clear"
