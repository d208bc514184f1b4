"""Whoever is killed, a sweep ends with every run once, whole, and as if nothing had happened.

The sweeps are processes. What they make are runs of `quick_runs`, as it is the processes that are tested; one
test trains, as only a training goes on from a checkpoint.
"""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import tiny
from quick_runs import Quick

from pisces.experiments import tables
from pisces.experiments.cell import Cell
from pisces.runs.engine import Loky
from pisces.runs.identity import RunSpec, specs
from pisces.runs.kinds import kind_of
from pisces.runs.making import make
from pisces.runs.store import Store
from pisces.runs.sweep import collect, sweep

CELLS = [
    Cell(row="linear", column=str(number), config=tiny.lqr_config(num_distractors=number))
    for number in (8, 16)
]
WANTED = specs(CELLS, range(3))
TRAINING = RunSpec(tiny.run_config(num_updates=2, report_interval=1), 0)
PATIENCE = 600  # seconds; more than any step takes on a busy machine

SWEEP = """
import contextlib, json, sys
from pathlib import Path
from quick_runs import Quick
from pisces.runs.engine import Dask, Loky, dask_client
from pisces.runs.identity import RunSpec
from pisces.runs.kinds import KINDS
from pisces.runs.store import Store
from pisces.runs.sweep import sweep

store, scheduler, *wanted = sys.argv[1:]
wanted = [
    RunSpec(KINDS[kind].config.from_dict(config), seed)
    for kind, config, seed in map(json.loads, wanted)
]
with dask_client(scheduler) if scheduler else contextlib.nullcontext() as client:
    engine = Dask(client) if scheduler else Loky(2)
    failures = sweep(wanted, Store(Path(store)), engine=Quick(engine), is_quiet=True)
assert "tensorflow" not in sys.modules
raise SystemExit(len(failures))
"""

ENVIRONMENT = os.environ | {
    "PYTHONPATH": os.pathsep.join((str(Path(__file__).parent), os.environ.get("PYTHONPATH", ""))).rstrip(
        os.pathsep
    ),
    # A run whose worker dies is given up, and not to the next worker.
    "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "0",
}

needs_proc = pytest.mark.skipif(not Path("/proc").exists(), reason="looks for processes in /proc")


def start(folder, *, wanted=WANTED, scheduler="", **settings):
    """A sweep in a process of its own, as the leader of a group of processes."""
    words = [json.dumps([kind_of(spec.config).name, spec.config.to_dict(), spec.seed]) for spec in wanted]
    command = [sys.executable, "-c", SWEEP, str(folder), scheduler, *words]
    return subprocess.Popen(command, start_new_session=True, env=ENVIRONMENT, **settings)


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
        end(process)


def end(process):
    """Ends a sweep that has not ended yet, and what it started."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def kill(process):
    """Kills a sweep and waits for its workers, which do not stay behind."""
    found = workers(process)
    process.kill()
    process.wait()
    wait_for(lambda: not any(map(is_alive, found)))


def is_alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def assert_same_runs(folder, other, *, wanted=WANTED):
    """Both stores hold what is wanted and nothing else, in the same files, with the same numbers."""
    (runs, aside), (other_runs, _) = collect(Store(folder)), collect(Store(other))
    assert aside == {}
    assert list(runs) == list(other_runs) == sorted(spec.key for spec in wanted)
    for key, run in runs.items():
        for name in (*kind_of(run.config).arrays, *kind_of(run.config).numbers):
            np.testing.assert_array_equal(getattr(run, name), getattr(other_runs[key], name), err_msg=name)
        names, other_names = ({path.name for path in (some / key).iterdir()} for some in (folder, other))
        assert names == other_names


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

    def run(**settings):
        started.append(start(tmp_path / "store", **settings))
        return started[-1]

    yield run
    for process in started:
        end(process)


def test_a_sweep_leaves_complete_runs_and_nothing_else(undisturbed):
    assert {path.name for path in undisturbed.iterdir()} == {spec.key for spec in WANTED} | {".locks"}
    assert_same_runs(undisturbed, undisturbed)
    for spec in WANTED:
        assert {path.name for path in (undisturbed / spec.key).iterdir()} == {"run.json", "result.json"}


@needs_proc
def test_whatever_is_killed_at_whatever_time_no_run_is_lost_or_doubled_or_different(
    undisturbed, sweeps, tmp_path
):
    random = np.random.default_rng(0)
    process = sweeps()
    killed = []
    for victim in ("worker", "sweep"):
        wait_for(lambda process=process: workers(process) or process.poll() is not None)
        time.sleep(random.uniform(0, 0.8))
        found = workers(process)
        if process.poll() is not None or not found:
            break
        if victim == "worker":
            os.kill(random.choice(found), signal.SIGKILL)
        else:
            kill(process)
            process = sweeps()
        killed.append(victim)
    assert killed
    # A run whose worker died three times was reported; the next sweep makes it.
    for _ in range(2):
        if status(process) == 0:
            break
        process = sweeps()
    assert status(process) == 0
    assert_same_runs(tmp_path / "store", undisturbed)
    first, second = (
        tables.results(CELLS, collect(Store(some))[0].values()) for some in (tmp_path / "store", undisturbed)
    )
    assert first.equals(second)


@needs_proc
def test_a_training_that_is_killed_goes_on_from_its_checkpoint_and_ends_like_one_that_is_not(
    sweeps, tmp_path
):
    checkpoint = tmp_path / "store" / TRAINING.key / "checkpoint" / "checkpoint"
    process = sweeps(wanted=[TRAINING])
    wait_for(checkpoint.exists)
    killed = workers(process)
    for worker in killed:
        os.kill(worker, signal.SIGKILL)
    # The sweep tries it again by itself, in other processes.
    wait_for(lambda: set(workers(process)) - set(killed) or process.poll() is not None)
    time.sleep(np.random.default_rng(0).uniform(0, 8))
    kill(process)
    assert status(sweeps(wanted=[TRAINING])) == 0
    undisturbed = tmp_path / "undisturbed" / TRAINING.key
    make(TRAINING.config, TRAINING.seed, folder=undisturbed)
    assert {path.name for path in undisturbed.iterdir()} == {
        "run.json",
        "result.json",
        "checkpoint",
        "policy",
    }
    assert_same_runs(tmp_path / "store", tmp_path / "undisturbed", wanted=[TRAINING])


@needs_proc
def test_workers_that_have_nothing_to_do_yet_end_with_their_sweep(sweeps):
    process = sweeps()
    wait_for(lambda: len(workers(process)) == 2)
    kill(process)


@needs_proc
def test_of_two_sweeps_on_one_store_one_may_be_killed(undisturbed, sweeps, tmp_path):
    first, second = sweeps(), sweeps()
    wait_for(lambda: workers(first) and workers(second))
    wait_for(lambda: len(Store(tmp_path / "store").keys()) >= 2)
    os.kill(first.pid, signal.SIGKILL)
    first.wait()
    assert status(second) == 0
    assert_same_runs(tmp_path / "store", undisturbed)


def test_ctrl_c_ends_a_sweep_and_its_workers_and_the_next_one_goes_on(undisturbed, sweeps, tmp_path):
    store = Store(tmp_path / "store")
    process = sweeps(stderr=subprocess.PIPE, text=True)
    wait_for(store.keys)
    found = workers(process)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does
    _, said = process.communicate(timeout=PATIENCE)
    wait_for(lambda: not any(map(is_alive, found)))
    assert process.returncode != 0
    assert "\nKeyboardInterrupt\n" in said and said.count("Traceback") == 1
    assert status(sweeps()) == 0
    assert_same_runs(store.folder, undisturbed)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """A Dask scheduler on this machine, which takes no task twice, and its two workers."""
    folder = tmp_path_factory.mktemp("cluster")
    address = folder / "scheduler.json"
    host = ["--host", "127.0.0.1", "--no-dashboard", "--scheduler-file", str(address)]
    processes = []

    def begin(*words):
        command = [sys.executable, "-m", "dask", *words, *host]
        with open(folder / f"{len(processes)}.log", "w") as log:
            processes.append(subprocess.Popen(command, stdout=log, stderr=log, env=ENVIRONMENT))

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
    cluster, undisturbed, sweeps, tmp_path
):
    (scheduler, workers), store = cluster, Store(tmp_path / "store")
    process = sweeps(scheduler=scheduler, stderr=subprocess.PIPE, text=True)
    wait_for(store.keys)
    os.killpg(process.pid, signal.SIGINT)
    _, said = process.communicate(timeout=PATIENCE)
    assert process.returncode != 0
    assert said.endswith("\nKeyboardInterrupt\n") and said.count("Traceback") == 1
    assert all(worker.poll() is None for worker in workers)
    process = sweeps(scheduler=scheduler)
    wait_for(lambda: len(store.keys()) > len(workers))
    workers[0].kill()
    assert status(process) == 0
    assert_same_runs(store.folder, undisturbed)


def test_a_run_that_cannot_be_made_is_reported_and_the_others_are_made(tmp_path):
    store, (first, *others) = Store(tmp_path / "store"), WANTED[:2]
    foreign = store.run_folder(first.key) / "thesis.tex"
    foreign.parent.mkdir(parents=True)
    foreign.write_text("\\documentclass")
    failures = sweep([first, *others], store, engine=Quick(Loky(2)), is_quiet=True)
    assert list(failures) == [first.key]
    assert failures[first.key].endswith("which holds something else; choose an empty one")
    report = store.read_failure(first.key)
    assert report.startswith("Traceback") and failures[first.key] in report
    assert foreign.read_text() == "\\documentclass"
    runs, aside = collect(store)
    assert list(runs) == [spec.key for spec in others]
    assert list(aside) == [first.key] and "which has no run.json" in aside[first.key]
