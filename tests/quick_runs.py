"""Runs on the linear system that learn nothing, to test the processes that make runs.

They load no TensorFlow, which takes each process seconds, and last as long as they are told.
"""

import functools
import sys
import time

import numpy as np

from pisces.lqr.result import LQRResult

SECONDS_PER_STEP = 0.1


def run(config, seed, *, provenance):
    """Stands for `pisces.lqr.run.run`."""
    time.sleep(config.num_steps * SECONDS_PER_STEP)
    return result(config, seed, provenance)


def result(config, seed, provenance=None):
    """What comes out of a run; it follows from configuration and seed."""
    random = np.random.default_rng([config.num_distractors, seed])
    step = np.append(np.arange(0, config.num_steps, config.report_interval), config.num_steps)
    return LQRResult(
        config=config,
        seed=seed,
        step=step,
        training_gap=random.random((len(step), config.num_training)),
        held_out_gap=random.random((len(step), config.num_held_out)),
        test_gap=random.random((len(step), config.num_test)),
        distractor_share=random.random(len(step)),
        distractor_norm=random.random(len(step)),
        oracle_cost=random.random(),
        seconds=config.num_steps * SECONDS_PER_STEP,
        provenance=provenance or {},
    )


class Quick:
    """An engine whose runs on the linear system are of this sort; the processes are those of another one."""

    def __init__(self, engine):
        self.engine = engine

    def alone(self):
        return Quick(self.engine.alone())

    def outcomes(self, make, runs):
        return self.engine.outcomes(functools.partial(_make, make), runs)


def _make(make, spec, key):
    sys.modules["pisces.lqr.run"] = sys.modules[__name__]
    return make(spec, key)
