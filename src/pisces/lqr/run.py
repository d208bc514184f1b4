"""How is a run made? One method and one seed, trained, and judged in environments that it has not seen."""

import contextlib
import time
from collections.abc import Mapping

import numpy as np

from pisces.checks import checked, is_count_or_0
from pisces.lqr.config import LQRConfig
from pisces.lqr.descent import InstabilityError, initial_layers, policy_matrix, train
from pisces.lqr.observation import Problem, distractor_share, draw_problem
from pisces.lqr.pairs import draw_pairs
from pisces.lqr.result import LQRResult
from pisces.lqr.system import FloatArray, expected_cost, oracle_gain


def run(config: LQRConfig, seed: int, *, provenance: Mapping[str, str] | None = None) -> LQRResult:
    """Trains a policy and judges it; the same arguments give the same result.

    Args:
        config: What to run.
        seed: Non-negative integer; of the system, its environments and the first policy.
        provenance: What to say in the result of where and with what it was made.

    Returns:
        The result; from the report on at which training is found to have become unstable, gaps are infinite.

    Raises:
        ValueError: If the seed is not allowed.
    """
    begin = time.perf_counter()
    seed = checked("seed", seed, is_count_or_0, "an integer of at least 0")
    problem = draw_problem(config, seed)
    pairs = None if config.aggregation is None else draw_pairs(config, problem, seed)
    layers = initial_layers(config, seed)
    policies = [policy_matrix(config, layers)]
    with contextlib.suppress(InstabilityError):
        for _, trained in train(config, problem, pairs, layers):
            policies.append(policy_matrix(config, trained))
    steps = np.append(np.arange(0, config.num_steps, config.report_interval), config.num_steps)
    num_stable = len(policies)
    policies += [policies[-1]] * (len(steps) - num_stable)
    oracle_cost = expected_cost(problem.system, oracle_gain(problem.system))

    def gaps(maps: FloatArray) -> FloatArray:
        found = np.array([abs(costs(problem, policy, maps) - oracle_cost) for policy in policies])
        found[num_stable:] = np.inf
        return found

    return LQRResult(
        config=config,
        seed=seed,
        step=steps,
        training_gap=gaps(problem.training),
        held_out_gap=gaps(problem.held_out),
        test_gap=gaps(problem.test),
        distractor_share=np.array([distractor_share(problem, policy) for policy in policies]),
        distractor_norm=np.array(
            [float(np.linalg.norm(policy[:, problem.num_shared :])) for policy in policies]
        ),
        oracle_cost=oracle_cost,
        seconds=time.perf_counter() - begin,
        provenance=dict(provenance or {}),
    )


def costs(problem: Problem, policy: FloatArray, maps: FloatArray) -> FloatArray:
    """Cost of a policy in several environments: float64 `[num_environments]`.

    Args:
        problem: The problem.
        policy: float64 `[m, num_observed]`.
        maps: float64 `[num_environments, num_observed, n]`, their observation maps.
    """
    return np.array([expected_cost(problem.system, policy @ one) for one in maps])
