"""What the figures of chapter 10 show is the data."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import same_color

from pisces.chapters.spurious_features import figures as draw
from pisces.drawing import style


def result(method, score, *, num_distractors=500, norm=1.0, share=0.5):
    return SimpleNamespace(
        config=SimpleNamespace(method=method, num_distractors=num_distractors),
        step=np.array([0, 10]),
        training_gap=np.array([[28.0, 26.0], [2.0, 0.0]]),
        test_gap=np.array([[28.0, 28.0], [score, score]]),
        distractor_share=np.array([0.9, share]),
        distractor_norm=np.array([0.0, norm]),
        score=score,
    )


def dots(panel):
    return np.array([line.get_xydata()[0] for line in panel.lines if len(line.get_xdata()) == 1])


def test_the_family_has_a_line_for_each_environment_and_a_mark_at_the_smallest_policy():
    share = np.array([0.0, 0.5, 1.0])
    unseen = np.array([[0.0, 0.0], [3.0, 4.0], [20.0, np.inf]])
    figure = draw.family(share, np.zeros(3), unseen, [10.0, 5.0, 6.0])
    left, right = figure.axes
    np.testing.assert_array_equal(left.lines[1].get_ydata(), unseen[:, 1])
    np.testing.assert_array_equal(left.lines[2].get_ydata(), 0)
    np.testing.assert_array_equal(dots(right), [[0.5, 5.0]])


def test_pairs_stand_in_their_row_and_column():
    figure = draw.pairs(np.ones((3, 4)), [0, 2], [3, 1])
    panel = figure.axes[0]
    assert panel.images[0].get_array().shape == (3, 4)
    np.testing.assert_array_equal(panel.lines[0].get_xydata(), [[3, 0], [1, 2]])


def test_curves_have_a_panel_for_each_method_and_end_where_training_becomes_unstable():
    figure = draw.curves([result("ipo", np.inf), result("cme", 20.0), result("cme", 22.0)])
    shown = [panel for panel in figure.axes if panel.get_visible()]
    assert [panel.get_title() for panel in shown] == ["IPO", "CME"]
    unseen, training = shown[0].lines
    np.testing.assert_array_equal(unseen.get_ydata(), [28.0, np.nan])
    np.testing.assert_array_equal(training.get_ydata(), [27.0, 1.0])
    assert len(shown[1].lines) == 4
    assert 28 < shown[1].get_ylim()[1] < 100


def test_our_gaps_stand_beside_those_of_the_paper():
    rows = pd.DataFrame(
        {
            "method": ["ipo", "ipo", "aggregation"],
            "column": ["500", "1000", "500"],
            "mean": [25.0, 24.0, 0.002],
            "low": [24.0, 23.0, 0.001],
            "high": [26.0, 25.0, 0.003],
            "paper_mean": [32.6, np.nan, 0.03],
        }
    )
    panel = draw.gaps_by_distractors(rows).axes[0]
    assert [label.get_text() for label in panel.get_xticklabels()] == ["500", "1000"]
    ours = [line for line in panel.lines if line.get_marker() == "o"]
    theirs = [line for line in panel.lines if line.get_marker() == "D"]
    assert [line.get_ydata()[0] for line in ours] == [25.0, 24.0, 0.002]
    np.testing.assert_array_equal([line.get_ydata()[0] for line in theirs], [32.6, np.nan, 0.03])
    assert same_color(ours[2].get_color(), style.LQR_METHODS["aggregation"].color)
    assert np.round([line.get_xdata()[0] for line in ours]).tolist() == [0, 1, 0]
    assert panel.get_ylim()[1] > 32.6


def test_what_runs_read_is_a_dot_for_each_and_an_infinite_gap_none():
    runs = [
        result("ipo", 25.0, norm=3.0, share=0.9),
        result("ipo", np.inf, num_distractors=1000, norm=4.0, share=0.95),
        result("aggregation", 0.002, norm=0.1, share=0.01),
    ]
    left, right = draw.distractors(runs).axes
    assert [label.get_text() for label in left.get_xticklabels()] == ["500", "1000"]
    drawn = np.concatenate([line.get_xydata() for line in left.lines if line.get_marker() == "o"])
    np.testing.assert_array_equal(drawn[:, 1], [3.0, 4.0, 0.1])
    np.testing.assert_allclose(drawn[:, 0], [500, 1000, 500], rtol=0.2)
    assert left.get_xscale() == left.get_yscale() == "log"
    gap = np.concatenate([line.get_xydata() for line in right.lines])
    np.testing.assert_array_equal(gap, [[0.9, 25.0], [0.95, np.nan], [0.01, 0.002]])


def test_optimizers_have_a_row_for_each_method_and_a_band_for_the_closest_policies():
    runs = {"Adam": [result("ipo", 27.0), result("cme", 1.0)], "descent": [result("cme", 26.0)]}
    panel = draw.optimizers(runs, [25.0, 26.5]).axes[0]
    assert [label.get_text() for label in panel.get_yticklabels()] == ["IPO", "CME"]
    drawn = dots(panel)
    np.testing.assert_array_equal(drawn[:, 0], [27.0, 1.0, 26.0])
    np.testing.assert_array_equal(np.round(drawn[:, 1]), [0, 1, 1])
    (band,) = panel.patches
    assert (band.get_x(), band.get_width()) == (25.0, 1.5)
    assert not draw.optimizers(runs, [np.inf]).axes[0].patches


@pytest.mark.parametrize("draws", [draw.curves, draw.distractors])
def test_methods_keep_their_colour(draws):
    figure = draws([result(name, 20.0) for name in style.LQR_METHODS])
    drawn = {line.get_color() for panel in figure.axes for line in panel.lines}
    assert {look.color for look in style.LQR_METHODS.values()} <= drawn


def test_a_dashed_line_grows_like_the_root_of_the_number_of_distractors():
    runs = [result("aggregation", 0.002, num_distractors=n, norm=0.1 * n**0.5) for n in (500, 1000, 10000)]
    left, _ = draw.distractors(runs).axes
    (line,) = [line for line in left.lines if line.get_linestyle() == "--"]
    np.testing.assert_allclose(line.get_ydata() / np.sqrt(line.get_xdata()), 0.06)


def test_where_an_axis_of_gaps_is_linear_it_says_so():
    _, right = draw.distractors([result("aggregation", 0.002), result("ipo", 25.0)]).axes
    assert right.get_yscale() == "symlog" and "linear scale" in {text.get_text() for text in right.texts}
