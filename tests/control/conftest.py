"""Worlds and batches for the tests."""

import numpy as np
import pytest
import tensorflow as tf

from pisces.control.backgrounds import Procedural
from pisces.control.batch import PairBatch
from pisces.control.simulation import Simulation
from pisces.control.world import WorldSettings


@pytest.fixture(scope="session")
def unseen(physics):
    """A simulation of a task, by its name, of which nothing is rendered."""
    made = {}

    def simulation(task):
        if task not in made:
            made[task] = Simulation(WorldSettings(task=task, size=None), seed=0)
        return made[task]

    yield simulation
    for one in made.values():
        one.close()


@pytest.fixture(scope="module")
def simulation(rendering):
    """Reacher before the training videos, at 24 pixels."""
    settings = WorldSettings(task="reacher-easy", size=24, backgrounds=Procedural.of("training"))
    with Simulation(settings, seed=0) as simulation:
        yield simulation


@pytest.fixture(scope="module")
def pair():
    """Six states of one episode and four of another, at 16 pixels, and how far apart they are."""
    generator = np.random.default_rng(1)
    pixels_x, pixels_y = (
        generator.integers(256, size=(number, 16, 16, 9), dtype=np.uint8) for number in (6, 4)
    )
    return PairBatch(
        tf.constant(pixels_x),
        tf.constant(pixels_y),
        tf.constant(generator.uniform(0, 0.3, (6, 4)), tf.float32),
    )
