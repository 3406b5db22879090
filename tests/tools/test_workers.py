"""Work on threads of its own: its results, its end from outside, and what it knows of its caller."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

import pytest

from kimi_magic.tools.interrupts import TimeUp
from kimi_magic.tools.workers import GivenUp, Worker, end

CELL: ContextVar[str] = ContextVar("CELL", default="none")


def busy() -> None:
    while True:
        pass


def leave() -> None:
    raise SystemExit(3)


def test_a_worker_knows_what_its_caller_knows() -> None:
    """The context of the caller, by which a kernel finds the cell of an output, goes along to the thread."""
    CELL.set("mine")
    worker = Worker(lambda: (CELL.get(), threading.current_thread() is threading.main_thread())).start()
    assert worker.wait(5)
    assert worker.result() == ("mine", False)


@pytest.mark.parametrize(("work", "error"), [(leave, SystemExit), (lambda: 1 / 0, ZeroDivisionError)])
def test_what_is_raised_is_raised_by_the_result(work: Callable[[], Any], error: type[BaseException]) -> None:
    """An exception, SystemExit too, ends the thread in silence and is raised where the result is asked for."""
    worker = Worker(work).start()
    assert worker.wait(5)
    with pytest.raises(error):
        worker.result()


def test_work_is_ended_from_outside() -> None:
    """A busy loop ends by an exception that is raised in it."""
    worker = Worker(busy).start()
    end([worker], TimeUp)
    with pytest.raises(TimeUp):
        worker.result()


def test_work_that_does_not_end_is_given_up() -> None:
    """What waits where no exception reaches it goes on, and its result is not waited for."""
    gate = threading.Event()

    worker = Worker(lambda: gate.wait(20)).start()
    begun = time.monotonic()
    end([worker], TimeUp)
    with pytest.raises(GivenUp):
        worker.result()
    assert time.monotonic() - begun < 3
    gate.set()
    assert worker.wait(5)


def test_an_end_that_is_late_hurts_nobody() -> None:
    """Ending work that ends by itself just then, over and over, leaves a result each time and no thread that fails."""
    ends = Counter[str]()
    for turn in range(300):
        until = time.perf_counter() + turn % 10 / 1_000  # some as long as Python lets a thread run before it looks at others
        worker = Worker(lambda until=until: [None for _ in iter(lambda: time.perf_counter() < until, False)]).start()  # type: ignore[misc]  # mypy cannot infer a lambda with a default
        end([worker], TimeUp)
        assert worker.wait(5)
        try:
            worker.result()
            ends["done"] += 1
        except TimeUp:
            ends["late"] += 1
    assert sum(ends.values()) == 300
    assert min(ends["done"], ends["late"]) > 5
