"""What has somebody shown us of a task? Observations, actions, and how far apart two such records are."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from pisces import metric
from pisces.checks import checked, is_count_or_0, is_none_or
from pisces.metric.validation import (
    FloatArray,
    IntArray,
    check_shape,
    distributions,
    finite,
    indices,
    integers,
)


@dataclass(frozen=True, eq=False)
class Demonstration:
    """One episode of one task, as it was acted.

    Attributes:
        observation: `[n, ...]`, what was seen before each of n steps, at least one; kept as float32.
        action: int `[n]`, in `[0, num_actions)`, what was done; kept as int64.
        policy: float `[n, num_actions]`, the probabilities of all actions in each of these states, for a
            policy that is not sure; None if it surely takes `action`.
        reward: float `[n]`, what each step earned; None if nobody noted it.

    Raises:
        ValueError: If lengths differ, an observation or reward is not finite, an action is no action, or rows
            of `policy` are not probabilities.
    """

    observation: np.ndarray
    action: IntArray
    policy: FloatArray | None = field(default=None, kw_only=True)
    reward: FloatArray | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        """Checks and converts the arrays."""
        policy = None if self.policy is None else distributions("policy", self.policy)
        num_actions = np.iinfo(np.int64).max if policy is None else policy.shape[-1]
        action = indices("action", self.action, num_axes=1, stop=num_actions)
        check_shape("action", action, (len(action),))
        observation = finite("observation", self.observation, num_axes=1)
        check_shape("observation", observation, (len(action), *observation.shape[1:]))
        self._keep("observation", observation.astype(np.float32))
        self._keep("action", action)
        if policy is not None:
            check_shape("policy", policy, (len(action), policy.shape[-1]))
            self._keep("policy", policy)
        if self.reward is not None:
            reward = finite("reward", self.reward, num_axes=1)
            check_shape("reward", reward, (len(action),))
            self._keep("reward", reward)

    def __len__(self) -> int:
        return len(self.action)

    def probability(self, num_actions: int) -> FloatArray:
        """The policy's action probabilities, float64 `[n, num_actions]`; 1 for `action` if it is sure.

        Args:
            num_actions: How many actions there are.

        Raises:
            ValueError: If the policy has another number of actions, or an action is not below it.
        """
        if self.policy is None:
            return np.eye(num_actions)[indices("action", self.action, num_axes=1, stop=num_actions)]
        check_shape("policy", self.policy, (len(self), num_actions))
        return self.policy

    def _keep(self, name: str, array: np.ndarray) -> None:
        object.__setattr__(self, name, array)


def record(
    envs: Sequence[Any], act: Callable[[np.ndarray], ArrayLike], *, seed: int | None = None
) -> list[Demonstration]:
    """Plays one episode of each of several Gymnasium environments, all side by side.

    Args:
        envs: Gymnasium environments with discrete actions that start at 0, and observations of one shape.
            Each is a game of its own: not one object twice, nor two wrappers around one. They are not closed.
        act: Maps a batch of observations, `[B, ...]`, one of each episode that goes on, to a batch of
            actions, `[B]`; an `Imitator.act` does.
        seed: Non-negative integer; environment i is reset with `seed + i`, as in Gymnasium's vector
            environments. None for random ones.

    Returns:
        For each environment its episode, to the end or to its time limit, with rewards.

    Raises:
        ValueError: If an environment is there twice, `seed` is not such an integer, or `act` returns anything
            else.
    """
    seed = checked("seed", seed, is_none_or(is_count_or_0), "None or an integer of at least 0")
    _check_apart(envs)
    latest = [env.reset(seed=None if seed is None else seed + index)[0] for index, env in enumerate(envs)]
    steps: list[list[tuple]] = [[] for _ in envs]
    going = list(range(len(envs)))
    while going:
        actions = integers("action", act(np.stack([latest[index] for index in going])), num_axes=1)
        check_shape("action", actions, (len(going),))
        for index, action in zip(tuple(going), actions.tolist(), strict=True):
            seen = np.array(latest[index])  # a copy: an environment may draw on its last observation
            latest[index], reward, is_terminal, is_truncated, _ = envs[index].step(action)
            steps[index].append((seen, action, reward))
            if is_terminal or is_truncated:
                going.remove(index)
    columns = [map(np.stack, zip(*episode, strict=True)) for episode in steps]
    return [Demonstration(seen, action, reward=reward) for seen, action, reward in columns]


def _check_apart(envs: Sequence[Any]) -> None:
    """Raises if two environments are one, wrapped or not: their episodes would be steps of one game."""
    first: dict[int, int] = {}
    for index, env in enumerate(envs):
        other = first.setdefault(id(getattr(env, "unwrapped", env)), index)
        if other != index:
            raise ValueError(f"envs[{index}] is the environment of envs[{other}]; it must be another one")


def psm(demonstration_x: Demonstration, demonstration_y: Demonstration, *, discount: float) -> FloatArray:
    """Policy similarity metric between the states of two demonstrations.

    Args:
        demonstration_x: n steps.
        demonstration_y: m steps.
        discount: In [0, 1).

    Returns:
        float64 `[n, m]`, with the convention of `pisces.metric.policy_similarity` at the end of an episode.

    Raises:
        ValueError: If the discount is out of range, or the policies have different numbers of actions.

    Source: Agarwal et al. (2021), eq. D.2, with the total variation between policies as local cost.
    """
    pair = (demonstration_x, demonstration_y)
    known = [one.policy.shape[-1] for one in pair if one.policy is not None]
    num_actions = known[0] if known else 1 + max(int(one.action.max()) for one in pair)
    cost = metric.total_variation_cost(*(one.probability(num_actions) for one in pair))
    return metric.policy_similarity(cost, discount=discount)
