"""Runs are made in other processes, one in each at a time, and that a process dies is an outcome."""

import concurrent.futures
import os
import subprocess
import sys
import typing
import unittest.mock

import joblib
import pytest
import tiny

from pisces.runs import engine
from pisces.runs.engine import WORKER_DIED, Dask, Loky, Outcome, dask_client
from pisces.runs.identity import RunSpec


class Run(typing.NamedTuple):
    key: str


class Parallel:
    """Stands for joblib with so many workers; the process of the run "poison" dies."""

    def __init__(self, *, pre_dispatch, **settings):
        self.num_workers = int(pre_dispatch)
        self.settings = settings

    def __call__(self, calls):
        under_way = []
        for make, arguments, settings in calls:
            under_way.append((make, arguments, settings))
            if len(under_way) == self.num_workers:
                yield self.end(under_way.pop(0))
        for call in under_way:
            yield self.end(call)

    def end(self, call):
        make, (run, key), settings = call
        if key == "poison":
            raise concurrent.futures.process.BrokenProcessPool
        return make(run, key, **settings)


@pytest.fixture
def parallels(monkeypatch):
    """Replaces joblib; what was asked of it."""
    made = []
    monkeypatch.setattr(engine.joblib, "Parallel", lambda **some: made.append(Parallel(**some)) or made[-1])
    monkeypatch.setattr(engine, "get_reusable_executor", unittest.mock.Mock())
    return made


def make(run, key):
    assert run.key == key
    return Outcome(key)


def outcomes(some, *keys):
    return list(some.outcomes(make, iter([Run(key) for key in keys])))


def test_runs_are_made_in_other_processes_with_threads_of_their_own(monkeypatch):
    def where(run, key):
        return Outcome(key, error=f"{os.getpid()} {os.environ['TF_NUM_INTRAOP_THREADS']}")

    monkeypatch.delenv("TF_NUM_INTRAOP_THREADS")
    runs = [RunSpec(tiny.run_config(), seed) for seed in range(3)]
    found = list(Loky(2).outcomes(where, iter(runs)))
    assert {outcome.key for outcome in found} == {run.key for run in runs}
    for outcome in found:
        process, threads = map(int, outcome.error.split())
        assert process != os.getpid()
        assert threads == max(1, joblib.cpu_count() // 2)


def test_each_run_is_a_task_of_its_own_and_none_is_made_in_this_process(parallels):
    assert outcomes(Loky(1), "one", "two") == [Outcome("one"), Outcome("two")]
    outcomes(Loky(3).alone(), "one")
    for parallel in parallels:
        assert parallel.num_workers == 1
        assert parallel.settings["n_jobs"] == 2
        assert parallel.settings["batch_size"] == 1
        assert parallel.settings["initargs"] == (joblib.cpu_count(), os.getpid())


def test_a_process_that_dies_gives_up_what_is_under_way_and_nothing_else(parallels):
    found = outcomes(Loky(2), "one", "poison", "three", "four")
    assert found == [Outcome("one"), *(Outcome(key, error=WORKER_DIED) for key in ("poison", "three"))]


def test_an_engine_needs_a_worker():
    with pytest.raises(ValueError, match="^num_workers is 0; it must be at least 1$"):
        Loky(0)


def test_a_worker_of_a_cluster_makes_one_run_at_a_time():
    threads = {"tcp://10.0.0.2:1": 1, "tcp://10.0.0.3:1": 8}
    with pytest.raises(ValueError, match="takes 8 runs at a time; start workers with --nthreads 1$"):
        Dask(unittest.mock.Mock(nthreads=lambda: threads))
    cluster = Dask(unittest.mock.Mock(nthreads=dict))  # workers may come later
    assert cluster.alone() is cluster


def test_a_cluster_needs_the_package_for_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ImportError, match="^distributed is missing: pip install distributed$"):
        with dask_client("tcp://10.0.0.1:8786"):
            pass


@pytest.mark.parametrize("scheduler", ["here", "10.0.0.1", "smoke://10.0.0.1:8786"])
def test_an_address_that_is_none_is_refused(scheduler):
    message = f"^scheduler is '{scheduler}'; it must be such as tcp://10.0.0.1:8786$"
    with pytest.raises(ValueError, match=message), dask_client(scheduler):
        pass


def test_the_environment_decides_how_many_threads_there_are(monkeypatch):
    monkeypatch.setenv("TF_NUM_INTRAOP_THREADS", "3")
    monkeypatch.delenv("TF_NUM_INTEROP_THREADS", raising=False)
    engine._limit_threads(2)
    assert (os.environ["TF_NUM_INTRAOP_THREADS"], os.environ["TF_NUM_INTEROP_THREADS"]) == ("3", "2")
    monkeypatch.setenv("TF_NUM_INTEROP_THREADS", "1")


def test_workers_are_as_many_as_the_processors_that_may_be_used(monkeypatch):
    monkeypatch.setattr(joblib, "cpu_count", lambda: 5)
    assert Loky().num_workers == 2
    code = "from pisces.runs.engine import Loky; print(Loky().num_workers)"
    if hasattr(os, "sched_setaffinity"):
        code = f"import os; os.sched_setaffinity(0, {{min(os.sched_getaffinity(0))}}); {code}"
        output = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        ).stdout
        assert output == "1\n"
