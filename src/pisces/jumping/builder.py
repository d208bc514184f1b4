"""What does a configuration ask to be built? Training data, optimizer and agent, from their settings."""

import functools
import typing
from collections.abc import Sequence

import numpy as np
import tensorflow as tf
import tf_keras as keras
from tf_agents.specs import tensor_spec

from pisces.jumping.config import EMBEDDING_LOSSES, SCHEDULES, EmbeddingConfig, RunConfig
from pisces.jumping.metrics import METRICS
from pisces.learn import (
    ConvolutionalPolicyNetwork,
    PolicyNetwork,
    PSEAgent,
    RandConv,
    RandomShift,
    TrainingSet,
)
from pisces.learn import (
    loss as losses,
)
from pisces.learn.agent import EmbeddingLoss
from pisces.task import JUMP, RIGHT, Demonstration, Task, demonstrations
from pisces.task.frames import NUM_STACKED
from pisces.task.tf_env import JumpingPyEnvironment


def training_set(config: RunConfig, tasks: Sequence[Task]) -> TrainingSet:
    """The expert's demonstrations of the training tasks, with the distances that the embedding loss needs."""
    expert = demonstrations(tasks)
    distance = None if config.embedding is None else pairwise_distance(expert, config.embedding)
    group = None if config.embedding is None else pair_groups(tasks, config.embedding.pairs)
    return TrainingSet(expert.observation, expert.action, distance, rare_action=JUMP, group=group)


def pair_groups(tasks: Sequence[Task], pairs: str) -> list[str | None] | None:
    """The group of each task, as `pisces.learn.TrainingSet` takes them.

    Args:
        tasks: The training tasks.
        pairs: One of `pisces.jumping.config.PAIRS`.
    """
    if pairs == "any":
        return None
    return [task.color if pairs in ("one color", task.color) else None for task in tasks]


def pairwise_distance(expert: Demonstration, embedding: EmbeddingConfig) -> np.ndarray:
    """The metric of a configuration between all states of all pairs of demonstrations.

    Args:
        expert: T demonstrations of n steps.
        embedding: Names the metric, its discount, and how often the expert errs.

    Returns:
        float64 `[T, T, n, n]`.
    """
    policy = expert_policy(expert.action, error=embedding.policy_error)
    return METRICS[embedding.metric].function(expert.reward, policy, discount=embedding.discount)


def expert_policy(action: np.ndarray, *, error: float) -> np.ndarray:
    """Action probabilities of an expert that errs.

    Args:
        action: int64 `[..., n]`, the expert's, `RIGHT` or `JUMP`.
        error: Probability in [0, 0.5] of the other action.

    Returns:
        float64 `[..., n, 2]`.

    Source: Agarwal et al. (2021), Fig. 6.
    """
    return np.where(action[..., None] == (RIGHT, JUMP), 1 - error, error)


def embedding_loss(embedding: EmbeddingConfig) -> EmbeddingLoss:
    """The loss of a configuration with its settings filled in."""
    row = EMBEDDING_LOSSES[embedding.loss]
    settings = {name: getattr(embedding, name) for name in row.settings}
    return functools.partial(getattr(losses, row.function), **settings)


def optimizer(config: RunConfig) -> keras.optimizers.legacy.Adam:
    """Adam, whose learning rate follows the schedule of a configuration."""
    # The optimizer of Keras 2.10 updates each variable in one fused operation; its successor takes several.
    return keras.optimizers.legacy.Adam(_learning_rate(config))


def _learning_rate(config: RunConfig) -> typing.Any:
    """A Keras schedule; optimizers take it, though their inferred types ask for a number."""
    row = SCHEDULES[config.schedule]
    return getattr(keras.optimizers.schedules, row.name)(config.learning_rate, **row.settings(config))


def network(
    config: RunConfig, observation_spec: tf.TensorSpec, *, num_actions: int, seed: int
) -> PolicyNetwork:
    """The policy network; its variables follow from `seed`."""
    rand_conv, embedding = config.rand_conv, config.embedding
    num_colors = typing.cast(int, observation_spec.shape[-1]) // NUM_STACKED
    shift = RandomShift(max_shift=config.max_shift, margin=config.shift_margin) if config.max_shift else None
    return ConvolutionalPolicyNetwork(
        observation_spec,
        num_actions=num_actions,
        feature_size=config.feature_size,
        embedding_size=None if embedding is None else embedding.embedding_size,
        dropout_rate=config.dropout_rate,
        shift=shift,
        augmentation=None
        if rand_conv is None
        else RandConv(
            kernel_size=rand_conv.kernel_size,
            skip_probability=rand_conv.skip_probability,
            kernel_seed=seed if rand_conv.kernels == "constant" else None,
            num_mixed=num_colors if rand_conv.kernels == "mixing" else 1,
        ),
        num_action_passes=1 if rand_conv is None else rand_conv.num_action_passes,
        precision=config.precision,
        seed=seed,
    )


def agent(
    config: RunConfig, tasks: Sequence[Task], *, optimizer: keras.optimizers.legacy.Optimizer, seed: int
) -> PSEAgent:
    """The agent for the specs of the training tasks' environment.

    Args:
        config: What to build.
        tasks: The training tasks.
        optimizer: Whose variables belong into the same checkpoint as the network's; see `optimizer`.
        seed: Non-negative integer, for the network.
    """
    environment = JumpingPyEnvironment(tasks)
    time_step_spec = tensor_spec.from_spec(environment.time_step_spec())
    action_spec = tensor_spec.from_spec(environment.action_spec())
    num_actions = int(action_spec.maximum - action_spec.minimum + 1)
    return PSEAgent(
        time_step_spec,
        action_spec,
        network=network(config, time_step_spec.observation, num_actions=num_actions, seed=seed),
        optimizer=optimizer,
        embedding_loss=None if config.embedding is None else embedding_loss(config.embedding),
        contrastive_weight=0.0 if config.embedding is None else config.embedding.contrastive_weight,
        l2_coefficient=config.l2_coefficient,
        train_step_counter=tf.Variable(tf.constant(0, tf.int64), trainable=False),
    )
