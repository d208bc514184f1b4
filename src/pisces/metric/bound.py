"""What does a small distance promise? Both sides of the paper's inequalities, on finite MDPs."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from pisces.metric.cost import total_variation_cost
from pisces.metric.fixed_point import stochastic_policy_similarity
from pisces.metric.validation import (
    FloatArray,
    IntArray,
    check_discount,
    check_shape,
    distributions,
    nonnegative,
)


class TransferBound(NamedTuple):
    """Both sides of Theorem 1 for every start y, and a right side that is smaller.

    Attributes:
        nearest_x: int64 `[S']`, the state of x whose policy is followed in each state of y.
        disagreement: float64 `[S']`, the left side: what transferring the policy costs from y on.
        bound: float64 `[S']`, the right side of Theorem 1, at least `sharp_bound`.
        sharp_bound: float64 `[S']`, the right side with the smallest factor: at least `disagreement`.
    """

    nearest_x: IntArray
    disagreement: FloatArray
    bound: FloatArray
    sharp_bound: FloatArray


class ApproximationBound(NamedTuple):
    """Both sides of Prop. B.1.

    Attributes:
        error: The left side: the largest difference between the exact and the approximate metric.
        bound: The right side: at least `error`.
    """

    error: float
    bound: float


def transfer_bound(
    policy_x: ArrayLike,
    policy_y: ArrayLike,
    transition_y: ArrayLike,
    distance: ArrayLike,
    *,
    discount: float,
) -> TransferBound:
    """How far a policy carried over from x to y strays from the policy of y, and how far it may at most.

    In each state y the transferred policy acts as that of x does in the nearest neighbour x~ of y. Along the
    states Y_0 = y, Y_1, ... that it visits, with TV its total variation from the policy of y,

        E sum_t discount^t TV(Y_t) <= 1 / (1 - discount) * distance(x~, y)
                                   <= (1 + discount) / (1 - discount) * distance(x~, y).

    The paper states the second bound. The first one needs nothing more, and no smaller factor would do. The
    left side solves the linear system V = TV + discount * P V with P the transitions of y under the
    transferred policy.

    Args:
        policy_x: float `[S, A]`, action probabilities.
        policy_y: float `[S', A]`, action probabilities.
        transition_y: float `[S', A, S']`, the distribution of what follows each state of y under each action.
        distance: float `[S, S']`, the policy similarity metric between the two with total variation cost.
        discount: That of the metric, in [0, 1).

    Returns:
        Nearest neighbours (the first of equals), the left side and both bounds, for every y.

    Raises:
        ValueError: If shapes disagree, rows are not probabilities, a distance is negative or not finite, or
            the discount is out of range.

    Source: Agarwal et al. (2021), Theorem 1; the first bound is derived in chapter 2 of the book.
    """
    check_discount(discount)
    probability_x, probability_y = distributions("policy_x", policy_x), distributions("policy_y", policy_y)
    num_y, num_actions = probability_y.shape[-2:]
    check_shape("policy_x", probability_x, (len(probability_x), num_actions))
    check_shape("policy_y", probability_y, (num_y, num_actions))
    kernel_y = distributions("transition_y", transition_y)
    check_shape("transition_y", kernel_y, (num_y, num_actions, num_y))
    metric = nonnegative("distance", distance, num_axes=2)
    check_shape("distance", metric, (len(probability_x), num_y))

    nearest_x = metric.argmin(axis=0)
    transferred = probability_x[nearest_x]
    total_variation = 0.5 * np.abs(transferred - probability_y).sum(axis=1)
    chain_y = np.einsum("sa,sat->st", transferred, kernel_y)
    disagreement = np.linalg.solve(np.eye(num_y) - discount * chain_y, total_variation)
    sharp_bound = metric.min(axis=0) / (1.0 - discount)
    return TransferBound(nearest_x, disagreement, (1.0 + discount) * sharp_bound, sharp_bound)


def approximation_bound(
    policy_x: ArrayLike,
    approximate_policy_x: ArrayLike,
    policy_y: ArrayLike,
    approximate_policy_y: ArrayLike,
    transition_x: ArrayLike,
    transition_y: ArrayLike,
    *,
    discount: float,
    tolerance: float = 1e-9,
) -> ApproximationBound:
    """How far approximate policies move the metric, and how far they may at most.

    With eps the largest total variation between a policy and its approximation in any state of x or y,

        `max |d - d^| <= 2 / (1 - discount) * eps`.

    Both metrics share the transitions: the approximation enters through the local cost alone, as when other
    actions are written beside the states of given demonstrations. If the states also followed the approximate
    policies, the deviations would add up along the way, and the inequality would not hold.

    Args:
        policy_x: float `[S, A]`, action probabilities.
        approximate_policy_x: float `[S, A]`, action probabilities.
        policy_y: float `[S', A]`, action probabilities.
        approximate_policy_y: float `[S', A]`, action probabilities.
        transition_x: float `[S, S]`, in each row the distribution of what follows a state of x.
        transition_y: float `[S', S']`.
        discount: In [0, 1).
        tolerance: The largest error allowed in either metric; > 0.

    Returns:
        The two sides.

    Raises:
        ValueError: As in `total_variation_cost` and `stochastic_policy_similarity`.

    Source: Agarwal et al. (2021), Prop. B.1.
    """
    exact, approximate = (
        stochastic_policy_similarity(
            total_variation_cost(x, y), transition_x, transition_y, discount=discount, tolerance=tolerance
        )
        for x, y in ((policy_x, policy_y), (approximate_policy_x, approximate_policy_y))
    )
    deviation = max(
        np.diagonal(total_variation_cost(policy, approximation)).max()
        for policy, approximation in ((policy_x, approximate_policy_x), (policy_y, approximate_policy_y))
    )
    return ApproximationBound(
        error=float(np.abs(exact - approximate).max()), bound=float(2.0 / (1.0 - discount) * deviation)
    )
