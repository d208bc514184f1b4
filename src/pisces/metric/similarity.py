"""How far apart are the states of two trajectories? Exact distances by dynamic programming, and the affinity.

Along a trajectory each state has one future, so that a single sweep from the end gives the distance between
all pairs of states. MDPs, where it depends on actions or chance, are left to `pisces.metric.fixed_point`.
"""

import numpy as np
from numpy.typing import ArrayLike

from pisces.metric.cost import reward_cost
from pisces.metric.validation import FloatArray, check_discount, check_positive, nonnegative


def policy_similarity(cost: ArrayLike, *, discount: float) -> FloatArray:
    """Policy similarity metric (PSM) between the states of two trajectories, by one exact backward sweep.

    `cost` has one row per state of x and one column per state of y, in order of time. The sweep solves

        d[n-1, m-1] = cost[n-1, m-1]
        d[i, j]     = cost[i, j] + discount * d[min(i+1, n-1), min(j+1, m-1)]     for all other pairs.

    A trajectory that has finished rests in its last state while the other goes on. Once both have finished,
    both are in terminal states, whose distance is 0: nothing is added. The last row and the last column hence
    are plain discounted sums, and everywhere else a distance continues along its diagonal.

    The result is at most max(cost) / (1 - discount). If the corner costs nothing, as when trajectories are
    recorded up to their terminal state or all end with the same action, it is also the fixed point of resting
    for ever, and inherits the triangle inequality from the cost.

    Args:
        cost: float `[..., n, m]`, the local cost of each pair of states; at least 0.
        discount: In [0, 1).

    Returns:
        float64 `[..., n, m]`, the distances, in a new array.

    Raises:
        ValueError: If `cost` has fewer than two axes, no entry, or a negative or infinite entry or NaN, or
            if `discount` is out of range.

    Source: Agarwal et al. (2021), eq. D.2.
    """
    check_discount(discount)
    distance = nonnegative("cost", cost, num_axes=2).copy()
    num_x, num_y = distance.shape[-2:]
    for j in reversed(range(num_y - 1)):
        distance[..., -1, j] += discount * distance[..., -1, j + 1]
    for i in reversed(range(num_x - 1)):
        distance[..., i, :-1] += discount * distance[..., i + 1, 1:]
        distance[..., i, -1] += discount * distance[..., i + 1, -1]
    return distance


def pi_bisimulation(reward_x: ArrayLike, reward_y: ArrayLike, *, discount: float) -> FloatArray:
    """pi-bisimulation metric between the states of two trajectories: the recursion of PSM over rewards.

    Args:
        reward_x: float `[..., n]`, the reward of each step of x.
        reward_y: float `[..., m]`; leading axes broadcast against those of `reward_x`.
        discount: In [0, 1).

    Returns:
        float64 `[..., n, m]`, with the convention of `policy_similarity` at the end of a trajectory.

    Raises:
        ValueError: As in `reward_cost` and `policy_similarity`.

    Source: Agarwal et al. (2021), eq. 1; Castro (2020).
    """
    return policy_similarity(reward_cost(reward_x, reward_y), discount=discount)


def affinity(distance: ArrayLike, *, affinity_scale: float) -> FloatArray:
    """Affinity exp(-distance / affinity_scale): 1 at distance 0, falling to 0 as the distance grows.

    Args:
        distance: float, any shape; at least 0.
        affinity_scale: beta in the paper; > 0.

    Returns:
        float64 of the same shape, in [0, 1]; 0 where the exponential underflows.

    Raises:
        ValueError: If a distance is negative or not finite, or the scale is not a finite number > 0.

    Source: Agarwal et al. (2021), Gamma in section 4.
    """
    check_positive("affinity_scale", affinity_scale)
    checked = nonnegative("distance", distance, num_axes=0)
    with np.errstate(over="ignore"):  # a quotient beyond all numbers is infinite, and its affinity 0
        return np.exp(-checked / affinity_scale)
