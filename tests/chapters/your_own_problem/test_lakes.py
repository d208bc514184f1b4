import numpy as np
import pytest

from pisces.chapters.your_own_problem import lakes
from pisces.imitation import PSE, Demonstration

LAKE = (
    "FHFFFFFFFF",
    "SFFFFFFFFH",
    "HHHFHHHHHH",
    "HHHGHHHHHH",
    *("FFFHFFFFHF",) * 6,
)
RIGHT, DOWN = 2, 1
LEARNED = lakes.LearnedPolicy(num_samples=0, learning_rate=0.5, temperature=0.1, discount=0.9)


@pytest.fixture
def env():
    [made] = lakes.environments([LAKE])
    return made


def test_a_drawn_lake_asks_for_the_way_along_the_shore_and_over_the_bridge():
    drawn = lakes.draw_lakes(30, seed=0)
    assert len(set(drawn)) == 30
    for lake, one in zip(drawn, lakes.environments(drawn), strict=True):
        [goal] = [(row, line.index("G")) for row, line in enumerate(lake) if "G" in line]
        [shore] = [row for row, line in enumerate(lake) if "S" in line]
        assert goal[0] == shore + lakes.BRIDGE_LENGTH
        shown = lakes.demonstrate(one, discount=0.9)
        assert shown.action.tolist() == [RIGHT] * goal[1] + [DOWN] * lakes.BRIDGE_LENGTH
        assert shown.reward.tolist() == [0] * (len(shown) - 1) + [1]
        np.testing.assert_array_equal(lakes.way(one, shown.action)[-1], goal)


def test_a_seed_decides_the_lakes():
    assert lakes.draw_lakes(3, seed=1) == lakes.draw_lakes(3, seed=1) != lakes.draw_lakes(3, seed=2)


def test_the_agent_stands_in_the_middle_of_what_it_sees(env):
    observation, _ = env.reset()
    assert env.observation_space.contains(observation)
    above = lakes.picture(LAKE)
    middle = lakes.RADIUS
    np.testing.assert_array_equal(observation[middle, middle:], above[1, : middle + 1])
    np.testing.assert_array_equal(observation[:, :middle], 0)  # beyond the left edge
    moved = env.step(RIGHT)[0]
    np.testing.assert_array_equal(moved[:, :-1], observation[:, 1:])


def test_the_goal_is_reached_or_not():
    good = iter([RIGHT, RIGHT, RIGHT, DOWN, DOWN])
    assert lakes.is_solved(lambda seen: [next(good)], [LAKE]).tolist() == [True]
    assert lakes.is_solved(lambda seen: [DOWN], [LAKE]).tolist() == [False]


def test_q_learning_finds_the_values_of_dynamic_programming(env):
    settings = {"learning_rate": 1.0, "discount": 0.9, "seed": 0}
    value = lakes.q_learning(env, num_samples=30000, **settings)
    # Five steps to the goal from the start, one from the bridge.
    assert value[10, RIGHT] == pytest.approx(0.9**4)
    assert value[23, DOWN] == pytest.approx(1.0)
    assert value[10, DOWN] == 0.0
    assert not lakes.q_learning(env, num_samples=0, **settings).any()


def test_what_was_learned_stands_beside_the_states_of_the_demonstration(env):
    shown = lakes.demonstrate(env, discount=0.9)
    unlearned = LEARNED.beside(env, shown)
    np.testing.assert_allclose(unlearned.policy, 0.25)
    np.testing.assert_array_equal(unlearned.action, shown.action)


def test_prop_b1_bounds_the_change_of_the_metric():
    sides = lakes.approximations(lakes.environments(lakes.draw_lakes(4, seed=0)), LEARNED)
    assert sides.shape == (3, 2)
    np.testing.assert_allclose(sides[:, 1], 2 / (1 - 0.9) * 0.75)  # a policy that knows nothing
    assert (0 < sides[:, 0]).all() and (sides[:, 0] <= sides[:, 1]).all()


def test_gaps_are_means_over_pairs_of_lakes_by_steps_left():
    shown = [Demonstration([[0, 1], [1, 0]], [0, 0]), Demonstration([[1, 0], [0, 1], [1, 0]], [0, 0, 0])]
    # With 1, 2 and 3 steps left: right, up / right, up, right. Two lakes have the first two.
    np.testing.assert_allclose(lakes.mean_gap(np.asarray, shown), [[0, 1], [1, 0]], atol=1e-7)
    expected = [[0, 0], [0, 0]]
    np.testing.assert_array_equal(lakes.psm_by_steps(shown, discount=0.5), expected)


def test_students_of_all_kinds_are_compared_on_the_same_lakes():
    pse = PSE(
        discount=0.9,
        inverse_temperature=1.0,
        affinity_scale=None,
        contrastive_weight=1.0,
        embedding_size=None,
    )
    share = lakes.solved_by_students(
        range(2),
        pse=pse,
        learned=LEARNED,
        num_training=3,
        num_unseen=4,
        num_updates=2,
        num_actions=4,
        learning_rate=1e-3,
        batch_size=4,
    )
    assert list(share) == ["imitation", "pse-now", "pse", "pse-learned"]
    assert all(one.shape == (2,) and set(4 * one) <= set(range(5)) for one in share.values())
