"""Which metrics between demonstrations can be embedded? A function and a row for each.

A metric sees what demonstrations earn and what a policy does in their states. Its mathematics is left to
`pisces.metric`; which policy that is, to `pisces.jumping.builder`.
"""

import dataclasses
from collections.abc import Callable

import numpy as np

from pisces import metric


def policy_similarity(reward: np.ndarray, policy: np.ndarray, *, discount: float) -> np.ndarray:
    """PSM between all states of all pairs of demonstrations; see `pisces.metric.policy_similarity`.

    Args:
        reward: float `[T, n]`, of T demonstrations of n steps.
        policy: float `[T, n, A]`, action probabilities in their states.
        discount: gamma in [0, 1).

    Returns:
        float64 `[T, T, n, n]`.
    """
    cost = metric.total_variation_cost(policy[:, None], policy[None])
    return metric.policy_similarity(cost, discount=discount)


def pi_bisimulation(reward: np.ndarray, policy: np.ndarray, *, discount: float) -> np.ndarray:
    """pi*-bisimulation, in which a demonstration earns nothing once it is finished.

    Arguments and result are those of `policy_similarity`.
    """
    # The state after the last step pays nothing; without it a finished demonstration would earn its last
    # reward, that for getting across, again and again while the other goes on.
    reward = np.pad(reward, ((0, 0), (0, 1)))
    return metric.pi_bisimulation(reward[:, None], reward[None], discount=discount)[..., :-1, :-1]


def endless_pi_bisimulation(reward: np.ndarray, policy: np.ndarray, *, discount: float) -> np.ndarray:
    """pi*-bisimulation, in which a demonstration earns its last reward for ever, as in the released code.

    Arguments and result are those of `policy_similarity`.
    """
    return metric.pi_bisimulation(reward[:, None], reward[None], discount=discount)


@dataclasses.dataclass(frozen=True)
class MetricRow:
    """What is to be known of a metric.

    Attributes:
        function: Computes it; see `policy_similarity`.
        compares_policies: Whether it depends on the policy, which may then err.
    """

    function: Callable[..., np.ndarray]
    compares_policies: bool = False


METRICS = {
    "psm": MetricRow(policy_similarity, compares_policies=True),
    "pi-bisimulation": MetricRow(pi_bisimulation),
    "pi-bisimulation-endless": MetricRow(endless_pi_bisimulation),
}
"""The metrics by their names in configurations: a row is all that the rest knows of one."""
