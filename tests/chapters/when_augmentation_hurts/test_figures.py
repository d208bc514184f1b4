"""What the figures of chapter 8 show is the data."""

from types import SimpleNamespace

import numpy as np
import pytest

from pisces.chapters.when_augmentation_hurts import figures as draw
from pisces.drawing import style
from pisces.task import NUM_TASKS, all_tasks, splits

METHODS = ("pse", "randconv")


def runs_of(*, solved, seed=0):
    """Made-up runs: fractions at random, two reports, known shares of outcomes."""
    test_tasks = set(splits.test_tasks("wide"))
    shares = {"solved": solved, "wrong moment": 0.75 - solved, "no jump": 0.25, "jump before green": 0.0}
    return SimpleNamespace(
        update=np.array([500, 1000]),
        is_test=np.array([task in test_tasks for task in all_tasks()]),
        num_runs=2,
        solved_fraction=np.random.default_rng(seed).random(NUM_TASKS),
        solved_share=np.array([[0.0, solved], [0.25, solved]]),
        outcome_shares=lambda *, is_test=True: shares if is_test else shares | {"solved": 1.0},
    )


@pytest.fixture(scope="module")
def runs():
    keys = [(method, color) for method in METHODS for color in ("red", "green")]
    return {key: runs_of(solved=0.125 * (index + 1), seed=index) for index, key in enumerate(keys)}


def test_views_stand_beside_their_frame_with_zero_as_medium_grey():
    generator = np.random.default_rng(0)
    frames = {color: generator.random((4, 4, 3)) for color in ("red", "green")}
    views = {color: generator.normal(size=(3, 4, 4, 3)) for color in frames}
    panels = draw.augmented_views(frames, views).axes
    shown = [panel.images[0].get_array() for panel in panels]
    expected = [picture for color in frames for picture in (frames[color], *views[color])]
    for picture, values in zip(shown, expected, strict=True):
        np.testing.assert_allclose(picture, np.clip(0.5 + 0.5 * values, 0, 1))
    assert panels[0].images[0].origin == "upper"


def test_values_are_drawn_in_their_color_and_the_accuracies_are_named():
    values = {"red": np.array([[1.0, 0.0]]), "green": np.array([[0.0, -0.5]])}
    (axes,) = draw.obstacle_values(values, {"line": 0.775, "size": 1.0}).axes
    for dots, points in zip(axes.collections, values.values(), strict=True):
        np.testing.assert_array_equal(dots.get_offsets(), points)
    assert axes.get_title() == "told apart by the best line: 78%, by size: 100%"
    assert axes.get_xlim() == axes.get_ylim() == (-1.05, 1.05)


def test_a_board_shows_fractions_and_marks_the_training_tasks(runs):
    *panels, _ = draw.solved_boards(runs).axes
    for panel, ((method, color), shown) in zip(panels, runs.items(), strict=True):
        (picture,) = panel.images
        np.testing.assert_array_equal(picture.get_array(), shown.solved_fraction.reshape(26, 11).T)
        assert picture.get_clim() == (0, 1) and picture.get_extent() == [19.5, 45.5, 9.5, 20.5]
        training = {(task.obstacle_position, task.floor_height) for task in splits.training_tasks("wide")}
        assert {tuple(place) for place in panel.lines[0].get_xydata()} == training
        share = f"{shown.solved_share[0, -1]:.0%}"
        assert panel.get_title() == f"{style.METHODS[method].label}, {color}: {share}, n = 2"


def test_boards_of_nothing_are_refused():
    with pytest.raises(ValueError, match="runs is empty"):
        draw.solved_boards({})


def test_curves_are_runs_and_their_mean(runs):
    figure = draw.learning_curves(runs)
    for panel, color in zip(figure.axes, ("red", "green"), strict=True):
        for index, method in enumerate(METHODS):
            *single, mean = panel.lines[3 * index : 3 * index + 3]
            shown = runs[method, color]
            np.testing.assert_array_equal([line.get_ydata() for line in single], shown.solved_share)
            np.testing.assert_array_equal(mean.get_ydata(), shown.solved_share.mean(axis=0))
            assert mean.get_color() == style.METHODS[method].color
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    assert labels == [f"{style.METHODS[method].label}, n = 2" for method in METHODS]


def test_bars_are_shares_of_outcomes_and_marks_those_of_training_tasks(runs):
    figure = draw.outcomes(runs)
    assert [panel.get_title() for panel in figure.axes] == [
        draw.OBSTACLES[color].label for color in ("red", "green")
    ]
    for panel, color in zip(figure.axes, ("red", "green"), strict=True):
        for index, method in enumerate(METHODS):
            bars = panel.patches[4 * index : 4 * index + 4]
            shares = runs[method, color].outcome_shares()
            np.testing.assert_allclose([bar.get_width() for bar in bars], list(shares.values()))
            assert list(panel.lines[index].get_xdata()) == [1.0, 1.0]
            assert panel.texts[index].get_text() == "2"
        assert panel.patches[0].get_x() == 0 and panel.patches[1].get_x() == panel.patches[0].get_width()
