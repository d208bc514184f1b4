"""How does the state move, what does a policy cost, and which policy is best? Exact answers, with SciPy.

A linear policy acts as `a = gain @ x` once an environment has been chosen; what it sees of the state is left
to `pisces.lqr.observation`. The state starts anywhere, with mean 0 and covariance 1.
"""

import dataclasses

import numpy as np
import scipy.linalg
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


@dataclasses.dataclass(frozen=True, eq=False, kw_only=True)
class System:
    """Dynamics `x' = transition @ x + control @ a`; a step costs `x^T state_cost x + a^T action_cost a`.

    Attributes:
        transition: float64 `[n, n]`, A in the paper.
        control: float64 `[n, m]`, B.
        state_cost: float64 `[n, n]`, Q in the paper, positive semi-definite.
        action_cost: float64 `[m, m]`, R in the paper, positive definite.
    """

    transition: FloatArray
    control: FloatArray
    state_cost: FloatArray
    action_cost: FloatArray


def expected_cost(system: System, gain: FloatArray) -> float:
    """Cost of acting for ever by a gain, `E sum_t (x_t^T Q x_t + a_t^T R a_t)`.

    The paper's formula has a factor 1/2 that its numbers have not: never to act costs 28.2 more than the best
    policy, which is what Table H.1 says of l1 sparsity.

    Args:
        system: The system.
        gain: float64 `[m, n]`, with actions `gain @ x`.

    Returns:
        The trace of the solution of a discrete Lyapunov equation; infinity if the state does not come to
        rest.

    Raises:
        ValueError: If the gain has another shape or an entry is not finite.

    Source: Agarwal et al. (2021), App. H; Fazel et al. (2018).
    """
    shape = system.control.shape[::-1]
    if gain.shape != shape:
        raise ValueError(f"gain has shape {list(gain.shape)}; it must have {list(shape)}")
    if not np.isfinite(gain).all():
        raise ValueError("gain has an entry that is not finite; all must be")
    closed_loop = system.transition + system.control @ gain
    if np.abs(np.linalg.eigvals(closed_loop)).max() >= 1:
        return np.inf
    step_cost = system.state_cost + gain.T @ system.action_cost @ gain
    return float(np.trace(scipy.linalg.solve_discrete_lyapunov(closed_loop.T, step_cost)))


def oracle_gain(system: System) -> FloatArray:
    """The best gain, float64 `[m, n]`, from the discrete algebraic Riccati equation."""
    value = scipy.linalg.solve_discrete_are(
        system.transition, system.control, system.state_cost, system.action_cost
    )
    weighted = system.control.T @ value
    return -np.linalg.solve(system.action_cost + weighted @ system.control, weighted @ system.transition)
