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
).assign(reference="", reference_mean=np.nan, reference_std=np.nan)

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


def test_where_the_paper_has_no_number_nothing_is_compared():
    table = report.table(ROWS.assign(paper_mean=np.nan), caption="Own.", column="Grid")
    assert table.header == ("Method", "Grid", "Ours", "n", "95 % interval")
    assert [list(row) for row in table.rows] == [row[:3] + row[5:7] for row in SHOWN]
    assert "Spread" not in table.caption


def test_what_of_ours_a_row_is_compared_with_is_shown_if_there_is_anything():
    own = ROWS.assign(paper_mean=np.nan, reference=["pse", "", "linear", ""])
    own = own.assign(reference_mean=[0.341, np.nan, np.nan, np.nan], reference_std=[0.057, *[np.nan] * 3])
    table = report.table(own, caption="Own.", column="Grid")
    assert table.header == ("Method", "Grid", "Ours", "Compared with", "Verdict", "n", "95 % interval")
    assert [row[3:5] for row in table.rows] == [
        ("PSEs: 34.1 (5.7)", "higher, less spread"),
        ("–", "too few runs"),
        ("One layer: –", "–"),
        ("–", "higher"),
    ]
    assert "Spread" not in table.caption
    nothing = report.table(own.assign(reference=""), caption="Own.", column="Grid")
    assert nothing.header == ("Method", "Grid", "Ours", "n", "95 % interval")
    both = report.table(own.assign(paper_mean=ROWS.paper_mean), caption="Both.", column="Grid")
    assert both.header[2:6] == ("Ours", "Paper", "Compared with", "Verdict")


def test_the_minutes_of_a_run_are_shown_if_the_rows_have_them():
    table = report.table(ROWS.assign(minutes=[12.34, 5.0, np.nan, 0.05]), caption="Table 1.")
    assert table.header[-1] == "Min." and "Min.: mean minutes of a run." in table.caption
    assert [row[-1] for row in table.rows] == ["12.3", "5.0", "–", "0.1"]


def test_every_cell_of_the_page_knows_its_row_and_its_column():
    table = soup(report.table(ROWS, caption="Table 1."))
    assert table.caption.get_text().startswith("Table 1.")
    assert {cell["scope"] for cell in table.thead.find_all("th")} == {"col"}
    assert "td" not in {cell.name for cell in table.thead.find_all(["td", "th"])}
    first, second, third, fourth, _ = (row.find_all("th") for row in table.select("tbody tr")[:5])
    assert [cell["scope"] for cell in first] == ["rowgroup"] and first[0]["colspan"] == "7"
    assert [cell["scope"] for cell in second] == [cell["scope"] for cell in third] == ["row"]
    assert fourth[0].get_text() == "a < b" and len(table.find_all("tbody")) == 3


def test_a_method_of_several_rows_has_a_line_of_its_own_and_others_a_column():
    assert [head.get_text() for head in soup(report.table(ROWS, caption="")).thead("th")][0] == "Variant"
    table = soup(report.table(ROWS.iloc[1:], caption=""))
    assert [head.get_text() for head in table.thead("th")][:2] == ["Method", "Variant"]
    first, *_ = (row.find_all("th") for row in table.select("tbody tr"))
    assert [cell["scope"] for cell in first] == ["rowgroup", "row"] and first[0]["rowspan"] == "1"


def test_in_a_page_numbers_stay_in_one_piece_and_words_do_not():
    page = report.table(ROWS, caption="").html()
    kept = [span.get_text() for span in BeautifulSoup(page, "html.parser")("span", "pisces-number")]
    assert kept[:5] == ["90.6 (4.5)", "87.0 (10.1)", "less spread", "[88.0, 93.0]", "[0.30, 0.80]"]
    assert "<td>10 (3 in float32)</td>" in page and '<td>higher, <span class="pisces-number">' in page
    assert '<td>0.45 <span class="pisces-number">[0.30, 0.80]</span></td>' in page


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


CHANGES = pd.DataFrame(
    [
        {"method": "pse", "column": "paper, other <loss>", "n": 5, "reference_n": 10}
        | {"mean": 0.18, "reference_mean": 0.34, "difference": -0.16, "low": -0.2, "high": -0.1}
        | {"is_clear": True, "is_identical": False},
        {"method": "pse", "column": "paper, discount", "n": 5, "reference_n": 10}
        | {"mean": 0.33, "reference_mean": 0.34, "difference": 0.0, "low": np.nan, "high": np.nan}
        | {"is_clear": False, "is_identical": True},
        {"method": "randconv", "column": "paper, other <loss>", "n": 5, "reference_n": 5}
        | {"mean": 0.7, "reference_mean": 0.69, "difference": 0.01, "low": -0.01, "high": 0.03}
        | {"is_clear": False, "is_identical": False},
    ]
)
MEANING = {"paper, discount": "it looks further ahead", "paper, other <loss>": "it is another"}


def test_a_table_of_changes_says_above_each_what_it_is():
    table = report.changes(CHANGES, MEANING, caption="Changes.")
    label = {name: style.METHODS[name].label for name in ("pse", "randconv")}
    assert [list(row) for row in table.rows] == [
        [
            "discount: it looks further ahead",
            label["pse"],
            "34.0",
            "33.0",
            "0.0",
            "–",
            "10, 5",
            "identical runs",
        ],
        [
            "other <loss>: it is another",
            label["pse"],
            "34.0",
            "18.0",
            "−16.0",
            "[−20.0, −10.0]",
            "10, 5",
            "clear",
        ],
        ["other <loss>: it is another", label["randconv"], "69.0", "70.0", "+1.0", "[−1.0, +3.0]", "5, 5"]
        + ["not clear"],
    ]
    page = soup(table)
    assert [head.get_text() for head in page.thead("th")] == list(table.header[1:])
    groups = page("tbody")
    assert [group.th.get_text() for group in groups] == [rows[0] for rows in (table.rows[0], table.rows[1])]
    assert all(group.th["colspan"] == "7" and group.th["scope"] == "rowgroup" for group in groups)
    assert [len(group("tr")) for group in groups] == [2, 3]
    assert [cell.get_text() for cell in page("td")] == [text for row in table.rows for text in row[2:]]


def test_a_change_without_a_meaning_is_refused():
    with pytest.raises(ValueError, match="meaning has no paper, discount; it must say what each column is"):
        report.changes(CHANGES, {"paper, other <loss>": "it is another"}, caption="")
