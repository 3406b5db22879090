"""The order of the questions of one conversation: threads and interrupts that really are."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

import pytest

from kimi_magic.errors import Interrupted, UsageError
from kimi_magic.lines import Lines, Place
from kimi_magic.options import Options
from kimi_magic.render.view import Silent
from kimi_magic.tools.nesting import carrying


def wanted() -> bool:
    return True


def served(place: Place, do: Callable[[], object], is_wanted: Callable[[], bool] = wanted) -> None:
    """Do as `Session.ask` does."""
    try:
        place.reach(Silent(), is_wanted)
        do()
    finally:
        place.has_left = True


def is_free(lines: Lines) -> bool:
    """Return whether a question from another thread is served soon."""
    came = threading.Event()
    late = time.monotonic() + 5
    asking = threading.Thread(
        target=lambda: served(lines.place(Options()), came.set, lambda: time.monotonic() < late), daemon=True
    )
    asking.start()
    asking.join(10)
    return came.is_set()


def test_the_order_is_that_of_the_places() -> None:
    """Whoever comes first to be served: the order is that in which places were taken."""
    lines, came = Lines(), list[int]()
    places = [lines.place(Options()) for _ in range(4)]
    for place in places:
        place.take()
    threads = [
        threading.Thread(target=served, args=(places[number], lambda number=number: came.append(number)))
        for number in (3, 1, 2, 0)
    ]
    for thread in threads:
        thread.start()
        time.sleep(0.01)
    for thread in threads:
        thread.join(5)
    assert came == [0, 1, 2, 3]


def test_lines_are_apart() -> None:
    """Another conversation, and who asks once, do not wait."""
    lines, came = Lines(), list[str]()
    lines.place(Options()).take()
    for options in (Options(conversation="other"), Options(once=True), Options(once=True)):
        place = lines.place(options)
        place.reach(Silent(), wanted)
        came.append(options.conversation)
    assert len(came) == 3


def test_a_question_within_another_does_not_wait() -> None:
    """On the same thread one is served at once, and the line goes on only when the outer one has left."""
    lines, came = Lines(), list[str]()
    outer = lines.place(Options())
    outer.reach(Silent(), wanted)
    served(lines.place(Options()), lambda: came.append("inner"))
    behind = threading.Thread(target=served, args=(lines.place(Options()), lambda: came.append("behind")))
    behind.start()
    behind.join(0.2)
    assert came == ["inner"]
    outer.has_left = True
    behind.join(5)
    assert came == ["inner", "behind"]


def test_what_kimi_called_does_not_wait_for_itself() -> None:
    """On a thread of its own it is told so, and is in nobody's way."""
    lines, told = Lines(), list[str]()
    outer = lines.place(Options())
    outer.reach(Silent(), wanted)

    def asks() -> None:
        try:
            with carrying():
                served(lines.place(Options()), lambda: None)
        except UsageError as error:
            told.append(str(error))

    called = threading.Thread(target=asks)
    called.start()
    called.join(5)
    outer.has_left = True
    assert ["once=True" in one for one in told] == [True]
    assert is_free(lines)


def test_what_is_not_wanted_is_not_served() -> None:
    """Whether it was given up before it came, or stopped: it ends as stopped, and the line is free."""
    lines = Lines()
    given_up = lines.place(Options())
    given_up.take()
    given_up.has_left = True
    for place, is_wanted in ((given_up, wanted), (lines.place(Options()), lambda: False)):
        with pytest.raises(Interrupted, match="before it was sent"):
            served(place, lambda: pytest.fail("was served"), is_wanted)
    assert is_free(lines)


def test_an_interrupt_while_it_waits_is_heard_soon() -> None:
    """Ctrl-C ends the waiting; those behind go on when the one before has left."""
    lines = Lines()
    first = lines.place(Options())
    first.take()
    began = time.monotonic()
    threading.Timer(0.1, signal.raise_signal, [signal.SIGINT]).start()
    with pytest.raises(KeyboardInterrupt):
        served(lines.place(Options()), lambda: pytest.fail("was served"))
    assert time.monotonic() - began < 2
    first.has_left = True
    assert is_free(lines)


@contextmanager
def interrupts() -> Iterator[None]:
    """Interrupt this thread again and again, wherever it is, but only in `served`."""
    is_over = threading.Event()

    def press() -> None:
        while not is_over.wait(0.0005):
            signal.raise_signal(signal.SIGINT)

    def interrupt(_: int, frame: FrameType | None) -> None:
        while frame is not None:
            if frame.f_code is served.__code__:
                raise KeyboardInterrupt
            frame = frame.f_back

    before, pressing = signal.signal(signal.SIGINT, interrupt), threading.Thread(target=press)
    try:
        pressing.start()
        yield
    finally:
        is_over.set()
        pressing.join()
        signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize(("has_to_wait", "times"), [(False, 60), (True, 15)])
def test_no_interrupt_leaves_a_place_behind(*, has_to_wait: bool, times: int) -> None:
    """Wherever Ctrl-C strikes, once or again at once: at taking, waiting, being served or leaving."""
    lines, struck, until = Lines(), 0, time.monotonic() + 20
    first = lines.place(Options())
    first.take()
    first.has_left = not has_to_wait
    with interrupts():
        while struck < times and time.monotonic() < until:
            try:
                served(lines.place(Options()), lambda: None)
            except KeyboardInterrupt:
                struck += 1
    first.has_left = True
    assert struck == times
    assert is_free(lines)
