"""Which observations of two environments belong together? Those at distance 0, as the metric tells.

The best policy is followed in two training environments from the same starts, in another order. Nothing but
its actions is compared: the policy similarity metric is not told which states the observations show.
"""

import dataclasses

import numpy as np

from pisces import metric
from pisces.lqr.config import LQRConfig
from pisces.lqr.observation import Problem, generator
from pisces.lqr.system import FloatArray, oracle_gain

RELATIVE_TOLERANCE = 1e-9


@dataclasses.dataclass(frozen=True, eq=False, kw_only=True)
class Pairs:
    """States visited in two training environments, and how far apart they are.

    Attributes:
        state_x: float64 `[num_visited, n]`, the states behind the observations of the first environment.
        state_y: float64 `[num_visited, n]`, those of the second.
        distance: float64 `[num_visited, num_visited]`, the policy similarity metric between the former and
            the latter.
        index_x: int64 `[num_pairs]`, observations of the first environment at distance 0 ...
        index_y: int64 `[num_pairs]`, ... from these of the second.
    """

    state_x: FloatArray
    state_y: FloatArray
    distance: FloatArray
    index_x: np.ndarray
    index_y: np.ndarray


def draw_pairs(config: LQRConfig, problem: Problem, seed: int) -> Pairs:
    """Follows the best policy in the first two training environments and compares what it does.

    Args:
        config: Number and length of the trajectories, discount of the metric.
        problem: The problem.
        seed: That of the run.
    """
    rng = generator(seed, "trajectories")
    start = rng.standard_normal((config.num_trajectories, config.num_states))
    trajectory_x = oracle_trajectories(problem, start, num_steps=config.trajectory_length)
    trajectory_y = oracle_trajectories(problem, rng.permutation(start), num_steps=config.trajectory_length)
    distance = policy_distance(problem, trajectory_x, trajectory_y, discount=config.discount)
    index_x, index_y = nearest_pairs(distance)
    return Pairs(
        state_x=np.concatenate(trajectory_x),
        state_y=np.concatenate(trajectory_y),
        distance=distance,
        index_x=index_x,
        index_y=index_y,
    )


def oracle_trajectories(problem: Problem, start: FloatArray, *, num_steps: int) -> FloatArray:
    """The states that the best policy leads through: float64 `[num_trajectories, num_steps, n]`."""
    system = problem.system
    closed_loop = system.transition + system.control @ oracle_gain(system)
    states = [start]
    for _ in range(num_steps - 1):
        states.append(states[-1] @ closed_loop.T)
    return np.stack(states, axis=1)


def policy_distance(
    problem: Problem, trajectory_x: FloatArray, trajectory_y: FloatArray, *, discount: float
) -> FloatArray:
    """The policy similarity metric between all states of two sets of trajectories.

    Args:
        problem: The problem.
        trajectory_x: float64 `[T, num_steps, n]`, states visited in one environment.
        trajectory_y: float64 `[T, num_steps, n]`, those in another.
        discount: gamma of the metric, in [0, 1).

    Returns:
        float64 `[T * num_steps, T * num_steps]`; the local cost is the l1 distance between mean actions.

    Source: Agarwal et al. (2021), eq. D.2 and App. H.
    """
    gain = oracle_gain(problem.system)
    action_x, action_y = trajectory_x @ gain.T, trajectory_y @ gain.T
    cost = metric.mean_action_cost(action_x[:, None], action_y[None])
    distance = metric.policy_similarity(cost, discount=discount)
    num_visited = trajectory_x.shape[0] * trajectory_x.shape[1]
    return distance.swapaxes(1, 2).reshape(num_visited, num_visited)


def nearest_pairs(distance: FloatArray) -> tuple[np.ndarray, np.ndarray]:
    """Indices of all pairs at distance 0, up to rounding: int64 `[num_pairs]` of rows and of columns."""
    index_x, index_y = np.nonzero(distance <= RELATIVE_TOLERANCE * distance.max())
    return index_x, index_y
