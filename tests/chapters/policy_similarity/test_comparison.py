import numpy as np
import pytest

from pisces.chapters.policy_similarity.comparison import (
    cake_distances,
    cake_formulas,
    mdp_distances,
    task_distances,
)
from pisces.drawing.style import METRICS
from pisces.mdp import cake_mdps, danger_and_reward_mazes
from pisces.task import Task


@pytest.fixture(scope="module")
def obstacles_25_and_45():
    return task_distances(Task(25, 10), Task(45, 10), discount=0.99)


def test_the_cakes_have_the_distances_that_the_paper_states():
    # r_x = 1, r_y = 4, discount 0.5: |r_y - r_x| = 3.
    distance = mdp_distances(*cake_mdps(1.0, 4.0), discount=0.5)
    expected = {
        # The same actions now and then; other actions now, and y2 rests while x1 acts.
        "psm": [0.0, 1.0 + 0.5],
        "pi-bisimulation": [1.5 * 3.0, 3.0 + 0.5 * 1.0],
        "bisimulation": [1.5 * 3.0, max(1.5 * 1.0, 4.0)],
    }
    assert distance.keys() == expected.keys()
    for name, to_y0_and_y1 in expected.items():
        assert distance[name][0, :2] == pytest.approx(to_y0_and_y1, abs=1e-8)


def test_the_closed_forms_of_the_cakes_agree_with_the_metrics():
    reward_y = np.array([0.3, 1.0, 1.9, 2.0, 5.0])
    computed = cake_distances(1.0, reward_y, discount=0.9)
    formula = cake_formulas(1.0, reward_y, discount=0.9)
    assert computed.keys() == formula.keys()
    for name, distance in computed.items():
        assert distance == pytest.approx(formula[name], abs=1e-8)


def test_a_terminal_state_is_one_action_away_from_any_that_acts():
    distance = mdp_distances(*cake_mdps(1.0, 1.0), discount=0.9)["psm"]
    assert distance[2].tolist() == pytest.approx([1.9, 1.0, 0.0])


def test_only_policy_similarity_tells_the_mazes_apart_by_behaviour():
    maze, other_looks, other_behavior = danger_and_reward_mazes()

    def between_starts(other):
        distances = mdp_distances(maze.mdp, other.mdp, discount=0.9)
        return {name: distance[maze.start, other.start] for name, distance in distances.items()}

    same, different = between_starts(other_looks), between_starts(other_behavior)
    assert same["psm"] == 0.0 < different["psm"]
    assert same["pi-bisimulation"] > different["pi-bisimulation"] == 0.0
    assert same["bisimulation"] > different["bisimulation"]


def test_the_distances_are_named_as_in_the_figures(obstacles_25_and_45):
    # The endless variant belongs to the experiments on readings, which draw no distances.
    assert obstacles_25_and_45.keys() == METRICS.keys() - {"pi-bisimulation-endless"}


def test_where_the_obstacle_is_equally_far_policy_similarity_is_zero(obstacles_25_and_45):
    # The agents are equally far from obstacles at 25 and 45 when the second is 20 pixels ahead.
    equally_far = np.eye(56, k=20, dtype=bool)
    assert np.array_equal(obstacles_25_and_45["true-similarity"] == 0.0, equally_far)
    assert (obstacles_25_and_45["psm"][equally_far] == 0.0).all()
    for misled in ("pi-bisimulation", "bisimulation"):
        assert (obstacles_25_and_45[misled][equally_far] > 50.0).all()


def test_until_both_have_jumped_no_other_pair_is_policy_similar(obstacles_25_and_45):
    # The expert jumps in state 11 of task x and in state 31 of task y.
    is_similar = obstacles_25_and_45["psm"] == 0.0
    is_similar[12:, 32:] = False
    assert np.array_equal(np.argwhere(is_similar), [(i, i + 20) for i in range(12)])


def test_along_the_expert_pi_bisimulation_counts_the_steps_to_the_end(obstacles_25_and_45):
    distance = obstacles_25_and_45["pi-bisimulation"]
    assert np.array_equal(distance == 0.0, np.eye(56, dtype=bool))
    # One step apart: 101 against 1 now, then 101 against nothing, for the pair before the last one.
    assert distance[54, 55] == pytest.approx(100.0 + 0.99 * 101.0)


def test_bisimulation_needs_the_same_position_and_both_obstacles_passed(obstacles_25_and_45):
    same_position = np.argwhere(obstacles_25_and_45["bisimulation"] == 0.0)
    assert same_position.tolist() == [[i, i] for i in range(32, 56)]
