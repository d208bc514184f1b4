"""How are many runs made? In parallel, and so that nothing is lost when something dies.

A run has a key (`pisces.runs.identity`), and its folder in the store (`pisces.runs.store`) has this name. A
complete run is skipped, an interrupted one goes on from its checkpoint, one that fails is tried again and
then reported. Who works on a run holds its lock, which the operating system takes back from a process that
dies, so several sweeps can share a store.

Which runs are wanted is left to `pisces.experiments.catalogue`, and whose processes make them to
`pisces.runs.engine`.
"""

import collections
import functools
import traceback
from collections.abc import Iterable, Iterator, Sequence

import filelock
from tqdm.auto import tqdm

from pisces import saved_policy
from pisces.runs.engine import WORKER_DIED, Engine, Outcome, one_line
from pisces.runs.identity import RunSpec
from pisces.runs.kinds import Result
from pisces.runs.making import make
from pisces.runs.store import Store

NUM_TRIES = 3
_LOCK_POLL_SECONDS = 0.5


def collect(store: Store) -> tuple[dict[str, Result], dict[str, str]]:
    """What a store has.

    Args:
        store: The store.

    Returns:
        The complete runs of the present code by their keys; and of everything else but unfinished runs, why
        it is left aside, by name.

    Raises:
        ValueError: If the store's folder does not exist.
    """
    if not store.folder.is_dir():
        raise ValueError(f"store is {str(store.folder)!r}; it must be a folder of runs")
    runs, aside = {}, {}
    for name in store.keys():
        try:
            config, seed = store.settings(name)
            if RunSpec(config, seed).key != name:
                aside[name] = "made by other code, or renamed"
            elif (result := store.read(name, config, seed)) is not None:
                runs[name] = result
        except ValueError as error:
            aside[name] = one_line(error)
    return runs, aside


def sweep(
    wanted: Sequence[RunSpec], store: Store, *, engine: Engine, is_quiet: bool = False
) -> dict[str, str]:
    """Makes the runs that are not complete.

    A run that another sweep works on is waited for, and taken over if that sweep dies. TensorFlow is imported
    by the engine's processes only.

    Args:
        wanted: The runs, none of them twice.
        store: Where they are kept; on several machines a folder that all of them share.
        engine: Where they are made: `pisces.runs.engine.Loky` or `Dask`.
        is_quiet: Shows no progress bar.

    Returns:
        Why runs are missing, by their keys: they failed `NUM_TRIES` times, or what the store has under
        their name is damaged or foreign. All others are complete.

    Raises:
        ValueError: If the path of the store has a wildcard; see `pisces.saved_policy.require_plain`.
    """
    store = Store(store.folder.absolute())  # processes elsewhere have other working directories
    saved_policy.require_plain(store.folder)
    work = _Work(wanted, store)
    # Runs end in bursts, several at a time: the mean pace since the beginning is the one to go by.
    with tqdm(total=len(wanted), initial=work.num_complete, unit="run", smoothing=0, disable=is_quiet) as bar:
        while work.todo:
            # What has failed before is tried the last time alone, so that a run that takes its worker and all
            # others down with it is told from those.
            batch = [spec for spec in work.todo if work.tries[spec.key] < NUM_TRIES - 1]
            if batch:
                _make_batch(work, batch, engine, bar)
            else:
                _make_batch(work, work.todo[:1], engine.alone(), bar)
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
                self.failures[spec.key] = one_line(error)
                continue
            if is_complete:
                self.failures.pop(spec.key, None)
                self.num_complete += 1
            elif self.tries[spec.key] < NUM_TRIES:
                missing.append(spec)
            else:
                self.failures.setdefault(spec.key, "it was made, and not in this store: share its folder")
        self.todo = missing

    def hand_out(self, batch: Iterable[RunSpec]) -> Iterator[RunSpec]:
        """The runs of a batch, each one noted at the moment when it is taken."""
        for spec in batch:
            self.tries[spec.key] += 1
            yield spec

    def note(self, outcome: Outcome) -> None:
        """Writes down what became of a run."""
        if outcome.is_busy:
            self.busy.add(outcome.key)
            self.tries[outcome.key] -= 1
        elif outcome.error is not None:
            self.failures[outcome.key] = outcome.error
            if outcome.error == WORKER_DIED:  # and could not write it down itself
                self.store.write_failure(outcome.key, f"{WORKER_DIED}\n")


def _make_batch(work: _Work, batch: Sequence[RunSpec], engine: Engine, bar: tqdm) -> None:
    """Tries each run of a batch once, or fewer when the engine breaks down."""
    make_run = functools.partial(
        _make_run,
        store=work.store,
        waits=all(spec.key in work.busy for spec in batch),
    )
    for outcome in engine.outcomes(make_run, work.hand_out(batch)):
        work.note(outcome)
        bar.update(outcome.error is None and not outcome.is_busy)


def _make_run(spec: RunSpec, key: str, *, store: Store, waits: bool) -> Outcome:
    """Makes one run, in a process of the engine."""
    try:
        if spec.key != key:
            raise ValueError("the code is not that which the sweep began with; begin it again")
        lock = store.lock(key)
        with lock.acquire(timeout=-1 if waits else 0, poll_interval=_LOCK_POLL_SECONDS):
            # Another sweep may have made it in the meantime.
            if store.read(key, spec.config, spec.seed) is None:
                make(spec.config, spec.seed, folder=store.run_folder(key))
            store.clear_failure(key)
    except filelock.Timeout:
        return Outcome(key, is_busy=True)
    except Exception as error:  # whatever it is, the other runs go on
        store.write_failure(key, traceback.format_exc())
        return Outcome(key, error=one_line(error))
    return Outcome(key)
