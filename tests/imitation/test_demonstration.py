import gymnasium
import numpy as np
import pytest

from pisces import metric
from pisces.imitation import Demonstration, psm, record

SURE = Demonstration(np.zeros((3, 2)), np.array([0, 0, 2]))


class Count(gymnasium.Env):
    """Shows the number of steps so far, pays it, and ends after `length` steps; the array is reused."""

    action_space = gymnasium.spaces.Discrete(2)

    def __init__(self, length):
        self.length, self.state = length, np.zeros(1, np.float32)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.state[:] = 0
        return self.state, {}

    def step(self, action):
        self.state += 1
        return self.state, float(self.state[0]) * action, bool(self.state[0] >= self.length), False, {}


def test_a_demonstration_keeps_what_training_takes():
    kept = Demonstration([[1, 2], [3, 4]], [0, 1], reward=[0, 1])
    assert kept.observation.dtype == np.float32 and kept.action.dtype == np.int64
    assert len(kept) == 2
    np.testing.assert_array_equal(kept.probability(3), [[1, 0, 0], [0, 1, 0]])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"action": [0, 1]}, "^observation has shape"),
        ({"action": [0, 1, -1]}, "^action has .*; it must lie in"),
        ({"action": [0.0, 1.0, 2.0]}, "^action has dtype float64; it must hold integers"),
        ({"action": []}, "^action has dtype float64; it must hold integers"),
        ({"action": [[0, 1, 2]]}, "^action has shape"),
        ({"observation": np.full((3, 2), np.nan)}, "^observation has nan; it must be finite"),
        ({"policy": np.eye(3)[:2]}, "^policy has shape"),
        ({"policy": 0.5}, "^policy has shape"),
        ({"policy": np.ones((3, 3))}, "^policy has a row with sum 3.0; it must hold probabilities"),
        ({"policy": np.full((3, 2), 0.5)}, "^action has .*; it must lie in"),
        ({"reward": [1.0]}, "^reward has shape"),
    ],
)
def test_a_demonstration_whose_parts_do_not_fit_is_refused(arguments, message):
    given = {"observation": np.zeros((3, 2)), "action": np.array([0, 1, 2]), **arguments}
    with pytest.raises(ValueError, match=message):
        Demonstration(**given)


def test_an_action_beyond_the_number_of_actions_is_refused():
    with pytest.raises(ValueError, match=r"^action has 2; it must lie in \[0, 2\)"):
        SURE.probability(2)


def test_psm_of_sure_policies_compares_actions():
    other = Demonstration(np.zeros((2, 2)), np.array([0, 2]))
    cost = metric.action_cost(SURE.action, other.action)
    np.testing.assert_array_equal(
        psm(SURE, other, discount=0.9), metric.policy_similarity(cost, discount=0.9)
    )


def test_psm_of_policies_that_are_not_sure_takes_their_total_variation():
    unsure = Demonstration(np.zeros((1, 2)), [0], policy=[[0.7, 0.2, 0.1]])
    # In the last state of SURE action 2 is sure: 1 - 0.1. Before it action 0: 1 - 0.7, and then on.
    expected = [[0.3 + 0.5 * (0.3 + 0.5 * 0.9)], [0.3 + 0.5 * 0.9], [0.9]]
    np.testing.assert_allclose(psm(SURE, unsure, discount=0.5), expected)


def test_psm_of_policies_over_different_actions_is_refused():
    pair = [Demonstration(np.zeros((1, 2)), [0], policy=np.eye(number)[:1]) for number in (2, 3)]
    with pytest.raises(ValueError, match="^policy has shape"):
        psm(*pair, discount=0.5)


def test_episodes_of_different_lengths_are_recorded_side_by_side():
    batches = []

    def act(observation):
        batches.append(observation[:, 0].tolist())
        return np.arange(len(observation))  # 1 in the second game, and in the first 0

    short, long = record([Count(1), Count(3)], act)
    assert batches == [[0, 0], [1], [2]]
    np.testing.assert_array_equal(short.observation, [[0]])
    np.testing.assert_array_equal(long.observation, [[0], [1], [2]])
    np.testing.assert_array_equal(long.action, [1, 0, 0])
    np.testing.assert_array_equal(long.reward, [1, 0, 0])


def test_an_episode_ends_at_the_time_limit():
    [episode] = record([gymnasium.wrappers.TimeLimit(Count(100), 5)], lambda _: [1])
    assert len(episode) == 5


@pytest.mark.parametrize("seed", [7, np.int64(7)])
def test_each_environment_has_a_seed_of_its_own_as_in_a_vector_environment(seed):
    def make():
        return gymnasium.make("FrozenLake-v1", is_slippery=True)

    episodes = record([make() for _ in range(50)], lambda states: np.full(len(states), 2), seed=seed)
    assert len({tuple(one.observation.tolist()) for one in episodes}) > 5
    vector = gymnasium.vector.SyncVectorEnv([make] * 50)
    vector.reset(seed=7)
    following = [one.observation[1] if len(one) > 1 else None for one in episodes]
    stepped = vector.step(np.full(50, 2))[0]
    assert all(state in (None, other) for state, other in zip(following, stepped, strict=True))
    for index in (0, 3):
        [alone] = record([make()], lambda states: np.full(len(states), 2), seed=7 + index)
        np.testing.assert_array_equal(alone.observation, episodes[index].observation)


def test_without_a_seed_environments_are_reset_without_one():
    class Seedless(Count):
        def reset(self, *, seed=None, options=None):
            assert seed is None
            return super().reset(seed=seed)

    assert [
        len(one)
        for one in record([Seedless(1), Seedless(2)], lambda seen: np.zeros(len(seen), int), seed=None)
    ] == [1, 2]


@pytest.mark.parametrize("seed", [-1, 0.5, True, "0", [0, 1]])
def test_a_seed_that_is_none_is_refused(seed):
    with pytest.raises(ValueError, match="^seed is .*; it must be None or an integer of at least 0$"):
        record([Count(1)], lambda _: [0], seed=seed)


@pytest.mark.parametrize("wrap", [lambda env: env, gymnasium.wrappers.OrderEnforcing])
def test_one_environment_cannot_play_two_games(wrap):
    env = Count(3)
    with pytest.raises(ValueError, match=r"^envs\[2\] is the environment of envs\[0\]; it must be another"):
        record([env, Count(3), wrap(env)], lambda states: np.zeros(len(states), int))


@pytest.mark.parametrize(
    "returned", [0.0, [0.9, 0.9], [0], [[0], [1]], None], ids=["scalar", "floats", "few", "column", "nothing"]
)
def test_actions_that_are_not_one_for_each_episode_are_refused(returned):
    with pytest.raises(ValueError, match="^action ") as refusal:
        record([Count(3), Count(3)], lambda _: returned)
    assert "\n" not in str(refusal.value)
