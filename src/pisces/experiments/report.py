"""How does a reader see a table of results? Scores, intervals, the paper's numbers and verdicts, as text.

A table displays itself in the book, in Jupyter and in Colab, and prints as plain text. What the numbers are
is left to `pisces.experiments.tables` and `pisces.chapters.generalization.unseen_tasks`, names of methods to
`pisces.drawing.style`.
"""

import dataclasses
import html
import itertools
import math
import re
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any

import pandas as pd

from pisces.drawing import style
from pisces.runs.units import SHARE, UNITS, UNKNOWN, Unit

CSS_CLASS = "pisces-results"
"""Marks a table of results in a page, so that `book/execution.py` finds it and compares it with the runs."""

_IN_ONE_PIECE = re.compile(
    r"[\d.]+ \((?:s\.e\. )?[\d.]+\)|\[[^]]*\]|(?:not told apart|within [\d.]+|less spread|more spread)"
)

_Text = Callable[[Mapping[Hashable, Any]], str]


@dataclasses.dataclass(frozen=True, repr=False)
class Table:
    """A table of text.

    Attributes:
        caption: What it shows.
        header: Names of the columns.
        rows: A text for each column; rows in sequence with the same first text are a group.
        num_labels: How many columns, from the left, say what a row is about.
        is_headed: Whether, in a page, the first text of a group is a line above it, and no column.
        css_class: Class of the table in a page, beside that of all tables.
    """

    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    num_labels: int
    is_headed: bool = False
    css_class: str = ""

    def html(self) -> str:
        """The table for a page, without a blank line."""
        shown = self.header[self.is_headed :]
        head = "".join(f'<th scope="col">{html.escape(name)}</th>' for name in shown)
        css_class = f"dataframe pisces-table {self.css_class}".strip()
        groups = [list(group) for _, group in itertools.groupby(self.rows, key=lambda row: row[0])]
        return (
            # It scrolls inside the page, and can be scrolled with the keys.
            f'<table class="{css_class}" tabindex="0">\n'
            f"<caption>{html.escape(self.caption)}</caption>\n"
            f"<thead><tr>{head}</tr></thead>\n{''.join(map(self._html_group, groups))}</table>"
        )

    def _html_group(self, group: Sequence[tuple[str, ...]]) -> str:
        size = f'colspan="{len(self.header) - 1}"' if self.is_headed else f'rowspan="{len(group)}"'
        name, colon, meaning = map(html.escape, group[0][0].partition(": "))
        text = f'{name}<span class="pisces-meaning">{colon}{meaning}</span>' if colon else name
        text = f'<div class="pisces-line">{text}</div>' if self.is_headed else text
        label = f'<th scope="rowgroup" {size}>{text}</th>'
        lines = [f"<tr>{label}</tr>\n"] if self.is_headed else []
        for index, (_, *others) in enumerate(group):
            cells = [label] * (index == 0 and not self.is_headed)
            cells += [f'<th scope="row">{html.escape(text)}</th>' for text in others[: self.num_labels - 1]]
            cells += [f"<td>{_unbroken(text)}</td>" for text in others[self.num_labels - 1 :]]
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
        A table that a notebook displays. What is not known is `UNKNOWN`. Where the paper has none of the
        numbers, nothing is compared with it, and where no row has a reference, nothing with ours.

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
        "Compared with": _reference,
        "Verdict": lambda row: row["verdict"] or UNKNOWN,
        "n": lambda row: _number(row["n"], row["n_float32"]),
        "95 % interval": lambda row: _interval(UNITS[row["unit"]], row["low"], row["high"]),
        "Spread": lambda row: _spread(row["spread"], row["spread_low"], row["spread_high"]),
    }
    if "minutes" in rows:
        shown["Min."] = lambda row: UNKNOWN if math.isnan(row["minutes"]) else f"{row['minutes']:.1f}"
    # Without the columns, `_table` says so.
    is_compared = "paper_mean" not in rows or bool(rows["paper_mean"].notna().any())
    is_among_ours = "reference" not in rows or bool(rows["reference"].astype(bool).any())
    needs = {"Paper": is_compared, "Spread": is_compared, "Compared with": is_among_ours}
    needs["Verdict"] = is_compared or is_among_ours
    shown = {name: text for name, text in shown.items() if needs.get(name, True)}
    made = _table(rows, shown, caption=caption, num_labels=2)
    meaning = " and ".join(UNITS[name].meaning for name in dict.fromkeys(rows["unit"]))
    meaning += ": mean (standard deviation) over n runs."
    meaning += " Spread: our standard deviation divided by the paper's." * is_compared
    meaning += " Min.: mean minutes of a run." * ("Min." in shown)
    is_headed = bool(rows["method"].duplicated().any())
    return dataclasses.replace(made, caption=f"{caption} {meaning}", is_headed=is_headed, css_class=CSS_CLASS)


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


def changes(rows: pd.DataFrame, meaning: Mapping[str, str], *, caption: str) -> Table:
    """A table of what changing one setting does, for a reader: first what was changed, then what came of it.

    Args:
        rows: As `pisces.chapters.what_makes_it_work.effects.effects` gives them.
        meaning: A sentence's end on each column of the experiment, in the order of the table.
        caption: What the rows are.

    Returns:
        A table that a notebook displays. What is not known is `UNKNOWN`.

    Raises:
        ValueError: If there is no row, the rows lack a column, or one of them has no meaning.
    """
    if unknown := set(rows["column"]) - meaning.keys():
        raise ValueError(f"meaning has no {', '.join(sorted(unknown))}; it must say what each column is")
    shown: dict[str, _Text] = {
        "Changed": lambda row: f"{row['column'].removeprefix('paper, ')}: {meaning[row['column']]}",
        "Method": lambda row: _label(row["method"]),
        "From": lambda row: SHARE.text(row["reference_mean"]),
        "To": lambda row: SHARE.text(row["mean"]),
        "Points": lambda row: SHARE.text(row["difference"], sign="+" * (not row["is_identical"])),
        "95 % interval": lambda row: _interval(SHARE, row["low"], row["high"], sign="+"),
        "n": lambda row: f"{row['reference_n']}, {row['n']}",
        "Difference": lambda row: (
            "identical runs" if row["is_identical"] else _clarity(row["low"], is_clear=row["is_clear"])
        ),
    }
    places = {column: place for place, column in enumerate(meaning)}
    ordered = rows.sort_values("column", key=lambda names: names.map(places), kind="stable")
    return dataclasses.replace(_table(ordered, shown, caption=caption, num_labels=2), is_headed=True)


def _table(rows: pd.DataFrame, shown: dict[str, _Text], *, caption: str, num_labels: int) -> Table:
    if rows.empty:
        raise ValueError("rows is empty; a table must have one or more")
    try:
        texts = tuple(tuple(text(row) for text in shown.values()) for row in rows.to_dict("records"))
    except KeyError as error:
        raise ValueError(f"rows has no column {error}; it has {', '.join(rows.columns)}") from None
    return Table(caption, tuple(shown), texts, num_labels)


def _unbroken(text: str) -> str:
    """A text for a page, in which a number keeps its spread, and an interval its ends."""
    return _IN_ONE_PIECE.sub(r'<span class="pisces-number">\g<0></span>', html.escape(text))


def _label(method: str) -> str:
    looks = style.METHODS | style.LQR_METHODS | style.CONTROL_METHODS
    return looks[method].label if method in looks else method


def _mean(unit: Unit, mean: float, std: float, error: float = math.nan) -> str:
    if not math.isnan(std):
        return f"{unit.text(mean)} ({unit.text(std)})"
    if not math.isnan(error):
        return f"{unit.text(mean)} (s.e. {unit.text(error)})"
    return unit.text(mean)


def _reference(row: Mapping[Hashable, Any]) -> str:
    """What of ours a row is compared with, and what that scores."""
    if not row["reference"]:
        return UNKNOWN
    score = _mean(UNITS[row["unit"]], row["reference_mean"], row["reference_std"])
    return f"{_label(row['reference'])}: {score}"


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
