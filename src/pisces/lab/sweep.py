"""How are many runs made? In parallel, and so that nothing is lost when something dies.

A run has a key: a readable name and a hash of its configuration, its seed and the code that decides its
outcome. Its folder in the store (`pisces.lab.store`) has this name. A complete run is skipped, an interrupted
one goes on from its checkpoint, one that fails is tried again and then reported. Who works on a run holds its
lock, which the operating system takes back from a process that dies, so several sweeps can share a store.

Which runs are wanted is left to `pisces.lab.experiments`, which code counts to `pisces.lab.fingerprint`.
"""

import collections
import concurrent.futures
import dataclasses
import functools
import hashlib
import json
import os
import signal
import threading
import time
import traceback
from collections.abc import Iterable, Iterator, Sequence

import filelock
import joblib
from joblib.externals.loky import get_reusable_executor
from tqdm.auto import tqdm

from pisces.lab.config import RunConfig
from pisces.lab.experiments import Cell
from pisces.lab.fingerprint import code_hash
from pisces.lab.result import RunResult
from pisces.lab.store import Store

NUM_TRIES = 3
_DIED = "its worker died"
_LOCK_POLL_SECONDS = 0.5
_PARENT_POLL_SECONDS = 1.0


@dataclasses.dataclass(frozen=True)
class RunSpec:
    """A run that is wanted.

    Attributes:
        config: What to run.
        seed: Its seed.
    """

    config: RunConfig
    seed: int

    @property
    def key(self) -> str:
        """Method, grid, seed and hash; the name of the run in a store and in an archive."""
        text = json.dumps([self.config.to_dict(), self.seed, code_hash()], sort_keys=True)
        digest = hashlib.sha256(text.encode()).hexdigest()[:12]
        return f"{self.config.method}-{self.config.grid}-{self.seed}-{digest}"


def specs(cells: Iterable[Cell], seeds: Iterable[int]) -> list[RunSpec]:
    """The runs of cells: all cells with the first seed, then with the next; what two cells share, once."""
    cells = list(cells)
    return list(dict.fromkeys(RunSpec(cell.config, seed) for seed in seeds for cell in cells))


def collect(store: Store) -> tuple[dict[str, RunResult], dict[str, str]]:
    """What a store has.

    Returns:
        The complete runs of the present code by their keys; and of everything else but unfinished runs, why
        it is left aside, by name.
    """
    runs, aside = {}, {}
    for name in store.keys():
        try:
            config, seed = store.settings(name)
            if RunSpec(config, seed).key != name:
                aside[name] = "made by other code, or renamed"
            elif (result := store.read(name, config, seed)) is not None:
                runs[name] = result
        except ValueError as error:
            aside[name] = _line(error)
    return runs, aside


def sweep(
    wanted: Sequence[RunSpec], store: Store, *, num_workers: int, is_quiet: bool = False
) -> dict[str, str]:
    """Makes the runs that are not complete.

    Each worker is a process of its own. A run that another sweep works on is waited for, and taken over if
    that sweep dies. TensorFlow is imported by the workers only and divides the processor among them, unless
    the environment says otherwise.

    Args:
        wanted: The runs, none of them twice.
        store: Where they are kept; on several machines a folder that all of them share.
        num_workers: Runs at a time, at least 1.
        is_quiet: Shows no progress bar.

    Returns:
        Why runs are missing, by their keys: they failed `NUM_TRIES` times, or what the store has under
        their name is damaged or foreign. All others are complete.

    Raises:
        ValueError: If `num_workers` is not at least 1.
    """
    if num_workers < 1:
        raise ValueError(f"num_workers is {num_workers}; it must be at least 1")
    work = _Work(wanted, store)
    with tqdm(total=len(wanted), initial=work.num_complete, unit="run", disable=is_quiet) as bar:
        while work.todo:
            # What has failed before is tried the last time alone, so that a run that takes its worker and all
            # others down with it is told from those.
            batch = [spec for spec in work.todo if work.tries[spec.key] < NUM_TRIES - 1]
            _make_batch(work, batch or work.todo[:1], num_workers if batch else 1, bar)
            work.look()
            bar.update(work.num_complete - bar.n)
    return work.failures


class _Work:
    """What is left to do.

    Attributes:
        todo: Runs that are neither complete nor given up.
        tries: How often each was begun, by key.
        busy: Keys of those that another sweep was found to work on.
        failures: Why runs failed when last tried, or cannot be made, by key.
        num_complete: How many are complete.
    """

    def __init__(self, wanted: Sequence[RunSpec], store: Store):
        """Looks for what there is."""
        self.store = store
        self.todo = list(wanted)
        self.tries: collections.Counter[str] = collections.Counter()
        self.busy: set[str] = set()
        self.failures: dict[str, str] = {}
        self.num_complete = 0
        self.look()

    def look(self) -> None:
        """Takes out of `todo` what is complete, damaged, or has failed too often."""
        missing = []
        for spec in self.todo:
            try:
                is_complete = self.store.read(spec.key, spec.config, spec.seed) is not None
            except ValueError as error:
                self.failures[spec.key] = _line(error)
                continue
            if is_complete:
                self.failures.pop(spec.key, None)
                self.num_complete += 1
            elif self.tries[spec.key] < NUM_TRIES:
                missing.append(spec)
        self.todo = missing

    def hand_out(self, batch: Iterable[RunSpec], under_way: set[str]) -> Iterator[RunSpec]:
        """The runs of a batch, each one noted at the moment when a worker takes it."""
        for spec in batch:
            self.tries[spec.key] += 1
            under_way.add(spec.key)
            yield spec


def _make_batch(work: _Work, batch: Sequence[RunSpec], num_workers: int, bar: tqdm) -> None:
    """Tries each run of a batch once, or until a worker dies: then the executor gives all of them up."""
    under_way: set[str] = set()
    make = functools.partial(
        _make_run,
        store=work.store,
        waits=all(spec.key in work.busy for spec in batch),
    )
    # With one process joblib would work in this one, and a worker that dies would be the sweep.
    parallel = joblib.Parallel(
        n_jobs=max(2, num_workers),
        backend="loky",
        return_as="generator_unordered",
        pre_dispatch=str(num_workers),  # nothing is handed out before a worker is free for it
        initializer=_settle,
        initargs=(max(1, joblib.cpu_count() // num_workers), os.getpid()),
    )
    try:
        for outcome in parallel(
            joblib.delayed(make)(spec, spec.key) for spec in work.hand_out(batch, under_way)
        ):
            assert outcome is not None
            under_way.discard(outcome.key)
            if outcome.is_busy:
                work.busy.add(outcome.key)
                work.tries[outcome.key] -= 1
            elif outcome.error is not None:
                work.failures[outcome.key] = outcome.error
            else:
                bar.update()
    except concurrent.futures.BrokenExecutor:
        for key in under_way:
            work.failures[key] = _DIED
            work.store.write_failure(key, f"{_DIED}\n")
    else:
        executor = get_reusable_executor(reuse=True)  # pyright: ignore[reportArgumentType]
        executor.shutdown(wait=True, kill_workers=True)


@dataclasses.dataclass(frozen=True)
class _Outcome:
    key: str
    error: str | None = None
    is_busy: bool = False


def _make_run(spec: RunSpec, key: str, *, store: Store, waits: bool) -> _Outcome:
    """Makes one run, in a worker."""
    try:
        if spec.key != key:
            raise ValueError("the code has changed since the sweep began; begin it again")
        lock = store.lock(key)
        with lock.acquire(timeout=-1 if waits else 0, poll_interval=_LOCK_POLL_SECONDS):
            # Another sweep may have made it in the meantime.
            if store.read(key, spec.config, spec.seed) is None:
                from pisces.lab.run import Training

                Training(spec.config, seed=spec.seed).run(folder=store.run_folder(key), is_quiet=True)
            store.clear_failure(key)
    except filelock.Timeout:
        return _Outcome(key, is_busy=True)
    except Exception as error:  # whatever it is, the other runs go on
        store.write_failure(key, traceback.format_exc())
        return _Outcome(key, error=_line(error))
    return _Outcome(key)


def _settle(num_threads: int, sweeper: int) -> None:
    """Prepares a worker when it begins, before it imports TensorFlow."""
    for name in ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"):
        os.environ.setdefault(name, str(num_threads))
    # Ctrl-C reaches every process of a terminal; the sweep ends its workers itself.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with, args=(sweeper,), daemon=True).start()


def _end_with(sweeper: int) -> None:
    """Ends this process when the sweep that it works for is killed."""
    while os.getppid() == sweeper:
        time.sleep(_PARENT_POLL_SECONDS)
    os._exit(1)


def _line(error: Exception) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())
