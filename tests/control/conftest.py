"""Worlds for the tests."""

import pytest

from pisces.control.backgrounds import Procedural
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
