"""What the figures of chapter 6 show is the data."""

from types import SimpleNamespace

import numpy as np
import pytest
from matplotlib.colors import to_hex

from pisces.chapters.what_makes_it_work import figures as draw
from pisces.drawing import style
from pisces.task import Task

STATES = SimpleNamespace(
    tasks=(Task(22, 12), Task(24, 18)),
    task_index=np.array([0, 0, 0, 1, 1, 1]),
    obstacle_distance=np.array([20, 14, 13, 20, 14, 13]),
    is_after_jump=np.array([False, False, True, False, False, True]),
)


def kept(value):
    names = ("gap", "silhouette", "partner_share", "place_share")
    return SimpleNamespace(**{name: np.array([value, value + 0.1]) for name in names})


def run_of(method, value, solved):
    return SimpleNamespace(
        method=method,
        solved=solved,
        alignment=kept(value),
        of_features=kept(value + 0.05),
        reading_error=np.array([value, value + 4]),
    )


RUNS = [run_of("randconv-pse", 0.1, 0.9), run_of("randconv", 0.7, 0.6), run_of("randconv-pse", 0.3, 0.8)]


@pytest.fixture(scope="module")
def positions():
    random = np.random.default_rng(0)
    return {method: random.normal(size=(6, 2)) for method in ("randconv-psm-l2", "randconv-pse")}


def test_shares_stand_over_their_learning_rate_and_a_line_joins_their_means():
    shares = {
        "randconv": {1e-3: np.array([0.1, 0.3]), 1e-2: np.array([0.6, 0.8])},
        "randconv-pse": {1e-3: np.array([0.9, 0.7])},
    }
    (panel,) = draw.learning_rates(shares).axes
    dots = [tuple(map(tuple, line.get_xydata())) for line in panel.lines if line.get_marker() == "."]
    assert dots == [((1e-3, 0.1), (1e-3, 0.3)), ((1e-2, 0.6), (1e-2, 0.8)), ((1e-3, 0.9), (1e-3, 0.7))]
    joined = {
        line.get_label(): line.get_xydata().tolist() for line in panel.lines if line.get_marker() != "."
    }
    assert joined == {
        style.METHODS["randconv"].label: [[1e-3, 0.2], [1e-2, pytest.approx(0.7)]],
        style.METHODS["randconv-pse"].label: [[1e-3, 0.8]],
    }
    assert panel.get_xscale() == "log"


def test_maps_have_every_state_once_and_name_distances_before_the_jump_only(positions):
    solved = {"randconv-psm-l2": 0.25, "randconv-pse": 0.5}
    figure = draw.maps(positions, STATES, solved=solved)
    shown = [panel for panel in figure.axes if panel.get_visible()]
    for panel, (method, position) in zip(shown, positions.items(), strict=True):
        assert panel.get_title() == style.METHODS[method].label
        assert f"{solved[method]:.0%}" in panel.get_xlabel()
        dots = np.concatenate([part.get_offsets() for part in panel.collections])
        np.testing.assert_allclose(np.sort(dots, axis=0), np.sort(position, axis=0))
        assert sorted(text.get_text() for text in panel.texts) == ["14", "14", "20", "20"]


def test_rings_are_the_states_after_the_jump(positions):
    panel = draw.maps(positions, STATES, solved=dict.fromkeys(positions, 0.5)).axes[0]
    rings = [part.get_offsets() for part in panel.collections if not len(part.get_facecolors())]
    expected = positions["randconv-psm-l2"][STATES.is_after_jump]
    np.testing.assert_allclose(np.concatenate(rings), expected)


def test_too_many_maps_none_and_too_many_tasks_are_refused(positions):
    for number in (0, 5):
        with pytest.raises(ValueError, match=f"positions holds {number}"):
            draw.maps({f"{index}": np.zeros((6, 2)) for index in range(number)}, STATES, solved={})
    many = SimpleNamespace(tasks=(Task(22, 12),) * 7)
    with pytest.raises(ValueError, match="states has 7 tasks"):
        draw.maps(positions, many, solved={})


def test_measures_have_a_dot_for_each_run_and_task_a_stroke_for_the_mean_and_a_diamond_for_features():
    figure = draw.measures(RUNS, pictures=kept(0.5))
    assert len(figure.axes) == 4
    for panel in figure.axes:
        dots, strokes = panel.lines[:6:2], panel.lines[1:6:2]
        expected = ([0.5, 0.6], [0.1, 0.2, 0.3, 0.4], [0.7, 0.8])  # in the order of their first run
        for dot, stroke, values in zip(dots, strokes, expected, strict=True):
            np.testing.assert_allclose(dot.get_xdata(), values)
            np.testing.assert_allclose(stroke.get_xdata(), np.mean(values))
        diamonds = [line.get_xydata()[0] for line in panel.lines[6:]]
        np.testing.assert_allclose(diamonds, [[0.3, 1], [0.8, 2]])
    names = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert names == ["The pictures", "PSEs (n = 2)", "RandConv (n = 1)"]
    colors = [to_hex(line.get_color()).upper() for line in figure.axes[0].lines[:6:2]]
    assert colors == [style.BLACK, style.METHODS["randconv-pse"].color, style.METHODS["randconv"].color]


def test_the_relation_has_a_dot_for_each_run_and_says_how_many_there_are():
    figure = draw.relation(RUNS)
    assert len(figure.axes) == 4
    for panel in figure.axes:
        pse, alone = panel.lines
        more = 2 if "pixels" in panel.get_xlabel() else 0.05  # the mean of two tasks
        np.testing.assert_allclose(pse.get_xydata(), [[0.1 + more, 0.9], [0.3 + more, 0.8]])
        np.testing.assert_allclose(alone.get_xydata(), [[0.7 + more, 0.6]])
    assert "pixels" in figure.axes[-1].get_xlabel()
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ["PSEs (n = 2)", "RandConv (n = 1)"]


def test_differences_are_in_points_and_filled_where_clear():
    rows = [
        {"method": "randconv-pse", "column": "paper", "n": 3, "is_clear": True, "is_identical": False}
        | {"difference": -0.2, "low": -0.3, "high": -0.1},
        {"method": "randconv", "column": "3x3", "n": 0, "is_clear": False, "is_identical": False}
        | dict.fromkeys(("difference", "low", "high"), np.nan),
        {"method": "randconv", "column": "other", "n": 2, "is_clear": False, "is_identical": False}
        | {"difference": 0.1, "low": -0.1, "high": 0.3},
        {"method": "randconv", "column": "same", "n": 5, "is_clear": False, "is_identical": True}
        | {"difference": 0.0, "low": np.nan, "high": np.nan},
    ]
    (panel,) = draw.effects(rows, reference="the reference").axes
    interval, dot, *_ = panel.lines
    np.testing.assert_allclose(interval.get_xdata(), [-30, -10])
    np.testing.assert_allclose(dot.get_xdata(), [-20])
    faces = [line.get_markerfacecolor() for line in panel.lines[1:8:2]]
    assert faces == [style.METHODS["randconv-pse"].color, "white", "white", "white"]
    assert [text.get_text() for text in panel.texts] == ["−20.0", "+10.0", "identical"]
    names = [label.get_text() for label in panel.get_yticklabels()]
    assert names == [
        "RandConv + PSEs: paper (3)",
        "RandConv: 3x3 (0)",
        "RandConv: other (2)",
        "RandConv: same (5)",
    ]
    assert "the reference" in panel.get_xlabel()
