"""Demonstrations small enough that a test is over in moments: three tasks of 4, 6 and 5 steps."""

import numpy as np
import pytest

from pisces.imitation import PSE, Demonstration, Imitator, encoder

NUM_ACTIONS = 3


@pytest.fixture
def demonstrations():
    """Action 2 in the last step, 0 or 1 before; the picture says what to do, and has noise of its task."""
    stream = np.random.default_rng(0)
    made = []
    for num_steps in (4, 6, 5):
        action = stream.integers(2, size=num_steps)
        action[-1] = 2
        observation = stream.uniform(size=(num_steps, 3, 2, 1))
        observation[:, :, 0, 0] = np.eye(NUM_ACTIONS)[action]
        made.append(Demonstration(observation, action))
    return made


@pytest.fixture
def pse():
    return PSE(
        discount=0.9, inverse_temperature=2.0, affinity_scale=0.5, contrastive_weight=0.5, embedding_size=4
    )


@pytest.fixture
def make_imitator(demonstrations, pse):
    """Builds an imitator; keywords replace the settings."""

    def make(**settings):
        chosen = {
            "demonstrations": demonstrations,
            "encoder": encoder(filters=(), feature_size=8, seed=0),
            "num_actions": NUM_ACTIONS,
            "pse": pse,
            "learning_rate": 1e-2,
            "batch_size": 16,
            "seed": 0,
        }
        return Imitator(**{**chosen, **settings})

    return make
