"""The loop of the process, in a thread and with a world of the tests' own."""

import os
import signal
import sys
import threading
from multiprocessing import Pipe

import pytest

from pisces.control import worker
from pisces.control.worker import Failure, Ready


class Counter:
    def __init__(self):
        self.total = 0

    def add(self, number):
        if number < 0:
            raise ValueError("number is below 0")
        if number > 100:
            raise RuntimeError("too much")
        self.total += number
        return self.total


@pytest.fixture
def ask(monkeypatch):
    monkeypatch.setattr(worker, "_made", lambda settings: (Counter(), Ready(settings, (), 0.5)))
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    monkeypatch.setitem(sys.modules, "tensorflow", sys.modules.get("tensorflow"))
    ours, theirs = Pipe()
    thread = threading.Thread(target=worker.main, args=(os.dup(theirs.fileno()),))
    theirs.close()
    thread.start()

    def ask(request):
        ours.send(request)
        assert ours.poll(10)
        return ours.recv()

    yield ask
    ours.close()
    thread.join(10)
    assert not thread.is_alive(), "who is not asked any more goes on"


def test_the_first_request_makes_the_world_and_others_ask_it(ask):
    assert ask(7) == Ready(7, (), 0.5)
    assert ask(("add", (2,))) == 2
    assert ask(("add", (3,))) == 5


def test_what_fails_is_said_and_the_world_goes_on(ask):
    ask(1)
    assert ask(("add", (-1,))) == Failure("number is below 0", is_mistake=True)
    assert ask(("add", (101,))) == Failure("RuntimeError: too much", is_mistake=False)
    assert ask(("add", (1,))) == 1


def test_tensorflow_cannot_be_imported_where_a_world_is(ask):
    ask(1)
    assert sys.modules["tensorflow"] is None
