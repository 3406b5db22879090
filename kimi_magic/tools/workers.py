"""Work on a thread of its own, which can be interrupted, and given up where that does not help."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import inspect
import threading
import time
from collections.abc import Awaitable, Callable, Sequence
from contextvars import copy_context
from typing import Any

GRACE = 0.5
"""Seconds that interrupted work has for its end, before it is interrupted once more."""
_INTERRUPTS = 2
"""How often work is interrupted, before it is given up."""


class GivenUp(Exception):
    """The work was interrupted and goes on nevertheless; nobody waits for it any more."""


class Worker:
    """Runs ``work`` on a daemon thread, in a copy of the caller's context; `result` has what came of it.

    ``cancel`` ends the work in a gentler way than an exception that is raised in it, and returns whether it could.
    ``on_end`` is called on the thread when the work has ended.
    """

    def __init__(
        self,
        work: Callable[[], Any],
        cancel: Callable[[], bool] = lambda: False,
        on_end: Callable[[], object] = lambda: None,
    ) -> None:
        self._work, self._cancel, self._on_end = work, cancel, on_end
        self._value: Any = None
        self._error: BaseException | None = None
        self._ended_by: type[BaseException] | None = None
        self._is_over = False
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._thread = threading.Thread(target=copy_context().run, args=(self._body,), name="kimi-tool", daemon=True)

    def start(self) -> Worker:
        """Begin, and return this. Where there can be no more threads, that is what the work has raised."""
        try:
            self._thread.start()
        except RuntimeError as error:
            self._error = error
            self._settle()
        return self

    def wait(self, seconds: float | None) -> bool:
        """Wait for the end; return whether it came within ``seconds``."""
        return self._over.wait(seconds)

    def interrupt(self, kind: type[BaseException]) -> None:
        """Let the work end soon, first by cancelling it, where that is possible, then by ``kind`` raised in it."""
        is_first, self._ended_by = self._ended_by is None, kind
        if is_first and self._cancel():
            return
        with self._lock:  # never into a thread whose work is over
            if not self._is_over:
                self._raise(kind)

    def result(self) -> Any:
        """Return what the work returned, or raise what it raised; the reason, where it was ended from outside.

        Raises `GivenUp` where it goes on nevertheless.
        """
        if not self._over.is_set():
            raise GivenUp
        if self._error is not None:
            raise self._ended_by or self._error
        return self._value

    def _body(self) -> None:
        try:
            self._attempt()
        except BaseException as error:  # noqa: BLE001 an interrupt that struck just when the work had ended
            self._error = error
        try:
            self._settle()
        except BaseException:  # noqa: BLE001 the same, a moment later; a second one does not come so soon
            self._settle()

    def _attempt(self) -> None:
        try:
            self._value = self._work()
        except BaseException as error:  # noqa: BLE001 the user's own code, which may also raise SystemExit
            self._error = error

    def _settle(self) -> None:
        with self._lock:
            self._is_over = True
        self._raise(None)  # takes back what is on its way
        self._on_end()
        self._over.set()

    def _raise(self, kind: type[BaseException] | None) -> None:
        if self._thread.ident is not None:
            raised = None if kind is None else ctypes.py_object(kind)
            ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(self._thread.ident), raised)


def end(workers: Sequence[Worker], kind: type[BaseException]) -> None:
    """Let what ``workers`` do end soon; return when all have ended, or are given up."""
    for _ in range(_INTERRUPTS):
        going_on = [worker for worker in workers if not worker.wait(0)]
        for worker in going_on:
            worker.interrupt(kind)
        until = time.monotonic() + GRACE
        for worker in going_on:
            worker.wait(max(until - time.monotonic(), 0))


class Awaited:
    """``work`` on whatever thread it is called, and what it returns awaited, where that is needed, in a loop of its own.

    What comes of it goes through ``finish``.
    """

    def __init__(self, work: Callable[[], Any], finish: Callable[[Any], Any]) -> None:
        self._work, self._finish = work, finish
        self._running: tuple[asyncio.AbstractEventLoop, asyncio.Task[Any]] | None = None

    def __call__(self) -> Any:
        """Return what ``finish`` makes of it."""
        value = self._work()
        return self._finish(asyncio.run(self._main(value)) if inspect.isawaitable(value) else value)

    def cancel(self) -> bool:
        """Cancel what is awaited, from any thread; return whether anything was."""
        if self._running is None:
            return False
        loop, task = self._running
        with contextlib.suppress(RuntimeError):  # the loop is closed: it has ended
            loop.call_soon_threadsafe(task.cancel)
        return True

    async def _main(self, awaitable: Awaitable[Any]) -> Any:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 a coroutine runs in a task; this tells mypy
        self._running = (asyncio.get_running_loop(), task)
        return await awaitable
