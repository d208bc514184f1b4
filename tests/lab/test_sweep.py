"""Sweeps make every run that is wanted once, whoever is killed, whoever else is at work."""

import collections
import concurrent.futures
import dataclasses
import json
import os
import signal
import subprocess
import sys
import time
import unittest.mock
from pathlib import Path

import numpy as np
import pytest

from pisces.lab import sweep as sweeping
from pisces.lab import tables
from pisces.lab.config import RunConfig
from pisces.lab.experiments import Cell, cells
from pisces.lab.store import Store
from pisces.lab.sweep import NUM_TRIES, RunSpec, collect, specs, sweep

TINY = RunConfig(
    method="tiny",
    grid="wide",
    learning_rate=1e-2,
    num_updates=6,
    batch_size=8,
    feature_size=8,
    report_interval=2,
)
CELLS = [
    Cell(row="tiny", column=grid, config=dataclasses.replace(TINY, grid=grid)) for grid in ("wide", "random")
]
WANTED = specs(CELLS, range(2))

SWEEP = """
import json, sys
from pathlib import Path
from pisces.lab.config import RunConfig
from pisces.lab.store import Store
from pisces.lab.sweep import RunSpec, sweep

store, *wanted = sys.argv[1:]
wanted = [RunSpec(RunConfig.from_dict(config), seed) for config, seed in map(json.loads, wanted)]
failures = sweep(wanted, Store(Path(store)), num_workers=2, is_quiet=True)
assert "tensorflow" not in sys.modules
raise SystemExit(len(failures))
"""


def start(folder, wanted=WANTED):
    """A sweep in a process of its own, as the leader of a group of processes."""
    words = [json.dumps([spec.config.to_dict(), spec.seed]) for spec in wanted]
    return subprocess.Popen([sys.executable, "-c", SWEEP, str(folder), *words], start_new_session=True)


def workers(process):
    """Process ids of a sweep's workers."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            if parent == process.pid and b"LokyProcess" in (folder / "cmdline").read_bytes():
                found.append(int(folder.name))
        except OSError:  # ended in the meantime
            continue
    return found


def wait_for(condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "nothing happened"
        time.sleep(0.05)


def is_alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def assert_same_store(folder, other):
    (runs, aside), (other_runs, _) = collect(Store(folder)), collect(Store(other))
    assert aside == {}
    assert list(runs) == list(other_runs) == sorted(spec.key for spec in WANTED)
    for key, run in runs.items():
        for name in ("solved", "is_test", "update", "imitation_loss", "embedding_loss", "solved_share"):
            np.testing.assert_array_equal(getattr(run, name), getattr(other_runs[key], name), err_msg=name)
        names = {path.name for path in (folder / key).iterdir()}
        assert names == {"run.json", "result.json", "checkpoint", "policy"}
    table, other_table = (tables.results(CELLS, some.values()) for some in (runs, other_runs))
    assert table.equals(other_table)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """The store of a sweep that nothing happened to."""
    folder = tmp_path_factory.mktemp("undisturbed") / "store"
    assert start(folder).wait(timeout=120) == 0
    return folder


@pytest.fixture
def sweeps(tmp_path):
    """Starts sweeps on one store; whatever is left of them in the end is killed."""
    started = []

    def run():
        started.append(start(tmp_path / "store"))
        return started[-1]

    yield run
    for process in started:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        process.wait()


def test_a_sweep_leaves_complete_runs_and_nothing_else(undisturbed):
    assert {path.name for path in undisturbed.iterdir()} == {spec.key for spec in WANTED} | {".locks"}
    assert_same_store(undisturbed, undisturbed)


def test_a_complete_sweep_is_not_made_again(undisturbed):
    written = {path: path.stat().st_mtime_ns for path in undisturbed.rglob("*")}
    assert sweep(WANTED, Store(undisturbed), num_workers=2, is_quiet=True) == {}
    assert {path: path.stat().st_mtime_ns for path in undisturbed.rglob("*")} == written


@pytest.mark.skipif(not Path("/proc").exists(), reason="looks for processes in /proc")
def test_whatever_is_killed_no_run_is_lost_or_doubled_or_different(undisturbed, sweeps, tmp_path):
    random = np.random.default_rng()
    store = tmp_path / "store"
    process = sweeps()
    for victim in ("worker", "sweep", "worker", "sweep"):
        wait_for(lambda process=process: workers(process) or process.poll() is not None)
        time.sleep(random.uniform(0, 8))
        found = workers(process)
        if process.poll() is not None or not found:
            break
        if victim == "worker":
            os.kill(random.choice(found), signal.SIGKILL)
            continue
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        # The workers of a sweep that is gone do not stay behind.
        wait_for(lambda found=found: not any(map(is_alive, found)))
        process = sweeps()
    # A run whose worker died three times was reported; the next sweep makes it.
    for _ in range(2):
        if process.wait(timeout=120) == 0:
            break
        process = sweeps()
    assert process.wait(timeout=120) == 0
    assert_same_store(store, undisturbed)


@pytest.mark.skipif(not Path("/proc").exists(), reason="looks for processes in /proc")
def test_workers_that_have_nothing_to_do_yet_end_with_their_sweep(sweeps):
    process = sweeps()
    wait_for(lambda: len(workers(process)) == 2)
    found = workers(process)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    wait_for(lambda: not any(map(is_alive, found)))


@pytest.mark.skipif(not Path("/proc").exists(), reason="looks for processes in /proc")
def test_of_two_sweeps_on_one_store_one_may_be_killed(undisturbed, sweeps, tmp_path):
    first, second = sweeps(), sweeps()
    wait_for(lambda: workers(first) and workers(second))
    wait_for(lambda: len(Store(tmp_path / "store").keys()) >= 2)
    os.kill(first.pid, signal.SIGKILL)
    first.wait()
    assert second.wait(timeout=120) == 0
    assert_same_store(tmp_path / "store", undisturbed)


def test_ctrl_c_ends_a_sweep_and_its_workers_and_the_next_one_goes_on(undisturbed, tmp_path):
    folder = tmp_path / "store"
    words = [json.dumps([spec.config.to_dict(), spec.seed]) for spec in WANTED]
    process = subprocess.Popen(
        [sys.executable, "-c", SWEEP, str(folder), *words],
        start_new_session=True,
        stderr=subprocess.PIPE,
        text=True,
    )
    wait_for(lambda: Store(folder).keys())
    found = workers(process)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does
    _, said = process.communicate(timeout=60)
    wait_for(lambda: not any(map(is_alive, found)))
    assert process.returncode != 0
    assert "\nKeyboardInterrupt\n" in said and said.count("Traceback") == 1
    assert start(folder).wait(timeout=120) == 0
    assert_same_store(folder, undisturbed)


def test_a_run_that_cannot_be_made_is_reported_and_the_others_are_made(tmp_path):
    store, (first, *others) = Store(tmp_path / "store"), WANTED[:2]
    foreign = store.run_folder(first.key) / "thesis.tex"
    foreign.parent.mkdir(parents=True)
    foreign.write_text("\\documentclass")
    failures = sweep([first, *others], store, num_workers=2, is_quiet=True)
    assert list(failures) == [first.key]
    assert failures[first.key].endswith("which holds something else; choose an empty one")
    report = store.read_failure(first.key)
    assert report.startswith("Traceback") and failures[first.key] in report
    assert foreign.read_text() == "\\documentclass"
    runs, aside = collect(store)
    assert list(runs) == [spec.key for spec in others]
    assert list(aside) == [first.key] and "which has no run.json" in aside[first.key]


def test_a_damaged_result_is_named_and_neither_believed_nor_touched(undisturbed, tmp_path, script):
    folder = tmp_path / "store"
    subprocess.run(["cp", "-r", undisturbed, folder], check=True)
    torn = folder / WANTED[0].key / "result.json"
    torn.write_text(torn.read_text()[:100])
    before = torn.read_text()
    failures = sweep(WANTED, Store(folder), num_workers=2, is_quiet=True)
    assert list(failures) == [WANTED[0].key]
    assert "whose result.json is broken" in failures[WANTED[0].key]
    assert torn.read_text() == before
    assert script.calls == []
    runs, aside = collect(Store(folder))
    assert len(runs) == len(WANTED) - 1
    assert "result.json is broken" in aside[WANTED[0].key]


def test_runs_of_other_code_and_strangers_are_left_aside(undisturbed, tmp_path, monkeypatch):
    folder = tmp_path / "store"
    subprocess.run(["cp", "-r", undisturbed, folder], check=True)
    (folder / WANTED[0].key).rename(folder / "renamed")
    (folder / "notes.txt").write_text("")
    runs, aside = collect(Store(folder))
    assert set(runs) == {spec.key for spec in WANTED[1:]}
    assert aside["renamed"] == "made by other code, or renamed"
    assert "which has no run.json" in aside["notes.txt"]
    monkeypatch.setattr(sweeping, "code_hash", lambda: "other")
    runs, aside = collect(Store(folder))
    assert runs == {} and len(aside) == len(WANTED) + 1


class Script:
    """Stands for joblib: each call of it is a batch, each run goes as `play` says."""

    def __init__(self, play):
        self.play = play
        self.calls = []
        self.tries = collections.Counter()

    def __call__(self, *, n_jobs, pre_dispatch, **_):
        def run(work):
            call = []
            self.calls.append((int(pre_dispatch), call))
            for make, arguments, _ in work:
                spec, key = arguments
                assert key == spec.key
                call.append(spec.seed)
                self.tries[spec.seed] += 1
                yield self.play(spec, self.tries[spec.seed], make.keywords)

        assert n_jobs >= 2
        return run


@pytest.fixture
def script(monkeypatch):
    """Replaces workers, so that no process is started; complete is a run that has ended without an error."""
    script, complete = Script(None), set()

    def play(spec, number, settings):
        outcome = script.act(spec.seed, number, settings)
        if outcome is None:
            complete.add(spec.key)
        if outcome == "busy":
            return sweeping._Outcome(spec.key, is_busy=True)
        return sweeping._Outcome(spec.key, error=outcome)

    script.play, script.act = play, lambda *_: None
    monkeypatch.setattr(sweeping.joblib, "Parallel", script)
    monkeypatch.setattr(sweeping, "get_reusable_executor", unittest.mock.Mock())
    real = Store.read
    monkeypatch.setattr(
        Store, "read", lambda store, key, *spec: True if key in complete else real(store, key, *spec)
    )
    return script


def runs_of(*seeds):
    return [RunSpec(TINY, seed) for seed in seeds]


def test_a_run_that_fails_is_tried_again_the_last_time_alone(script, tmp_path):
    script.act = lambda seed, number, _: f"error {number}" if seed in (1, 2) and number < 3 else None
    assert sweep(runs_of(0, 1, 2), Store(tmp_path), num_workers=2, is_quiet=True) == {}
    assert script.calls == [(2, [0, 1, 2]), (2, [1, 2]), (1, [1]), (1, [2])]


def test_a_run_that_always_fails_is_given_up_with_its_last_error(script, tmp_path):
    script.act = lambda seed, number, _: f"error {number}" if seed == 1 else None
    failures = sweep(runs_of(0, 1), Store(tmp_path), num_workers=1, is_quiet=True)
    assert failures == {RunSpec(TINY, 1).key: f"error {NUM_TRIES}"}
    assert script.tries == {0: 1, 1: NUM_TRIES}


def test_a_run_that_kills_its_worker_takes_no_other_with_it(script, tmp_path):
    def act(seed, number, _):
        if seed == 1:
            raise concurrent.futures.BrokenExecutor

    script.act = act
    store = Store(tmp_path)
    failures = sweep(runs_of(0, 1, 2, 3), store, num_workers=2, is_quiet=True)
    assert failures == {RunSpec(TINY, 1).key: "its worker died"}
    assert store.read_failure(RunSpec(TINY, 1).key) == "its worker died\n"
    assert script.tries == {0: 1, 1: NUM_TRIES, 2: 1, 3: 1}


def test_a_run_that_another_sweep_makes_is_waited_for_after_all_others(script, tmp_path):
    waited = []

    def act(seed, number, settings):
        if seed == 0 and not settings["waits"]:
            return "busy"
        waited.append((seed, settings["waits"]))
        return None

    script.act = act
    assert sweep(runs_of(0, 1, 2), Store(tmp_path), num_workers=2, is_quiet=True) == {}
    assert waited == [(1, False), (2, False), (0, True)]


def test_a_worker_does_not_make_runs_of_other_code(tmp_path, monkeypatch):
    (spec,) = runs_of(0)
    monkeypatch.setattr(sweeping, "code_hash", lambda: "newer")
    outcome = sweeping._make_run(spec, "tiny-wide-0-older", store=Store(tmp_path), waits=False)
    assert outcome.error == "ValueError: the code has changed since the sweep began; begin it again"
    assert Store(tmp_path).keys() == []


def test_a_sweep_shows_how_many_runs_are_done(script, tmp_path, capsys):
    sweep(runs_of(0, 1), Store(tmp_path), num_workers=1)
    assert "2/2" in capsys.readouterr().err
    sweep(runs_of(2), Store(tmp_path), num_workers=1, is_quiet=True)
    assert capsys.readouterr() == ("", "")


def test_a_sweep_needs_a_worker(tmp_path):
    with pytest.raises(ValueError, match="^num_workers is 0; it must be at least 1$"):
        sweep(WANTED, Store(tmp_path), num_workers=0)


def test_a_key_says_what_is_run_and_follows_configuration_seed_and_code(monkeypatch):
    spec = RunSpec(TINY, 3)
    assert spec.key.startswith("tiny-wide-3-") and len(spec.key) == len("tiny-wide-3-") + 12
    others = [RunSpec(TINY, 4), RunSpec(dataclasses.replace(TINY, learning_rate=2e-2), 3)]
    keys = {spec.key, *(other.key for other in others)}
    assert RunSpec(dataclasses.replace(TINY), 3).key == spec.key
    monkeypatch.setattr(sweeping, "code_hash", lambda: "other")
    assert len(keys | {spec.key}) == 4


def test_what_two_experiments_share_is_wanted_once_and_every_cell_gets_its_first_seed_first():
    both = [*cells("table1"), *cells("table2")]
    wanted = specs(both, [0, 1])
    assert len(wanted) == 2 * (15 + 4 - 1)
    assert [spec.seed for spec in wanted] == [0] * 18 + [1] * 18
