"""Time limits and stops on the main thread: they reach the work, and nothing else."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable

import pytest

from kimi_magic.tools.interrupts import Interrupts, TimeUp, can_interrupt


def busy(seconds: float) -> str:
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        pass
    return "done"


def asleep(seconds: float) -> str:
    time.sleep(seconds)
    return "done"


def press_stop() -> None:
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(20)


@pytest.mark.parametrize("work", [busy, asleep])
def test_work_ends_when_its_time_is_up(work: Callable[[float], str]) -> None:
    """Code that computes and code that sleeps are both interrupted, and what comes next runs."""
    begun = time.monotonic()
    with Interrupts() as interrupts:
        with pytest.raises(TimeUp):
            interrupts.run(lambda: work(20), 0.1)
        assert interrupts.run(lambda: work(0.01), 5) == "done"
    assert time.monotonic() - begun < 2
    assert not interrupts.is_interrupted


def test_a_late_signal_hits_nobody() -> None:
    """Work that ends just when its time is up, over and over: it is done or late, and no interrupt comes afterwards."""
    handler, chance, ends = signal.getsignal(signal.SIGINT), random.Random(1), Counter[str]()
    for _ in range(120):
        with Interrupts() as interrupts:
            try:
                interrupts.run(lambda: busy(chance.uniform(0.001, 0.008)), 0.002)
                ends["done"] += 1
            except TimeUp:
                ends["late"] += 1
            busy(0.0005)
        assert not interrupts.is_interrupted
    time.sleep(0.05)
    assert min(ends["done"], ends["late"]) > 5
    assert signal.getsignal(signal.SIGINT) == handler


def test_the_users_interrupt_is_told_from_a_time_limit() -> None:
    """A signal from outside is a KeyboardInterrupt and no `TimeUp`, and is remembered."""
    with Interrupts() as interrupts:
        with pytest.raises(KeyboardInterrupt) as stopped:
            interrupts.run(press_stop, 30)
        assert stopped.type is KeyboardInterrupt
        assert interrupts.is_interrupted


def test_an_interrupt_between_the_works_waits() -> None:
    """While our own code runs a signal raises nothing; the next work does not begin."""
    ran: list[str] = []
    with Interrupts() as interrupts:
        os.kill(os.getpid(), signal.SIGINT)
        busy(0.01)
        with pytest.raises(KeyboardInterrupt):
            interrupts.run(lambda: ran.append("ran"), None)
    assert ran == []


def test_a_stop_from_another_thread_reaches_the_work() -> None:
    """A stop button's callback ends what sleeps on the main thread."""
    begun = time.monotonic()
    with Interrupts() as interrupts:
        threading.Timer(0.05, interrupts.interrupt).start()
        with pytest.raises(KeyboardInterrupt):
            interrupts.run(lambda: asleep(20), 30)
    assert time.monotonic() - begun < 2


def test_work_that_swallows_an_interrupt_is_interrupted_again() -> None:
    """The signal comes again until the work ends; what it returns in the end counts."""
    swallowed: list[str] = []

    def stubborn() -> str:
        while len(swallowed) < 2:
            try:
                time.sleep(20)
            except KeyboardInterrupt:
                swallowed.append("one")
        return "at last"

    with Interrupts() as interrupts:
        assert interrupts.run(stubborn, 0.05) == "at last"
    assert len(swallowed) == 2


def test_work_with_a_handler_of_its_own_is_left_alone() -> None:
    """A signal that would go to the work's own handler, or kill the program, is not sent; ours comes back."""
    before = signal.getsignal(signal.SIGINT)

    def selfish() -> str:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        return asleep(0.2)

    with Interrupts() as interrupts:
        assert interrupts.run(selfish, 0.05) == "done"
    assert signal.getsignal(signal.SIGINT) == before


def test_other_threads_are_not_interrupted_so() -> None:
    """Only the main thread hears signals."""
    found: list[bool] = [can_interrupt()]
    thread = threading.Thread(target=lambda: found.append(can_interrupt()))
    thread.start()
    thread.join()
    assert found == [True, False]
