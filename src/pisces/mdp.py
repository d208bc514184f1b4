"""Which decision processes are small enough to check every distance by hand? Finite MDPs and two examples.

`FiniteMDP` holds the arrays that `pisces.metric` takes. `cake_mdps` are two chains on which rewards mislead
bisimulation; `danger_and_reward_mazes` are grid worlds that look different and ask for the same behaviour, or
the other way round. The jumping task lives in `pisces.task`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pisces.checks import in_one_line
from pisces.metric.validation import (
    FloatArray,
    IntArray,
    check_discount,
    check_positive,
    check_shape,
    distributions,
    finite,
    indices,
)

# Rows down and columns to the right that a move goes in a maze.
MOVES = {"up": (-1, 0), "right": (0, 1), "down": (1, 0), "left": (0, -1)}

# Action values closer than this, relative to the largest that is possible, count as equal.
TIE_TOLERANCE = 1e-9


@dataclass(frozen=True, eq=False)
class FiniteMDP:
    """A Markov decision process with S states and A actions. Its arrays are read-only.

    A terminal state is its own successor with reward 0 under every action.

    Attributes:
        transition: float64 `[S, A, S]`, the distribution of what follows each state under each action.
        reward: float64 `[S, A]`, the expected reward.
        state_names: S names.
        action_names: A names.

    Raises:
        ValueError: If shapes disagree, rows are not probabilities, or a reward is not finite.
    """

    transition: FloatArray
    reward: FloatArray
    state_names: tuple[str, ...]
    action_names: tuple[str, ...]

    def __post_init__(self) -> None:
        """Checks and freezes the arrays."""
        reward = np.array(finite("reward", self.reward, num_axes=2))
        check_shape("reward", reward, (len(self.state_names), len(self.action_names)))
        transition = distributions("transition", self.transition)
        check_shape("transition", transition, (*reward.shape, len(reward)))
        for name, array in (("reward", reward), ("transition", transition)):
            array.setflags(write=False)
            object.__setattr__(self, name, array)

    @classmethod
    def deterministic(
        cls, next_state: ArrayLike, reward: ArrayLike, state_names: Sequence[str], action_names: Sequence[str]
    ) -> Self:
        """MDP in which each action leads to one state.

        Args:
            next_state: int `[S, A]`, in [0, S).
            reward: float `[S, A]`.
            state_names: S names.
            action_names: A names.

        Raises:
            ValueError: If shapes disagree, a successor does not exist, or a reward is not finite.
        """
        num_states = len(state_names)
        successor = indices("next_state", next_state, num_axes=2, stop=num_states)
        transition = np.eye(num_states)[successor]
        return cls(transition, finite("reward", reward, num_axes=2), tuple(state_names), tuple(action_names))

    @classmethod
    def from_table(cls, table: Mapping[int, Mapping[int, Sequence[tuple]]]) -> Self:
        """MDP of a Gymnasium environment that has a table of transitions, as FrozenLake and CliffWalking do.

        Where an episode ends, nothing follows, whatever the table says of the state that it ends in, which
        others may pass. So the outcome leads to one more state, the last, which is terminal and named "end".
        If the state is terminal in the table itself, as holes and goal of FrozenLake are, the outcome leads
        there; where this is so of all, no state is added.

        Args:
            table: For each state, for each action, tuples (probability, next state, reward, whether the
                episode ends): `env.unwrapped.P`.

        Raises:
            ValueError: If states or actions are not numbered from 0, an outcome is no such tuple, a successor
                is no state, or probabilities do not sum to 1.
        """
        num_states, num_actions = _table_size(table)
        state, action, probability, successor, earned, is_end = _outcomes(table)
        happens = probability != 0.0
        is_left = happens & ((successor != state) | (earned != 0.0))
        is_terminal = ~np.isin(np.arange(num_states), state[is_left])
        end = num_states
        after = np.where(is_end & ~is_terminal[successor], end, successor)
        size = num_states + bool((after[happens] == end).any())
        transition, reward = np.zeros((size, num_actions, size)), np.zeros((size, num_actions))
        np.add.at(transition, (state[happens], action[happens], after[happens]), probability[happens])
        np.add.at(reward, (state, action), probability * earned)
        transition[end:, :, end:] = 1.0
        names = (*map(str, range(num_states)), "end")[:size]
        return cls(transition, reward, names, tuple(map(str, range(num_actions))))

    @cached_property
    def next_state(self) -> IntArray:
        """The only successor of each state under each action, int64 `[S, A]`.

        Raises:
            ValueError: If some action has several successors.
        """
        if np.count_nonzero(self.transition) != self.reward.size:
            raise ValueError("transition has several successors of one action; it must be deterministic")
        return self.transition.argmax(axis=2)

    @cached_property
    def is_terminal(self) -> NDArray[np.bool_]:
        """Whether a state is its own successor with reward 0 under every action, bool `[S]`."""
        stays = np.diagonal(self.transition, axis1=0, axis2=2).T == 1.0
        return (stays & (self.reward == 0.0)).all(axis=1)

    def transition_under(self, policy: ArrayLike) -> FloatArray:
        """Distribution of what follows each state under a policy `[S, A]`, float64 `[S, S]`."""
        return np.einsum("sa,sat->st", self._checked_policy(policy), self.transition)

    def reward_under(self, policy: ArrayLike) -> FloatArray:
        """Expected reward in each state under a policy `[S, A]`, float64 `[S]`."""
        return (self._checked_policy(policy) * self.reward).sum(axis=1)

    def _checked_policy(self, policy: ArrayLike) -> FloatArray:
        probability = distributions("policy", policy)
        check_shape("policy", probability, self.reward.shape)
        return probability


def _table_size(table: Mapping[int, Mapping[int, Sequence[tuple]]]) -> tuple[int, int]:
    """How many states and actions a table has, which must be numbered from 0."""
    num_states, num_actions = len(table), len(next(iter(table.values()), ()))
    for state, actions in table.items():
        if set(actions) != set(range(num_actions)) or state not in range(num_states):
            held = f"state {state!r} with actions {in_one_line(list(actions))}"
            raise ValueError(f"table has {held}; it must number states and actions from 0")
    if num_states * num_actions == 0:
        raise ValueError(
            f"table has {num_states} states and {num_actions} actions; it must have at least one of each"
        )
    return num_states, num_actions


def _outcomes(table: Mapping[int, Mapping[int, Sequence[tuple]]]) -> tuple[NDArray, ...]:
    """All outcomes, `[n]` each: state, action, probability, next state, reward, whether the episode ends."""
    rows = [
        (state, action, outcome)
        for state, actions in table.items()
        for action, outcomes in actions.items()
        for outcome in outcomes
    ]
    state, action, outcomes = zip(*rows, strict=True) if rows else ((), (), ())
    try:
        probability, successor, earned, is_end = zip(*outcomes, strict=True)
    except (TypeError, ValueError):
        raise ValueError(
            "table has an outcome of another form; each must be (probability, next state, reward, is end)"
        ) from None
    return (
        np.array(state),
        np.array(action),
        finite("probability", probability, num_axes=1),
        indices("next_state", successor, num_axes=1, stop=len(table)),
        finite("reward", earned, num_axes=1),
        np.array(is_end, bool),
    )


def optimal_policy(mdp: FiniteMDP, *, discount: float) -> FloatArray:
    """Optimal deterministic policy by value iteration.

    After k iterations the values are within discount^k * max|reward| / (1 - discount) of the optimum; the
    iteration stops when that is well below the difference at which two actions count as equal. Of equals, the
    first is taken.

    Args:
        mdp: The decision process.
        discount: In [0, 1).

    Returns:
        float64 `[S, A]`, 1 for the optimal action of each state and 0 for the others.

    Raises:
        ValueError: If the discount is out of range.
    """
    check_discount(discount)
    num_states, num_actions = mdp.reward.shape
    scale = np.abs(mdp.reward).max() / (1.0 - discount)
    value, error = np.zeros(num_states), scale
    while error > 0.1 * TIE_TOLERANCE * scale:
        value = (mdp.reward + discount * (mdp.transition @ value)).max(axis=1)
        error *= discount
    action_value = mdp.reward + discount * (mdp.transition @ value)
    is_best = action_value >= action_value.max(axis=1, keepdims=True) - TIE_TOLERANCE * scale
    return np.eye(num_actions)[is_best.argmax(axis=1)]


def trajectory(mdp: FiniteMDP, policy: ArrayLike, *, start: int) -> IntArray:
    """States that a deterministic MDP goes through under a policy, from `start` to a terminal state.

    Args:
        mdp: A deterministic decision process.
        policy: float `[S, A]`; the most probable action of each state is taken.
        start: The first state, in [0, S).

    Returns:
        int64 `[n]`, the states in order of time; the last one is terminal.

    Raises:
        ValueError: If the MDP is stochastic, `start` is no state, or the policy has another shape, is no
            distribution or goes in circles.
    """
    action = mdp._checked_policy(policy).argmax(axis=1)
    states = [int(indices("start", start, num_axes=0, stop=len(mdp.reward)))]
    while not mdp.is_terminal[states[-1]]:
        states.append(int(mdp.next_state[states[-1], action[states[-1]]]))
        if len(states) > len(mdp.reward):
            raise ValueError(f"policy goes in circles from start={start}; it must lead to a terminal state")
    return np.array(states)


def cake_mdps(reward_x: float, reward_y: float) -> tuple[FiniteMDP, FiniteMDP]:
    """Two chains of three states with the same optimal policy and different rewards.

    The optimal action is `a0` in the first state and `a1` in the second. It earns `reward_x` or `reward_y`
    each time and leads to the next state; the other action earns nothing and ends the episode in the third.

    Args:
        reward_x: Reward of an optimal action in the first MDP; > 0.
        reward_y: Reward of an optimal action in the second MDP; > 0.

    Returns:
        The MDP with states x0, x1, x2 and the one with states y0, y1, y2.

    Raises:
        ValueError: If a reward is not a finite number > 0.

    Source: Agarwal et al. (2021), Fig. 2; what the other action does follows from the distances stated there.
    """
    check_positive("reward_x", reward_x)
    check_positive("reward_y", reward_y)
    mdp_x, mdp_y = (
        FiniteMDP.deterministic(
            next_state=[[1, 2], [2, 2], [2, 2]],
            reward=[[reward, 0.0], [0.0, reward], [0.0, 0.0]],
            state_names=[f"{name}{i}" for i in range(3)],
            action_names=["a0", "a1"],
        )
        for name, reward in (("x", reward_x), ("y", reward_y))
    )
    return mdp_x, mdp_y


@dataclass(frozen=True)
class Maze:
    """A grid world with walls, a reward to fetch and dangers to keep away from.

    Entering a reward or a danger ends the episode. A move into a wall or over the edge leaves the agent where
    it is.

    Attributes:
        layout: Rows of equal length, row 0 on top, of `#` wall, `.` free, `S` start (one), `R` reward,
            `D` danger.
        reward_value: What entering a reward earns.
        danger_value: What entering a danger earns.

    Raises:
        ValueError: If rows differ in length, a cell is unknown, or there is not exactly one start.
    """

    layout: tuple[str, ...]
    reward_value: float = 1.0
    danger_value: float = -1.0

    def __post_init__(self) -> None:
        """Checks the layout."""
        lengths = {len(row) for row in self.layout}
        if len(lengths) != 1:
            raise ValueError(f"layout has rows of lengths {sorted(lengths)}; it must have rows of one length")
        cells = "".join(self.layout)
        unknown = sorted(set(cells) - set("#.SRD"))
        if unknown:
            raise ValueError(f"layout has {unknown[0]!r}; it must consist of '#', '.', 'S', 'R' and 'D'")
        if cells.count("S") != 1:
            raise ValueError(f"layout has {cells.count('S')} starts 'S'; it must have one")

    @property
    def cells(self) -> str:
        """The layout's character for each of the S states: the cells that are no wall, in reading order."""
        return "".join(self.layout).replace("#", "")

    @property
    def start(self) -> int:
        """The state of the cell `S`, in [0, S)."""
        return self.cells.index("S")

    @cached_property
    def position(self) -> IntArray:
        """Row and column of each state, int64 `[S, 2]`."""
        return np.array(
            [
                (row, column)
                for row, cells in enumerate(self.layout)
                for column, cell in enumerate(cells)
                if cell != "#"
            ]
        )

    @cached_property
    def mdp(self) -> FiniteMDP:
        """The decision process, with actions up, right, down, left."""
        state_of = {(row, column): state for state, (row, column) in enumerate(self.position.tolist())}
        value_of = {"R": self.reward_value, "D": self.danger_value}
        next_state = np.empty((len(state_of), len(MOVES)), dtype=np.int64)
        reward = np.zeros(next_state.shape)
        for (row, column), state in state_of.items():
            for action, (down, right) in enumerate(MOVES.values()):
                is_end = self.cells[state] in value_of
                successor = state if is_end else state_of.get((row + down, column + right), state)
                next_state[state, action] = successor
                reward[state, action] = 0.0 if is_end else value_of.get(self.cells[successor], 0.0)
        names = [f"{row},{column}" for row, column in state_of]
        return FiniteMDP.deterministic(next_state, reward, state_names=names, action_names=list(MOVES))


def danger_and_reward_mazes() -> tuple[Maze, Maze, Maze]:
    """Three mazes in which an agent fetches a reward and keeps away from danger.

    From the start, the first two ask for the same moves (up, up, right, right) although their walls, dangers
    and rewards differ. The third looks like the first, but reward and danger have changed places: it pays the
    same at the same time, for the opposite turn.

    Returns:
        A maze, one that looks different and asks for the same behaviour, and one that looks alike and asks
        for another.

    Source: after "understanding behavioural similarity" in the blog post on Agarwal et al. (2021).
    """
    maze = Maze(("#######", "#######", "#D...R#", "###.###", "###S###", "#######"))
    other_looks = Maze(("#######", "#D.D###", "#.#..R#", "#.#.#D#", "#..S..#", "#######"), reward_value=3.0)
    other_behavior = Maze(("#######", "#######", "#R...D#", "###.###", "###S###", "#######"))
    return maze, other_looks, other_behavior
