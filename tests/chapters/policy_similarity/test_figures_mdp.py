"""What the figures of chapter 2 about small decision processes show is the data."""

import matplotlib.colors
import numpy as np
import pytest
from matplotlib.patches import FancyArrowPatch, Rectangle

from pisces.chapters.policy_similarity import figures_mdp as draw
from pisces.chapters.policy_similarity.comparison import cake_distances, cake_formulas, mdp_distances
from pisces.drawing import style
from pisces.mdp import cake_mdps, danger_and_reward_mazes, optimal_policy

DISCOUNT = 0.9
REWARD_Y = np.linspace(1.0, 4.0, 7)


@pytest.fixture(scope="module")
def cakes():
    computed = cake_distances(1.0, REWARD_Y, discount=DISCOUNT)
    formula = cake_formulas(1.0, REWARD_Y, discount=DISCOUNT)
    upper, lower = draw.cakes(cake_mdps(1.0, 4.0), REWARD_Y, computed, formula).subfigs
    return upper.axes, lower.axes, computed, formula


@pytest.fixture(scope="module")
def mazes():
    shown = danger_and_reward_mazes()
    policies = [optimal_policy(maze.mdp, discount=DISCOUNT) for maze in shown]
    distances = [mdp_distances(shown[0].mdp, maze.mdp, discount=DISCOUNT) for maze in shown[1:]]
    upper, lower = draw.mazes(shown, policies, distances).subfigs
    return upper.axes, lower.axes, shown, distances


def test_the_curves_are_the_computed_distances_and_the_crosses_the_formulas(cakes):
    _, panels, computed, formula = cakes
    for panel, name in zip(panels, computed, strict=True):
        to_y0, to_y1, *crosses = panel.lines
        assert np.array_equal(to_y0.get_ydata(), computed[name][:, 0])
        assert np.array_equal(to_y1.get_ydata(), computed[name][:, 1])
        for column, cross in enumerate(crosses):
            assert np.array_equal(cross.get_xdata(), REWARD_Y)
            assert np.array_equal(cross.get_ydata(), formula[name][:, column])


def test_a_panel_is_shaded_where_its_metric_takes_y1_for_nearer(cakes):
    _, panels, computed, _ = cakes
    for panel, name in zip(panels, computed, strict=True):
        vertices = [path.vertices[:, 0] for area in panel.collections for path in area.get_paths()]
        misled = REWARD_Y[computed[name][:, 1] < computed[name][:, 0]]
        shaded = np.concatenate(vertices) if vertices else np.array([])
        assert set(shaded) == set(misled)
    assert not len(panels[0].collections[0].get_paths())


def test_the_chains_say_what_each_action_pays(cakes):
    for panel, reward, name in zip(cakes[0], ("$r_x$", "$r_y$"), "xy", strict=True):
        labels = [text.get_text() for text in panel.texts]
        assert labels[:3] == [f"{name}0", f"{name}1", f"{name}2"]
        assert sorted(labels[3:]) == sorted([f"a0: {reward}", "a1: 0", "a0: 0", f"a1: {reward}"])


def test_the_cells_of_a_maze_have_the_colours_of_its_layout(mazes):
    panels, _, shown, _ = mazes
    for panel, maze in zip(panels, shown, strict=True):
        squares = [patch for patch in panel.patches if isinstance(patch, Rectangle)]
        colors = [matplotlib.colors.to_rgb(square.get_facecolor()) for square in squares]
        expected = [draw.MAZE_CELLS[cell] for row in maze.layout for cell in row]
        assert colors == [matplotlib.colors.to_rgb(color) for color in expected]


def test_every_cell_but_the_ends_has_an_arrow_and_the_way_is_thick(mazes):
    panels, _, shown, _ = mazes
    black = matplotlib.colors.to_rgba(style.BLACK)
    for panel, maze in zip(panels, shown, strict=True):
        arrows = [patch for patch in panel.patches if isinstance(patch, FancyArrowPatch)]
        assert len(arrows) == maze.cells.count(".") + 1
        # Up, up and twice to the side.
        assert sum(arrow.get_edgecolor() == black for arrow in arrows) == 4


def test_the_matrices_of_the_mazes_are_psm_along_the_way(mazes):
    _, panels, shown, distances = mazes
    for panel, maze, distance in zip(panels, shown[1:], distances, strict=False):
        matrix = panel.images[0].get_array()
        assert matrix.shape == (4, 4)
        assert matrix[0, 0] == distance["psm"][shown[0].start, maze.start]
    assert np.diagonal(panels[0].images[0].get_array()).tolist() == [0.0] * 4


def test_the_bars_are_the_distances_between_the_starts(mazes):
    _, (*_, panel), shown, distances = mazes
    for bars, maze, distance in zip(panel.containers, shown[1:], distances, strict=True):
        lengths = [bar.get_width() for bar in bars]
        assert lengths == [matrix[shown[0].start, maze.start] for matrix in distance.values()]
