"""How far apart are two states? Local costs, the policy similarity metric, bisimulations, affinity, bounds.

Every metric here is the fixed point of one recursion: a local cost between two states, plus the discounted
distance between what follows them. They differ in the cost (what a policy does, or what it earns) and in what
follows (the next state of a trajectory, a distribution, or the worst action).

- `pisces.metric.cost`: the local costs.
- `pisces.metric.similarity`: trajectories, where one backward sweep is exact; the affinity.
- `pisces.metric.fixed_point`: finite MDPs, deterministic and stochastic, where the recursion is iterated.
- `pisces.metric.bound`: what the paper proves about the metric, both sides of each inequality.

Arrays in, float64 arrays out; rows belong to x, columns to y. Where states and policies come from is left to
`pisces.task` and `pisces.mdp`, what to do with the distances to `pisces.learn`.

"Agarwal et al. (2021)" is *Contrastive Behavioral Similarity Embeddings for Generalization in Reinforcement
Learning*, ICLR 2021.
"""

from pisces.metric.bound import ApproximationBound, TransferBound, approximation_bound, transfer_bound
from pisces.metric.cost import action_cost, mean_action_cost, reward_cost, total_variation_cost
from pisces.metric.fixed_point import (
    bisimulation,
    stochastic_bisimulation,
    stochastic_pi_bisimulation,
    stochastic_policy_similarity,
    wasserstein,
)
from pisces.metric.similarity import affinity, pi_bisimulation, policy_similarity

__all__ = [
    "ApproximationBound",
    "TransferBound",
    "action_cost",
    "affinity",
    "approximation_bound",
    "bisimulation",
    "mean_action_cost",
    "pi_bisimulation",
    "policy_similarity",
    "reward_cost",
    "stochastic_bisimulation",
    "stochastic_pi_bisimulation",
    "stochastic_policy_similarity",
    "total_variation_cost",
    "transfer_bound",
    "wasserstein",
]
