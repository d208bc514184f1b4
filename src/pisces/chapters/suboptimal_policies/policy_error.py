"""What do errors of the policy behind the metric change? Its distances, and what the loss makes of them.

The demonstrations stay those of the expert. What errs is the policy whose action probabilities are written
beside their states, and compared by the metric. How runs fare with it is left to
`pisces.experiments.catalogue`.
"""

import dataclasses
import itertools
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd
import tensorflow as tf

from pisces.experiments import tables
from pisces.jumping import builder, metrics
from pisces.jumping.config import EmbeddingConfig, RunConfig
from pisces.jumping.result import RunResult
from pisces.runs.kinds import counted, precision_of, variants
from pisces.task import JUMP, Demonstration

TIE = 1e-9
"""Distances that differ by less are one distance, computed in two ways."""


def effects(
    expert: Demonstration, embedding: EmbeddingConfig, errors: Iterable[float], *, seed: int
) -> pd.DataFrame:
    """What the error of a policy changes, from the distances to the gradient.

    Everything is compared with a policy that does not err, over all pairs of demonstrations; the gradient is
    that of the loss of successive pairs at random embeddings.

    Args:
        expert: T demonstrations of n steps, at least two.
        embedding: Metric and loss; its own `policy_error` does not count.
        errors: Probabilities in [0, 0.5] of the other action.
        seed: Non-negative integer, for the embeddings.

    Returns:
        A row for each error: error; lowest_ratio and highest_ratio of a distance to what it is without error,
        where that is above 0; same_positive, the share of anchors whose positive is the same state; loss in
        nats; gradient_change, the norm of the gradient's change relative to that of the gradient;
        metric_change, the largest change of a distance; allowed_change, that of Prop. B.1.
    """
    num_tasks, num_steps = expert.action.shape
    width = embedding.embedding_size or 1
    vectors = np.random.default_rng(seed).normal(size=(num_tasks, num_steps, width)).astype(np.float32)

    def seen(error: float) -> tuple[np.ndarray, float, np.ndarray]:
        erring = dataclasses.replace(embedding, policy_error=error)
        distance = builder.pairwise_distance(expert, erring)
        return distance, *_loss_and_gradient(vectors, distance, erring)

    exact, _, direction = seen(0.0)
    rows = []
    for error in errors:
        distance, loss, gradient = seen(error)
        ratio = distance[exact > 0] / exact[exact > 0]
        rows.append(
            {
                "error": error,
                "lowest_ratio": ratio.min(),
                "highest_ratio": ratio.max(),
                "same_positive": np.mean(distance.argmin(axis=-2) == exact.argmin(axis=-2)),
                "loss": loss,
                "gradient_change": np.linalg.norm(gradient - direction) / np.linalg.norm(direction),
                "metric_change": np.abs(distance - exact).max(),
                "allowed_change": 2.0 / (1.0 - embedding.discount) * error,
            }
        )
    return pd.DataFrame(rows)


def watched_positives(
    expert: Demonstration,
    errors: Sequence[float],
    num_looks: Sequence[int],
    *,
    discount: float,
    seed: int,
) -> np.ndarray:
    """How often the positive is right if a policy's probabilities are not known, but counted.

    In every state of the demonstrations the policy is watched a number of times; how often it errs there
    takes the place of the probability. A positive is right if no state of the other task is nearer to its
    anchor by the metric of the policy that does not err. Counted are the anchors up to the jump.

    Args:
        expert: T demonstrations of n steps with a jump in each, at least two.
        errors: Probabilities in [0, 0.5] of the other action.
        num_looks: How often each state is watched, each at least 1.
        discount: Of the metric.
        seed: Non-negative integer, for the actions.

    Returns:
        float64 `[num_looks, num_errors]`, shares of anchors.
    """
    action = expert.action
    is_counted = np.cumsum(action == JUMP, axis=1) - (action == JUMP) == 0
    is_pair = ~np.eye(len(action), dtype=bool)
    anchors = is_pair[:, :, None] & is_counted[None]
    sure = builder.expert_policy(action, error=0.0)
    exact = metrics.policy_similarity(expert.reward, sure, discount=discount)
    generator = np.random.default_rng(seed)
    share = np.empty((len(num_looks), len(errors)))
    for place in np.ndindex(share.shape):
        looks, error = num_looks[place[0]], errors[place[1]]
        frequency = generator.binomial(looks, error, size=action.shape) / looks
        # Where the policy errs, the expert's action has probability 0 and the other has 1.
        counted = np.abs(sure - frequency[..., None])
        erring = metrics.policy_similarity(expert.reward, counted, discount=discount)
        positive = erring.argmin(axis=-2)
        excess = np.take_along_axis(exact, positive[..., None, :], axis=-2)[..., 0, :] - exact.min(axis=-2)
        share[place] = np.mean(excess[anchors] < TIE)
    return share


def scores(runs: Iterable[RunResult]) -> dict[tuple[str, float], np.ndarray]:
    """The scores of runs by reading and error.

    Args:
        runs: Results of RandConv + PSEs, from `pisces.experiments.reproductions.suboptimality`.

    Returns:
        For each reading, "paper" if the loss has coupling weights and else "reference", and each error of the
        policy: float64 `[num_runs]`, in the order of the seeds.

    Raises:
        ValueError: If a run embeds no metric, or a seed of a configuration is there twice.
    """
    runs = list(runs)
    found = {}
    for config in dict.fromkeys(run.config for run in runs):
        if config.embedding is None:
            raise ValueError(f"runs have one of {config.method}; each must embed a metric")
        reading = "reference" if config.embedding.affinity_scale is None else "paper"
        found[reading, config.embedding.policy_error] = tables.scores(runs, config)
    return found


def twins(runs: Iterable[RunResult], config: RunConfig, others: Mapping[str, RunConfig]) -> pd.DataFrame:
    """Compares the runs of a configuration with those of others, seed by seed and bit for bit.

    Runs of either precision count, and each is compared with those of its own.

    Args:
        runs: Results; those of further configurations are left out.
        config: What is compared.
        others: What it is compared with, by names.

    Returns:
        A row for each name: seeds, of which both have runs of one precision; identical, how many of them
        have the same imitation losses and solved tasks at every report.
    """
    runs = list(runs)
    own = {_place(run): run for run in counted(runs, variants(config).values())}
    rows = {}
    for name, other in others.items():
        theirs = counted(runs, variants(other).values())
        paired = [(own[_place(run)], run) for run in theirs if _place(run) in own]
        is_identical = [
            np.array_equal(one.imitation_loss, two.imitation_loss)
            and np.array_equal(one.solved_at, two.solved_at)
            for one, two in paired
        ]
        rows[name] = (len(paired), sum(is_identical))
    return pd.DataFrame.from_dict(rows, orient="index", columns=["seeds", "identical"])


def _place(run: RunResult) -> tuple[int, str]:
    return run.seed, precision_of(run.config)


def _loss_and_gradient(
    vectors: np.ndarray, distance: np.ndarray, embedding: EmbeddingConfig
) -> tuple[float, np.ndarray]:
    """Mean loss of successive pairs of tasks, and its gradient by the embeddings `[T, n, D]`."""
    loss = builder.embedding_loss(embedding)
    variable = tf.constant(vectors)
    with tf.GradientTape() as tape:
        tape.watch(variable)
        losses = [
            loss(variable[x], variable[y], tf.constant(distance[x, y], tf.float32))
            for x, y in itertools.pairwise(range(len(vectors)))
        ]
        total = tf.reduce_mean(tf.stack(losses))
    return float(total), np.asarray(tape.gradient(total, variable))
