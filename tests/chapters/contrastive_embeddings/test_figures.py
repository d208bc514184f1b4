"""What the figures of chapter 3 show is the data."""

import numpy as np
import pytest
from matplotlib.colors import to_rgba

from pisces.chapters.contrastive_embeddings import figures as draw
from pisces.drawing import style
from pisces.learn.network import LayerShape
from pisces.task import Task, demonstration

DISTANCE = np.array([[0.5, 0.0, 1.0], [0.4, 1.0, 0.0], [2.0, 0.0, 1.5], [2.0, 2.0, 0.0]])


def texts(figure):
    return [text.get_text() for panel in figure.axes for text in panel.texts]


@pytest.fixture(scope="module")
def demonstrations():
    return demonstration(Task(25, 10)), demonstration(Task(45, 10))


def test_weights_are_drawn_with_the_affinity_that_makes_them():
    weights = {0.5: np.linspace(0, 1, 12).reshape(4, 3), 2.0: np.ones((4, 3))}
    curve, first, second, *_ = draw.coupling_weights(DISTANCE, weights).axes
    for line, scale in zip(curve.lines, weights, strict=False):
        np.testing.assert_allclose(line.get_ydata(), np.exp(-line.get_xdata() / scale))
        assert line.get_label() == f"β = {scale:g}"
    np.testing.assert_array_equal(curve.lines[2].get_xdata(), np.unique(DISTANCE))
    for panel, weight in zip((first, second), weights.values(), strict=True):
        np.testing.assert_array_equal(panel.images[0].get_array(), weight)
        (positives,) = panel.collections
        np.testing.assert_array_equal(positives.get_offsets(), [[0, 1]])  # every third anchor
        np.testing.assert_array_equal(positives.get_array(), weight[1, :1])


def test_an_anchor_is_drawn_beside_its_nearest_state(demonstrations):
    expert_x, expert_y = demonstrations
    distance = np.random.default_rng(0).uniform(size=(56, 56))
    distance[5, 25] = -1.0  # the nearest to anchor 25
    figure = draw.anchors(expert_x, expert_y, distance, shown={25: (4, 30)})
    titles = [panel.get_title() for panel in figure.axes]
    assert titles == [
        "anchor y, step 25",
        "positive x, step 5\nd = -1.00",
        f"negative x, step 4\nd = {distance[4, 25]:.2f}",
        f"negative x, step 30\nd = {distance[30, 25]:.2f}",
    ]
    frames = [panel.images[0].get_array() for panel in figure.axes]
    np.testing.assert_array_equal(frames[0], expert_y.observation[25, ..., 1])
    for frame, step in zip(frames[1:], (5, 4, 30), strict=True):
        np.testing.assert_array_equal(frame, expert_x.observation[step, ..., 1])


def test_paths_on_the_circle_keep_their_directions_and_run_outwards():
    angle = np.linspace(0, 4, 50)[:, None] + np.array([0.0, 1.0])
    path = 3.0 * np.stack([np.cos(angle), np.sin(angle)], axis=-1)
    (panel,) = draw.circles({"one": (path, path[:, 1:])}).axes
    lines = [line for line in panel.lines if len(line.get_xdata()) == 50]
    assert [line.get_color() for line in lines] == [style.BLUE, style.BLUE, style.VERMILION]
    for line, expected in zip(lines, (angle[:, 0], angle[:, 1], angle[:, 1]), strict=True):
        x, y = line.get_data()
        radius = np.hypot(x, y)
        assert (np.diff(radius) > 0).all() and radius[-1] == pytest.approx(1.0)
        np.testing.assert_allclose([x / radius, y / radius], [np.cos(expected), np.sin(expected)], atol=1e-12)


def test_points_that_end_together_share_a_label_and_late_points_of_y_share_a_name():
    def still(*degrees):
        ends = np.stack([np.cos(np.radians(degrees)), np.sin(np.radians(degrees))], axis=-1)
        return np.stack([ends, ends])

    figure = draw.circles({"all": (still(0), still(0, 90, 3)), "without": (still(0), still(90, 0))})
    everyone, without = ([text.get_text() for text in panel.texts] for panel in figure.axes)
    assert everyone == ["$x_0$", "$y_0$, $y_2$", "$y_1$"]
    assert without == ["$x_0$", "$y_1$", "$y_2$"]


def test_forces_are_what_the_shares_leave_and_what_equals_get():
    share = np.array([[0.1, 0.2, 0.3], [0.6, 0.1, 0.3], [0.2, 0.3, 0.1], [0.1, 0.4, 0.3]])
    pull, push = draw.forces({"one": share, "other": share[::-1]}, DISTANCE).axes
    # Positives are x1, x0, x1; only anchor 1 has another state at distance 0 (x2), and anchor 2 has x3.
    np.testing.assert_allclose(pull.lines[0].get_ydata(), [0.4, 0.8, 0.7])
    np.testing.assert_allclose(push.lines[0].get_ydata(), [0.0, 0.3, 0.3])
    assert [line.get_label() for line in push.lines] == ["one", "other"]


def test_embedded_distances_stand_beside_the_given_ones_on_one_scale():
    figure = draw.embedded_distances(DISTANCE, {"twice": 2 * DISTANCE, "half": DISTANCE / 2})
    panels = figure.axes[:3]
    assert [panel.get_title() for panel in panels] == ["given: PSM", "twice", "half"]
    for panel, factor in zip(panels, (1, 2, 0.5), strict=True):
        np.testing.assert_array_equal(panel.images[0].get_array(), factor * DISTANCE)
        assert panel.images[0].get_clim() == (0, 2)


def test_the_network_is_drawn_layer_by_layer_with_the_shapes_that_it_has(demonstrations):
    layers = {
        "augmentation": [],
        "encoder": [LayerShape("Conv2D", (15, 15, 7), 99, 8, 4), LayerShape("Dense", (33,), 99, None, None)],
        "head": [LayerShape("Dense", (2,), 9, None, None)],
        "projection": [LayerShape("Dense", (17,), 9, None, None)],
    }
    expert_x, expert_y = demonstrations
    figure = draw.architecture(layers, expert_x.observation[5], expert_y.observation[25])
    assert {
        "Conv2D\n8×8 / 4\n15×15×7",
        "features f\nDense\n33",
        "policy\nDense\n2",
        "embedding z\nDense\n17",
    } <= set(texts(figure))
    (panel,) = figure.axes
    frames = [image.get_array() for image in panel.images]
    np.testing.assert_array_equal(frames[1], expert_y.observation[25, ..., 1])
    np.testing.assert_array_equal(frames[3], expert_x.observation[5, ..., 1])
    assert sum(patch.get_facecolor() == to_rgba(style.GREEN) for patch in panel.patches) == 1


def test_a_network_without_projection_has_one_head(demonstrations):
    layers = {
        "augmentation": [LayerShape("RandConv", (60, 60, 2), 0, 2, 1)],
        "encoder": [LayerShape("Dense", (33,), 99, None, None)],
        "head": [LayerShape("Dense", (2,), 9, None, None)],
        "projection": [],
    }
    expert_x, expert_y = demonstrations
    shown = texts(draw.architecture(layers, expert_x.observation[5], expert_y.observation[25]))
    assert "RandConv\n2×2 / 1\n60×60×2" in shown
    assert not any("embedding" in text for text in shown)
