"""Sweeps make every run that is wanted once, whoever is killed, whoever else is at work."""

import collections
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
import tiny
from tqdm import tqdm

from pisces.experiments import tables
from pisces.experiments.catalogue import Cell, cells
from pisces.runs import sweep as sweeping
from pisces.runs.engine import WORKER_DIED, Loky, Outcome
from pisces.runs.identity import RunSpec, specs
from pisces.runs.kinds import JUMPING, variants
from pisces.runs.store import Store
from pisces.runs.sweep import NUM_TRIES, collect, sweep

TINY = tiny.run_config(num_updates=2, report_interval=1)
CELLS = [
    Cell(row="tiny", column=grid, config=dataclasses.replace(TINY, grid=grid)) for grid in ("wide", "random")
]
WANTED = specs(CELLS, range(2))
PATIENCE = 600  # seconds; more than any step takes on a busy machine

SWEEP = """
import contextlib, json, sys
from pathlib import Path
from pisces.jumping.config import RunConfig
from pisces.runs.engine import Dask, Loky, dask_client
from pisces.runs.store import Store
from pisces.runs.identity import RunSpec
from pisces.runs.sweep import sweep

store, scheduler, *wanted = sys.argv[1:]
wanted = [RunSpec(RunConfig.from_dict(config), seed) for config, seed in map(json.loads, wanted)]
with dask_client(scheduler) if scheduler else contextlib.nullcontext() as client:
    engine = Dask(client) if scheduler else Loky(2)
    failures = sweep(wanted, Store(Path(store)), engine=engine, is_quiet=True)
assert "tensorflow" not in sys.modules
raise SystemExit(len(failures))
"""


def start(folder, scheduler="", **settings):
    """A sweep in a process of its own, as the leader of a group of processes."""
    words = [json.dumps([spec.config.to_dict(), spec.seed]) for spec in WANTED]
    command = [sys.executable, "-c", SWEEP, str(folder), scheduler, *words]
    return subprocess.Popen(command, start_new_session=True, **settings)


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


def wait_for(condition):
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "nothing happened"
        time.sleep(0.05)


def status(process):
    """The exit status of a sweep, which is killed with its workers if it does not come to an end."""
    try:
        return process.wait(timeout=PATIENCE)
    finally:
        kill(process)


def kill(process):
    """Ends a sweep that has not ended yet, and what it started."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


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
        for name in ("solved_at", "jump_step", "is_test", "update", "imitation_loss", "embedding_loss"):
            np.testing.assert_array_equal(getattr(run, name), getattr(other_runs[key], name), err_msg=name)
        names = {path.name for path in (folder / key).iterdir()}
        assert names == {"run.json", "result.json", "checkpoint", "policy"}
    table, other_table = (tables.results(CELLS, some.values()) for some in (runs, other_runs))
    assert table.equals(other_table)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """The store of a sweep that nothing happened to."""
    folder = tmp_path_factory.mktemp("undisturbed") / "store"
    assert status(start(folder)) == 0
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
        kill(process)


def test_a_sweep_leaves_complete_runs_and_nothing_else(undisturbed):
    assert {path.name for path in undisturbed.iterdir()} == {spec.key for spec in WANTED} | {".locks"}
    assert_same_store(undisturbed, undisturbed)


def test_a_complete_sweep_is_not_made_again(undisturbed, script):
    written = {path: path.stat().st_mtime_ns for path in undisturbed.rglob("*")}
    assert sweep(WANTED, Store(undisturbed), engine=script, is_quiet=True) == {}
    assert {path: path.stat().st_mtime_ns for path in undisturbed.rglob("*")} == written
    assert script.calls == []


@pytest.mark.skipif(not Path("/proc").exists(), reason="looks for processes in /proc")
def test_whatever_is_killed_no_run_is_lost_or_doubled_or_different(undisturbed, sweeps, tmp_path):
    random = np.random.default_rng()
    store = tmp_path / "store"
    process = sweeps()
    for victim in ("worker", "sweep"):
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
        if status(process) == 0:
            break
        process = sweeps()
    assert status(process) == 0
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
    assert status(second) == 0
    assert_same_store(tmp_path / "store", undisturbed)


def test_ctrl_c_ends_a_sweep_and_its_workers_and_the_next_one_goes_on(undisturbed, tmp_path):
    folder = tmp_path / "store"
    process = start(folder, stderr=subprocess.PIPE, text=True)
    wait_for(lambda: Store(folder).keys())
    found = workers(process)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does
    _, said = process.communicate(timeout=PATIENCE)
    wait_for(lambda: not any(map(is_alive, found)))
    assert process.returncode != 0
    assert "\nKeyboardInterrupt\n" in said and said.count("Traceback") == 1
    assert status(start(folder)) == 0
    assert_same_store(folder, undisturbed)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """A Dask scheduler on this machine, which takes no task twice, and its two workers."""
    folder = tmp_path_factory.mktemp("cluster")
    address = folder / "scheduler.json"
    environment = os.environ | {"DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "0"}
    host = ["--host", "127.0.0.1", "--no-dashboard", "--scheduler-file", str(address)]
    processes = []

    def begin(*words):
        command = [sys.executable, "-m", "dask", *words, *host]
        with open(folder / f"{len(processes)}.log", "w") as log:
            processes.append(subprocess.Popen(command, stdout=log, stderr=log, env=environment))

    begin("scheduler", "--port", "0")
    try:
        wait_for(address.exists)
        for number in range(2):
            begin("worker", "--nthreads", "1", "--no-nanny", "--local-directory", str(folder / str(number)))
        for log in (folder / "1.log", folder / "2.log"):
            wait_for(lambda log=log: "Registered to" in log.read_text())
        yield json.loads(address.read_text())["address"], processes[1:]
    finally:
        for process in reversed(processes):
            process.kill()
            process.wait()


def test_a_sweep_on_a_cluster_is_broken_off_and_loses_a_worker_and_ends_like_one_on_one_machine(
    cluster, undisturbed, tmp_path
):
    (scheduler, workers), folder = cluster, tmp_path / "store"
    process = start(folder, scheduler, stderr=subprocess.PIPE, text=True)
    wait_for(lambda: Store(folder).keys())
    os.killpg(process.pid, signal.SIGINT)
    _, said = process.communicate(timeout=PATIENCE)
    assert process.returncode != 0
    assert said.endswith("\nKeyboardInterrupt\n") and said.count("Traceback") == 1
    assert all(worker.poll() is None for worker in workers)
    process = start(folder, scheduler)
    wait_for(lambda: len(Store(folder).keys()) > len(workers))
    workers[0].kill()
    assert status(process) == 0
    assert_same_store(folder, undisturbed)


def test_a_run_that_cannot_be_made_is_reported_and_the_others_are_made(tmp_path):
    store, (first, *others) = Store(tmp_path / "store"), WANTED[:2]
    foreign = store.run_folder(first.key) / "thesis.tex"
    foreign.parent.mkdir(parents=True)
    foreign.write_text("\\documentclass")
    failures = sweep([first, *others], store, engine=Loky(2), is_quiet=True)
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
    failures = sweep(WANTED, Store(folder), engine=script, is_quiet=True)
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
    monkeypatch.setitem(vars(JUMPING), "outcomes", "other")
    runs, aside = collect(Store(folder))
    assert runs == {} and len(aside) == len(WANTED) + 1


class Script:
    """An engine without processes: each of its calls is a batch, and `act` says how each run of it goes."""

    def __init__(self, is_alone=False):
        self.is_alone = is_alone
        self.calls = []
        self.tries = collections.Counter()
        self.complete = set()
        self.act = lambda *_: None

    def alone(self):
        other = Script(is_alone=True)
        vars(other).update({name: value for name, value in vars(self).items() if name != "is_alone"})
        return other

    def outcomes(self, make, runs):
        call = []
        self.calls.append((self.is_alone, call))
        for spec in runs:
            call.append(spec.seed)
            self.tries[spec.seed] += 1
            error = self.act(spec.seed, self.tries[spec.seed], make.keywords)
            if error is None:
                self.complete.add(spec.key)
            is_busy = error == "busy"
            yield Outcome(spec.key, error=None if is_busy else error, is_busy=is_busy)
            if error == WORKER_DIED:
                return  # as `Loky` does


@pytest.fixture
def script(monkeypatch):
    """An engine; complete is a run that has ended there without an error."""
    script, real = Script(), Store.read
    monkeypatch.setattr(
        Store, "read", lambda store, key, *spec: True if key in script.complete else real(store, key, *spec)
    )
    return script


def runs_of(*seeds):
    return [RunSpec(TINY, seed) for seed in seeds]


def test_a_run_that_fails_is_tried_again_the_last_time_alone(script, tmp_path):
    script.act = lambda seed, number, _: f"error {number}" if seed in (1, 2) and number < 3 else None
    assert sweep(runs_of(0, 1, 2), Store(tmp_path), engine=script, is_quiet=True) == {}
    assert script.calls == [(False, [0, 1, 2]), (False, [1, 2]), (True, [1]), (True, [2])]


def test_a_run_that_always_fails_is_given_up_with_its_last_error(script, tmp_path):
    script.act = lambda seed, number, _: f"error {number}" if seed == 1 else None
    failures = sweep(runs_of(0, 1), Store(tmp_path), engine=script, is_quiet=True)
    assert failures == {RunSpec(TINY, 1).key: f"error {NUM_TRIES}"}
    assert script.tries == {0: 1, 1: NUM_TRIES}


def test_a_run_that_kills_its_worker_takes_no_other_with_it(script, tmp_path):
    def act(seed, number, _):
        return WORKER_DIED if seed == 1 else None

    script.act = act
    store = Store(tmp_path)
    failures = sweep(runs_of(0, 1, 2, 3), store, engine=script, is_quiet=True)
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
    assert sweep(runs_of(0, 1, 2), Store(tmp_path), engine=script, is_quiet=True) == {}
    assert waited == [(1, False), (2, False), (0, True)]


def test_a_worker_does_not_make_runs_of_other_code(tmp_path, monkeypatch):
    (spec,) = runs_of(0)
    monkeypatch.setitem(vars(JUMPING), "outcomes", "newer")
    outcome = sweeping._make_run(spec, "tiny-wide-0-older", store=Store(tmp_path), waits=False)
    assert outcome.error == "ValueError: the code is not that which the sweep began with; begin it again"
    assert Store(tmp_path).keys() == []


def test_a_sweep_shows_how_many_runs_are_done(script, tmp_path, capsys):
    sweep(runs_of(0, 1), Store(tmp_path), engine=script)
    assert "2/2" in capsys.readouterr().err
    sweep(runs_of(2), Store(tmp_path), engine=script, is_quiet=True)
    assert capsys.readouterr() == ("", "")


def test_the_estimate_of_a_sweep_that_goes_on_counts_what_is_made_now(script, tmp_path, monkeypatch):
    bars = []
    monkeypatch.setattr(sweeping, "tqdm", lambda **settings: bars.append(tqdm(**settings)) or bars[-1])
    sweep(runs_of(0, 1, 2), Store(tmp_path), engine=script)
    monkeypatch.setattr(script, "act", lambda *_: time.sleep(0.2))
    sweep(runs_of(0, 1, 2, 3, 4), Store(tmp_path), engine=script)
    made = bars[-1].format_dict
    assert (made["initial"], made["n"], made["total"]) == (3, 5, 5)
    # Half of what is left after one of two runs: as long again as that one took.
    line = tqdm.format_meter(**(made | {"n": 4, "elapsed": 60.0}))
    assert "4/5 [01:00<01:00" in line


def test_what_is_made_in_another_place_is_not_complete(script, tmp_path, monkeypatch):
    script.complete = unittest.mock.Mock(add=lambda key: None, __contains__=lambda *_: False)
    failures = sweep(runs_of(0), Store(tmp_path), engine=script, is_quiet=True)
    assert failures == {RunSpec(TINY, 0).key: "it was made, and not in this store: share its folder"}
    assert script.tries == {0: NUM_TRIES}


def test_processes_elsewhere_are_given_the_whole_path_of_the_store(script, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    script.act = lambda seed, number, settings: folders.append(settings["store"].folder)
    folders = []
    sweep(runs_of(0), Store(Path("runs")), engine=script, is_quiet=True)
    assert folders == [tmp_path / "runs"]


def test_what_two_experiments_share_is_wanted_once_and_every_cell_gets_its_first_seed_first():
    both = [*cells("table1"), *cells("table2")]
    wanted = specs(both, [0, 1])
    assert len(wanted) == 2 * (15 + 4 - 1)
    assert [spec.seed for spec in wanted] == [0] * 18 + [1] * 18


def test_a_run_that_is_known_in_either_precision_is_not_wanted_where_either_counts():
    single, mixed = variants(tiny.run_config()).values()
    cell = Cell(row="tiny", column="either", config=single)
    alone = Cell(row="tiny", column="alone", config=single, is_pooled=False)
    known = {RunSpec(mixed, 0).key, RunSpec(single, 1).key}
    assert specs([cell], range(3), known=known) == [RunSpec(single, 2)]
    assert specs([alone], range(3), known=known) == [RunSpec(single, 0), RunSpec(single, 2)]


def test_a_run_that_is_made_in_the_other_precision_is_taken_as_it_is():
    single, mixed = variants(tiny.run_config()).values()
    cell = Cell(row="tiny", column="either", config=single)
    made = {RunSpec(mixed, seed).key for seed in (0, 1)} | {RunSpec(single, 1).key}
    wanted = [RunSpec(mixed, 0), RunSpec(single, 1), RunSpec(single, 2)]
    assert specs([cell], range(3), made=made) == wanted
    assert specs([cell], range(3)) == [RunSpec(single, seed) for seed in range(3)]
