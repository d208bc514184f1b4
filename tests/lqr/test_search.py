"""The choice of settings: every candidate, by held-out environments alone."""

import dataclasses

import numpy as np
import pytest

from pisces.lqr.config import METHODS, preset
from pisces.lqr.run import run
from pisces.lqr.search import SPACE, candidates, search


def test_all_combinations_are_tried_with_all_seeds(make_config):
    tried = []

    def make(config, seed):
        tried.append((config.learning_rate, config.num_steps, seed))
        return run(config, seed)

    choices = {"learning_rate": (1e-3, 1e-2), "num_steps": (1, 2)}
    trials = search(make_config(), choices=choices, seeds=[5, 6], make=make)
    assert sorted(tried) == [(rate, num, seed) for rate in (1e-3, 1e-2) for num in (1, 2) for seed in (5, 6)]
    assert [trial.num_runs for trial in trials] == [2] * 4
    gaps = [trial.held_out_gap for trial in trials]
    assert gaps == sorted(gaps)


def test_only_held_out_environments_count(make_config):
    def make(config, seed):
        result = run(config, seed)
        # Whoever looks at what is reported prefers the other one.
        deceit = 1.0 if config.num_steps == 1 else 2.0
        return dataclasses.replace(
            result,
            held_out_gap=np.full_like(result.held_out_gap, deceit),
            test_gap=np.full_like(result.test_gap, -deceit),
        )

    best, worst = search(make_config(), choices={"num_steps": (2, 1)}, seeds=[0], make=make)
    assert (best.config.num_steps, best.held_out_gap) == (1, 1.0)
    assert (worst.config.num_steps, worst.held_out_gap) == (2, 2.0)


def test_a_candidate_that_becomes_unstable_comes_last(make_config):
    best, worst = search(make_config(), choices={"learning_rate": (10.0, 1e-3)}, seeds=[0])
    assert best.config.learning_rate == 1e-3
    assert worst.held_out_gap == np.inf


@pytest.mark.parametrize("method", METHODS)
def test_every_method_has_candidates_that_are_valid(method):
    found = candidates(preset(method, num_distractors=500), SPACE[method])
    assert len(found) == len(set(found)) > 1
