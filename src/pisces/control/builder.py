"""What does a configuration ask to be built? The agent, its networks and its optimizers."""

import functools
import typing

import numpy as np
import tensorflow as tf
import tf_keras as keras
from tf_agents.specs import tensor_spec
from tf_agents.trajectories import time_step as ts

from pisces.control.agent import ControlAgent, Optimizers
from pisces.control.config import ControlConfig
from pisces.control.frames import NUM_STACKED
from pisces.control.network import Actor, Critic, num_map_values
from pisces.learn import contrastive_loss


def agent(config: ControlConfig, *, action_size: int, seed: int) -> ControlAgent:
    """The agent of a configuration; its variables and its random streams follow from `seed`.

    Args:
        config: The settings.
        action_size: Numbers in an action of the task, A.
        seed: At least 0.
    """
    actor_seed, critic_seed, update_seed, acting_seed = (
        np.random.SeedSequence(seed).generate_state(4).tolist()
    )
    settings: dict[str, typing.Any] = {
        "feature_size": config.feature_size,
        "mlp_width": config.mlp_width,
        "action_size": action_size,
        "precision": config.precision,
    }
    critics = [
        Critic(
            size=config.size,
            num_filters=config.num_filters,
            num_strided=config.num_strided,
            sees_changes=config.sees_changes,
            seed=critic_seed,
            **settings,
        )
        for _ in range(2)
    ]
    pse = config.pse
    actor = Actor(
        num_inputs=num_map_values(config.size, config.num_filters, config.num_strided),
        embedding_size=None if pse is None else pse.embedding_size,
        min_log_std=config.min_log_std,
        max_log_std=config.max_log_std,
        seed=actor_seed,
        **settings,
    )
    return ControlAgent(
        *_specs(config.size, action_size),
        actor=actor,
        critic=critics[0],
        target_critic=critics[1],
        optimizers=optimizers(config),
        num_views=config.num_crops,
        is_overlaid=config.overlay_weight is not None,
        num_target_crops=config.num_target_crops,
        discount=config.discount,
        target_rate=config.target_rate,
        target_update_period=config.target_update_period,
        actor_update_period=config.actor_update_period,
        initial_temperature=config.initial_temperature,
        embedding_loss=embedding_loss(config),
        embedding_variables=_embedding_variables(config, actor, critics[0]),
        contrastive_weight=0.0 if pse is None else pse.contrastive_weight,
        generator=tf.random.Generator.from_seed(update_seed),
        collect_generator=tf.random.Generator.from_seed(acting_seed),
        train_step_counter=tf.Variable(tf.constant(0, tf.int64), name="train_step"),
    )


def optimizers(config: ControlConfig) -> Optimizers:
    """Adam for each loss of a configuration."""

    # The optimizer of Keras 2.10 updates each variable in one fused operation; its successor takes several.
    def adam(learning_rate: float | None = None) -> typing.Any:
        return keras.optimizers.legacy.Adam(learning_rate or config.learning_rate)

    return Optimizers(adam(), adam(), adam(), None if config.pse is None else adam(config.pse.learning_rate))


def embedding_loss(config: ControlConfig) -> typing.Callable[..., tf.Tensor] | None:
    """Eq. 4 with the settings of a configuration; None if it embeds nothing."""
    if config.pse is None:
        return None
    return functools.partial(
        contrastive_loss,
        inverse_temperature=config.pse.inverse_temperature,
        affinity_scale=config.pse.affinity_scale,
    )


def _embedding_variables(config: ControlConfig, actor: Actor, critic: Critic) -> list[tf.Variable]:
    """What the embedding loss of a configuration trains."""
    if config.pse is None:
        return []
    below = critic.convolutions.trainable_variables if config.pse.reach == "convolutions" else []
    return [*below, *actor.embedding_variables]


def _specs(size: int, action_size: int) -> tuple[ts.TimeStep, tensor_spec.BoundedTensorSpec]:
    """Of what is seen and of what is done; the constructors' inferred types do not know their arguments."""
    spec: typing.Any = tensor_spec.BoundedTensorSpec
    pixels = spec([size, size, 3 * NUM_STACKED], tf.uint8, 0, 255, name="pixels")
    observation: typing.Any = {"pixels": pixels}
    return ts.time_step_spec(observation), spec([action_size], tf.float32, -1, 1, name="action")
