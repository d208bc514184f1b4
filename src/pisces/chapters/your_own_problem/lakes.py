"""How do PSEs fare on an environment that is not ours? Gymnasium's FrozenLake, on maps that are drawn.

In every lake the agent has to follow a shore to the right, up to a bridge, and cross it. Where shore and
bridge are differs from lake to lake, and so do the holes in the ice elsewhere, which ask for nothing. The
agent sees what is around it.
"""

import dataclasses
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise, permutations
from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray
from scipy import special
from tf_agents.networks import sequential

from pisces.imitation import PSE, Demonstration, Imitator, encoder, psm, record
from pisces.mdp import FiniteMDP, optimal_policy
from pisces.metric import approximation_bound

SIZE = 10
"""Rows and columns of a lake."""

BRIDGE_LENGTH = 2
"""Moves down from the shore to the goal."""

RADIUS = 5
"""How many cells the agent sees in each direction."""

NUM_ACTIONS = 4

FEATURE_SIZE = 64
"""Width of the students' features."""

COLORS = {"F": (0.85, 0.93, 1.0), "H": (0.1, 0.25, 0.5), "G": (0.2, 0.7, 0.3)}
"""Ice, hole and goal, as red, green and blue in [0, 1]; the start is ice."""

_SHARE_OF_HOLES = {"above": 0.3, "below": 0.5}

Lake = tuple[str, ...]


def draw_lakes(num_lakes: int, *, seed: int) -> list[Lake]:
    """Draws lakes; two of them may be alike in what they ask for, hardly in the rest.

    Args:
        num_lakes: How many, at least 1.
        seed: Non-negative integer.

    Returns:
        Maps of `SIZE` rows, as Gymnasium's FrozenLake takes them: `S` start, `F` ice, `H` hole, `G` goal.
    """
    stream = np.random.default_rng(seed)
    return [_lake(stream) for _ in range(num_lakes)]


def _lake(stream: np.random.Generator) -> Lake:
    shore = int(stream.integers(1, SIZE - BRIDGE_LENGTH - 1))
    bridge = int(stream.integers(1, SIZE - 1))
    goal = shore + BRIDGE_LENGTH
    cells = np.full((SIZE, SIZE), "F")
    cells[:shore][stream.random((shore, SIZE)) < _SHARE_OF_HOLES["above"]] = "H"
    cells[goal + 1 :][stream.random((SIZE - goal - 1, SIZE)) < _SHARE_OF_HOLES["below"]] = "H"
    cells[shore + 1 : goal + 1] = "H"
    cells[shore + 1 : goal, bridge] = "F"
    cells[goal, bridge] = "G"
    cells[shore, 0] = "S"
    return tuple("".join(row) for row in cells)


def picture(lake: Lake) -> NDArray[np.float32]:
    """A lake from above, one pixel for each cell: float32 `[SIZE, SIZE, 3]` in [0, 1], row 0 on top."""
    return np.array([[COLORS[cell.replace("S", "F")] for cell in row] for row in lake], np.float32)


class AroundAgent(gymnasium.ObservationWrapper):
    """FrozenLake as the agent sees it: float32 `[2 RADIUS + 1, 2 RADIUS + 1, 3]`, itself in the middle.

    What lies beyond the map is black.
    """

    def __init__(self, env: gymnasium.Env):
        """Wraps an environment made by `gymnasium.make("FrozenLake-v1", desc=lake, ...)`."""
        super().__init__(env)
        lake = tuple("".join(map(bytes.decode, row)) for row in env.unwrapped.desc)  # pyright: ignore
        self._num_columns = len(lake[0])
        self._picture = np.pad(picture(lake), ((RADIUS, RADIUS), (RADIUS, RADIUS), (0, 0)))
        width = 2 * RADIUS + 1
        self.observation_space = spaces.Box(0.0, 1.0, (width, width, 3), np.float32)

    def observation(self, observation: int) -> NDArray[np.float32]:
        """What is seen in a state, by its number."""
        row, column = divmod(int(observation), self._num_columns)
        return self._picture[row : row + 2 * RADIUS + 1, column : column + 2 * RADIUS + 1].copy()


def environments(lakes: Sequence[Lake]) -> list[gymnasium.Env]:
    """FrozenLake on each of the maps, without slipping and seen by the agent."""
    frozen = {"id": "FrozenLake-v1", "is_slippery": False}
    return [AroundAgent(gymnasium.make(desc=lake, **frozen)) for lake in lakes]


def demonstrate(env: Any, *, discount: float) -> Demonstration:
    """The episode of an optimal policy, which dynamic programming finds in the table."""
    mdp = FiniteMDP.from_table(env.unwrapped.P)
    action = optimal_policy(mdp, discount=discount).argmax(axis=1)
    [demonstration] = record([env], lambda _: action[[env.unwrapped.s]])
    return demonstration


def way(env: Any, action: Iterable[int]) -> NDArray[np.int64]:
    """The cells that actions lead through, int64 `[n + 1, 2]`: row and column, from the start on."""
    env.reset()
    states = [int(env.unwrapped.s)]
    for one in action:
        env.step(int(one))
        states.append(int(env.unwrapped.s))
    return np.transpose(np.divmod(states, SIZE))


def q_learning(
    env: Any, *, num_samples: int, learning_rate: float, discount: float, seed: int
) -> NDArray[np.float64]:
    """Action values learned from single steps, each from a random state with a random action.

    Args:
        env: An environment whose state can be set as `env.unwrapped.s`, as those with a table allow.
        num_samples: Number of steps, at least 0.
        learning_rate: In (0, 1].
        discount: In [0, 1).
        seed: Non-negative integer for states and actions.

    Returns:
        float64 `[S, A]`; 0 where nothing was learned.

    Source: Watkins and Dayan (1992).
    """
    table = env.unwrapped
    value = np.zeros((table.observation_space.n, table.action_space.n))
    table.reset(seed=seed)
    stream = np.random.default_rng(seed)
    for state, action in zip(*(stream.integers(size, size=num_samples) for size in value.shape), strict=True):
        table.s = int(state)
        successor, reward, is_end, _, _ = table.step(int(action))
        target = reward + (0.0 if is_end else discount * value[successor].max())
        value[state, action] += learning_rate * (target - value[state, action])
    return value


@dataclasses.dataclass(frozen=True, kw_only=True)
class LearnedPolicy:
    """How a policy is learned where none is known: Q-learning, and a softmax over its values.

    Attributes:
        num_samples: Steps for each lake, at least 0.
        learning_rate: In (0, 1].
        temperature: Of the softmax, in units of the reward, above 0; the lower, the surer is the policy.
        discount: In [0, 1).
    """

    num_samples: int
    learning_rate: float
    temperature: float
    discount: float

    def beside(self, env: Any, demonstration: Demonstration) -> Demonstration:
        """The demonstration with the probabilities of the learned policy written beside its states."""
        value = q_learning(
            env,
            num_samples=self.num_samples,
            learning_rate=self.learning_rate,
            discount=self.discount,
            seed=0,
        )
        row, column = way(env, demonstration.action)[:-1].T
        policy = special.softmax(value[SIZE * row + column] / self.temperature, axis=1)
        return dataclasses.replace(demonstration, policy=policy)


def approximations(envs: Sequence[Any], learned: LearnedPolicy) -> NDArray[np.float64]:
    """Both sides of Prop. B.1 for each lake and the next one.

    A demonstration counts as a chain of states, the last of which follows itself. The metric has the discount
    of the policies.

    Args:
        envs: Made by `environments`.
        learned: The approximate policies.

    Returns:
        float64 `[num_envs - 1, 2]`: how far the metric moves, and how far it may.
    """
    shown = [demonstrate(env, discount=learned.discount) for env in envs]
    exact = [one.probability(NUM_ACTIONS) for one in shown]
    approximate = [
        learned.beside(env, one).probability(NUM_ACTIONS) for env, one in zip(envs, shown, strict=True)
    ]
    chains = [np.eye(len(one))[[*range(1, len(one)), len(one) - 1]] for one in shown]
    return np.array(
        [
            approximation_bound(
                *(exact[x], approximate[x], exact[y], approximate[y]),
                *(chains[x], chains[y]),
                discount=learned.discount,
            )
            for x, y in pairwise(range(len(shown)))
        ]
    )


def is_solved(
    act: Callable[[np.ndarray], np.ndarray],
    lakes: Sequence[Lake],
    *,
    see: Callable[[Sequence[Lake]], list[gymnasium.Env]] = environments,
) -> NDArray[np.bool_]:
    """Plays every lake once, as `see` shows it: bool `[num_lakes]`, whether the goal was reached."""
    episodes = record(see(lakes), act)
    return np.array([(one.reward is not None and one.reward[-1] > 0) for one in episodes])


def solved_by_students(
    seeds: Iterable[int],
    *,
    pse: PSE,
    learned: LearnedPolicy,
    num_training: int,
    num_unseen: int,
    num_updates: int,
    **settings: Any,
) -> dict[str, NDArray[np.float64]]:
    """Trains students of four kinds on the same lakes and lets them play others.

    Args:
        seeds: Each decides the lakes and the initial weights of its students.
        pse: How the students that have PSEs put states together.
        learned: What one kind has in place of the optimal policies, in the metric only; the optimal policies
            have its discount.
        num_training: Lakes to learn from.
        num_unseen: Lakes to play; other ones.
        num_updates: Updates of each student.
        settings: What else `pisces.imitation.Imitator` takes.

    Returns:
        The share of unseen lakes that students cross, float64 `[num_seeds]`, by their kind: "imitation"
        alone, "pse", "pse-learned" from learned policies, and "pse-now" with discount 0, which compares the
        next action and nothing after it.
    """
    now = dataclasses.replace(pse, discount=0.0)
    shares: dict[str, list[float]] = {name: [] for name in ("imitation", "pse-now", "pse", "pse-learned")}
    for seed in seeds:
        drawn = draw_lakes(num_training + num_unseen, seed=seed)
        envs, unseen = environments(drawn[:num_training]), drawn[num_training:]
        shown = [demonstrate(env, discount=learned.discount) for env in envs]
        beside = [learned.beside(env, one) for env, one in zip(envs, shown, strict=True)]
        lessons = ((shown, None), (shown, now), (shown, pse), (beside, pse))
        for name, (demonstrations, embedding) in zip(shares, lessons, strict=True):
            student = Imitator(
                demonstrations, encoder=first_layer(seed), pse=embedding, seed=seed, **settings
            )
            student.train(num_updates)
            shares[name].append(is_solved(student.act, unseen).mean())
    return {name: np.array(values) for name, values in shares.items()}


def mean_gap(
    embedding: Callable[[np.ndarray], np.ndarray], demonstrations: Sequence[Demonstration]
) -> NDArray[np.float64]:
    """How far apart embeddings are, by the steps that are left to the goal.

    Args:
        embedding: Maps observations, float32 `[n, ...]`, to float32 `[n, D]`; `Imitator.embedding` does.
        demonstrations: At least two.

    Returns:
        float64 `[k, k]` in [0, 2]: entry i, j is the mean of 1 - cosine over all pairs of lakes, between the
        state of the one with i + 1 steps left and that of the other with j + 1; k as far as two lakes go.
    """
    last_first = [embedding(one.observation)[::-1] for one in demonstrations]
    unit = [one / np.maximum(np.linalg.norm(one, axis=1, keepdims=True), 1e-12) for one in last_first]
    size = max(map(len, unit))
    total, count = np.zeros((2, size, size))
    for one, other in permutations(unit, 2):
        block = np.s_[: len(one), : len(other)]
        total[block] += 1 - one @ other.T
        count[block] += 1
    size = sorted(map(len, unit))[-2]
    return (total / np.maximum(count, 1))[:size, :size]


def psm_by_steps(demonstrations: Sequence[Demonstration], *, discount: float) -> NDArray[np.float64]:
    """PSM between two lakes by the steps that are left to the goal: float64 `[k, k]` as of `mean_gap`."""
    one, other = sorted(demonstrations, key=len)[-2:]
    distance = psm(one, other, discount=discount)[::-1, ::-1]
    return distance[: len(one), : len(one)]


def first_layer(seed: int) -> sequential.Sequential:
    """The students' encoder: one dense layer of `FEATURE_SIZE`, its weights decided by `seed`."""
    return encoder(filters=(), feature_size=FEATURE_SIZE, seed=seed)
