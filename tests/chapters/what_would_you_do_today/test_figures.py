"""The figures show what they are given."""

from types import SimpleNamespace

import numpy as np

from pisces.chapters.what_would_you_do_today import figures as draw
from pisces.drawing import style


def test_the_picture_and_its_copies_are_drawn_upright():
    frames = np.zeros((6, 60, 60), np.float32)
    for index, frame in enumerate(frames):
        frame[index] = 1.0
    figure = draw.moved_pictures(frames[0], frames[1:])
    assert len(figure.axes) == 6
    for index, panel in enumerate(figure.axes):
        (image,) = panel.images
        assert (np.asarray(image.get_array())[59 - index] == 255).all()


def test_copies_are_drawn_over_the_distances():
    distance, copies = np.arange(12.0).reshape(3, 4), np.array([[0, 1], [1, 2]])
    figure = draw.distances(distance, copies, names=("X", "Y"))
    panel = figure.axes[0]
    np.testing.assert_array_equal(panel.images[0].get_array(), distance)
    np.testing.assert_array_equal(panel.lines[0].get_xydata(), copies[:, ::-1])
    assert (panel.get_xlabel(), panel.get_ylabel()) == ("state of Y [step]", "state of X [step]")


def test_wrong_pixels_are_marked_and_counted():
    expected = np.zeros((60, 60), np.float32)
    expected[4, 7] = 1
    wrong = expected.copy()
    wrong[0, :3] = 1
    figure = draw.frames({"the game's": expected, "one": wrong, "other": expected})
    assert [panel.get_title() for panel in figure.axes] == ["the game's", "one", "other"]
    assert [panel.get_xlabel() for panel in figure.axes] == ["", "3 wrong pixels", "0 wrong pixels"]
    first, second, third = (np.asarray(panel.images[0].get_array()) for panel in figure.axes)
    assert first[55, 7].tolist() == [255] * 3  # upright
    marked = (second != first).any(axis=-1)
    assert np.argwhere(marked).tolist() == [[59, 0], [59, 1], [59, 2]]
    np.testing.assert_array_equal(first, third)


def test_every_run_is_a_curve_in_the_panel_of_its_grid_and_the_live_one_in_its_own():
    def run(method, grid, last):
        config = SimpleNamespace(method=method, grid=grid)
        return SimpleNamespace(
            config=config, update=np.array([200, 2000]), solved_share=np.array([0.1, last])
        )

    runs = [run("recipe", "wide", 0.9), run("recipe", "wide", 0.8), run("randconv-pse", "narrow", 0.5)]
    figure = draw.learning_curves(runs, live=run("recipe", "narrow", 0.7), share=0.87)
    wide, narrow = figure.axes
    assert [panel.get_title() for panel in (wide, narrow)] == ["wide", "narrow"]
    assert [line.get_ydata()[1] for line in wide.lines] == [0.9, 0.8, 0.87]
    assert [line.get_ydata()[1] for line in narrow.lines] == [0.5, 0.7, 0.87]
    colors = [line.get_color() for line in narrow.lines[:2]]
    assert colors == [style.METHODS["randconv-pse"].color, style.BLACK]
    texts = [text.get_text() for text in figure.legends[0].get_texts()]
    assert texts == ["Recipe", "RandConv + PSEs", "trained above", "87%"]


def test_changes_are_drawn_grid_by_grid_under_their_names():
    def change(method, column, difference):
        return {"method": method, "column": column, "difference": difference, "is_identical": False} | {
            "low": difference - 0.1,
            "high": difference + 0.1,
            "is_clear": abs(difference) > 0.1,
        }

    rows = [
        change("recipe", "narrow, frame moves", -0.3),
        change("recipe-still-pse", "narrow, whole", 0.02),
        change("recipe", "wide, frame moves", -0.05),
        change("recipe-still-pse", "wide, whole", 0.01),
    ]
    figure = draw.comparisons(rows)
    narrow, wide = figure.axes
    assert [panel.get_title() for panel in figure.axes] == ["narrow", "wide"]
    assert [text.get_text() for text in narrow.texts] == ["−30.0", "+2.0"]
    assert [text.get_text() for text in wide.texts] == ["−5.0", "+1.0"]
    names = [label.get_text() for label in narrow.get_yticklabels()]
    assert names == ["Recipe:\nframe moves", "Recipe + PSEs, still frame:\nwhole"]


def test_what_is_solved_beyond_the_board_is_drawn_where_it_is():
    fraction = np.zeros((34, 41))
    fraction[0, 40] = 1.0  # obstacle 14, floor 40
    figure = draw.beyond({"recipe-still": fraction, "randconv-pse": fraction + 0.5})
    panel, other = figure.axes[:2]
    (image,) = panel.images
    shown = np.asarray(image.get_array())
    assert shown.shape == (41, 34) and np.argwhere(shown).tolist() == [[40, 0]]
    assert list(image.get_extent()) == [13.5, 47.5, -0.5, 40.5] and image.origin == "lower"
    assert panel.get_title() == "Recipe, still frame\n0%" and other.get_title() == "RandConv + PSEs\n50%"
    assert len(panel.lines[0].get_xdata()) == 18
