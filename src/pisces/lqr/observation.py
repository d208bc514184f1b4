"""What do environments show of the state? An image that they share, and distractors of their own.

An observation is `observation_map @ s`, where the upper rows of the map are the same in all environments of a
problem. Every random matrix has its own stream of random numbers: it stays the same when more environments
are drawn.
"""

import dataclasses

import numpy as np

from pisces.lqr.config import LQRConfig
from pisces.lqr.system import FloatArray, System, oracle_gain

_USES = ("transition", "shared", "training", "held_out", "test", "policy", "trajectories")


@dataclasses.dataclass(frozen=True, eq=False, kw_only=True)
class Problem:
    """A system, seen in several environments.

    Attributes:
        system: The system, the same in all of them.
        training: float64 `[num_training, num_observed, n]`, the observation maps to train on.
        held_out: float64 `[num_held_out, num_observed, n]`, those to choose settings with.
        test: float64 `[num_test, num_observed, n]`, those that are reported.
        num_shared: How many of the observed numbers, the first ones, all environments share.
    """

    system: System
    training: FloatArray
    held_out: FloatArray
    test: FloatArray
    num_shared: int


def draw_problem(config: LQRConfig, seed: int) -> Problem:
    """The problem of a run.

    Args:
        config: Sizes and scales.
        seed: Non-negative integer.
    """
    num_states = config.num_states
    shape = (num_states, num_states)
    transition = semi_orthogonal(shape, entries=config.entries, rng=generator(seed, "transition"))
    shared = semi_orthogonal(shape, entries=config.entries, rng=generator(seed, "shared"))
    identity = np.eye(num_states)

    def maps(use: str, count: int) -> FloatArray:
        distractors = [
            semi_orthogonal(
                (config.num_distractors, num_states),
                entries=config.entries,
                rng=generator(seed, use, index),
            )
            for index in range(count)
        ]
        return np.stack([np.vstack([config.shared_scale * shared, distractor]) for distractor in distractors])

    return Problem(
        system=System(
            transition=config.transition_scale * transition,
            control=identity,
            state_cost=identity,
            action_cost=identity,
        ),
        training=maps("training", config.num_training),
        held_out=maps("held_out", config.num_held_out),
        test=maps("test", config.num_test),
        num_shared=num_states,
    )


def semi_orthogonal(shape: tuple[int, int], *, entries: str, rng: np.random.Generator) -> FloatArray:
    """A random matrix whose columns are orthogonal and of length 1.

    Args:
        shape: Rows, and columns, which are no more than the rows.
        entries: Whose columns are made orthogonal, from left to right. With "gaussian" entries all matrices
            are equally likely. With "uniform" ones in [0, 1], as in the code of Sonar et al. (2020), all
            matrices have a direction in common: the vector of equal entries is nearly a combination of their
            columns, with nearly the same coefficients in each.
        rng: Source of the entries.

    Returns:
        float64 of that shape.
    """
    random = rng.random(shape) if entries == "uniform" else rng.standard_normal(shape)
    orthogonal, triangle = np.linalg.qr(random)
    # Without these signs the result would depend on how the factors are computed.
    return orthogonal * np.sign(np.diagonal(triangle))


def generator(seed: int, use: str, index: int = 0) -> np.random.Generator:
    """The stream of random numbers for one of the uses that a run has of them."""
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(_USES.index(use), index)))


def optimal_policy(problem: Problem, *, environment: int, distractor_share: float) -> FloatArray:
    """A policy that is optimal in a training environment, one of the many.

    Args:
        problem: The problem.
        environment: Index of a training environment.
        distractor_share: How much of each action comes from the distractors, any number: 0 reads what all
            environments share and is optimal in all of them, 1 reads only distractors.

    Returns:
        float64 `[m, num_observed]`, with actions `policy @ observation`.
    """
    shared, distractor = np.split(problem.training[environment], [problem.num_shared])
    gain = oracle_gain(problem.system)
    return np.hstack(
        [
            (1 - distractor_share) * gain @ np.linalg.pinv(shared),
            distractor_share * gain @ np.linalg.pinv(distractor),
        ]
    )


def closest_policy(problem: Problem) -> FloatArray:
    """The policy nearest to not acting that is optimal in all training environments.

    Plain gradient descent from a small start ends near it, with one layer or two and for an ensemble too:
    each of their steps lies in the span of the training observations, where no other policy is optimal.

    Returns:
        float64 `[m, num_observed]`, the solution of least Frobenius norm.
    """
    gain = oracle_gain(problem.system)
    return np.hstack([gain] * len(problem.training)) @ np.linalg.pinv(
        np.concatenate(problem.training, axis=1)
    )


def distractor_share(problem: Problem, policy: FloatArray) -> float:
    """How much of its actions a policy reads from distractors, on average over the training environments.

    Args:
        problem: The problem.
        policy: float64 `[m, num_observed]`.

    Returns:
        In [0, 1]: the Frobenius norm of what distractors contribute to the gain, divided by the sum of the
        norms of both contributions. 0 for a policy that does not act.
    """
    shared, distractor = (
        np.linalg.norm(policy[:, part] @ problem.training[:, part], axis=(1, 2))
        for part in (slice(problem.num_shared), slice(problem.num_shared, None))
    )
    total = shared + distractor
    return float(np.mean(distractor / np.where(total > 0, total, 1)))
