"""A committed run is made again, and what does not come out the same is noticed."""

import dataclasses
import os
import sys

import numpy as np
import pytest
import tiny

from pisces.jumping.training import Training
from pisces.precision import PRECISIONS
from pisces.runs.engine import THREAD_VARIABLES
from pisces.runs.identity import RunSpec
from pisces.runs.kinds import precision_of, variants
from pisces.runs.making import make
from pisces.runs.verify import CANNOT_TELL, DIFFERS, REPRODUCED, compare, sample, verify

CONFIG = tiny.run_config(num_updates=2)
KEY = RunSpec(CONFIG, 0).key
PAIR = tuple(variants(CONFIG).values())


@pytest.fixture(scope="module")
def made():
    return make(CONFIG, 0)


def elsewhere(run):
    """The same run of another processor."""
    return dataclasses.replace(run, provenance=run.provenance | {"processor": "abacus"})


def solving(run, num_tasks, seed=0):
    """The same run with so many unseen tasks solved, of 268."""
    solved_at = np.zeros_like(run.solved_at)
    solved_at[-1, np.flatnonzero(run.is_test)[:num_tasks]] = True
    return dataclasses.replace(run, seed=seed, solved_at=solved_at)


def committed(run, others):
    """A run of another processor, and others of its configuration with so many unseen tasks solved."""
    runs = {RunSpec(CONFIG, seed).key: solving(run, number, seed) for seed, number in enumerate(others, 1)}
    return {KEY: elsewhere(solving(run, 200))} | runs


def test_a_run_that_is_made_again_is_the_same_bit_for_bit(made):
    committed_elsewhen = dataclasses.replace(made, provenance=made.provenance | {"commit": "older"})
    found = verify(KEY, {KEY: committed_elsewhen}, is_quiet=True)
    assert (found.key, found.verdict, found.is_bitwise) == (KEY, REPRODUCED, True)
    assert found.reason == "bit for bit"
    assert found.committed_score == found.new_score == made.test_share


@pytest.mark.parametrize("name", ["solved_at", "jump_step", "imitation_loss", "embedding_loss"])
def test_a_committed_run_that_was_altered_is_caught(made, name):
    array = getattr(made, name).copy()
    array.flat[-1] = not array.flat[-1] if array.dtype == bool else np.nextafter(array.flat[-1], 9)
    if name == "jump_step":
        array = getattr(made, name) + (np.arange(len(array)) == 7)
    found = compare(KEY, {KEY: dataclasses.replace(made, **{name: array})}, made)
    assert (found.verdict, found.is_bitwise) == (DIFFERS, True)
    assert found.reason == f"not the same bits in {name}"


@pytest.mark.parametrize(("num_solved", "verdict"), [(164, REPRODUCED), (166, DIFFERS), (0, REPRODUCED)])
def test_on_another_processor_a_run_has_to_look_like_the_others(made, num_solved, verdict):
    # 27, 54, 80, 107 and 134 of 268 tasks: mean 80.4, standard deviation 42.3, so that 165.1 are the most.
    runs = committed(made, (27, 54, 80, 107, 134))
    found = compare(KEY, runs, solving(made, num_solved))
    assert (found.verdict, found.is_bitwise) == (verdict, False)
    assert found.new_score == pytest.approx(num_solved / 268)
    assert "30.0 ± 2 x 15.8 of 5 other runs (made with other processor)" in found.reason


def test_with_few_other_runs_one_cannot_tell(made):
    runs = committed(made, (27, 54, 80, 107))
    other = dataclasses.replace(CONFIG, learning_rate=0.5)
    runs["other"] = dataclasses.replace(made, config=other)
    found = compare(KEY, runs, solving(made, 100))
    assert found.verdict == CANNOT_TELL
    assert "4 other runs to compare with, and 5 are needed" in found.reason


@pytest.mark.parametrize(
    ("key", "changes", "what"), [("tiny-wide-0-older", {}, "outcomes"), (KEY, {"code": "older"}, "code")]
)
def test_a_run_of_other_code_may_have_other_bits(made, key, changes, what):
    older = dataclasses.replace(made, provenance=made.provenance | changes)
    found = compare(key, {key: older}, solving(made, 200))
    assert (found.verdict, found.is_bitwise) == (CANNOT_TELL, False)
    assert found.reason.endswith(f"(made with other {what})")
    found = compare(key, {key: older}, made)
    assert (found.verdict, found.is_bitwise) == (REPRODUCED, True)


def test_a_run_of_other_outcomes_is_drawn_only_if_there_is_no_other(made):
    mixed = {f"older-{number}": made for number in range(20)} | {KEY: made}
    assert sample(mixed, num_runs=1, seed=0) == [KEY]
    del mixed[KEY]
    assert sample(mixed, num_runs=1, seed=0)[0].startswith("older-")


def test_a_draw_has_no_run_twice_and_follows_its_seed(made):
    runs = {RunSpec(CONFIG, seed).key: dataclasses.replace(made, seed=seed) for seed in range(6)}
    assert sorted(sample(runs, num_runs=6, seed=0)) == sorted(runs)
    assert sample(runs, num_runs=2, seed=1) == sample(dict(reversed(runs.items())), num_runs=2, seed=1)
    assert len({tuple(sample(runs, num_runs=2, seed=seed)) for seed in range(10)}) > 1


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"num_runs": 0, "seed": 0}, "num_runs is 0; it must be from 1 to 1, the runs that there are"),
        ({"num_runs": 2, "seed": 0}, "num_runs is 2; it must be from 1 to 1, the runs that there are"),
        ({"num_runs": 1, "seed": -1}, "seed is -1; it must be at least 0"),
    ],
)
def test_a_wrong_draw_is_refused(made, settings, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        sample({KEY: made}, **settings)


@pytest.mark.parametrize(
    ("noted", "is_loaded", "expected"),
    [({"threads": "3"}, False, "3"), ({}, False, "1"), ({"threads": "3"}, True, "7")],
)
def test_the_new_run_has_as_many_threads_as_the_committed_one_if_tensorflow_still_asks(
    made, monkeypatch, noted, is_loaded, expected
):
    if not is_loaded:
        monkeypatch.delitem(sys.modules, "tensorflow")
    for name in THREAD_VARIABLES:
        monkeypatch.setenv(name, "7")
    numbers = []

    def run(*_, **__):
        numbers.extend(os.environ[name] for name in THREAD_VARIABLES)
        return dataclasses.replace(made, provenance=made.provenance | {"threads": numbers[0]})

    monkeypatch.setattr(Training, "run", run)
    provenance = {name: value for name, value in made.provenance.items() if name != "threads"}
    found = verify(KEY, {KEY: dataclasses.replace(made, provenance=provenance | noted)})
    assert set(numbers) == {expected}
    assert found.is_bitwise


def test_without_a_finite_score_one_cannot_tell(made, monkeypatch):
    for name, value in {"_THREADS": "1", "NUM_OTHERS": 2}.items():
        monkeypatch.setattr(f"pisces.runs.verify.{name}", value)
    system = make(tiny.lqr_config(), 0)
    unstable = {
        f"run {seed}": dataclasses.replace(system, seed=seed, test_gap=np.full_like(system.test_gap, np.inf))
        for seed in range(4)
    }
    new = dataclasses.replace(system, provenance=system.provenance | {"threads": "8"})
    found = compare("run 0", unstable, new)
    assert found.verdict == CANNOT_TELL and "are finite" in found.reason


def test_another_number_of_threads_may_give_other_bits(made):
    many = dataclasses.replace(solving(made, 200), provenance=made.provenance | {"threads": "8"})
    found = compare(KEY, {KEY: made}, many)
    assert (found.verdict, found.is_bitwise) == (CANNOT_TELL, False)
    assert found.reason.endswith("(made with other threads)")


@pytest.fixture
def both(made):
    """Ten runs of each precision and one that has no choice, by their keys."""
    system = dataclasses.replace(make(tiny.lqr_config(), 0), seed=0)
    runs = [dataclasses.replace(made, config=config, seed=seed) for config in PAIR for seed in range(10)]
    return {RunSpec(run.config, run.seed).key: run for run in [*runs, system]}


@pytest.mark.parametrize("native", PRECISIONS)
def test_a_run_is_drawn_that_this_machine_makes_fast(both, monkeypatch, native):
    monkeypatch.setattr("pisces.precision.native_precision", lambda: native)
    drawn = [both[key] for key in sample(both, num_runs=11, seed=0)]
    assert [precision_of(run.config) for run in sorted(drawn, key=lambda run: run.config.method)] == (
        ["float64"] + [native] * 10
    )
    with pytest.raises(
        ValueError, match="^num_runs is 12; it must be from 1 to 11, the runs that there are$"
    ):
        sample(both, num_runs=12, seed=0)


def test_runs_of_the_other_precision_are_drawn_if_there_is_no_other_or_they_are_asked_for(both, monkeypatch):
    monkeypatch.setattr("pisces.precision.native_precision", lambda: "float32")
    for precision in PRECISIONS:
        drawn = sample(both, num_runs=10, seed=0, precision=precision)
        assert {precision_of(both[key].config) for key in drawn} == {precision}
    mixed = {key: run for key, run in both.items() if run.config == PAIR[1]}
    assert len(sample(mixed, num_runs=10, seed=0)) == 10
    message = "^precision is 'float32'; it must be one of auto, mixed_bfloat16, of which there are runs$"
    with pytest.raises(ValueError, match=message):
        sample(mixed, num_runs=1, seed=0, precision="float32")


def test_a_run_is_compared_with_runs_of_its_own_precision(made):
    runs = committed(made, (27, 54, 80, 107))
    for seed in range(5, 9):
        runs |= {RunSpec(PAIR[1], seed).key: dataclasses.replace(solving(made, 268, seed), config=PAIR[1])}
    assert compare(KEY, runs, made).verdict == CANNOT_TELL
