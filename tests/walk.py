"""A world for tests that needs no process, no physics and no time."""

import dataclasses

import numpy as np
import pytest

from pisces.control.backgrounds import Procedural
from pisces.control.simulation import Simulation
from pisces.control.world import Moment, WorldSettings


class Walk:
    """Stands for a renderer: a point that actions move, in episodes of nine decisions, is near 0 or is not.

    The upper half of a frame shows where the point is, the lower half what the background is.
    """

    action_size = 2
    state_names = ("place",)
    length = 9

    def __init__(self, settings, *, answer_limit):
        self._size = settings.size

    def reset(self, task_seed, background_seed):
        self._place = np.random.default_rng(task_seed).uniform(-1, 1)
        self._background = np.random.default_rng(background_seed).integers(256, size=(self._size, 3))
        self._time = 0
        return self._moment(0.0)

    def step(self, action):
        self._place = np.clip(self._place + 0.2 * float(action[0]), -1, 1)
        self._time += 1
        return self._moment(1.0 - abs(self._place))

    def close(self):
        pass

    def _moment(self, reward):
        frame = np.empty((self._size, self._size, 3), np.uint8)
        frame[:] = self._background
        frame[: self._size // 2] = int(127 * (1 + self._place))
        return Moment(frame, np.array([self._place], np.float32), reward, 1.0, self._time == self.length)


def make_walk(**changes) -> Simulation:
    """A simulation of `Walk` before the training videos, with these settings changed; it takes no time."""
    settings = WorldSettings(task="reacher-easy", size=16, backgrounds=Procedural.of("training"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pisces.control.simulation.Renderer", Walk)
        return Simulation(dataclasses.replace(settings, **changes), seed=0)
