"""What the figures of chapter 11 show is the data."""

from types import SimpleNamespace

import numpy as np
import pytest
from matplotlib.colors import same_color

from pisces.chapters.distracting_control import figures as draw
from pisces.control import config
from pisces.drawing import style


def result(
    method="drq",
    backgrounds="still",
    *,
    task="cartpole-swingup",
    seed=0,
    trains_before_still=False,
    held_out=(100.0, 300.0),
    score=50.0,
):
    return SimpleNamespace(
        config=config.preset(
            method, task, "miniature", backgrounds=backgrounds, trains_before_still=trains_before_still
        ),
        seed=seed,
        seen_return=np.array([100.0, 300.0]),
        score=score,
        num_updates=np.array([1000, 2000]),
        held_out_return=np.array(held_out)[:, None] + [-10.0, 10.0],
        seen=np.array([0.9, 0.5]),
        paired=np.array([0.75, 0.0]),
        unseen=np.array([-2.0, 0.25]),
        paired_near=0.5,
        unseen_near=0.125,
    )


def test_the_metric_stands_beside_the_actions_on_the_same_times():
    distance = np.arange(16.0).reshape(4, 4)
    left, right, _ = draw.metric_of_a_pair([[0.5], [-1], [0], [1]], distance, decision_seconds=0.25).axes
    np.testing.assert_array_equal(left.lines[0].get_xydata(), [[0, 0.5], [0.25, -1], [0.5, 0], [0.75, 1]])
    np.testing.assert_array_equal(right.images[0].get_array(), distance)
    assert right.images[0].get_extent() == [0, 1, 0, 1]


def test_a_curve_is_a_run_and_a_thick_one_the_mean():
    runs = [result(), result(held_out=(200.0, 500.0)), result("drq-pse", "procedural")]
    live = result(held_out=(50.0, 60.0))
    plain, moving = draw.learning_curves(runs, live=live).axes
    one, other, mean, made_here = plain.lines
    np.testing.assert_array_equal(one.get_xydata(), [[1, 100], [2, 300]])
    np.testing.assert_array_equal(other.get_ydata(), [200, 500])
    np.testing.assert_array_equal(mean.get_ydata(), [150, 400])
    assert mean.get_linewidth() > one.get_linewidth()
    np.testing.assert_array_equal(made_here.get_ydata(), [50, 60])
    assert len(moving.lines) == 2
    assert same_color(moving.lines[0].get_color(), style.CONTROL_METHODS["drq-pse"].color)
    (alone,) = draw.learning_curves(runs[:1]).axes
    assert len(alone.lines) == 2
    after = result("drq", "procedural", trains_before_still=True)
    titles = [panel.get_title() for panel in draw.learning_curves([after, *runs]).axes]
    assert titles == ["still", "moving", "still, then moving"]


def test_a_run_has_a_dot_for_the_background_of_training_and_one_for_unseen_ones():
    after = [result("drq-pse", "procedural", trains_before_still=True, seed=seed) for seed in (1, 0)]
    after[0].score = 60.0
    (panel,) = draw.returns([*after, result(score=200.0)]).axes
    lines = [line for line in panel.lines if line.get_marker() != "o"]
    dots = [line for line in panel.lines if line.get_marker() == "o"]
    assert [list(line.get_xdata()) for line in lines] == [[200, 200], [200, 50], [200, 60]]
    assert [line.get_xdata()[0] for line in dots] == [200, 200, 50, 200, 60]
    heights = [line.get_ydata()[0] for line in lines]
    assert heights[2] == heights[1] + 1 > heights[0] + 2
    labels = dict(zip(panel.get_yticks(), (text.get_text() for text in panel.get_yticklabels()), strict=True))
    assert labels == {
        heights[0]: "DrQ,\nstill",
        heights[1] + 0.5: "DrQ + PSEs,\nstill, then moving",
    }


def test_each_task_has_a_panel_where_runs_of_a_method_lie_at_the_same_height():
    after = {"backgrounds": "procedural", "trains_before_still": True}
    first = [result(method, seed=seed, **after) for method in ("drq", "drq-pse") for seed in (0, 1)]
    second = result("drq-pse", task="ball-in-cup-catch", **after)
    left, right = draw.returns([*first, second]).axes
    assert [panel.get_title() for panel in (left, right)] == ["cartpole-swingup", "ball-in-cup-catch"]
    height = {
        panel: [line.get_ydata()[0] for line in panel.lines if len(line.get_ydata()) == 2]
        for panel in (left, right)
    }
    assert height == {left: [0, 1, 4, 5], right: [4]}
    assert left.get_ylim() == right.get_ylim() == (6, -1)


@pytest.mark.parametrize("name", ["learning_curves", "returns", "encoders"])
def test_legends_of_all_methods_fit_in_the_figure(name):
    after = {"backgrounds": "procedural", "trains_before_still": True}
    runs = [result(method, **after) for method in config.METHODS]
    figure = {
        "learning_curves": lambda: draw.learning_curves(runs, live=runs[0]),
        "returns": lambda: draw.returns(runs),
        "encoders": lambda: draw.encoders(
            runs, ["place", "speed"], dict.fromkeys(config.METHODS, np.zeros((6, 2)))
        ),
    }[name]()
    figure.canvas.draw()
    (legend,) = figure.legends
    within = figure.bbox
    assert within.x0 <= legend.get_window_extent().x0 and legend.get_window_extent().x1 <= within.x1


def test_returns_before_the_videos_of_pairs_are_those_of_the_same_run():
    run, other = (result("drq-pse", "procedural", trains_before_still=True, seed=seed) for seed in (0, 1))
    kept = SimpleNamespace(config=other.config, seed=1, paired_return=np.array([100.0, 120.0]))
    (panel,) = draw.returns([run, other], [kept]).axes
    dots = [line for line in panel.lines if line.get_marker() == "o"]
    assert [line.get_xdata()[0] for line in dots] == [200, 50, 200, 50, 110]
    assert dots[-1].get_ydata() == dots[-2].get_ydata() != dots[0].get_ydata()


def test_what_is_decoded_has_a_dot_for_each_run_and_nothing_below_zero():
    figure = draw.encoders([result()], ["place", "speed"], {"drq": np.zeros((6, 2))})
    panel = figure.axes[0]
    seen, paired, unseen = panel.lines
    np.testing.assert_allclose(seen.get_xydata(), [[0.9, -0.2], [0.5, 0.8]])
    np.testing.assert_allclose(paired.get_xydata(), [[0.75, 0], [0, 1]])
    np.testing.assert_allclose(unseen.get_xydata(), [[0.0, 0.2], [0.25, 1.2]])
    assert [label.get_text() for label in panel.get_yticklabels()] == ["place", "speed"]


def test_encoders_of_each_method_have_a_column():
    place = {"drq-pse": np.zeros((6, 2)), "drq": np.ones((6, 2))}
    axes = draw.encoders([result(), result("drq-pse", "procedural")], ["place", "speed"], place).axes
    assert [panel.get_title() for panel in axes[:2]] == ["DrQ +\nPSEs", "DrQ"]
    assert [[line.get_xdata()[0] for line in panel.lines] for panel in axes[2:4]] == [[0.5, 0.125]] * 2
    assert [panel.lines[-1].get_xydata()[0, 0] for panel in axes[4:]] == [0, 1]


def test_a_line_joins_the_two_places_of_a_state():
    place = np.arange(12.0).reshape(2, 3, 2)
    panel = draw.encoders([result()], ["place", "speed"], {"drq": place.reshape(6, 2)}).axes[2]
    *joined, seen, unseen = panel.lines
    assert len(joined) == 3
    np.testing.assert_array_equal(joined[1].get_xydata(), place[:, 1])
    np.testing.assert_array_equal(seen.get_xydata(), place[0])
    np.testing.assert_array_equal(unseen.get_xydata(), place[1])
