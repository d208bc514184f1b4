"""Finite MDPs and the two examples: their policies, and the distances that the paper states for them."""

import gymnasium
import numpy as np
import pytest

from pisces.mdp import (
    FiniteMDP,
    Maze,
    cake_mdps,
    danger_and_reward_mazes,
    optimal_policy,
    trajectory,
)
from pisces.metric import (
    bisimulation,
    pi_bisimulation,
    policy_similarity,
    stochastic_pi_bisimulation,
    stochastic_policy_similarity,
    total_variation_cost,
)

DISCOUNT = 0.9


def metrics(mdp_x: FiniteMDP, mdp_y: FiniteMDP, discount: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """PSM, pi-bisimulation and bisimulation between all states of two deterministic MDPs."""
    policy_x, policy_y = (optimal_policy(mdp, discount=discount) for mdp in (mdp_x, mdp_y))
    chain_x, chain_y = mdp_x.transition_under(policy_x), mdp_y.transition_under(policy_y)
    return (
        stochastic_policy_similarity(
            total_variation_cost(policy_x, policy_y), chain_x, chain_y, discount=discount
        ),
        stochastic_pi_bisimulation(
            chain_x, mdp_x.reward_under(policy_x), chain_y, mdp_y.reward_under(policy_y), discount=discount
        ),
        bisimulation(mdp_x.next_state, mdp_x.reward, mdp_y.next_state, mdp_y.reward, discount=discount),
    )


def optimal_trajectory(maze: Maze) -> np.ndarray:
    return trajectory(maze.mdp, optimal_policy(maze.mdp, discount=DISCOUNT), start=maze.start)


def optimal_moves(maze: Maze) -> list[str]:
    """The moves from the start to the end of the episode."""
    action = optimal_policy(maze.mdp, discount=DISCOUNT).argmax(axis=1)
    return [maze.mdp.action_names[action[state]] for state in optimal_trajectory(maze)[:-1]]


def path_metrics(maze_x: Maze, maze_y: Maze) -> tuple[float, float]:
    """PSM and pi-bisimulation between the starts, along the optimal trajectories."""
    path_x, path_y = optimal_trajectory(maze_x), optimal_trajectory(maze_y)
    policy_x, policy_y = (optimal_policy(maze.mdp, discount=DISCOUNT) for maze in (maze_x, maze_y))
    cost = total_variation_cost(policy_x[path_x], policy_y[path_y])
    reward_x, reward_y = maze_x.mdp.reward_under(policy_x), maze_y.mdp.reward_under(policy_y)
    return (
        policy_similarity(cost, discount=DISCOUNT)[0, 0],
        pi_bisimulation(reward_x[path_x], reward_y[path_y], discount=DISCOUNT)[0, 0],
    )


@pytest.mark.parametrize(("reward_x", "reward_y"), [(1.0, 3.0), (1.0, 1.5), (2.0, 0.5)])
@pytest.mark.parametrize("discount", [0.5, 0.9, 0.99])
def test_the_cake_mdps_have_the_distances_that_the_paper_states(reward_x, reward_y, discount):
    psm, pi_bisim, bisim = metrics(*cake_mdps(reward_x, reward_y), discount)
    difference = abs(reward_y - reward_x)
    assert bisim[0, 0] == pytest.approx((1 + discount) * difference)
    assert pi_bisim[0, 0] == pytest.approx((1 + discount) * difference)
    assert bisim[0, 1] == pytest.approx(max((1 + discount) * reward_x, reward_y))
    assert pi_bisim[0, 1] == pytest.approx(difference + discount * reward_x)
    assert psm[0, 0] == 0.0
    assert psm[0, 1] >= 1.0


@pytest.mark.parametrize("discount", [0.5, 0.9])
def test_a_large_second_reward_leads_both_bisimulations_but_not_psm_to_the_wrong_cake(discount):
    threshold = 1 + 1 / discount
    psm, pi_bisim, bisim = metrics(*cake_mdps(1.0, threshold + 0.1), discount)
    assert bisim[0, 1] < bisim[0, 0]
    assert pi_bisim[0, 1] < pi_bisim[0, 0]
    assert psm[0, 0] < psm[0, 1]
    _, _, bisim_below = metrics(*cake_mdps(1.0, threshold - 0.1), discount)
    assert bisim_below[0, 1] > bisim_below[0, 0]


def test_both_cake_mdps_have_the_same_optimal_policy():
    first, second = (optimal_policy(mdp, discount=DISCOUNT) for mdp in cake_mdps(1.0, 5.0))
    np.testing.assert_array_equal(first, [[1, 0], [0, 1], [1, 0]])
    np.testing.assert_array_equal(first, second)


def test_two_mazes_that_look_different_ask_for_the_same_moves_and_are_at_psm_zero():
    maze, other_looks, _ = danger_and_reward_mazes()
    assert maze.layout != other_looks.layout
    assert optimal_moves(maze) == optimal_moves(other_looks) == ["up", "up", "right", "right"]
    psm, pi_bisim = path_metrics(maze, other_looks)
    assert psm == 0.0
    # Both rewards come as the fourth step is taken; they differ by 3 - 1.
    assert pi_bisim == pytest.approx(2 * DISCOUNT**3)


def test_two_mazes_that_look_alike_ask_for_opposite_turns_which_psm_sees_and_rewards_do_not():
    maze, _, other_behavior = danger_and_reward_mazes()
    differing = sum(a != b for a, b in zip(*map("".join, (maze.layout, other_behavior.layout)), strict=True))
    assert differing == 2
    assert optimal_moves(other_behavior) == ["up", "up", "left", "left"]
    psm, pi_bisim = path_metrics(maze, other_behavior)
    # The third and fourth moves differ.
    assert psm == pytest.approx(DISCOUNT**2 + DISCOUNT**3)
    assert pi_bisim == 0.0


def test_along_optimal_trajectories_of_mazes_the_sweep_agrees_with_the_fixed_point():
    maze, *others = danger_and_reward_mazes()
    for other in others:
        psm, pi_bisim, _ = metrics(maze.mdp, other.mdp, DISCOUNT)
        start = maze.start, other.start
        np.testing.assert_allclose((psm[start], pi_bisim[start]), path_metrics(maze, other), atol=1e-8)


def test_a_detour_around_danger_is_worth_its_length():
    maze = Maze(("S.R", "...", "###"))
    assert optimal_moves(maze) == ["right", "right"]
    blocked = Maze(("SDR", "...", "###"))
    assert optimal_moves(blocked) == ["down", "right", "right", "up"]


def test_maze_moves_stop_at_walls_and_edges_and_end_in_reward_or_danger():
    maze = Maze(("SR", "D#"), reward_value=2.0, danger_value=-3.0)
    np.testing.assert_array_equal(maze.position, [[0, 0], [0, 1], [1, 0]])
    assert maze.cells == "SRD"
    assert maze.mdp.action_names == ("up", "right", "down", "left")
    np.testing.assert_array_equal(maze.mdp.next_state, [[0, 1, 2, 0], [1, 1, 1, 1], [2, 2, 2, 2]])
    np.testing.assert_array_equal(maze.mdp.reward, [[0, 2, -3, 0], [0, 0, 0, 0], [0, 0, 0, 0]])
    np.testing.assert_array_equal(maze.mdp.is_terminal, [False, True, True])


def test_a_large_discount_waits_for_the_larger_reward():
    # State 0: take 1 now or walk to state 1, where 2 waits. State 2 is the end.
    mdp = FiniteMDP.deterministic(
        [[2, 1], [2, 2], [2, 2]], [[1.0, 0.0], [2.0, 2.0], [0.0, 0.0]], "abc", ["take", "walk"]
    )
    assert optimal_policy(mdp, discount=0.4)[0].argmax() == 0
    assert optimal_policy(mdp, discount=0.6)[0].argmax() == 1


def test_of_equally_good_actions_the_first_is_optimal():
    assert 0.1 + 0.2 > 0.3  # by rounding
    for reward in ([0.1 + 0.2, 0.3, 0.0], [0.3, 0.1 + 0.2, 0.0]):
        mdp = FiniteMDP.deterministic([[0, 0, 0]], [reward], ["s"], "abc")
        for discount in (0.0, 0.99):
            np.testing.assert_array_equal(optimal_policy(mdp, discount=discount), [[1, 0, 0]])


def test_a_reward_several_steps_ahead_is_foreseen():
    # States 0 to 3 in a row, 4 the end: take 0.1 now, or walk on to 1 at the end of the row, worth 0.5**3.
    mdp = FiniteMDP.deterministic(
        [[4, 1], [4, 2], [4, 3], [4, 4], [4, 4]],
        [[0.1, 0.0], [0.1, 0.0], [0.1, 0.0], [0.1, 1.0], [0.0, 0.0]],
        "abcde",
        ["take", "walk"],
    )
    assert optimal_policy(mdp, discount=0.5)[0].argmax() == 1
    assert optimal_policy(mdp, discount=0.4)[0].argmax() == 0


def test_what_happens_under_a_policy_is_the_average_over_its_actions():
    transition = [[[1.0, 0.0], [0.0, 1.0]], [[0.5, 0.5], [0.5, 0.5]]]
    mdp = FiniteMDP(np.array(transition), np.array([[1.0, 3.0], [0.0, 4.0]]), ("s", "t"), ("a", "b"))
    policy = [[0.25, 0.75], [1.0, 0.0]]
    np.testing.assert_array_equal(mdp.transition_under(policy), [[0.25, 0.75], [0.5, 0.5]])
    np.testing.assert_array_equal(mdp.reward_under(policy), [2.5, 0.0])


def test_the_arrays_of_an_mdp_are_its_own_and_cannot_be_written():
    reward = np.zeros((1, 1))
    mdp = FiniteMDP(np.ones((1, 1, 1)), reward, ("s",), ("a",))
    reward[:] = 7.0
    assert mdp.reward[0, 0] == 0.0
    with pytest.raises(ValueError, match="read-only"):
        mdp.transition[0, 0, 0] = 0.5


def test_a_stochastic_mdp_has_no_single_next_state():
    mdp = FiniteMDP(np.full((2, 1, 2), 0.5), np.zeros((2, 1)), ("s", "t"), ("a",))
    with pytest.raises(
        ValueError, match="^transition has several successors of one action; it must be deterministic"
    ):
        _ = mdp.next_state


def test_a_trajectory_that_goes_in_circles_is_refused():
    mdp = FiniteMDP.deterministic([[1], [0]], [[1.0], [1.0]], "st", "a")
    with pytest.raises(
        ValueError, match="^policy goes in circles from start=0; it must lead to a terminal state"
    ):
        trajectory(mdp, [[1.0], [1.0]], start=0)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: FiniteMDP(np.ones((1, 1, 1)), np.zeros((1, 2)), ("s",), ("a",)),
            r"reward has shape \[1, 2\]; it must have \[1, 1\]",
        ),
        (
            lambda: FiniteMDP(np.ones((1, 1, 2)) / 2, np.zeros((1, 1)), ("s",), ("a",)),
            r"transition has shape \[1, 1, 2\]; it must have \[1, 1, 1\]",
        ),
        (
            lambda: FiniteMDP(np.zeros((1, 1, 1)), np.zeros((1, 1)), ("s",), ("a",)),
            r"transition has a row with sum 0\.0; it must hold probabilities",
        ),
        (
            lambda: FiniteMDP.deterministic([[1]], [[0.0]], "s", "a"),
            r"next_state has 1; it must lie in \[0, 1\)",
        ),
        (
            lambda: optimal_policy(cake_mdps(1, 2)[0], discount=1),
            r"discount is 1; it must be a number in \[0, 1\)",
        ),
        (
            lambda: cake_mdps(1, 2)[0].transition_under([[1.0, 0.0]]),
            r"policy has shape .*; it must have \[3, 2\]",
        ),
        (
            lambda: trajectory(cake_mdps(1, 2)[0], np.eye(2)[[0, 0, 0]], start=3),
            r"start has .*; it must lie in \[0, 3\)",
        ),
        (
            lambda: trajectory(cake_mdps(1, 2)[0], np.eye(2), start=0),
            r"policy has shape \[2, 2\]; it must have \[3, 2\]",
        ),
        (lambda: cake_mdps(0.0, 1.0), r"reward_x is 0\.0; it must be a finite number above 0"),
        (lambda: Maze(("S.", "R")), r"layout has rows of lengths \[1, 2\]; it must have rows of one length"),
        (lambda: Maze(("S?",)), r"layout has '\?'; it must consist of '#', '\.', 'S', 'R' and 'D'"),
        (lambda: Maze(("R.",)), "layout has 0 starts 'S'; it must have one"),
    ],
)
def test_invalid_arguments_are_named_with_their_value(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_a_table_of_gymnasium_becomes_arrays():
    slippery = [(0.75, 1, 2.0, False), (0.25, 2, 4.0, True)]
    table = {
        0: {0: slippery, 1: [(1.0, 0, -1.0, False)]},
        1: {0: [(1.0, 2, 3.0, True)], 1: [(1.0, 0, 0.0, False)]},
        2: {0: [(1.0, 2, 0.0, True)], 1: [(0.5, 2, 0.0, False), (0.5, 2, 0.0, True)]},
    }
    mdp = FiniteMDP.from_table(table)
    np.testing.assert_array_equal(mdp.transition[0], [[0, 0.75, 0.25], [1, 0, 0]])
    np.testing.assert_array_equal(mdp.reward, [[2.5, -1], [3, 0], [0, 0]])
    assert mdp.is_terminal.tolist() == [False, False, True]
    assert mdp.state_names == ("0", "1", "2")


def test_an_episode_that_may_end_in_a_state_leaves_its_rewards_to_those_who_come_there_otherwise():
    # By hand, with discount 1/2: state 1 pays 4 and then half the time as much again: v = 4 + v / 4 = 16 / 3.
    # State 0 leads there, but half the time that is the end: 1 + (16 / 3) / 4 = 7 / 3.
    table = {
        0: {0: [(0.5, 1, 1.0, False), (0.5, 1, 1.0, True)]},
        1: {0: [(0.5, 1, 4.0, False), (0.5, 0, 4.0, True)]},
    }
    mdp = FiniteMDP.from_table(table)
    assert mdp.state_names == ("0", "1", "end")
    np.testing.assert_array_equal(mdp.transition[:, 0], [[0, 0.5, 0.5], [0, 0.5, 0.5], [0, 0, 1]])
    np.testing.assert_array_equal(mdp.reward[:, 0], [1, 4, 0])
    value = np.linalg.solve(np.eye(3) - 0.5 * mdp.transition[:, 0], mdp.reward[:, 0])
    np.testing.assert_allclose(value, [7 / 3, 16 / 3, 0])


def test_an_episode_that_ends_where_it_began_keeps_its_beginning():
    table = {0: {0: [(1.0, 1, 0.0, False)]}, 1: {0: [(1.0, 0, 5.0, True)]}}
    mdp = FiniteMDP.from_table(table)
    assert trajectory(mdp, np.ones((3, 1)), start=0).tolist() == [0, 1, 2]


def test_an_outcome_that_never_happens_ends_nothing():
    table = {0: {0: [(1.0, 1, 1.0, False), (0.0, 1, 9.0, True)]}, 1: {0: [(1.0, 0, 2.0, False)]}}
    mdp = FiniteMDP.from_table(table)
    np.testing.assert_array_equal(mdp.next_state, [[1], [0]])
    np.testing.assert_array_equal(mdp.reward, [[1], [2]])


def values_of_table(table, discount):
    """Value iteration on the table itself."""
    value = np.zeros(len(table))
    for _ in range(600):
        value = np.array(
            [
                max(
                    sum(
                        p * (earned + discount * (not is_end) * value[after])
                        for p, after, earned, is_end in one
                    )
                    for one in table[state].values()
                )
                for state in range(len(table))
            ]
        )
    return value


def values_of_arrays(mdp, discount):
    policy = optimal_policy(mdp, discount=discount)
    chain = np.eye(len(mdp.reward)) - discount * mdp.transition_under(policy)
    return np.linalg.solve(chain, mdp.reward_under(policy))


def random_table(seed):
    """Four states, two actions, and for each three outcomes, a third of which end the episode."""
    stream = np.random.default_rng(seed)
    return {
        state: {
            action: [
                (p, int(stream.integers(4)), stream.normal(), bool(stream.random() < 1 / 3))
                for p in stream.dirichlet(np.ones(3))
            ]
            for action in range(2)
        }
        for state in range(4)
    }


@pytest.mark.parametrize("seed", range(10))
def test_values_of_a_table_with_random_ends_are_those_of_its_arrays(seed):
    table = random_table(seed)
    mdp = FiniteMDP.from_table(table)
    np.testing.assert_allclose(values_of_arrays(mdp, 0.9)[:4], values_of_table(table, 0.9), atol=1e-9)


@pytest.mark.parametrize(
    ("name", "settings", "num_states"),
    [
        ("FrozenLake-v1", {"is_slippery": True}, 16),
        ("FrozenLake-v1", {"is_slippery": False}, 16),
        ("CliffWalking-v1", {}, 49),
    ],
)
def test_values_of_gymnasiums_tables_are_those_of_their_arrays(name, settings, num_states):
    table = gymnasium.make(name, **settings).unwrapped.P
    mdp = FiniteMDP.from_table(table)
    assert len(mdp.reward) == num_states
    value = values_of_arrays(mdp, 0.9)
    np.testing.assert_allclose(value[: len(table)], values_of_table(table, 0.9), atol=1e-7)
    assert mdp.is_terminal[-1] and value[-1] == 0.0


@pytest.mark.parametrize("name", ["FrozenLake-v1", "CliffWalking-v1"])
def test_optimal_policies_of_gymnasiums_tables_reach_the_goal(name):
    settings = {"is_slippery": False}
    env = gymnasium.make(name, **settings)
    mdp = FiniteMDP.from_table(env.unwrapped.P)
    start, _ = env.reset(seed=0)
    states = trajectory(mdp, optimal_policy(mdp, discount=0.99), start=int(start))
    assert states[-1] == len(mdp.reward) - 1
    assert len(states) == {"FrozenLake-v1": 7, "CliffWalking-v1": 14}[name]


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (
            {1: {0: []}, 0: {1: []}},
            r"^table has state 0 with actions \[1\]; it must number states and actions",
        ),
        (
            {0: {0: []}, 2: {0: []}},
            r"^table has state 2 with actions \[0\]; it must number states and actions",
        ),
        ({1: {0: [(1.0, 1, 0.0, False)]}}, "^table has state 1 with"),
        ({}, "^table has 0 states and 0 actions; it must have at least one of each"),
        ({0: {}}, "^table has 1 states and 0 actions; it must have at least one of each"),
        ({0: {0: [(1.0, 0, 0.0)]}}, "^table has an outcome of another form; each must be"),
        ({0: {0: []}}, "^table has an outcome of another form; each must be"),
        ({0: {0: [(1.0, 1, 0.0, False)]}}, "^next_state "),
        ({0: {0: [(1.0, -1, 0.0, False)]}}, "^next_state "),
        ({0: {0: [(0.5, 0, 0.0, False)]}}, "^transition "),
        ({0: {0: [(1.0, 0, float("nan"), False)]}}, "^reward "),
    ],
)
def test_a_table_that_is_none_is_refused(table, message):
    with pytest.raises(ValueError, match=message) as refusal:
        FiniteMDP.from_table(table)
    assert "\n" not in str(refusal.value)
