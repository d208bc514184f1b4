"""Who renders? A process of its own for each world, which this module starts, asks and watches.

It is a fresh Python rather than a process of `multiprocessing`, which would import the caller's main module,
and TensorFlow with it. Nothing here imports TensorFlow or MuJoCo.
"""

import os
import signal
import subprocess
import sys
import tempfile
import weakref
from collections.abc import Sequence
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from typing import IO, Any

import numpy as np

from pisces import doctor
from pisces.checks import checked, is_positive
from pisces.control.worker import Failure, Ready
from pisces.control.world import Moment, WorldSettings

START_LIMIT = 120.0
"""Seconds in which a world is loaded and its first frame rendered."""

ANSWER_LIMIT = 60.0
"""Seconds in which a decision is simulated and rendered; as a rule a few milliseconds."""

_GRAPHICS = "MUJOCO_GL"  # the variable by which MuJoCo and dm_control choose a graphics library
_INSTALL = (
    "on Debian and Ubuntu, `apt-get install libegl1 libegl-mesa0 libgl1-mesa-dri` brings one that needs "
    "neither a screen nor a graphics card"
)
_CODE = "import sys; from pisces.control.worker import main; main(int(sys.argv[1]))"


class RendererError(ChildProcessError):
    """Nothing can be rendered, or who rendered is gone."""


def graphics_libraries() -> tuple[str, ...]:
    """The values of `MUJOCO_GL` to try, in this order: what the variable says, or what needs no screen."""
    chosen = os.environ.get(_GRAPHICS)
    if chosen:
        return (chosen,)
    return ("egl", "osmesa") if sys.platform.startswith("linux") else ("glfw",)


def rendering_advice() -> str:
    """Says in one line what renders here, or what to install so that something does. Raises nothing."""
    try:
        with Renderer(WorldSettings(task="cartpole-swingup", size=16)) as renderer:
            return f"rendering: {renderer.graphics_library}"
    except (ImportError, OSError, ValueError) as error:
        return f"rendering: none; {' '.join(str(error).split())}"


class Renderer:
    """A world in a process of its own.

    Attributes:
        action_size: Numbers in an action.
        state_names: Of the numbers of a state.
        decision_seconds: How long an action lasts in the world.
        graphics_library: The value of `MUJOCO_GL` that worked; "disable" if nothing is rendered.
        process_id: Of the process.
    """

    def __init__(self, settings: WorldSettings, *, answer_limit: float = ANSWER_LIMIT):
        """Starts the process, with the first graphics library that renders a frame.

        Args:
            settings: What is simulated and seen.
            answer_limit: Seconds that the process has for a decision, above 0.

        Raises:
            ImportError: If MuJoCo or the suite is missing, or of another version.
            RendererError: If nothing renders here, or the world cannot be made.
            ValueError: If a setting is not allowed, or a video cannot be read.
        """
        self._answer_limit = checked("answer_limit", answer_limit, is_positive, "a number of seconds above 0")
        for problem in doctor.control_problems():
            raise ImportError(problem)
        is_seen = settings.size is not None
        failures = []
        for library in graphics_libraries() if is_seen else ("disable",):
            try:
                self._worker, ready = _started(library, settings)
            except RendererError as error:
                failures.append(f"{_GRAPHICS}={library}: {error}")
                continue
            self.action_size, self.state_names = ready.action_size, ready.state_names
            self.decision_seconds = ready.decision_seconds
            self.graphics_library = library
            self.process_id = self._worker.process.pid
            return
        reasons = "; ".join(failures)
        if is_seen:
            raise RendererError(f"no graphics library renders ({reasons}); {_INSTALL}")
        raise RendererError(f"the world cannot be made ({reasons})")

    def reset(self, task_seed: int, background_seed: int) -> Moment:
        """Begins an episode; see `World.reset`.

        Raises:
            RendererError: If the process has ended, or does not answer in time: it is stopped then.
            ValueError: If a video cannot be read.
        """
        return self._ask("reset", (task_seed, background_seed))

    def step(self, action: np.ndarray) -> Moment:
        """Takes a decision; see `World.step`.

        Raises:
            RendererError: If the process has ended, or does not answer in time: it is stopped then.
        """
        return self._ask("step", (action,))

    def close(self) -> None:
        """Ends the process, if it has not ended."""
        self._worker.stop()

    def _ask(self, name: str, arguments: Sequence[Any]) -> Moment:
        return self._worker.ask((name, arguments), self._answer_limit)

    def __enter__(self) -> "Renderer":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Worker:
    """The process, the connection to it, and what it says on standard error."""

    def __init__(self, library: str):
        if sys.platform == "win32":
            raise RendererError("it needs Linux or macOS; on Windows, WSL")
        self._connection, theirs = Pipe()
        self._said = tempfile.TemporaryFile()
        # It finds what is imported here, and nothing else that lies about: -P.
        folders = os.pathsep.join(folder or os.getcwd() for folder in sys.path)
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-c", _CODE, str(theirs.fileno())],
            env=os.environ | {_GRAPHICS: library, "PYTHONPATH": folders},
            stdin=subprocess.DEVNULL,
            stdout=self._said,
            stderr=self._said,
            pass_fds=(theirs.fileno(),),
        )
        theirs.close()
        self._end: str | None = None
        self.stop = weakref.finalize(self, _stop, self.process, self._connection, self._said)

    def ask(self, request: Any, limit: float) -> Any:
        """The answer to a request; the process is stopped if there is none within `limit` seconds."""
        if self._end is None and not self.stop.alive:
            self._end = "the renderer was closed"
        if self._end is not None:
            raise RendererError(self._end)
        try:
            self._connection.send(request)
            answer = self._connection.recv() if self._connection.poll(limit) else None
        except (EOFError, ConnectionError):
            raise self._ended(self._how_it_ended()) from None
        except BaseException:  # such as Ctrl-C: an answer still to come would be taken for that to another
            self._ended("was interrupted")
            raise
        if answer is None:
            raise self._ended(f"did not answer within {limit:g} s and was stopped")
        if isinstance(answer, Failure):
            raise ValueError(answer.message) if answer.is_mistake else RendererError(answer.message)
        return answer

    def _ended(self, how: str) -> RendererError:
        self._end = f"the renderer (process {self.process.pid}) {how}"
        self.stop()
        return RendererError(self._end)

    def _how_it_ended(self) -> str:
        try:
            status = self.process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            return "does not speak any more"
        if status < 0:
            return f"was killed by signal {-status} ({signal.Signals(-status).name})"
        self._said.seek(0)
        lines = self._said.read().decode(errors="replace").split("\n")
        said = [line.strip() for line in lines if line.strip()]
        return f"ended with status {status}" + (f": {said[-1]}" if said else "")


def _started(library: str, settings: WorldSettings) -> tuple[_Worker, Ready]:
    worker = _Worker(library)
    try:
        return worker, worker.ask(settings, START_LIMIT)
    except BaseException:
        worker.stop()
        raise


def _stop(process: subprocess.Popen, connection: Connection, said: IO[bytes]) -> None:
    """Kills the process, which has nothing to save and may hang."""
    connection.close()
    process.kill()
    process.wait()
    said.close()
