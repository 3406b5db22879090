"""What waits for its turn: one job after another, on a thread of ours."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from kimi_magic.conversation import new_id

_NAP = 0.5  # seconds after which a job is asked again whether it may begin, if nobody has said so


def _at_once() -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Job:
    """Something to be done; ``text`` is what a reader sees of it, ``is_ready`` whether it may begin."""

    do: Callable[[], object]
    text: str = ""
    is_ready: Callable[[], bool] = _at_once
    id: str = field(default_factory=new_id)


class Line:
    """Does jobs in the order in which they came, each when the one before is done and it is ready.

    The thread comes with the first job, and is a daemon. ``changed`` is called when what waits has changed.

    >>> done = []
    >>> line = Line("example")
    >>> _ = line.put(Job(lambda: done.append(1))), line.put(Job(lambda: done.append(2)))
    >>> line.rest(5), done
    (True, [1, 2])
    """

    def __init__(self, name: str, changed: Callable[[], None] = lambda: None) -> None:
        self._name, self._changed = name, changed
        self._jobs: list[Job] = []
        self._bell = threading.Condition()
        self._thread: threading.Thread | None = None
        self._is_busy = self._is_closed = False

    @property
    def waiting(self) -> list[Job]:
        """The jobs that have not begun."""
        with self._bell:
            return [*self._jobs]

    def put(self, job: Job) -> Job:
        """Add ``job`` to the end, and return it."""
        with self._bell:
            self._jobs.append(job)
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._work, name=self._name, daemon=True)
                self._thread.start()
            self._bell.notify_all()
        self._changed()
        return job

    def remove(self, id: str) -> bool:  # noqa: A002 the field's name
        """Take a job out that has not begun; return whether it was there."""
        with self._bell:
            left = [job for job in self._jobs if job.id != id]
            was_there = len(left) < len(self._jobs)
            self._jobs = left
        if was_there:
            self._changed()
        return was_there

    def wake(self) -> None:
        """Say that a job may have become ready."""
        with self._bell:
            self._bell.notify_all()

    def rest(self, seconds: float) -> bool:
        """Wait until nothing is left to do; return whether that came within ``seconds``."""
        with self._bell:
            return self._bell.wait_for(lambda: not (self._jobs or self._is_busy), seconds)

    def close(self) -> None:
        """Forget what waits; what is under way goes on to its end."""
        with self._bell:
            self._jobs, self._is_closed = [], True
            self._bell.notify_all()

    def _work(self) -> None:
        while job := self._next():
            self._changed()
            try:
                job.do()
            finally:
                self._rest()

    def _next(self) -> Job | None:
        with self._bell:
            while not self._is_closed:
                if self._jobs and self._jobs[0].is_ready():
                    self._is_busy = True
                    return self._jobs.pop(0)
                self._bell.wait(_NAP if self._jobs else None)
        return None

    def _rest(self) -> None:
        with self._bell:
            self._is_busy = False
            self._bell.notify_all()
