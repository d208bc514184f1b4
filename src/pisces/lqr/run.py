"""What does a run give? One method and one seed, trained, and judged in environments that it has not seen."""

import dataclasses
import time

import numpy as np

from pisces.lqr.config import LQRConfig
from pisces.lqr.descent import initial_layers, policy_matrix, train
from pisces.lqr.observation import Problem, distractor_share, draw_problem
from pisces.lqr.pairs import draw_pairs
from pisces.lqr.system import FloatArray, expected_cost, oracle_gain


@dataclasses.dataclass(frozen=True, eq=False, kw_only=True)
class LQRResult:
    """The outcome of one configuration and one seed.

    A gap is the absolute difference between the cost of the policy and that of the best one; it is infinite
    where the policy is unstable.

    Attributes:
        config: What was run.
        seed: Its seed.
        step: int64 `[num_reports]`, steps of training at each report; 0 at the first.
        training_gap: float64 `[num_reports, num_training]`, in each training environment.
        held_out_gap: float64 `[num_reports, num_held_out]`, in each one to choose settings with.
        test_gap: float64 `[num_reports, num_test]`, in each one that is reported.
        distractor_share: float64 `[num_reports]`, how much of its actions the policy reads from distractors,
            in [0, 1]; see `pisces.lqr.observation.distractor_share`.
        distractor_norm: float64 `[num_reports]`, Frobenius norm of the policy's columns for distractors.
        oracle_cost: Of the best policy.
        seconds: Wall time.
    """

    config: LQRConfig
    seed: int
    step: np.ndarray
    training_gap: FloatArray
    held_out_gap: FloatArray
    test_gap: FloatArray
    distractor_share: FloatArray
    distractor_norm: FloatArray
    oracle_cost: float
    seconds: float

    @property
    def score(self) -> float:
        """Mean gap over the unseen environments at the end, the number of Table H.1."""
        return float(self.test_gap[-1].mean())


def run(config: LQRConfig, seed: int) -> LQRResult:
    """Trains a policy and judges it; the same arguments give the same result.

    Args:
        config: What to run.
        seed: Non-negative integer; of the system, its environments and the first policy.

    Raises:
        InstabilityError: If training leaves the stable policies, because the learning rate is too large.
    """
    begin = time.perf_counter()
    problem = draw_problem(config, seed)
    pairs = None if config.aggregation is None else draw_pairs(config, problem, seed)
    layers = initial_layers(config, seed)
    steps, policies = [0], [policy_matrix(config, layers)]
    for step, trained in train(config, problem, pairs, layers):
        steps.append(step)
        policies.append(policy_matrix(config, trained))
    oracle_cost = expected_cost(problem.system, oracle_gain(problem.system))

    def gaps(maps: FloatArray) -> FloatArray:
        return np.array([abs(costs(problem, policy, maps) - oracle_cost) for policy in policies])

    return LQRResult(
        config=config,
        seed=seed,
        step=np.array(steps),
        training_gap=gaps(problem.training),
        held_out_gap=gaps(problem.held_out),
        test_gap=gaps(problem.test),
        distractor_share=np.array([distractor_share(problem, policy) for policy in policies]),
        distractor_norm=np.array(
            [float(np.linalg.norm(policy[:, problem.num_shared :])) for policy in policies]
        ),
        oracle_cost=oracle_cost,
        seconds=time.perf_counter() - begin,
    )


def costs(problem: Problem, policy: FloatArray, maps: FloatArray) -> FloatArray:
    """Cost of a policy in several environments: float64 `[num_environments]`.

    Args:
        problem: The problem.
        policy: float64 `[m, num_observed]`.
        maps: float64 `[num_environments, num_observed, n]`, their observation maps.
    """
    return np.array([expected_cost(problem.system, policy @ one) for one in maps])
