"""Do the paper's inequalities hold, and how tight are they? Both sides on many random decision processes.

The two sides of one inequality are in `pisces.metric.bound`; here they are evaluated on pairs of processes
that range from almost equal to unrelated.
"""

from typing import NamedTuple

import numpy as np

from pisces.metric import (
    approximation_bound,
    stochastic_policy_similarity,
    total_variation_cost,
    transfer_bound,
)

# One process or policy differs from another by a share of 10**e, with e uniform from here to 0.
SMALLEST_EXPONENT = -2.0

# Dirichlet parameter of all distributions; below 1, most of the probability is on few outcomes.
CONCENTRATION = 0.3

# Largest error of a distance; far below the distances that the shares make.
TOLERANCE = 1e-5


class Inequality(NamedTuple):
    """Both sides of an inequality in n cases.

    Attributes:
        left: float64 `[n]`, what happened.
        right: float64 `[n]`, what the theory allows: at least `left`.
    """

    left: np.ndarray
    right: np.ndarray


def transfer_inequality(
    num_pairs: int, *, num_states: int, num_actions: int, discount: float, seed: int
) -> Inequality:
    """Both sides of Theorem 1 on random pairs of MDPs, for every start.

    The second MDP and its policy are a mixture of the first and of an unrelated one, with a random share.

    Args:
        num_pairs: Number of pairs, at least 1.
        num_states: States of each MDP.
        num_actions: Actions of each MDP.
        discount: In [0, 1).
        seed: Seed of the random MDPs.

    Returns:
        The two sides, n = num_pairs * num_states.

    Raises:
        ValueError: If a number is below 1 or the discount is out of range.

    Source: Agarwal et al. (2021), Theorem 1.
    """
    rng, shares = _random_shares(num_pairs, num_states, num_actions, seed)
    left, right = [], []
    for share in shares:
        policy_x, transition_x = _random_mdp(rng, num_states, num_actions)
        other_policy, other_transition = _random_mdp(rng, num_states, num_actions)
        policy_y = (1.0 - share) * policy_x + share * other_policy
        transition_y = (1.0 - share) * transition_x + share * other_transition
        distance = stochastic_policy_similarity(
            total_variation_cost(policy_x, policy_y),
            _chain(policy_x, transition_x),
            _chain(policy_y, transition_y),
            discount=discount,
            tolerance=TOLERANCE,
        )
        transfer = transfer_bound(policy_x, policy_y, transition_y, distance, discount=discount)
        left.append(transfer.disagreement)
        right.append(transfer.bound)
    return Inequality(np.concatenate(left), np.concatenate(right))


def approximation_inequality(
    num_pairs: int, *, num_states: int, num_actions: int, discount: float, seed: int
) -> Inequality:
    """Both sides of Prop. B.1 on random pairs of MDPs.

    The approximate policies are mixtures of the exact ones and of unrelated ones, with a random share.

    Args:
        num_pairs: Number of pairs, at least 1.
        num_states: States of each MDP.
        num_actions: Actions of each MDP.
        discount: In [0, 1).
        seed: Seed of the random MDPs.

    Returns:
        The two sides, n = num_pairs.

    Raises:
        ValueError: If a number is below 1 or the discount is out of range.

    Source: Agarwal et al. (2021), Prop. B.1.
    """
    rng, shares = _random_shares(num_pairs, num_states, num_actions, seed)
    bounds = []
    for share in shares:
        policy_x, transition_x = _random_mdp(rng, num_states, num_actions)
        policy_y, transition_y = _random_mdp(rng, num_states, num_actions)
        approximate_x, approximate_y = (
            (1.0 - share) * policy + share * _random_mdp(rng, num_states, num_actions)[0]
            for policy in (policy_x, policy_y)
        )
        bounds.append(
            approximation_bound(
                policy_x,
                approximate_x,
                policy_y,
                approximate_y,
                _chain(policy_x, transition_x),
                _chain(policy_y, transition_y),
                discount=discount,
                tolerance=TOLERANCE,
            )
        )
    return Inequality(*np.array(bounds).T)


def _random_shares(
    num_pairs: int, num_states: int, num_actions: int, seed: int
) -> tuple[np.random.Generator, np.ndarray]:
    numbers = {"num_pairs": num_pairs, "num_states": num_states, "num_actions": num_actions}
    for name, number in numbers.items():
        if number < 1:
            raise ValueError(f"{name} is {number}; it must be at least 1")
    rng = np.random.default_rng(seed)
    return rng, 10.0 ** rng.uniform(SMALLEST_EXPONENT, 0.0, num_pairs)


def _random_mdp(rng: np.random.Generator, num_states: int, num_actions: int) -> tuple[np.ndarray, np.ndarray]:
    """Action probabilities `[S, A]` and transitions `[S, A, S]`."""
    policy = rng.dirichlet(np.full(num_actions, CONCENTRATION), size=num_states)
    transition = rng.dirichlet(np.full(num_states, CONCENTRATION), size=(num_states, num_actions))
    return policy, transition


def _chain(policy: np.ndarray, transition: np.ndarray) -> np.ndarray:
    """What follows each state under a policy, `[S, S]`."""
    return np.einsum("sa,sat->st", policy, transition)
