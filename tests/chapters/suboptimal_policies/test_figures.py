"""What the figures of chapter 7 show is the data."""

import numpy as np

from pisces.chapters.suboptimal_policies import figures as draw
from pisces.drawing import style

ROWS = [
    {"error": 0.0, "gradient_change": 0.0, "metric_change": 0.0, "allowed_change": 0.0},
    {"error": 0.5, "gradient_change": 1.0, "metric_change": 1.9, "allowed_change": 100.0},
]


def lines(panel):
    return [line.get_xydata().tolist() for line in panel.lines if len(line.get_xydata())]


def test_distances_share_a_scale_and_carry_the_first_nearest_state_of_each_anchor():
    distance = {0.0: np.array([[0.0, 2.0], [1.0, 0.5], [3.0, 0.5]]), 0.5: np.zeros((3, 2))}
    exact, half, _ = draw.distances(distance).axes
    assert lines(exact) == [[[0, 0], [1, 1]]] and lines(half) == [[[0, 0], [1, 0]]]
    for panel, matrix in zip((exact, half), distance.values(), strict=True):
        np.testing.assert_array_equal(panel.images[0].get_array(), matrix)
        assert panel.images[0].get_clim() == (0, 3)
    assert [panel.get_title() for panel in (exact, half)] == ["ε = 0", "ε = 0.5"]


def test_no_change_of_the_gradient_is_on_the_axis_and_no_change_of_the_metric_is_not():
    left, right = draw.effects({"paper": ROWS}).axes
    assert lines(left) == [[[0, 0], [0.5, 1]]]
    assert lines(right) == [[[0.5, 1.9]], [[0.5, 100]]]
    assert left.get_ylim()[0] == 0 and right.get_yscale() == "log"
    assert left.lines[0].get_color() == draw.READINGS["paper"].color


def test_a_policy_that_is_watched_has_a_curve_for_each_number_of_looks():
    share = [[1.0, 0.25], [1.0, 0.5]]
    figure = draw.watched_positives([0.0, 0.4], [1, 10], share)
    _, *curves = lines(figure.axes[0])
    assert curves == [[[0, 1], [0.4, 0.25]], [[0, 1], [0.4, 0.5]]]
    assert [text.get_text() for text in figure.legends[0].get_texts()][1:] == [
        "watched 1 time",
        "watched 10 times",
    ]


def test_runs_are_dots_and_one_set_without_coupling_weights_stands_for_smaller_errors():
    scores = {
        ("paper", 0.0): [0.5, 0.7],
        ("paper", 0.1): [0.4, 0.8],
        ("reference", 0.0): [0.9, 0.7],
        ("reference", 0.5): [0.25],
    }
    figure = draw.solved_by_error(scores, {0.0: 0.87, 0.1: None, 0.5: 0.24})
    (axes,) = figure.axes
    dots = {line.get_color(): set() for line in axes.lines}
    for line in axes.lines:
        if line.get_marker() == ".":
            dots[line.get_color()] |= {round(y, 6) for y in line.get_ydata()}
    assert dots[draw.READINGS["paper"].color] == {0.5, 0.7, 0.4, 0.8}
    assert dots[draw.READINGS["reference"].color] == {0.9, 0.7, 0.25}
    (paper,) = (line for line in axes.lines if line.get_marker() == "D")
    assert paper.get_xydata().tolist() == [[0, 0.87], [0.5, 0.24]]
    assert paper.get_color() == style.BLACK
    spans = [
        line.get_xdata() for line in axes.lines if line.get_linestyle() == "-" and len(line.get_xdata()) == 2
    ]
    assert any(np.allclose(x, [0, 0.4], atol=0.01) for x in map(np.array, spans))
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    assert labels == [
        "without coupling weights, n = 1 to 2",
        "with coupling weights, n = 2",
        "the paper's mean",
    ]


def test_readings_without_runs_are_left_out():
    figure = draw.solved_by_error({}, {0.0: 0.87})
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["the paper's mean"]
