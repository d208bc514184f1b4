"""What holds for every test: quiet, one thread, no screen; and the command line as a user meets it."""

import logging
import os
import signal
import subprocess
import sys

import pytest

# One thread makes small models faster and lets tests run side by side; kernels of notebooks inherit it.
os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")
os.environ.setdefault("TF_NUM_INTEROP_THREADS", "1")
# Threads of BLAS in two processes wait for each other, a hundred times longer than a small matrix takes.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ["MPLBACKEND"] = "Agg"
# Tests may import TensorFlow before pisces, which would take Keras 3.
os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")

# A shell has what it starts in the background ignore Ctrl-C, and so would the processes that tests start.
signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items):
    """Puts chapters first: they take longest, and at the end one process would wait for another."""
    items.sort(key=lambda item: item.path.name != CHAPTERS)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """With `--dist loadfile`, has chapters executed by whichever process is free, and not all by one."""
    from xdist.scheduler import LoadFileScheduling

    config.option.loadscopereorder = False  # keeps the order of the items

    class Scheduling(LoadFileScheduling):
        def _split_scope(self, nodeid):
            file = super()._split_scope(nodeid)
            return nodeid if file.endswith(CHAPTERS) else file

    return Scheduling(config, log) if config.getvalue("dist") == "loadfile" else None


CHAPTERS = "test_chapters.py"
COMMAND = "from pisces.cli import main; raise SystemExit(main())"


@pytest.fixture
def retracing_warnings(caplog):
    """Calls it to read TensorFlow's warnings of graphs that are traced again and again."""
    logger = logging.getLogger("tensorflow")
    logger.addHandler(caplog.handler)
    yield lambda: [text for record in caplog.records if "retracing" in (text := record.getMessage())]
    logger.removeHandler(caplog.handler)


@pytest.fixture(scope="session")
def run_with_everything(tmp_path_factory):
    """See `short_runs.EVERYTHING`."""
    import short_runs

    return short_runs.make_run(short_runs.EVERYTHING, tmp_path_factory.mktemp("everything"), seed=3)


@pytest.fixture(scope="session")
def run_of_imitation(tmp_path_factory):
    """See `short_runs.IMITATION`."""
    import short_runs

    return short_runs.make_run(short_runs.IMITATION, tmp_path_factory.mktemp("imitation"), seed=5)


@pytest.fixture(scope="session")
def call():
    """Runs a fresh process as a user does: nothing silences TensorFlow beforehand."""

    def run(*words, code=COMMAND):
        environment = {name: value for name, value in os.environ.items() if name != "TF_CPP_MIN_LOG_LEVEL"}
        command = [sys.executable, "-c", code, *map(str, words)]
        return subprocess.run(command, capture_output=True, text=True, env=environment)

    return run


@pytest.fixture
def refused(capsys):
    """Runs a command that must fail, and gives the one line that it says."""
    from pisces.cli import main

    def run(*words):
        try:
            status = main(list(map(str, words)))
        except SystemExit as end:  # argparse's own way out
            status = end.code
        output = capsys.readouterr()
        assert status == 2
        assert output.out == ""
        assert output.err.count("\n") == 1 and output.err.endswith("\n")
        return output.err.rstrip("\n")

    return run


@pytest.fixture
def said(capsys):
    """Runs a command that must succeed, and gives what it prints; it has nothing to say on standard error."""
    from pisces.cli import main

    def run(*words):
        assert main(list(map(str, words))) == 0
        output = capsys.readouterr()
        assert output.err == ""
        return output.out

    return run


@pytest.fixture(scope="session")
def physics():
    """For tests that simulate and render nothing: without MuJoCo they are skipped."""
    _skip_if_raised(None, ImportError)


@pytest.fixture(scope="session")
def rendering():
    """For tests that render: where nothing does they are skipped, but for a machine that says it renders."""
    from pisces.control.renderer import RendererError

    if os.environ.get("PISCES_RENDERS"):
        _skip_if_raised(16)
    else:
        _skip_if_raised(16, ImportError, RendererError)


def _skip_if_raised(size: int | None, *reasons: type[Exception]) -> None:
    """Starts a world with frames of a size, or without any; for these reasons the test is skipped."""
    from pisces.control.renderer import Renderer
    from pisces.control.world import WorldSettings

    try:
        Renderer(WorldSettings(task="reacher-easy", size=size)).close()
    except reasons as error:
        pytest.skip(str(error))
