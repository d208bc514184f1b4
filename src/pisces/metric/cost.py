"""How differently do two policies act, or earn, here and now? The local cost, DIST in the paper.

All pairs at once: n states of x and m states of y give `[n, m]`, and leading axes broadcast, so that
`action_cost(action[:, None], action[None, :])` with `action` of shape `[T, n]` compares all pairs of T
trajectories.
"""

import numpy as np
from numpy.typing import ArrayLike

from pisces.metric.validation import FloatArray, distributions, finite, integers

# Differences between rows that are held at a time, 1 MB: their sums, the result, may be far fewer.
_BLOCK_SIZE = 2**17


def action_cost(expert_action_x: ArrayLike, expert_action_y: ArrayLike) -> FloatArray:
    """Cost 1 where two deterministic policies choose different discrete actions, 0 where they agree.

    It is the total variation between two one-point distributions.

    Args:
        expert_action_x: int `[..., n]`, the action in each state of x.
        expert_action_y: int `[..., m]`; leading axes broadcast against those of `expert_action_x`.

    Returns:
        float64 `[..., n, m]`, each 0 or 1.

    Raises:
        ValueError: If an argument is not integer or has no axis, or the leading axes do not broadcast.

    Source: Agarwal et al. (2021), DIST of eq. 3 for discrete actions.
    """
    action_x = integers("expert_action_x", expert_action_x, num_axes=1)
    action_y = integers("expert_action_y", expert_action_y, num_axes=1)
    _check_leading_axes("expert_action_x", action_x.shape[:-1], "expert_action_y", action_y.shape[:-1])
    return (action_x[..., :, np.newaxis] != action_y[..., np.newaxis, :]).astype(np.float64)


def total_variation_cost(policy_x: ArrayLike, policy_y: ArrayLike) -> FloatArray:
    """Total variation, half the l1 distance, between the action probabilities of two policies.

    Args:
        policy_x: float `[..., n, A]`, the probabilities of the A actions in each state of x.
        policy_y: float `[..., m, A]`; leading axes broadcast against those of `policy_x`.

    Returns:
        float64 `[..., n, m]`, in [0, 1].

    Raises:
        ValueError: If rows are not probabilities, the numbers of actions differ, or leading axes do not
            broadcast.

    Source: Agarwal et al. (2021), DIST of eq. 3 for discrete actions.
    """
    probability_x = distributions("policy_x", policy_x)
    probability_y = distributions("policy_y", policy_y)
    cost = _pairwise_l1("policy_x", probability_x, "policy_y", probability_y)
    cost *= 0.5
    return cost


def reward_cost(reward_x: ArrayLike, reward_y: ArrayLike) -> FloatArray:
    """Absolute difference between the rewards that two policies earn: the local cost of pi-bisimulation.

    Args:
        reward_x: float `[..., n]`, the expected reward in each state of x.
        reward_y: float `[..., m]`; leading axes broadcast against those of `reward_x`.

    Returns:
        float64 `[..., n, m]`, at least 0.

    Raises:
        ValueError: If an argument has no axis or an entry is not finite, or leading axes do not broadcast.

    Source: Agarwal et al. (2021), eq. 1.
    """
    column_x = finite("reward_x", reward_x, num_axes=1)[..., np.newaxis]
    column_y = finite("reward_y", reward_y, num_axes=1)[..., np.newaxis]
    return _pairwise_l1("reward_x", column_x, "reward_y", column_y)


def mean_action_cost(mean_action_x: ArrayLike, mean_action_y: ArrayLike) -> FloatArray:
    """l1 distance between the mean actions of two policies with continuous actions.

    Args:
        mean_action_x: float `[..., n, k]`, the mean action, k numbers, in each state of x.
        mean_action_y: float `[..., m, k]`; leading axes broadcast against those of `mean_action_x`.

    Returns:
        float64 `[..., n, m]`, at least 0.

    Raises:
        ValueError: If an entry is not finite, the sizes k differ, or leading axes do not broadcast.

    Source: Agarwal et al. (2021), DIST of eq. 3 for continuous actions.
    """
    action_x = finite("mean_action_x", mean_action_x, num_axes=2)
    action_y = finite("mean_action_y", mean_action_y, num_axes=2)
    return _pairwise_l1("mean_action_x", action_x, "mean_action_y", action_y)


def _pairwise_l1(name_x: str, x: FloatArray, name_y: str, y: FloatArray) -> FloatArray:
    """l1 distance between the rows of x `[..., n, k]` and of y `[..., m, k]`, as `[..., n, m]`."""
    if x.shape[-1] != y.shape[-1]:
        raise ValueError(
            f"{name_y} has a last axis of {y.shape[-1]}; it must be that of {name_x}, {x.shape[-1]}"
        )
    _check_leading_axes(name_x, x.shape[:-2], name_y, y.shape[:-2])
    all_x, all_y = np.broadcast_arrays(x[..., :, np.newaxis, :], y[..., np.newaxis, :, :])
    distance = np.empty(all_x.shape[:-1])
    _fill_l1(all_x, all_y, distance)
    return distance


def _fill_l1(x: FloatArray, y: FloatArray, distance: FloatArray) -> None:
    """Writes the sums of |x - y| over the last axis to `distance`, a block of differences at a time."""
    if x.size <= _BLOCK_SIZE or distance.size == 1:
        difference = x - y
        distance[...] = np.abs(difference, out=difference).sum(axis=-1)
        return
    axis = next(axis for axis, length in enumerate(distance.shape) if length > 1)
    half = distance.shape[axis] // 2
    for part in (slice(None, half), slice(half, None)):
        index = (slice(None),) * axis + (part,)
        _fill_l1(x[index], y[index], distance[index])


def _check_leading_axes(name_x: str, shape_x: tuple[int, ...], name_y: str, shape_y: tuple[int, ...]) -> None:
    try:
        np.broadcast_shapes(shape_x, shape_y)
    except ValueError:
        raise ValueError(
            f"{name_y} has leading axes {list(shape_y)}; they must broadcast against those of {name_x}, "
            f"{list(shape_x)}"
        ) from None
