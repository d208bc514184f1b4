"""Tables for readers: what stands in them is what the rows say, and every form says the same."""

import numpy as np
import pandas as pd
import pytest
from bs4 import BeautifulSoup

from pisces.drawing import style
from pisces.experiments import report

ROWS = pd.DataFrame(
    [
        {
            "method": "randconv-pse",
            "column": "wide",
            "n": 10,
            "n_float32": 3,
            "mean": 0.9064,
            "std": 0.0451,
            "low": 0.88,
        }
        | {
            "high": 0.93,
            "spread": 0.45,
            "spread_low": 0.3,
            "spread_high": 0.8,
            "paper_mean": 0.87,
            "paper_std": 0.101,
        }
        | {"paper_error": 0.0101, "verdict": "higher, less spread", "unit": "share"},
        {
            "method": "randconv-pse",
            "column": "narrow",
            "n": 1,
            "n_float32": 1,
            "mean": 0.5,
            "std": np.nan,
            "low": np.nan,
        }
        | {"high": np.nan, "spread": np.nan, "paper_mean": 0.195, "paper_std": np.nan}
        | {"paper_error": 0.002, "verdict": "too few runs", "unit": "share"},
        {
            "method": "a < b",
            "column": "wide",
            "n": 0,
            "n_float32": 0,
            "mean": np.nan,
            "std": np.nan,
            "low": np.nan,
        }
        | {"high": np.nan, "spread": np.nan, "paper_mean": np.nan, "paper_std": np.nan}
        | {"paper_error": np.nan, "verdict": "", "unit": "share"},
        {
            "method": "linear",
            "column": "500",
            "n": 20,
            "n_float32": 0,
            "mean": np.inf,
            "std": np.nan,
            "low": np.nan,
        }
        | {"high": np.nan, "spread": np.nan, "paper_mean": 0.03, "paper_std": np.nan}
        | {"paper_error": np.nan, "verdict": "higher", "unit": "gap"},
    ]
)

SHOWN = [
    [
        "RandConv + PSEs",
        "wide",
        "90.6 (4.5)",
        "87.0 (10.1)",
        "higher, less spread",
        "10 (3 in float32)",
        "[88.0, 93.0]",
        "0.45 [0.30, 0.80]",
    ],
    ["RandConv + PSEs", "narrow", "50.0", "19.5 (s.e. 0.2)", "too few runs", "1 (in float32)", "–", "–"],
    ["a < b", "wide", "–", "–", "–", "0", "–", "–"],
    ["One layer", "500", "∞", "0.030", "higher", "20", "–", "–"],
]

DIFFERENCES = pd.DataFrame(
    [
        {"method": "randconv-pse", "other": "randconv", "grid": "random", "n": 5, "other_n": 5}
        | {"mean": 0.0312, "low": 0.001, "high": 0.06, "is_paired": True, "is_clear": True},
        {"method": "pse", "other": "dropout-l2", "grid": "wide", "n": 5, "other_n": 4}
        | {"mean": -0.0004, "low": -0.02, "high": 0.01, "is_paired": False, "is_clear": False},
        {"method": "pse", "other": "dropout-l2", "grid": "narrow", "n": 1, "other_n": 0}
        | {"mean": np.nan, "low": np.nan, "high": np.nan, "is_paired": False, "is_clear": False},
    ]
)


def soup(table):
    return BeautifulSoup(table._repr_html_(), "html.parser").table


def test_only_tables_of_results_are_marked_as_such():
    results, differences = report.table(ROWS, caption=""), report.differences(DIFFERENCES, caption="")
    assert report.CSS_CLASS in soup(results)["class"] and report.CSS_CLASS not in soup(differences)["class"]
    assert "\n\n" not in results.html() == results._repr_html_()


def test_a_table_shows_percents_with_one_decimal_and_a_dash_where_nothing_is_known():
    table = report.table(ROWS, caption="Table 1.", column="Grid")
    assert [list(row) for row in table.rows] == SHOWN
    assert table.header == ("Method", "Grid", "Ours", "Paper", "Verdict", "n", "95 % interval", "Spread")
    assert table.caption.startswith("Table 1. Percent of unseen tasks solved and Cost above")


def test_the_minutes_of_a_run_are_shown_if_the_rows_have_them():
    table = report.table(ROWS.assign(minutes=[12.34, 5.0, np.nan, 0.05]), caption="Table 1.")
    assert table.header[-1] == "Minutes a run"
    assert [row[-1] for row in table.rows] == ["12.3", "5.0", "–", "0.1"]


def test_every_cell_of_the_page_knows_its_row_and_its_column():
    table = soup(report.table(ROWS, caption="Table 1."))
    assert table.caption.get_text().startswith("Table 1.")
    assert {cell["scope"] for cell in table.thead.find_all("th")} == {"col"}
    assert "td" not in {cell.name for cell in table.thead.find_all(["td", "th"])}
    first, second, third, _ = (row.find_all("th") for row in table.select("tbody tr"))
    assert [cell["scope"] for cell in first] == ["rowgroup", "row"] and first[0]["rowspan"] == "2"
    assert [cell["scope"] for cell in second] == ["row"]
    assert third[0].get_text() == "a < b" and third[0]["rowspan"] == "1"
    assert len(table.find_all("tbody")) == 3


def test_the_page_the_markdown_and_the_text_show_the_same():
    table = report.table(ROWS, caption="Table 1.")
    assert [cell.get_text() for cell in soup(table).find_all("td")] == [
        text for row in SHOWN for text in row[2:]
    ]
    lines = table._repr_markdown_().splitlines()
    assert [line[2:-2].split(" | ") for line in lines[4:]] == SHOWN
    for line, row in zip(repr(table).splitlines()[2:], SHOWN, strict=True):
        assert line.split() == " ".join(row).split()


def test_a_difference_shows_its_sign_its_runs_and_whether_it_is_one():
    table = report.differences(DIFFERENCES, caption="Random grid.")
    clear, unclear, unknown = table.rows
    look = style.METHODS
    assert clear[:3] == (look["randconv-pse"].label, look["randconv"].label, "random")
    assert clear[3:] == ("+3.1", "[+0.1, +6.0]", "5 paired", "clear")
    assert unclear[3:] == ("+0.0", "[−2.0, +1.0]", "5, 4", "not clear")
    assert unknown[3:] == ("–", "–", "1, 0", "–")


def test_rows_that_are_missing_or_lack_a_column_are_refused():
    with pytest.raises(ValueError, match="^rows is empty; a table must have one or more$"):
        report.table(ROWS[:0], caption="Table 1.")
    with pytest.raises(
        ValueError, match="^rows has no column 'verdict'; it has method, column, n, n_float32, mean"
    ):
        report.table(ROWS.drop(columns="verdict"), caption="Table 1.")
