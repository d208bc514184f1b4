"""The choice of settings: every candidate, by held-out environments alone."""

import csv
import dataclasses
from pathlib import Path

import numpy as np
import pytest

from pisces.lqr.config import METHODS, preset
from pisces.lqr.run import run
from pisces.lqr.search import FIELDS, SPACE, Trial, beginning, candidates, search, search_all, write

FOUND = Path(__file__).parents[2] / "book" / "results" / "lqr_search.csv"


def committed(method):
    """What each candidate of a method gave, from the best to the worst."""
    with FOUND.open(newline="", encoding="utf-8") as stream:
        return [row for row in csv.DictReader(stream) if row["method"] == method]


def told(config):
    return tuple("" if (value := getattr(config, field)) is None else str(value) for field in FIELDS)


def test_all_combinations_are_tried_with_all_seeds_and_share_runs_of_several_lengths(make_config):
    made = []

    def make(config, seed):
        made.append((config.learning_rate, config.num_steps, seed))
        return run(config, seed)

    choices = {"num_steps": (20, 50), "learning_rate": (1e-3, 1e-2)}
    trials = search(make_config(), choices=choices, seeds=[5, 6], make=make)
    assert sorted(made) == [(rate, 50, seed) for rate in (1e-3, 1e-2) for seed in (5, 6)]
    tried = {(trial.config.learning_rate, trial.config.num_steps): trial for trial in trials}
    assert sorted(tried) == [(rate, num_steps) for rate in (1e-3, 1e-2) for num_steps in (20, 50)]
    assert [trial.num_runs for trial in trials] == [2] * 4
    gaps = [trial.held_out_gap for trial in trials]
    assert gaps == sorted(gaps)
    short = [run(make_config(num_steps=20), seed).held_out_gap[-1].mean() for seed in (5, 6)]
    assert tried[1e-2, 20].held_out_gap == pytest.approx(np.mean(short))


@pytest.mark.parametrize("method", METHODS)
def test_a_short_training_is_the_beginning_of_a_long_one(make_config, method):
    settings = {"optimizer": "adam", "learning_rate": 1e-3}
    short, whole = (run(make_config(method, num_steps=num, **settings), 0) for num in (20, 50))
    cut = beginning(whole, 20)
    assert cut.config == short.config
    for name in ("step", "training_gap", "held_out_gap", "test_gap", "distractor_share", "distractor_norm"):
        np.testing.assert_allclose(getattr(cut, name), getattr(short, name), rtol=1e-9)


def test_a_beginning_ends_at_a_report(make_config):
    with pytest.raises(ValueError, match="^num_steps is 30; it must be one of 0, 20, 40, 50$"):
        beginning(run(make_config(), 0), 30)


def test_only_held_out_environments_count(make_config):
    def make(config, seed):
        result = run(config, seed)
        # Whoever looks at what is reported prefers the other one.
        deceit = 1.0 if config.learning_rate == 1e-3 else 2.0
        return dataclasses.replace(
            result,
            held_out_gap=np.full_like(result.held_out_gap, deceit),
            test_gap=np.full_like(result.test_gap, -deceit),
        )

    best, worst = search(make_config(), choices={"learning_rate": (1e-2, 1e-3)}, seeds=[0], make=make)
    assert (best.config.learning_rate, best.held_out_gap) == (1e-3, 1.0)
    assert (worst.config.learning_rate, worst.held_out_gap) == (1e-2, 2.0)


def test_a_candidate_that_becomes_unstable_comes_last(make_config):
    best, worst = search(make_config(), choices={"learning_rate": (10.0, 1e-3)}, seeds=[0])
    assert best.config.learning_rate == 1e-3
    assert worst.held_out_gap == np.inf


def test_what_was_found_is_written_down(make_config, tmp_path):
    config = make_config("l1", l1_weight=0.5)
    write(tmp_path / "found.csv", [Trial(config=config, num_runs=3, held_out_gap=1.23456)])
    header, line = (tmp_path / "found.csv").read_text().splitlines()
    found = dict(zip(header.split(","), line.split(","), strict=True))
    assert (found["method"], found["l1_weight"], found["hidden_size"]) == ("l1", "0.5", "")
    assert (found["num_runs"], found["held_out_gap"]) == ("3", "1.235")


@pytest.mark.parametrize("method", METHODS)
def test_every_method_has_candidates_that_are_valid(method):
    found = candidates(preset(method, num_distractors=500), SPACE[method])
    assert len(found) == len(set(found)) > 1


@pytest.mark.parametrize("method", METHODS)
def test_the_committed_search_has_tried_every_candidate(method):
    tried = {tuple(row[field] for field in FIELDS) for row in committed(method)}
    assert tried == {told(one) for one in candidates(preset(method, num_distractors=500), SPACE[method])}


@pytest.mark.parametrize("method", METHODS)
def test_the_settings_of_a_method_are_the_best_that_the_committed_search_has_found(method):
    gaps = [float(row["held_out_gap"]) for row in committed(method)]
    assert gaps == sorted(gaps)
    assert tuple(committed(method)[0][field] for field in FIELDS) == told(preset(method, num_distractors=500))


def test_a_search_for_several_methods_returns_the_best_of_each_and_writes_all(
    make_config, tmp_path, monkeypatch
):
    monkeypatch.setattr("pisces.lqr.search.preset", lambda method, num_distractors: make_config(method))
    monkeypatch.setattr("pisces.lqr.search.SPACE", dict.fromkeys(("linear", "l1"), {"num_steps": (20, 50)}))
    best = search_all(["linear", "l1"], out=tmp_path / "found.csv", seeds=[0])
    assert [trial.config.method for trial in best] == ["linear", "l1"]
    assert len((tmp_path / "found.csv").read_text().splitlines()) == 1 + 4
