"""Where a call runs: on the main thread when that is where the question was asked, else on a thread of its own."""

from __future__ import annotations

import contextlib
import inspect
import queue
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from kimi_magic.tools.interrupts import Interrupts, TimeUp, can_interrupt
from kimi_magic.tools.replies import beside, guard
from kimi_magic.tools.workers import Awaited, Worker, end

T = TypeVar("T")

_STEP = 0.05
"""Seconds after which one who waits looks whether somebody has stopped it."""


@dataclass(frozen=True, slots=True)
class Job:
    """What is to be run: ``finish`` gets what ``work`` returns (awaited, where that is needed); each in ``seconds``."""

    work: Callable[[], Any]
    finish: Callable[[Any], Any]
    seconds: float


class Runner(Protocol):
    """Runs jobs so that their time limits and stops reach them."""

    @property
    def is_interrupted(self) -> bool:
        """Whether somebody stopped it."""

    def ask(self, question: Callable[[], T]) -> T:
        """Return what ``question`` returns, which is called on this thread. Raises KeyboardInterrupt when stopped."""

    def run(self, job: Job) -> Any:
        """Return what comes of ``job``, or raise what it raises.

        Raises `TimeUp`, `GivenUp` for one that cannot be ended, and KeyboardInterrupt when stopped.
        """

    def interrupt(self) -> None:
        """Stop what runs, from any thread, and let nothing more begin."""


@contextlib.contextmanager
def runner() -> Iterator[Runner]:
    """Yield what runs jobs for this thread, and takes its interrupts, until the end.

    On threads of their own jobs cannot ask the user: a reply could be meant for another question.
    """
    guard()
    if can_interrupt():
        with Interrupts() as interrupts:
            yield _OnMain(interrupts)
    else:
        yield _OffMain()


def run_together(on: Runner, jobs: Sequence[Job], tell: Callable[[int, Callable[[], Any]], None]) -> None:
    """Run ``jobs`` at the same time, each on its thread, and call ``tell(place, result)`` here when one has ended.

    ``result()`` returns or raises as `Runner.run` does. Raises KeyboardInterrupt when stopped: those that had not ended
    then are not told.
    """
    ended: queue.SimpleQueue[int] = queue.SimpleQueue()
    workers = [_worker(job, lambda place=place: ended.put(place)) for place, job in enumerate(jobs)]  # type: ignore[misc]  # mypy: "cannot infer type of lambda", whose place is bound so
    until = [time.monotonic() + job.seconds for job in jobs]
    running = set(range(len(jobs)))
    try:
        while running:
            late = [place for place in sorted(running) if time.monotonic() > until[place]]
            end([workers[place] for place in late], TimeUp)
            for place in {*_ended(ended), *late} & running:
                running.discard(place)
                tell(place, workers[place].result)
            _check(on)
    finally:
        end([workers[place] for place in running], KeyboardInterrupt)


class _OnMain:
    """Runs jobs on the main thread, where connections, figures and ``input()`` are at home; what is awaited, beside it."""

    def __init__(self, interrupts: Interrupts) -> None:
        self._interrupts = interrupts

    @property
    def is_interrupted(self) -> bool:
        return self._interrupts.is_interrupted

    def ask(self, question: Callable[[], T]) -> T:
        return self._interrupts.run(question, None)

    def run(self, job: Job) -> Any:
        value = self._interrupts.run(job.work, job.seconds)
        if inspect.isawaitable(value):
            return _run_beside(self, Job(lambda: value, job.finish, job.seconds))
        return self._interrupts.run(lambda: job.finish(value), job.seconds)

    def interrupt(self) -> None:
        self._interrupts.interrupt()


class _OffMain:
    """Runs jobs on threads of their own, for a caller that no signal reaches."""

    def __init__(self) -> None:
        self.is_interrupted = False

    def ask(self, question: Callable[[], T]) -> T:
        _check(self)
        return question()

    def run(self, job: Job) -> Any:
        return _run_beside(self, job)

    def interrupt(self) -> None:
        self.is_interrupted = True


def _run_beside(on: Runner, job: Job) -> Any:
    _check(on)
    worker = _worker(job)
    until = time.monotonic() + job.seconds
    try:
        while not worker.wait(_STEP):
            _check(on)
            if time.monotonic() > until:
                end([worker], TimeUp)
                break
    except KeyboardInterrupt:
        end([worker], KeyboardInterrupt)
        raise
    return worker.result()


def _worker(job: Job, on_end: Callable[[], object] = lambda: None) -> Worker:
    awaited = Awaited(job.work, job.finish)
    with beside():
        return Worker(awaited, awaited.cancel, on_end).start()


def _ended(ended: queue.SimpleQueue[int]) -> list[int]:
    """Return the one that has ended, or after a moment none."""
    try:
        return [ended.get(timeout=_STEP)]
    except queue.Empty:
        return []


def _check(on: Runner) -> None:
    if on.is_interrupted:
        raise KeyboardInterrupt
