import numpy as np
import pytest

from pisces.chapters.your_own_problem import figures


def texts(panel):
    return [text.get_text() for text in panel.texts]


def test_a_lake_is_drawn_with_its_way_and_the_view_of_the_agent():
    picture, view = np.full((4, 5, 3), 0.5), np.full((3, 3, 3), 0.2)
    figure = figures.lakes([picture] * 2, [np.array([[1, 0], [1, 1], [2, 1]])] * 2, [view] * 2)
    above, below = figure.axes[0], figure.axes[2]
    np.testing.assert_array_equal(above.images[0].get_array(), picture)
    np.testing.assert_array_equal(above.lines[0].get_xydata(), [[0, 1], [1, 1], [1, 2]])
    assert above.get_ylim()[0] > above.get_ylim()[1], "row 0 on top"
    np.testing.assert_array_equal(below.lines[0].get_xydata(), [[1, 1]])


def test_distances_are_labelled_by_what_is_done():
    figure = figures.distances(np.array([[0.0, 1.0], [2.0, 0.5]]), [2, 1], [2, 0])
    panel = figure.axes[0]
    assert texts(panel) == ["0", "1", "2", "0.5"]
    assert [label.get_text() for label in panel.get_yticklabels()] == ["→", "↓"]
    assert [label.get_text() for label in panel.get_xticklabels()] == ["→", "←"]


def test_the_bound_is_drawn_above_what_was_measured():
    figure = figures.approximations({10: np.array([[1.0, 10.0]]), 100: np.array([[0.1, 2.0]])}, discount=0.9)
    bound, first, second = figure.axes[0].lines
    np.testing.assert_allclose(bound.get_ydata(), 20 * bound.get_xdata())
    np.testing.assert_allclose(first.get_xydata(), [[0.5, 1.0]])
    np.testing.assert_allclose(second.get_xydata(), [[0.1, 0.1]])
    assert [line.get_label() for line in figure.axes[0].lines[1:]] == ["10 steps", "100 steps"]


def test_students_of_a_seed_are_joined_and_means_have_intervals():
    share = {"imitation": [0.2, 0.4], "pse": [0.6, 0.9]}
    figure = figures.solved(share, {"imitation": (0.2, 0.4), "pse": (0.6, 0.9)})
    panel = figure.axes[0]
    np.testing.assert_allclose(panel.lines[0].get_ydata(), [0.2, 0.6])
    np.testing.assert_allclose(panel.lines[1].get_ydata(), [0.4, 0.9])
    assert texts(panel) == ["30%", "75%"]
    assert [label.get_text() for label in panel.get_xticklabels()] == ["imitation", "PSEs"]


@pytest.mark.parametrize("size", [2, 5])
def test_alignment_draws_every_matrix_by_steps_left(size):
    matrix = np.eye(size)
    figure = figures.alignment(matrix, {"imitation": matrix, "pse": 2 * matrix})
    for panel, scale in zip(figure.axes[:3], (1, 1, 2), strict=True):
        np.testing.assert_array_equal(panel.images[0].get_array(), scale * matrix)
        assert panel.images[0].get_extent() == [0.5, size + 0.5, 0.5, size + 0.5]
        assert panel.images[0].get_clim() == (0, scale)
