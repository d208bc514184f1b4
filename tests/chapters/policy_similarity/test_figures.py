"""What the figures of chapter 2 about distances show is the data."""

import numpy as np
import pytest

from pisces.chapters.policy_similarity import figures as draw
from pisces.metric import action_cost, affinity, policy_similarity
from pisces.task import Task

RIGHT_JUMP, RIGHT_RIGHT_JUMP = [0, 1, 0, 0], [0, 0, 1, 0]


@pytest.fixture(scope="module")
def sweep():
    cost = action_cost(RIGHT_JUMP, RIGHT_RIGHT_JUMP)
    distance = policy_similarity(cost, discount=0.5)
    return draw.backward_sweep(RIGHT_JUMP, RIGHT_RIGHT_JUMP, cost, distance, discount=0.5), cost, distance


@pytest.fixture(scope="module")
def distances():
    matrices = np.random.default_rng(0).random((4, 56, 56))
    return dict(zip(("psm", "pi-bisimulation", "bisimulation", "true-similarity"), matrices, strict=True))


def images(figure):
    return [panel.images[0].get_array() for panel in figure.axes if panel.images]


def texts(panel):
    """What is written into the cells of a matrix, by row and column."""
    return {(int(y), int(x)): text.get_text() for text in panel.texts for x, y in [text.get_position()]}


def test_the_sweep_begins_with_the_cost_and_ends_with_the_distance(sweep):
    figure, cost, distance = sweep
    first, *_, last = images(figure)
    assert np.array_equal(first, cost)
    assert np.array_equal(last, distance)


def test_every_step_of_the_sweep_adds_cells_and_changes_none(sweep):
    figure, _, distance = sweep
    # Of 16 cells 7 are in the last row or column; each further row adds 3.
    known = [np.isfinite(np.ma.filled(matrix, np.nan)) for matrix in images(figure)[1:]]
    assert [mask.sum() for mask in known] == [7, 10, 13, 16]
    for mask, matrix in zip(known, images(figure)[1:], strict=True):
        assert np.array_equal(matrix[mask], distance[mask])


def test_a_new_cell_of_the_sweep_shows_its_working_and_an_old_one_its_value(sweep):
    figure, _, _ = sweep
    *_, before, last = figure.axes
    # Right against right costs nothing; then jump against right and right against jump cost 1 + 0.5.
    assert texts(last)[0, 0] == "0+γ·1.5\n= 0.75"
    assert texts(before)[1, 1] == "1+γ·1\n= 1.5"
    assert texts(last)[1, 1] == "1.5"
    assert (0, 0) not in texts(before)


def test_rows_and_columns_of_the_sweep_name_the_actions(sweep):
    panel = sweep[0].axes[4]
    assert [label.get_text() for label in panel.get_xticklabels()] == [
        "1\nright",
        "2\nright",
        "3\njump",
        "4\nright",
    ]
    assert [label.get_text() for label in panel.get_yticklabels()][1] == "2\njump"


def test_each_metric_of_two_tasks_has_its_panel(distances):
    figure = draw.task_metrics(Task(25, 10), Task(45, 10), distances)
    shown = {panel.get_title(): panel.images[0].get_array() for panel in figure.axes if panel.get_title()}
    assert list(shown) == ["PSM", "π*-bisimulation", "Bisimulation", "True similarity"]
    for matrix, distance in zip(shown.values(), distances.values(), strict=True):
        assert np.array_equal(matrix, distance)


def test_the_ring_is_around_the_state_nearest_to_the_jump_of_y(distances):
    # With the obstacle at 45 the agent jumps at x = 31.
    figure = draw.task_metrics(Task(25, 10), Task(45, 10), distances)
    for panel, distance in zip(figure.axes, distances.values(), strict=False):
        (ring,) = [line for line in panel.lines if line.get_marker() == "o"]
        assert (ring.get_xdata()[0], ring.get_ydata()[0]) == (31, distance[:, 31].argmin())


def test_the_lines_enclose_the_states_equally_far_from_their_obstacles(distances):
    figure = draw.task_metrics(Task(25, 10), Task(45, 10), distances)
    # Obstacles 20 pixels apart: the states (i, i + 20) lie between the lines of (i, i + 18) and (i, i + 22).
    lines = [line for line in figure.axes[0].lines if line.get_marker() != "o"]
    assert [line.get_xy1()[0] - line.get_xy1()[1] for line in lines] == [18, 22]
    assert [line.get_slope() for line in lines] == [1, 1]


def test_one_row_has_a_panel_per_discount_and_one_a_panel_per_scale():
    cost = action_cost(RIGHT_JUMP, RIGHT_RIGHT_JUMP)
    distance = {discount: policy_similarity(cost, discount=discount) for discount in (0.0, 0.9)}
    alike = {scale: affinity(distance[0.9], affinity_scale=scale) for scale in (0.1, 1.0)}
    figure = draw.discounts_and_affinities(distance, alike)
    shown = {
        panel.get_title(): panel.images[0].get_array()
        for part in figure.subfigs
        for panel in part.axes
        if panel.get_title()
    }
    titles = ("γ = 0", "γ = 0.9", "β = 0.1", "β = 1")
    expected = dict(zip(titles, (*distance.values(), *alike.values()), strict=True))
    assert shown.keys() == expected.keys()
    for title, matrix in expected.items():
        assert np.array_equal(shown[title], matrix)


def test_discounts_share_one_colour_scale():
    distance = {0.0: np.array([[0.0, 1.0]]), 0.5: np.array([[0.0, 2.0]])}
    figure = draw.discounts_and_affinities(distance, {1.0: np.ones((1, 2)), 2.0: np.ones((1, 2))})
    scales = [panel.images[0].get_clim() for panel in figure.subfigs[0].axes if panel.get_title()]
    assert scales == [(0.0, 2.0), (0.0, 2.0)]


@pytest.fixture(scope="module")
def inequalities():
    sides = np.array([0.1, 0.2]), np.array([0.4, 0.9]), np.array([0.3, 0.6])
    slips = np.array([0.5, 0.9]), np.array([1.5, 1.5]), np.array([1.0, 1.0])
    approximation = np.array([0.3]), np.array([0.5])
    transfer = {0.5: sides, 0.75: tuple(2 * side for side in sides)}
    return draw.inequalities(transfer, {0.5: slips, 0.75: slips}, approximation, discount=0.5)


def test_both_sides_of_each_inequality_are_points_right_against_left(inequalities):
    first, second, _, last = inequalities.axes
    # After the grey area come the points of the paper's bound and those of the sharper one.
    paper, sharper = (points.get_offsets() for points in first.collections[1:])
    assert np.allclose(paper, [[0.4, 0.1], [0.9, 0.2]])
    assert np.allclose(sharper, [[0.3, 0.1], [0.6, 0.2]])
    assert np.allclose(second.collections[1].get_offsets(), [[0.8, 0.2], [1.8, 0.4]])
    assert np.allclose(last.collections[1].get_offsets(), [[0.5, 0.3]])
    assert [text.get_text() for text in first.get_legend().get_texts()] == ["the paper's", "sharper"]


def test_a_bound_is_vacuous_from_the_largest_sum_of_costs_on(inequalities):
    # Nothing exceeds 1 / (1 - 0.5) or 1 / (1 - 0.75).
    first, second, _, last = inequalities.axes
    assert [panel.lines[1].get_xdata()[0] for panel in (first, second, last)] == [2.0, 4.0, 2.0]


def test_a_slip_is_drawn_as_a_share_of_both_right_sides_over_its_distance(inequalities):
    panel = inequalities.axes[2]
    lines = {line.get_label(): line for line in panel.lines[:-1]}
    assert list(lines) == [
        f"{name}, γ = {gamma}" for gamma in (0.5, 0.75) for name in ("sharper", "the paper's")
    ]
    assert np.allclose(lines["sharper, γ = 0.5"].get_xydata(), [[0.5, 0.5], [0.5, 0.9]])
    # (1 - 0.75) times the sharper right side; shares of the paper's.
    assert np.allclose(lines["the paper's, γ = 0.75"].get_xydata(), [[0.25, 0.5 / 1.5], [0.25, 0.9 / 1.5]])
    assert set(panel.lines[-1].get_ydata()) == {1.0}
