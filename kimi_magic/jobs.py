"""Answers that arrive while other cells run, and how many of them there are."""

from __future__ import annotations

import asyncio
import contextvars
import threading
import time
from collections.abc import Callable, Generator
from concurrent import futures
from typing import Any

from kimi_magic.answer import Answer
from kimi_magic.errors import Interrupted, KimiError, UsageError
from kimi_magic.render.printable import printable

MOST_FINISHED = 20
"""Finished answers that `Jobs` remembers; who holds one in a variable keeps it."""
STILL = "The answer is still arriving: answer.wait() or `await answer` gives it."
_SLICE = 0.2  # seconds: a longer wait cannot be interrupted on Windows


class Coming:
    """An answer that is arriving: what ``_kimi`` and ``-o NAME`` hold meanwhile.

    Once it is there this reads like the answer itself: ``.text``, ``.parsed``, ``.code``, ``str()``, and what a notebook
    shows of it. Until then these raise `UsageError`; ``wait()`` and ``await`` wait, and raise the answer's error. Of one
    that was stopped or cut the others give what had arrived.
    ``number`` is what ``/jobs`` calls it; ``question``, ``cell`` and ``run`` say what was asked and where.
    """

    def __init__(
        self,
        number: int,
        question: str,
        stop: Callable[[], object],
        cell: str = "",
        run: str = "",
        *,
        sent_at: Callable[[], float] | None = None,
    ) -> None:
        self.number, self.question, self.cell, self.run = number, question, cell, run
        began = time.monotonic()
        self._stop, self._is_stopped, self._sent_at, self._ended = stop, False, sent_at or (lambda: began), 0.0
        self._future: futures.Future[Answer] = futures.Future()
        self._future.set_running_or_notify_cancel()  # nobody who waits for it can cancel it now

    @property
    def is_done(self) -> bool:
        """Whether the answer is there, or has failed."""
        return self._future.done()

    @property
    def elapsed(self) -> float | None:
        """The seconds that it has taken since it was sent, or took; None where it was not sent (yet)."""
        sent_at = self._sent_at()
        return (self._ended or time.monotonic()) - sent_at if sent_at else None

    @property
    def standing(self) -> str:
        """How it stands, in a word."""
        if not self.is_done:
            return "stopping" if self._is_stopped else "arriving" if self._sent_at() else "waiting"
        error = self._future.exception()
        if error is None:
            return "done"
        return "stopped" if isinstance(error, Interrupted) else "failed"

    def wait(self, timeout: float | None = None) -> Answer:
        """Return the answer as soon as it is there.

        Raises the answer's own error where it failed or was stopped, and `UsageError` after ``timeout`` seconds.
        """
        until = None if timeout is None else time.monotonic() + timeout
        while not self.is_done:
            left = _SLICE if until is None else min(_SLICE, until - time.monotonic())
            if left <= 0:
                raise UsageError(f"The answer did not come within {timeout:g} s, and goes on arriving.")
            self.settle(left)
        return self._future.result()

    def settle(self, seconds: float) -> None:
        """Let at most ``seconds`` go by until the answer is there or has failed."""
        futures.wait([self._future], seconds)

    def __await__(self) -> Generator[Any, None, Answer]:
        """Wait for the answer without keeping the loop from other things. To cancel this does not stop the answer."""
        return asyncio.wrap_future(self._future).__await__()

    def stop(self) -> None:
        """Ask for its end, from whatever thread; what has arrived is kept. Harmless when it is over."""
        if not self.is_done:
            self._is_stopped = True
            self._stop()

    def follow(self, ask: Callable[[], Answer]) -> None:
        """Run ``ask`` here, and take what it returns or raises as the answer."""
        try:
            answer = ask()
        except BaseException as error:  # noqa: BLE001 raised again to whoever waits for the answer
            self._ended = time.monotonic()
            self._future.set_exception(error if isinstance(error, Exception) else _ended_by(error))
        else:
            self._ended = time.monotonic()
            self._future.set_result(answer)

    def _arrived(self) -> Answer:
        """Return the answer, or what arrived of one that was stopped or cut. Raises its error where there is nothing."""
        if not self.is_done:
            raise UsageError(STILL)
        return self._partial or self._future.result()

    @property
    def _partial(self) -> Answer | None:
        """What arrived of an answer that was stopped, cut, or is no value of its schema."""
        found = getattr(self._future.exception(), "answer", None) if self.is_done else None
        return found if isinstance(found, Answer) else None

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or not hasattr(Answer, name):  # who only looks what this can do is not told that it fails
            raise AttributeError(f"An answer has no attribute {name!r}.")
        return getattr(self._arrived(), name)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *(name for name in dir(Answer) if not name.startswith("_"))})

    def __str__(self) -> str:
        return str(self._arrived())

    def __repr__(self) -> str:
        if not self.is_done:
            since = "waiting" if self.elapsed is None else f"arriving for {self.elapsed:.0f} s"
            return f"<answer {self.number}, {since}: answer.wait() or await answer gives it>"
        if self._partial is not None:
            return repr(self._partial)
        error = self._future.exception()
        return repr(self._future.result()) if error is None else f"<answer {self.number}, {self.standing}: {_told(error)}>"

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        """Show the answer where it is there, else how it stands."""
        if self.standing == "done" or self._partial is not None:
            return self._arrived()._repr_mimebundle_()
        return {"text/plain": repr(self)}


class Jobs:
    """The answers of one session that arrive in the background. All of it may be used from any thread."""

    def __init__(self) -> None:
        self._known: list[Coming] = []
        self._count = 0
        self._lock = threading.Lock()

    def start(
        self,
        text: str,
        ask: Callable[[], Answer],
        stop: Callable[[], object],
        cell: str = "",
        run: str = "",
        *,
        sent_at: Callable[[], float] | None = None,
    ) -> Coming:
        """Run ``ask`` on a thread of its own, with this thread's context variables, and return what will be its answer.

        ``text`` is the question, for `/jobs`; ``cell`` and ``run`` say where it was asked. ``sent_at`` returns when it was
        sent, by `time.monotonic`, and 0 before; without it that is now.
        ``stop`` must make ``ask`` return or raise soon; it is called from any thread, perhaps before ``ask`` has begun, and
        perhaps more than once.
        """
        with self._lock:
            self._count += 1
            coming = Coming(self._count, text, stop, cell, run, sent_at=sent_at)
            self._known.append(coming)
            finished = [one for one in self._known if one.is_done]
            forgotten = finished[: max(0, len(finished) - MOST_FINISHED)]
            self._known = [one for one in self._known if one not in forgotten]
        context = contextvars.copy_context()
        thread = threading.Thread(
            target=context.run, args=(coming.follow, ask), name=f"kimi-job-{coming.number}", daemon=True
        )  # a daemon: an interpreter that ends does not wait for it
        try:
            thread.start()
        except RuntimeError:  # there can be no more threads: nobody should wait for this one
            with self._lock:
                self._known.remove(coming)
            raise
        return coming

    def known(self) -> list[Coming]:
        """Return all that run, and the last ones that ended, in the order in which they began."""
        with self._lock:
            return [*self._known]

    def running(self) -> list[Coming]:
        """Return those whose answer is still arriving."""
        return [one for one in self.known() if not one.is_done]

    def of_cell(self, cell: str, but_run: str) -> list[Coming]:
        """Return those that run for ``cell`` from another execution than ``but_run``, which must stop them first."""
        return [one for one in self.running() if cell and one.cell == cell and one.run != but_run]

    def stop(self, number: int | None = None) -> list[Coming]:
        """Stop the one with ``number``, or all that run, and return what was stopped.

        Raises `UsageError` where there is none of that number, or it is over.
        """
        chosen = [one for one in self.running() if number in (None, one.number)]
        if not chosen and number is not None:
            over = any(one.number == number for one in self.known())
            raise UsageError(f"Job {number} is over already." if over else f"There is no job {number}: see %kimi /jobs.")
        for one in chosen:
            one.stop()
        return chosen

    def wait_all(self) -> list[Coming]:
        """Wait until nothing runs any more, and return what was waited for; their errors stay with them.

        A KeyboardInterrupt stops them all, and goes on.
        """
        waited: list[Coming] = []
        try:
            while running := self.running():
                waited += [one for one in running if one not in waited]
                running[0].settle(_SLICE)
        except KeyboardInterrupt:
            self.stop()
            raise
        return waited


def _ended_by(error: BaseException) -> KimiError:
    """Return what is told of an exception that would end the program of whoever waits."""
    return KimiError(f"The answer was broken off by {type(error).__name__}.")


def _told(error: BaseException) -> str:
    return printable(str(error) or type(error).__name__)
