"""A time limit and a stop button for code that runs on the main thread, by the very signal that a notebook's stop sends.

The signal's handler raises only while the work is on the stack, below `_work`; at any other moment it only takes note. So a
signal that is late hits neither our own code nor the caller's.
"""

from __future__ import annotations

import _thread
import signal
import sys
import threading
import time
from collections.abc import Callable
from types import FrameType
from typing import Any, TypeVar

T = TypeVar("T")

AGAIN = 0.5
"""Seconds after which work that has swallowed an interrupt is interrupted again."""
_DELIVERY = 1.0
"""Seconds that a signal which was sent is waited for at the most."""


class TimeUp(KeyboardInterrupt):
    """The time of a call is over. As with the user's own interrupt, ``except Exception`` does not catch it."""


def can_interrupt() -> bool:
    """Return whether this is the main thread, of a Python that hears the user's interrupts."""
    return threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGINT) is not None


class Interrupts:
    """Takes the user's interrupts of the main thread over, from ``with`` to its end.

    ``is_interrupted`` tells whether there was one, at whatever moment.
    """

    def __init__(self) -> None:
        self.is_interrupted = False
        self._lock = threading.Lock()
        self._is_at_work = self._is_late = False
        self._sent = self._delivered = 0

    def __enter__(self) -> Interrupts:
        self._previous = signal.signal(signal.SIGINT, self._on_signal)
        return self

    def __exit__(self, *_: object) -> None:
        signal.signal(signal.SIGINT, self._previous)

    def run(self, work: Callable[[], T], seconds: float | None) -> T:
        """Return what ``work`` returns; what it raises is raised.

        Raises `TimeUp` in it after ``seconds``, KeyboardInterrupt at the user's interrupt; again and again if it goes on.
        Whatever the work makes of a `TimeUp` and raises, that is what is raised here.
        """
        over = threading.Event()
        try:
            self._is_at_work, self._is_late = True, False
            if seconds is not None:
                alarm = threading.Thread(target=self._watch, args=(over, seconds), name="kimi-alarm", daemon=True)
                alarm.start()
            value: T = _work(self, work)
            return value
        except BaseException:  # such as what a question to Kimi becomes when it is interrupted
            if self._is_late and not self.is_interrupted:
                raise TimeUp from None
            raise
        finally:
            with self._lock:  # from here on nothing more is sent
                self._is_at_work = False
            over.set()
            self._await_delivery()

    def interrupt(self) -> None:
        """Stop, from any thread, as the user's own interrupt would."""
        with self._lock:
            self.is_interrupted = True
            self._send()

    def _watch(self, over: threading.Event, seconds: float) -> None:
        """Interrupt the work when its time is up, until it is over."""
        while not over.wait(seconds):
            seconds = AGAIN
            with self._lock:
                self._send()

    def _send(self) -> None:
        """Send a signal to the main thread, one at a time, unless the work has put a handler of its own there."""
        if self._is_at_work and self._sent == self._delivered and signal.getsignal(signal.SIGINT) == self._on_signal:
            self._sent += 1
            if sys.platform == "win32":
                _thread.interrupt_main()
            else:
                signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

    def _await_delivery(self) -> None:
        """Wait for a signal that was sent and has not come: it must find this handler, not the caller's."""
        until = time.monotonic() + _DELIVERY
        if self._sent > self._delivered:
            signal.signal(signal.SIGINT, self._on_signal)
        while self._sent > self._delivered and time.monotonic() < until:
            time.sleep(0.001)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002 the form of a signal's handler
        is_ours = self._sent > self._delivered
        if is_ours:
            self._delivered = self._sent
        else:
            self.is_interrupted = True
        if self._is_inside(frame):
            self._is_late = is_ours and not self.is_interrupted
            raise TimeUp if self._is_late else KeyboardInterrupt

    def _is_inside(self, frame: FrameType | None) -> bool:
        """Whether the work is on the stack, and not only that of a caller's caller, who has interrupts of its own."""
        while frame is not None:
            if frame.f_code is _work.__code__ and frame.f_locals["interrupts"] is self:
                return True
            frame = frame.f_back
        return False


def _work(interrupts: Interrupts, work: Callable[[], Any]) -> Any:
    """Return what ``work`` returns; while this is on the stack a signal raises."""
    if interrupts.is_interrupted:  # by one that came before
        raise KeyboardInterrupt
    return work()
