"""A sweep makes every run that is wanted once: it skips, tries again, reports, waits, and says how far it is.

The engine is a `Script` here; sweeps whose processes are killed are in `test_interruptions`.
"""

import collections
import copy
import time
from pathlib import Path

import pytest
import quick_runs
import tiny
from tqdm import tqdm

from pisces.runs import store as storing
from pisces.runs import sweep as sweeping
from pisces.runs.engine import WORKER_DIED, Outcome
from pisces.runs.identity import RunSpec
from pisces.runs.kinds import LQR
from pisces.runs.store import Store
from pisces.runs.sweep import NUM_TRIES, collect, sweep

CONFIG = tiny.lqr_config()


def runs_of(*seeds):
    return [RunSpec(CONFIG, seed) for seed in seeds]


def key_of(seed):
    return RunSpec(CONFIG, seed).key


def complete(spec, store):
    """Leaves in a store what a run leaves that ends."""
    folder = store.run_folder(spec.key)
    storing.open_run(folder, spec.config, spec.seed)
    storing.write_run(folder, quick_runs.result(spec.config, spec.seed))


class Script:
    """An engine without processes, which completes runs at once unless `act` says otherwise.

    Attributes:
        act: Called with the seed of a run, how often it was begun, and the settings of the batch. It returns
            the error, `WORKER_DIED`, "busy", or None.
        calls: Of each batch, whether it has the machine for itself, and the seeds that were taken.
        tries: How often each seed was begun.
        elsewhere: The store that complete runs are left in; None is that of the sweep.
    """

    def __init__(self):
        self.act = lambda *_: None
        self.calls = []
        self.tries = collections.Counter()
        self.elsewhere = None
        self.is_alone = False

    def alone(self):
        other = copy.copy(self)
        other.is_alone = True
        return other

    def outcomes(self, make, runs):
        taken = []
        self.calls.append((self.is_alone, taken))
        for spec in runs:
            taken.append(spec.seed)
            self.tries[spec.seed] += 1
            error = self.act(spec.seed, self.tries[spec.seed], make.keywords)
            if error is None:
                complete(spec, self.elsewhere or make.keywords["store"])
            is_busy = error == "busy"
            yield Outcome(spec.key, error=None if is_busy else error, is_busy=is_busy)
            if error == WORKER_DIED:
                return  # as `Loky` does


@pytest.fixture
def script():
    return Script()


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "store")


@pytest.fixture
def full(store):
    """The store, with the runs of seeds 0 to 3."""
    for spec in runs_of(0, 1, 2, 3):
        complete(spec, store)
    return store


# What is there is not made again.


def test_a_complete_run_is_skipped_and_its_files_are_left_alone(full, script):
    written = {path: path.stat().st_mtime_ns for path in full.folder.rglob("*")}
    assert sweep(runs_of(0, 1, 2, 3), full, engine=script, is_quiet=True) == {}
    assert {path: path.stat().st_mtime_ns for path in full.folder.rglob("*")} == written
    assert script.calls == []
    assert sweep(runs_of(3, 4), full, engine=script, is_quiet=True) == {}
    assert script.calls == [(False, [4])]


def test_a_damaged_result_is_named_and_neither_believed_nor_touched(full, script):
    torn = full.run_folder(key_of(0)) / "result.json"
    torn.write_text(torn.read_text()[:100])
    before = torn.read_text()
    failures = sweep(runs_of(0, 1, 2, 3), full, engine=script, is_quiet=True)
    assert list(failures) == [key_of(0)]
    assert "whose result.json is broken" in failures[key_of(0)]
    assert torn.read_text() == before
    assert script.calls == []
    runs, aside = collect(full)
    assert set(runs) == {key_of(1), key_of(2), key_of(3)}
    assert "result.json is broken" in aside[key_of(0)]


def test_runs_of_other_code_and_strangers_are_left_aside(full, monkeypatch):
    full.run_folder(key_of(0)).rename(full.folder / "renamed")
    (full.folder / "notes.txt").write_text("")
    runs, aside = collect(full)
    assert set(runs) == {key_of(1), key_of(2), key_of(3)}
    assert aside["renamed"] == "made by other code, or renamed"
    assert "which has no run.json" in aside["notes.txt"]
    monkeypatch.setitem(vars(LQR), "outcomes", "other")
    runs, aside = collect(full)
    assert runs == {} and len(aside) == 5


def test_a_worker_does_not_make_runs_of_other_code(store, monkeypatch):
    (spec,) = runs_of(0)
    key = spec.key
    monkeypatch.setitem(vars(LQR), "outcomes", "newer")
    outcome = sweeping._make_run(spec, key, store=store, waits=False)
    assert outcome.error == "ValueError: the code is not that which the sweep began with; begin it again"
    assert store.keys() == []


# What fails is tried again, and then reported.


def test_a_run_that_fails_is_tried_again_the_last_time_alone(script, store):
    script.act = lambda seed, number, _: f"error {number}" if seed in (1, 2) and number < 3 else None
    assert sweep(runs_of(0, 1, 2), store, engine=script, is_quiet=True) == {}
    assert script.calls == [(False, [0, 1, 2]), (False, [1, 2]), (True, [1]), (True, [2])]


def test_a_run_that_always_fails_is_given_up_with_its_last_error(script, store):
    script.act = lambda seed, number, _: f"error {number}" if seed == 1 else None
    failures = sweep(runs_of(0, 1), store, engine=script, is_quiet=True)
    assert failures == {key_of(1): f"error {NUM_TRIES}"}
    assert script.tries == {0: 1, 1: NUM_TRIES}


def test_a_run_that_kills_its_worker_takes_no_other_with_it(script, store):
    script.act = lambda seed, *_: WORKER_DIED if seed == 1 else None
    failures = sweep(runs_of(0, 1, 2, 3), store, engine=script, is_quiet=True)
    assert failures == {key_of(1): "its worker died"}
    assert store.read_failure(key_of(1)) == "its worker died\n"
    assert script.tries == {0: 1, 1: NUM_TRIES, 2: 1, 3: 1}


# Several sweeps and several machines share a store.


def test_a_run_that_another_sweep_makes_is_waited_for_after_all_others(script, store):
    waited = []

    def act(seed, _, settings):
        if seed == 0 and not settings["waits"]:
            return "busy"
        waited.append((seed, settings["waits"]))
        return None

    script.act = act
    assert sweep(runs_of(0, 1, 2), store, engine=script, is_quiet=True) == {}
    assert waited == [(1, False), (2, False), (0, True)]


def test_what_is_made_in_another_place_is_not_complete(script, store, tmp_path):
    script.elsewhere = Store(tmp_path / "elsewhere")
    failures = sweep(runs_of(0), store, engine=script, is_quiet=True)
    assert failures == {key_of(0): "it was made, and not in this store: share its folder"}
    assert script.tries == {0: NUM_TRIES}


def test_processes_elsewhere_are_given_the_whole_path_of_the_store(script, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folders = []
    script.act = lambda seed, number, settings: folders.append(settings["store"].folder)
    sweep(runs_of(0), Store(Path("runs")), engine=script, is_quiet=True)
    assert folders == [tmp_path / "runs"]


# A bar shows how far it is.


def test_a_sweep_shows_how_many_runs_are_done(script, store, capsys):
    sweep(runs_of(0, 1), store, engine=script)
    assert "2/2" in capsys.readouterr().err
    sweep(runs_of(2), store, engine=script, is_quiet=True)
    assert capsys.readouterr() == ("", "")


def test_the_estimate_of_a_sweep_that_goes_on_counts_what_is_made_now(script, full, monkeypatch):
    bars = []
    monkeypatch.setattr(sweeping, "tqdm", lambda **settings: bars.append(tqdm(**settings)) or bars[-1])
    script.act = lambda *_: time.sleep(0.2)
    sweep(runs_of(1, 2, 3, 4, 5), full, engine=script)
    made = bars[-1].format_dict
    assert (made["initial"], made["n"], made["total"]) == (3, 5, 5)
    # Half of what is left after one of two runs: as long again as that one took.
    line = tqdm.format_meter(**(made | {"n": 4, "elapsed": 60.0}))
    assert "4/5 [01:00<01:00" in line
