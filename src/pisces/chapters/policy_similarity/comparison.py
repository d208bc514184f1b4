"""What does each metric call alike? The metrics of the paper side by side, on the same two processes.

The metrics are named as in `pisces.drawing.style.METRICS`. Their formulas are in `pisces.metric`, the
small processes in `pisces.mdp`, the jumping task in `pisces.task`.
"""

import numpy as np
from numpy.typing import ArrayLike

from pisces.mdp import FiniteMDP, cake_mdps, optimal_policy
from pisces.metric import (
    action_cost,
    bisimulation,
    pi_bisimulation,
    policy_similarity,
    stochastic_bisimulation,
    stochastic_pi_bisimulation,
    stochastic_policy_similarity,
    total_variation_cost,
)
from pisces.task import Task, demonstration
from pisces.task.tabular import tabulate


def mdp_distances(mdp_x: FiniteMDP, mdp_y: FiniteMDP, *, discount: float) -> dict[str, np.ndarray]:
    """Distances between all states of two finite MDPs, each under its optimal policy.

    A terminal state asks for no action. It counts as different from every state that asks for one, and as
    equal to other terminal states.

    Args:
        mdp_x: S states.
        mdp_y: S' states, with the same actions.
        discount: In [0, 1).

    Returns:
        float64 `[S, S']` for `psm`, `pi-bisimulation` and `bisimulation`.

    Raises:
        ValueError: If the numbers of actions differ or the discount is out of range.
    """
    policy_x, policy_y = (optimal_policy(mdp, discount=discount) for mdp in (mdp_x, mdp_y))
    transition_x, transition_y = mdp_x.transition_under(policy_x), mdp_y.transition_under(policy_y)
    cost = total_variation_cost(_with_rest(policy_x, mdp_x), _with_rest(policy_y, mdp_y))
    reward_x, reward_y = mdp_x.reward_under(policy_x), mdp_y.reward_under(policy_y)
    return {
        "psm": stochastic_policy_similarity(cost, transition_x, transition_y, discount=discount),
        "pi-bisimulation": stochastic_pi_bisimulation(
            transition_x, reward_x, transition_y, reward_y, discount=discount
        ),
        "bisimulation": stochastic_bisimulation(
            mdp_x.transition, mdp_x.reward, mdp_y.transition, mdp_y.reward, discount=discount
        ),
    }


def cake_distances(reward_x: float, reward_y: ArrayLike, *, discount: float) -> dict[str, np.ndarray]:
    """Distances from x0 to y0, which asks for the same actions, and to y1, which asks for others.

    Args:
        reward_x: Reward of the first cake MDP; > 0.
        reward_y: float `[k]`, rewards of the second one to compute the distances for; > 0.
        discount: In [0, 1).

    Returns:
        float64 `[k, 2]` for each metric of `mdp_distances`.

    Raises:
        ValueError: If a reward or the discount is out of range.
    """
    distances = [
        mdp_distances(*cake_mdps(reward_x, reward), discount=discount) for reward in np.asarray(reward_y)
    ]
    return {name: np.stack([distance[name][0, :2] for distance in distances]) for name in distances[0]}


def cake_formulas(reward_x: float, reward_y: ArrayLike, *, discount: float) -> dict[str, np.ndarray]:
    """What `cake_distances` should be, in closed form.

    Args:
        reward_x: Reward of the first cake MDP.
        reward_y: float `[k]`, rewards of the second one.
        discount: In [0, 1).

    Returns:
        float64 `[k, 2]` for each metric.

    Source: Agarwal et al. (2021), Fig. 2; those of PSM by eq. 3, from actions that agree or differ twice.
    """
    reward = np.asarray(reward_y, np.float64)
    gap = np.abs(reward - reward_x)
    to_y0 = (1.0 + discount) * gap
    zero = np.zeros_like(reward)
    return {
        "psm": np.stack([zero, zero + 1.0 + discount], axis=1),
        "pi-bisimulation": np.stack([to_y0, gap + discount * reward_x], axis=1),
        "bisimulation": np.stack([to_y0, np.maximum((1.0 + discount) * reward_x, reward)], axis=1),
    }


def task_distances(task_x: Task, task_y: Task, *, discount: float) -> dict[str, np.ndarray]:
    """Distances between the states that the expert goes through in two jumping tasks.

    Bisimulation asks what every action would bring, so it is computed on all states that the tasks can reach;
    the other metrics need the demonstrations alone. The agent moves one pixel per step: state i is the one
    with the agent at x = i.

    Args:
        task_x: A task, n = 56 states.
        task_y: A task, m = 56 states.
        discount: In [0, 1).

    Returns:
        float64 `[n, m]` for `psm`, `pi-bisimulation`, `bisimulation` and `true-similarity`: 0 where the
        agents are equally far from their obstacles, else 1.

    Raises:
        ValueError: If the discount is out of range.

    Source: Agarwal et al. (2021), Fig. G.2.
    """
    expert_x, expert_y = demonstration(task_x), demonstration(task_y)
    table_x, table_y = tabulate(task_x), tabulate(task_y)
    # The state after the last step pays nothing, as the end in the tables.
    reward_x, reward_y = (np.append(expert.reward, 0.0) for expert in (expert_x, expert_y))
    of_all_states = bisimulation(
        table_x.next_state, table_x.reward, table_y.next_state, table_y.reward, discount=discount
    )
    path_x, path_y = table_x.path(expert_x.action), table_y.path(expert_y.action)
    ahead_x = task_x.obstacle_position - table_x.state.left[path_x]
    ahead_y = task_y.obstacle_position - table_y.state.left[path_y]
    return {
        "psm": policy_similarity(action_cost(expert_x.action, expert_y.action), discount=discount),
        "pi-bisimulation": pi_bisimulation(reward_x, reward_y, discount=discount)[:-1, :-1],
        "bisimulation": of_all_states[np.ix_(path_x, path_y)],
        "true-similarity": (ahead_x[:, np.newaxis] != ahead_y[np.newaxis, :]).astype(np.float64),
    }


def _with_rest(policy: np.ndarray, mdp: FiniteMDP) -> np.ndarray:
    """The policy `[S, A + 1]` with one action more, resting, which is taken in terminal states."""
    rests = mdp.is_terminal[:, np.newaxis]
    return np.hstack([np.where(rests, 0.0, policy), rests.astype(np.float64)])
