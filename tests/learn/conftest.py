"""A learner small enough that a test is over in moments: 12x12 images, 6 tasks of 8 steps."""

import functools

import numpy as np
import pytest
import tensorflow as tf
import tf_keras as keras
from tf_agents.specs import tensor_spec
from tf_agents.trajectories import time_step as ts

from pisces.learn import ConvolutionalPolicyNetwork, PSEAgent, RandConv, TrainingSet, contrastive_loss

IMAGE_SHAPE = (12, 12, 2)
NUM_TASKS, NUM_STEPS = 6, 8
OBSERVATION_SPEC = tensor_spec.BoundedTensorSpec(IMAGE_SHAPE, tf.float32, 0.0, 1.0, name="observation")


@pytest.fixture
def rand_conv():
    return RandConv(kernel_size=2, skip_probability=0.1)


@pytest.fixture
def make_network():
    """Builds a network; keywords replace the settings."""

    def make(**settings):
        chosen = {
            "num_actions": 2,
            "feature_size": 16,
            "embedding_size": 8,
            "dropout_rate": 0.0,
            "shift": None,
            "augmentation": None,
            "num_action_passes": 1,
            "precision": "float32",
            "seed": 0,
        }
        network = ConvolutionalPolicyNetwork(OBSERVATION_SPEC, **{**chosen, **settings})
        network.create_variables()
        return network

    return make


@pytest.fixture
def expert():
    """Observations and actions of the demonstrations: one jump each, the later the brighter the images."""
    stream = np.random.default_rng(0)
    action = np.zeros((NUM_TASKS, NUM_STEPS), np.int64)
    action[np.arange(NUM_TASKS), np.arange(NUM_TASKS)] = 1
    noise = stream.uniform(0.0, 0.5, size=(NUM_TASKS, NUM_STEPS, *IMAGE_SHAPE))
    return (noise + 0.5 * action[..., None, None, None]).astype(np.float32), action


@pytest.fixture
def training_set(expert):
    observation, action = expert
    distance = np.random.default_rng(1).uniform(0.0, 2.0, size=(NUM_TASKS, NUM_TASKS, NUM_STEPS, NUM_STEPS))
    return TrainingSet(observation, action, distance, rare_action=1)


@pytest.fixture
def make_agent(make_network):
    """Builds an agent; `network` holds settings of the network, other keywords those of the agent."""

    def make(*, network=None, **settings):
        chosen = {
            "optimizer": keras.optimizers.legacy.Adam(1e-3),
            "embedding_loss": functools.partial(
                contrastive_loss, inverse_temperature=2.0, affinity_scale=0.1
            ),
            "contrastive_weight": 0.5,
            "l2_coefficient": 0.0,
            "train_step_counter": tf.Variable(0, dtype=tf.int64),
        }
        return PSEAgent(
            ts.time_step_spec(OBSERVATION_SPEC),
            tensor_spec.BoundedTensorSpec([], tf.int64, 0, 1),
            network=make_network(**(network or {})),
            **{**chosen, **settings},
        )

    return make
