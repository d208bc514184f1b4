"""How far apart are the states of two finite MDPs? The metrics as fixed points of their contractions.

Each operator shrinks the difference between two candidate distances by the discount, so that iterating it
from anywhere leads to its only fixed point (Agarwal et al., 2021, Prop. A.1), and one step tells how far that
still is. Trajectories, which need no iteration, are left to `pisces.metric.similarity`.
"""

from collections.abc import Callable
from itertools import product

import numpy as np
from numpy.typing import ArrayLike

from pisces.metric.cost import reward_cost
from pisces.metric.validation import (
    FloatArray,
    IntArray,
    check_discount,
    check_positive,
    check_shape,
    distributions,
    finite,
    indices,
    nonnegative,
)


def bisimulation(
    next_state_x: ArrayLike,
    reward_x: ArrayLike,
    next_state_y: ArrayLike,
    reward_y: ArrayLike,
    *,
    discount: float,
    tolerance: float = 1e-9,
) -> FloatArray:
    """Bisimulation metric between the states of two deterministic MDPs with the same actions.

    The fixed point of `d(x, y) = max_a (|R(x, a) - R(y, a)| + discount * d(x', y'))`, where x' and y' follow
    x and y under action a. A terminal state is its own successor with reward 0 under every action; if all
    paths end in one, as many iterations as the longest path has steps make the result exact.

    Args:
        next_state_x: int `[S, A]`, the successor of each state under each action, in [0, S).
        reward_x: float `[S, A]`.
        next_state_y: int `[S', A]`, in [0, S').
        reward_y: float `[S', A]`.
        discount: In [0, 1).
        tolerance: The largest error allowed in any entry; > 0.

    Returns:
        float64 `[S, S']`, the distance between each state of x and each of y.

    Raises:
        ValueError: If shapes disagree, a successor does not exist, a reward is not finite, or a setting is
            out of range.

    Source: Agarwal et al. (2021), eq. C.1; Ferns et al. (2004).
    """
    action_reward_x, action_reward_y = _action_rewards(reward_x, reward_y)
    successor_x = _successors("next_state_x", next_state_x, action_reward_x)
    successor_y = _successors("next_state_y", next_state_y, action_reward_y)
    cost = reward_cost(action_reward_x.T, action_reward_y.T)

    def worst_action(distance: FloatArray) -> FloatArray:
        worst = np.zeros_like(distance)
        for c, x, y in zip(cost, successor_x.T, successor_y.T, strict=True):
            np.maximum(worst, c + discount * distance[x].take(y, axis=1), out=worst)
        return worst

    return _fixed_point(worst_action, cost.max(axis=0), discount=discount, tolerance=tolerance)


def wasserstein(
    ground_distance: ArrayLike, distribution_x: ArrayLike, distribution_y: ArrayLike
) -> FloatArray:
    """1-Wasserstein distance between all pairs of distributions over the states of x and of y.

    Args:
        ground_distance: float `[S, S']`, the distance between two states; at least 0.
        distribution_x: float `[n, S]`, a distribution over the states of x in each row.
        distribution_y: float `[m, S']`, a distribution over the states of y in each row.

    Returns:
        float64 `[n, m]`, the expected ground distance under the best coupling of two distributions.

    Raises:
        ValueError: If rows are not probabilities, shapes disagree, or a distance is negative or not finite.

    Source: Agarwal et al. (2021), W1 of eq. 3.
    """
    ground = nonnegative("ground_distance", ground_distance, num_axes=2)
    probability_x = distributions("distribution_x", distribution_x)
    probability_y = distributions("distribution_y", distribution_y)
    check_shape("ground_distance", ground, ground.shape[-2:])
    check_shape("distribution_x", probability_x, (len(probability_x), ground.shape[0]))
    check_shape("distribution_y", probability_y, (len(probability_y), ground.shape[1]))
    return _wasserstein(ground, probability_x, probability_y)


def stochastic_policy_similarity(
    cost: ArrayLike,
    transition_x: ArrayLike,
    transition_y: ArrayLike,
    *,
    discount: float,
    tolerance: float = 1e-9,
) -> FloatArray:
    """Policy similarity metric between the states of two finite MDPs, each under its own policy.

    The fixed point of d(x, y) = cost(x, y) + discount * W1(d)(P(.|x), P(.|y)). There is no end of an episode
    here: a terminal state is its own successor.

    Args:
        cost: float `[S, S']`, the local cost of each pair of states; at least 0.
        transition_x: float `[S, S]`, in each row the distribution of what follows a state under the policy.
        transition_y: float `[S', S']`.
        discount: In [0, 1).
        tolerance: The largest error allowed in any entry; > 0.

    Returns:
        float64 `[S, S']`, at most max(cost) / (1 - discount).

    Raises:
        ValueError: If shapes disagree, rows are not probabilities, a cost is negative or not finite, or a
            setting is out of range.

    Source: Agarwal et al. (2021), eq. 3.
    """
    local_cost = nonnegative("cost", cost, num_axes=2)
    num_x, num_y = local_cost.shape[-2:]
    chain_x = distributions("transition_x", transition_x)
    chain_y = distributions("transition_y", transition_y)
    check_shape("cost", local_cost, (num_x, num_y))
    check_shape("transition_x", chain_x, (num_x, num_x))
    check_shape("transition_y", chain_y, (num_y, num_y))

    def expected_future(distance: FloatArray) -> FloatArray:
        return local_cost + discount * _wasserstein(distance, chain_x, chain_y)

    return _fixed_point(expected_future, local_cost, discount=discount, tolerance=tolerance)


def stochastic_pi_bisimulation(
    transition_x: ArrayLike,
    reward_x: ArrayLike,
    transition_y: ArrayLike,
    reward_y: ArrayLike,
    *,
    discount: float,
    tolerance: float = 1e-9,
) -> FloatArray:
    """pi-bisimulation metric between the states of two finite MDPs, each under its own policy.

    Args:
        transition_x: float `[S, S]`, in each row the distribution of what follows a state under the policy.
        reward_x: float `[S]`, the expected reward in each state under the policy.
        transition_y: float `[S', S']`.
        reward_y: float `[S']`.
        discount: In [0, 1).
        tolerance: The largest error allowed in any entry; > 0.

    Returns:
        float64 `[S, S']`.

    Raises:
        ValueError: As in `reward_cost` and `stochastic_policy_similarity`.

    Source: Agarwal et al. (2021), eq. 1; Castro (2020).
    """
    cost = reward_cost(reward_x, reward_y)
    return stochastic_policy_similarity(
        cost, transition_x, transition_y, discount=discount, tolerance=tolerance
    )


def stochastic_bisimulation(
    transition_x: ArrayLike,
    reward_x: ArrayLike,
    transition_y: ArrayLike,
    reward_y: ArrayLike,
    *,
    discount: float,
    tolerance: float = 1e-9,
) -> FloatArray:
    """Bisimulation metric between the states of two finite MDPs with the same actions.

    The fixed point of `d(x, y) = max_a (|R(x, a) - R(y, a)| + discount * W1(d)(P(.|x, a), P(.|y, a)))`.

    Args:
        transition_x: float `[S, A, S]`, the distribution of what follows each state under each action.
        reward_x: float `[S, A]`.
        transition_y: float `[S', A, S']`.
        reward_y: float `[S', A]`.
        discount: In [0, 1).
        tolerance: The largest error allowed in any entry; > 0.

    Returns:
        float64 `[S, S']`.

    Raises:
        ValueError: If shapes disagree, rows are not probabilities, a reward is not finite, or a setting is
            out of range.

    Source: Agarwal et al. (2021), eq. C.1; Ferns et al. (2004).
    """
    action_reward_x, action_reward_y = _action_rewards(reward_x, reward_y)
    kernel_x = distributions("transition_x", transition_x)
    kernel_y = distributions("transition_y", transition_y)
    check_shape("transition_x", kernel_x, (*action_reward_x.shape, len(action_reward_x)))
    check_shape("transition_y", kernel_y, (*action_reward_y.shape, len(action_reward_y)))
    cost = reward_cost(action_reward_x.T, action_reward_y.T)

    def worst_action(distance: FloatArray) -> FloatArray:
        kernels = zip(cost, kernel_x.swapaxes(0, 1), kernel_y.swapaxes(0, 1), strict=True)
        return np.max([c + discount * _wasserstein(distance, x, y) for c, x, y in kernels], axis=0)

    return _fixed_point(worst_action, cost.max(axis=0), discount=discount, tolerance=tolerance)


def _fixed_point(
    operator: Callable[[FloatArray], FloatArray], cost: FloatArray, *, discount: float, tolerance: float
) -> FloatArray:
    """Iterates a discount-contraction from 0 until its fixed point is within `tolerance` in every entry.

    `cost` is operator(0), so the fixed point is at most max(cost) / (1 - discount). This bound on the error
    shrinks by the discount in every iteration, whatever rounding does to the observed change: the loop ends.

    The operators here are monotone, and a constant added to every entry adds `discount` times that constant
    to what they return. If one iteration adds at least `least` everywhere, all later ones together add at
    least discount / (1 - discount) times as much. This is added at once. It saves most of the iterations
    where the discount is near 1, unless a distance of 0 keeps `least` at 0.
    """
    check_discount(discount)
    check_positive("tolerance", tolerance)
    distance = np.zeros_like(cost)
    error = cost.max() / (1.0 - discount)
    ahead = discount / (1.0 - discount)
    while error > tolerance:
        updated = operator(distance)
        change = updated - distance
        least, most = max(change.min(), 0.0), np.abs(change).max()
        error = min(discount * error, ahead * (most - least))
        distance = updated + ahead * least
    return distance


def _wasserstein(ground: FloatArray, probability_x: FloatArray, probability_y: FloatArray) -> FloatArray:
    """`wasserstein` of valid arguments."""
    # The independent coupling: the only one, and hence the best, where a distribution is a single point.
    distance = probability_x @ ground @ probability_y.T
    spread_x, spread_y = (
        [(i, np.flatnonzero(row)) for i, row in enumerate(probability) if np.count_nonzero(row) > 1]
        for probability in (probability_x, probability_y)
    )
    if spread_x and spread_y:
        # Only here: it takes a second to import, and few callers need it.
        import ot

        for (i, s), (j, t) in product(spread_x, spread_y):
            distance[i, j] = ot.emd2(probability_x[i, s], probability_y[j, t], ground[np.ix_(s, t)])
    return distance


def _action_rewards(reward_x: ArrayLike, reward_y: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Rewards `[S, A]` and `[S', A]` of two MDPs with the same actions."""
    action_reward_x = finite("reward_x", reward_x, num_axes=2)
    action_reward_y = finite("reward_y", reward_y, num_axes=2)
    check_shape("reward_x", action_reward_x, action_reward_x.shape[-2:])
    check_shape("reward_y", action_reward_y, (len(action_reward_y), action_reward_x.shape[1]))
    return action_reward_x, action_reward_y


def _successors(name: str, next_state: ArrayLike, reward: FloatArray) -> IntArray:
    """Successors `[S, A]` that exist, in an MDP with rewards `[S, A]`."""
    successors = indices(name, next_state, num_axes=2, stop=len(reward))
    check_shape(name, successors, reward.shape)
    return successors
