"""Do the paper's inequalities hold, and how tight are they? Both sides on many random decision processes.

The two sides of one inequality are in `pisces.metric.bound`; here they are evaluated on pairs of processes
that range from almost equal to unrelated.
"""

from typing import NamedTuple

import numpy as np

from pisces.metric import (
    TransferBound,
    approximation_bound,
    stochastic_policy_similarity,
    total_variation_cost,
    transfer_bound,
)

# One process or policy differs from another by a share of 2 (1 - discount) 10**e, with e uniform from here to
# 0. A difference for ever counts 1 / (1 - discount) times: the distances are alike for every discount.
SMALLEST_EXPONENT = -2.0

# Dirichlet parameter of all distributions; below 1, most of the probability is on few outcomes.
CONCENTRATION = 0.3

# Largest error of a distance; far below the distances that the shares make.
TOLERANCE = 1e-5


# Probabilities of a slip, from frequent to rare, in units of 1 - discount; so counted, a slip is a distance.
SLIPS = 10.0 ** -np.linspace(0.0, 2.0, 9)


class Inequality(NamedTuple):
    """Both sides of an inequality in n cases.

    Attributes:
        left: float64 `[n]`, what happened.
        right: float64 `[n]`, what the theory allows: at least `left`.
    """

    left: np.ndarray
    right: np.ndarray


class TransferInequality(NamedTuple):
    """Both sides of Theorem 1 in n cases, and the sharper right side.

    Attributes:
        left: float64 `[n]`, what happened.
        right: float64 `[n]`, what the paper allows: at least `sharp`.
        sharp: float64 `[n]`, what the sharper bound allows: at least `left`.
    """

    left: np.ndarray
    right: np.ndarray
    sharp: np.ndarray


def transfer_inequality(
    num_pairs: int, *, num_states: int, num_actions: int, discount: float, seed: int
) -> TransferInequality:
    """Both sides of Theorem 1 on random pairs of MDPs, for every start.

    The second MDP and its policy are a mixture of the first and of an unrelated one, with a random share.

    Args:
        num_pairs: Number of pairs, at least 1.
        num_states: States of each MDP.
        num_actions: Actions of each MDP.
        discount: In [0, 1).
        seed: Seed of the random MDPs.

    Returns:
        The sides, n = num_pairs * num_states.

    Raises:
        ValueError: If a number is below 1 or the discount is out of range.

    Source: Agarwal et al. (2021), Theorem 1.
    """
    rng, shares = _random_shares(num_pairs, num_states, num_actions, discount, seed)
    bounds = []
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
        bounds.append(transfer_bound(policy_x, policy_y, transition_y, distance, discount=discount))
    return _sides(bounds)


def slip_inequality(*, discount: float) -> TransferInequality:
    """The sides of Theorem 1 where a slip ends on ground that the known task says nothing true about.

    Task x has one state, in which its policy takes action 0 and, by a slip, action 1. Task y has a road, on
    which its policy stays by action 0, and a ditch, into which action 1 leads and where action 1 is right for
    ever. The rarer the slip, the closer the left side comes to the sharper bound.

    Args:
        discount: In [0, 1).

    Returns:
        The sides for an agent that begins on the road, one case for each of `SLIPS`.

    Raises:
        ValueError: If the discount is out of range.
    """
    policy_y, stay, fall = np.eye(2), [1.0, 0.0], [0.0, 1.0]
    transition_y = [[stay, fall], [fall, fall]]
    bounds = []
    for slip in (1.0 - discount) * SLIPS:
        policy_x = np.array([[1.0 - slip, slip]])
        # Under both policies every state follows itself: a local cost is paid for ever.
        distance = total_variation_cost(policy_x, policy_y) / (1.0 - discount)
        bounds.append(transfer_bound(policy_x, policy_y, transition_y, distance, discount=discount))
    # Of the two states of each case, the first is the road.
    return TransferInequality(*(side[::2] for side in _sides(bounds)))


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
    rng, shares = _random_shares(num_pairs, num_states, num_actions, discount, seed)
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
    num_pairs: int, num_states: int, num_actions: int, discount: float, seed: int
) -> tuple[np.random.Generator, np.ndarray]:
    numbers = {"num_pairs": num_pairs, "num_states": num_states, "num_actions": num_actions}
    for name, number in numbers.items():
        if number < 1:
            raise ValueError(f"{name} is {number}; it must be at least 1")
    rng = np.random.default_rng(seed)
    shares = 2.0 * (1.0 - discount) * 10.0 ** rng.uniform(SMALLEST_EXPONENT, 0.0, num_pairs)
    return rng, np.minimum(shares, 1.0)


def _sides(bounds: list[TransferBound]) -> TransferInequality:
    """The three sides of all cases, one after the other."""
    sides = ("disagreement", "bound", "sharp_bound")
    return TransferInequality(*(np.concatenate([getattr(one, side) for one in bounds]) for side in sides))


def _random_mdp(rng: np.random.Generator, num_states: int, num_actions: int) -> tuple[np.ndarray, np.ndarray]:
    """Action probabilities `[S, A]` and transitions `[S, A, S]`."""
    policy = rng.dirichlet(np.full(num_actions, CONCENTRATION), size=num_states)
    transition = rng.dirichlet(np.full(num_states, CONCENTRATION), size=(num_states, num_actions))
    return policy, transition


def _chain(policy: np.ndarray, transition: np.ndarray) -> np.ndarray:
    """What follows each state under a policy, `[S, S]`."""
    return np.einsum("sa,sat->st", policy, transition)
