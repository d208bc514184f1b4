"""What the figures of chapter 5 show is the data."""

import itertools

import matplotlib.colors
import numpy as np
import pandas as pd
import pytest

from pisces.chapters.generalization import figures as draw
from pisces.chapters.generalization import unseen_tasks
from pisces.drawing import style
from pisces.task import NUM_TASKS, all_tasks

METHODS, GRIDS = ("randconv", "randconv-pse"), ("wide", "random")
CELLS = list(itertools.product(METHODS, GRIDS))
FRACTION = np.arange(NUM_TASKS) / NUM_TASKS


@pytest.fixture(scope="module")
def rows():
    """Cells with means of 10, 20, 30 and 40 %, ours, and 50 % more, the paper's."""
    return pd.DataFrame(
        {"method": method, "column": grid, "n": index + 1, "mean": mean, "low": mean - 0.02}
        | {"high": mean + 0.01, "paper_mean": mean + 0.5, "paper_low": mean + 0.48, "paper_high": mean + 0.52}
        for index, ((method, grid), mean) in enumerate(zip(CELLS, (0.1, 0.2, 0.3, 0.4), strict=True))
    )


@pytest.fixture(scope="module")
def fractions():
    tasks = all_tasks()
    return pd.concat(
        [
            pd.DataFrame(
                {
                    "method": method,
                    "grid": grid,
                    "n": 5,
                    "obstacle_position": [task.obstacle_position for task in tasks],
                    "floor_height": [task.floor_height for task in tasks],
                    "is_training": [grid == "wide" and task.obstacle_position == 20 for task in tasks],
                    "fraction": FRACTION,
                }
            )
            for method, grid in CELLS
            if (method, grid) != ("randconv", "random")
        ]
    )


def test_our_means_and_intervals_stand_beside_the_papers(rows):
    shares = {("randconv", "wide"): np.array([0.05, 0.15])}
    figure = draw.beside_the_paper(rows, shares)
    for panel, grid in zip(figure.axes, GRIDS, strict=True):
        assert panel.get_title() == grid
        drawn = [line.get_xdata() for line in panel.lines]
        expected = []
        for row in rows[rows.column == grid].to_dict("records"):
            expected += [shares.get((row["method"], grid), [])]
            expected += [[row["low"], row["high"]], [row["mean"]]]
            expected += [[row["paper_low"], row["paper_high"]], [row["paper_mean"]]]
        for line, values in zip(drawn, expected, strict=True):
            np.testing.assert_allclose(line, values)
        assert [text.get_text() for text in panel.texts][:-1] == [str(n) for n in rows[rows.column == grid].n]


def test_a_method_has_its_color_and_its_place_in_every_panel(rows):
    figure = draw.beside_the_paper(rows, {})
    for panel in figure.axes:
        ours = [line for line in panel.lines if line.get_marker() == "o"]
        assert [line.get_color() for line in ours] == [style.METHODS[method].color for method in METHODS]
        heights = [line.get_ydata()[0] for line in ours]
        assert heights[0] < heights[1] and panel.yaxis_inverted()
    labels = [label.get_text().replace("\n", " ") for label in figure.axes[0].get_yticklabels()]
    assert labels == [style.METHODS[method].label for method in METHODS]


def test_a_board_shows_the_fraction_of_runs_that_solve_each_task(fractions):
    figure = draw.solved_fractions(fractions, METHODS)
    boards = [panel for panel in figure.axes if panel.images and panel.get_title()]
    assert [panel.get_title() for panel in boards] == ["wide, n = 5", "wide, n = 5", "random, n = 5"]
    for panel in boards:
        np.testing.assert_array_equal(panel.images[0].get_array(), FRACTION.reshape(26, 11).T)
        assert panel.images[0].get_clim() == (0, 1)


def test_training_tasks_are_marked_where_there_are_any(fractions):
    figure = draw.solved_fractions(fractions, METHODS)
    wide, random = (figure.axes[index] for index in (2, 3))
    np.testing.assert_array_equal(wide.lines[0].get_xydata(), [(20, height) for height in range(10, 21)])
    assert len(random.lines[0].get_xydata()) == 0


def test_a_curve_is_the_mean_and_its_band_the_interval():
    curves = pd.DataFrame(
        {"method": method, "grid": grid, "update": update, "n": 2 + (method == "randconv")}
        | {"mean": update / 1000, "low": update / 1000 - 0.1, "high": update / 1000 + 0.1}
        for (method, grid), update in itertools.product(CELLS, (500, 800))
    )
    figure = draw.learning_curves(curves, [["randconv"], ["randconv-pse"]])
    titles = [panel.get_title() for panel in figure.axes]
    assert titles == ["wide, n = 3", "random, n = 3", "wide, n = 2", "random, n = 2"]
    for panel, (method, _) in zip(figure.axes, CELLS, strict=True):
        (line,), (band,) = panel.lines, panel.collections
        np.testing.assert_allclose(line.get_xydata(), [(500, 0.5), (800, 0.8)])
        assert line.get_color() == style.METHODS[method].color
        corners = {tuple(np.round(point, 3)) for point in band.get_paths()[0].vertices}
        assert corners == {(500, 0.4), (500, 0.6), (800, 0.7), (800, 0.9)}
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    assert labels == [style.METHODS[method].label for method in METHODS]


def test_the_parts_of_a_bar_are_the_shares_in_order_of_place():
    share = dict(zip(unseen_tasks.OUTCOMES, (0.05, 0.1, 0.4, 0.2, 0.15, 0.1), strict=True))
    table = pd.DataFrame(
        {"method": method, "grid": grid, "n": 3, "outcome": outcome, "share": value}
        for (method, grid), (outcome, value) in itertools.product(CELLS, share.items())
    )
    figure = draw.outcomes(table)
    assert list(draw.OUTCOMES) == list(unseen_tasks.OUTCOMES)
    ends = np.cumsum(list(share.values()))
    for panel in figure.axes:
        assert panel.get_title().endswith("n = 3") and len(panel.patches) == 2 * len(share)
        for bar in (panel.patches[: len(share)], panel.patches[len(share) :]):
            np.testing.assert_allclose([part.get_x() + part.get_width() for part in bar], ends)
            colors = [matplotlib.colors.to_hex(part.get_facecolor()).upper() for part in bar]
            assert colors == [look.color for look in draw.OUTCOMES.values()]
