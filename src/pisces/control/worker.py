"""The process that holds the world: it answers one request after another until nobody is left to ask.

TensorFlow and the software renderers of Mesa each bring an LLVM of their own, and crash or hang in one
process; here TensorFlow cannot be imported.
"""

import signal
import sys
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any


@dataclass(frozen=True)
class Ready:
    """The world is there, and a frame of it could be rendered.

    Attributes:
        action_size: Numbers in an action.
        state_names: Of the numbers of a state.
        decision_seconds: How long an action lasts in the world.
    """

    action_size: int
    state_names: tuple[str, ...]
    decision_seconds: float


@dataclass(frozen=True)
class Failure:
    """A request could not be met.

    Attributes:
        message: What was raised, in words.
        is_mistake: Whether it was a `ValueError`, so that the caller can mend it.
    """

    message: str
    is_mistake: bool


def main(descriptor: int) -> None:
    """Answers requests: first settings of a world, then ("reset", seeds) and ("step", action).

    Args:
        descriptor: Of the connection to who asks.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for who asks, whose end is noticed
    sys.modules["tensorflow"] = None  # pyright: ignore[reportArgumentType]
    connection = Connection(descriptor)
    try:
        world = None
        while True:
            request = connection.recv()
            try:
                if world is None:
                    world, answer = _made(request)
                else:
                    name, arguments = request
                    answer = getattr(world, name)(*arguments)
            except ValueError as error:
                answer = Failure(str(error), is_mistake=True)
            except Exception as error:
                answer = Failure(f"{type(error).__name__}: {error}", is_mistake=False)
            connection.send(answer)
    except (EOFError, BrokenPipeError, ConnectionResetError):
        pass


def _made(settings: Any) -> tuple[Any, Ready]:
    from pisces.control.world import World

    world = World(settings)
    world.reset(0, 0)
    return world, Ready(world.action_size, world.state_names, world.decision_seconds)
