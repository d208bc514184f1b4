"""Which processes make runs? Those of this machine or those of a Dask cluster; joblib hands the runs out.

An engine takes a function and the runs to call it with, each call in a process that makes no other run at the
time, and gives the outcomes in the order in which they come. That a process dies is such an outcome. What
is tried again, and when a run is given up, is left to `pisces.runs.sweep`.
"""

import concurrent.futures
import contextlib
import dataclasses
import functools
import logging
import os
import signal
import threading
import time
import typing
from collections.abc import Callable, Iterator

import joblib
from joblib.externals.loky import get_reusable_executor

WORKER_DIED = "its worker died"
THREAD_VARIABLES = ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS")
"""Where TensorFlow reads, when it is first used, how many threads it has."""

_PARENT_POLL_SECONDS = 1.0


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What became of a run.

    Attributes:
        key: Its key.
        error: Why it failed, in one line; `WORKER_DIED` if its process did. None if it is complete.
        is_busy: Whether another sweep works on it; then it was not begun.
    """

    key: str
    error: str | None = None
    is_busy: bool = False


class HasKey(typing.Protocol):
    """A run that is wanted, such as `pisces.runs.identity.RunSpec`."""

    @property
    def key(self) -> str:
        """Its name."""
        ...


Run = typing.TypeVar("Run", bound=HasKey)
Make = Callable[[Run, str], Outcome]


class Engine(typing.Protocol):
    """Makes runs in other processes."""

    def outcomes(self, make: Make[Run], runs: Iterator[Run]) -> Iterator[Outcome]:
        """Makes runs.

        Args:
            make: Makes one run, given it and its key; can be pickled.
            runs: The runs, taken from it when there is room for them.

        Yields:
            An outcome for each run, as they come.
        """
        ...

    def alone(self) -> "Engine":
        """The same engine for a single run, which is to have the machine for itself if that can be."""
        ...


class Loky:
    """Processes of this machine, which share its processor and end with the sweep."""

    def __init__(self, num_workers: int | None = None):
        """Starts nothing yet.

        Args:
            num_workers: Runs at a time, at least 1; None for one per two processor cores that this process
                may use, by its affinity and its container.

        Raises:
            ValueError: If it is less.
        """
        if num_workers is None:
            num_workers = max(1, joblib.cpu_count() // 2)
        if num_workers < 1:
            raise ValueError(f"num_workers is {num_workers}; it must be at least 1")
        self.num_workers = num_workers

    def alone(self) -> "Loky":
        """One process."""
        return Loky(1)

    def outcomes(self, make: Make[Run], runs: Iterator[Run]) -> Iterator[Outcome]:
        """Makes runs; when a process dies, the runs under way are given up, and those not begun are left."""
        under_way: set[str] = set()

        def calls():
            for run in runs:
                under_way.add(run.key)
                yield joblib.delayed(make)(run, run.key)

        # With one process joblib would work in this one, and a worker that dies would be the sweep.
        parallel = joblib.Parallel(
            n_jobs=max(2, self.num_workers),
            backend="loky",
            return_as="generator_unordered",
            batch_size=1,  # pyright: ignore[reportArgumentType]
            pre_dispatch=str(self.num_workers),  # nothing is handed out before a worker is free for it
            initializer=_settle,
            initargs=(max(1, joblib.cpu_count() // self.num_workers), os.getpid()),
        )
        try:
            for outcome in parallel(calls()):
                assert outcome is not None
                under_way.discard(outcome.key)
                yield outcome
        except concurrent.futures.BrokenExecutor:
            yield from (Outcome(key, error=WORKER_DIED) for key in sorted(under_way))
        else:
            executor = get_reusable_executor(reuse=True)  # pyright: ignore[reportArgumentType]
            executor.shutdown(wait=True, kill_workers=True)


class Dask:
    """Workers of a Dask cluster, on any machines that share the folder of the store.

    Runs that there is no worker for wait at the scheduler; workers may come and go. When one dies, Dask gives
    its run to another one, and the run goes on from its checkpoint. Only a run that has lost as many workers
    as the scheduler allows (`distributed.scheduler.allowed-failures`) ends here, with `WORKER_DIED`.

    A sweep that is broken off leaves the workers to finish the runs that they are at.
    """

    def __init__(self, client):
        """Takes a `distributed.Client`.

        Args:
            client: Connected to the scheduler. Its workers run one task at a time, as a process has one
                TensorFlow.

        Raises:
            ValueError: If a worker takes several tasks at a time.
        """
        many = max(client.nthreads().values(), default=1)
        if many > 1:
            raise ValueError(f"a Dask worker takes {many} runs at a time; start workers with --nthreads 1")
        self.client = client

    def alone(self) -> "Dask":
        """The same cluster."""
        return self

    def outcomes(self, make: Make[Run], runs: Iterator[Run]) -> Iterator[Outcome]:
        """Makes runs; a worker that dies disturbs its own run only.

        Raises:
            ConnectionError: If the scheduler is gone.
        """
        parallel = joblib.Parallel(
            backend=_dask_backend(self.client),
            return_as="generator_unordered",
            batch_size=1,  # pyright: ignore[reportArgumentType]
            pre_dispatch="all",
        )
        for outcome in parallel(joblib.delayed(_make_with_one_thread)(make, run, run.key) for run in runs):
            assert outcome is not None
            yield outcome


@contextlib.contextmanager
def dask_client(scheduler: str) -> Iterator:
    """A client of a Dask scheduler, for `Dask`.

    Args:
        scheduler: Its address, such as "tcp://10.0.0.1:8786".

    Yields:
        A `distributed.Client`, closed in the end.

    Raises:
        ImportError: If `distributed` is not installed.
        ValueError: If the address is malformed.
        OSError: If no scheduler answers there.
    """
    try:
        import distributed
        from distributed.comm.addressing import get_address_host_port
    except ImportError as error:
        raise ImportError("distributed is missing: pip install distributed") from error
    try:
        get_address_host_port(scheduler)
    except ValueError as error:
        raise ValueError(f"scheduler is {scheduler!r}; it must be such as tcp://10.0.0.1:8786") from error
    with _silenced("distributed.client"):  # a scheduler that is lost is an exception here
        client = distributed.Client(scheduler, set_as_default=False)
        try:
            yield client
        finally:
            with _silenced("tornado.application"):  # of results that are on their way, and no longer wanted
                client.close()


@contextlib.contextmanager
def _silenced(name: str) -> Iterator[None]:
    """A logger that logs critical messages only."""
    logger = logging.getLogger(name)
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(level)


def _dask_backend(client):
    """Dask as joblib knows it, but that a worker may die, may be the only one, and may come later."""
    from distributed import KilledWorker
    from joblib._dask import DaskDistributedBackend

    def report(key: str, callback, done: concurrent.futures.Future) -> None:
        """Makes an outcome of an error, of which joblib is told nothing."""
        if (error := done.exception()) is not None:
            told = WORKER_DIED if isinstance(error, KilledWorker) else one_line(error)
            callback([Outcome(key, error=told)])

    class Backend(DaskDistributedBackend):
        def effective_n_jobs(self, n_jobs):  # tasks wait for workers, however many there are
            return 2

        def submit(self, func, callback=None):
            future = super().submit(func, callback)
            ((_, (_, _, key), _),) = func.items
            future.add_done_callback(functools.partial(report, key, callback))
            return future

        def retrieve_result_callback(self, out):
            if isinstance(out, concurrent.futures.CancelledError):
                raise ConnectionError("the Dask scheduler is gone") from out
            return super().retrieve_result_callback(out)

    return Backend(client=client)


def _make_with_one_thread(make: Make[Run], run: Run, key: str) -> Outcome:
    """Makes a run in a Dask worker, which counts as one core unless its environment says otherwise."""
    _limit_threads(1)
    return make(run, key)


def _settle(num_threads: int, sweeper: int) -> None:
    """Prepares a process of `Loky` when it begins."""
    _limit_threads(num_threads)
    # Ctrl-C reaches every process of a terminal; the sweep ends its workers itself.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with, args=(sweeper,), daemon=True).start()


def _limit_threads(num_threads: int) -> None:
    """Gives TensorFlow so many threads, unless the environment says otherwise."""
    for name in THREAD_VARIABLES:
        os.environ.setdefault(name, str(num_threads))


def _end_with(sweeper: int) -> None:
    """Ends this process when the sweep that it works for is killed."""
    while os.getppid() == sweeper:
        time.sleep(_PARENT_POLL_SECONDS)
    os._exit(1)


def one_line(error: BaseException) -> str:
    """The class of an error and what it says."""
    return " ".join(f"{type(error).__name__}: {error}".split())
