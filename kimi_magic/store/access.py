"""The way to the store's file: opened at its first use, by one thread at a time, and every fault a sentence."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from kimi_magic.errors import NotKept
from kimi_magic.store.faults import is_damage, reason
from kimi_magic.store.file import Identity, identity, open_file, set_aside

T = TypeVar("T")


class Access:
    """A connection to the file at ``path``, for several threads, beside several processes, and after a fork."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._aside: Path | None = None  # a damaged file that the user has not been told of
        self._begin()

    def _begin(self) -> None:
        self._process = os.getpid()
        self._lock = threading.RLock()
        self._is_busy = False
        self._db: sqlite3.Connection | None = None
        self._file: Identity | None = None
        self._has_looked = self._is_news = False
        self._version = 0

    def ask(self, what: str, do: Callable[[sqlite3.Connection], T], otherwise: T) -> T:
        """Return what ``do`` finds in the file, or ``otherwise`` where there is none, which then is not made.

        Raises NotKept, which says ``what`` did not happen and why.
        """
        with self.opening(what):
            return do(self.open()) if self._is_there() else otherwise

    def tell(self, what: str, do: Callable[[sqlite3.Connection], None]) -> None:
        """Let ``do`` write into the file, which is made where there is none. Raises NotKept as `ask`."""
        with self.opening(what):
            do(self.open())

    def ask_or_rescue(self, what: str, do: Callable[[sqlite3.Connection], T], otherwise: T) -> T:
        """Do as `ask`; a damaged file is set aside, and NotKept says where it is."""
        with self.opening(what):
            try:
                return self.ask(what, do, otherwise)
            except sqlite3.DatabaseError as error:
                self._set_damaged_aside(error)
                raise NotKept(f"the store was damaged and is set aside as {self._told() or 'another file'}") from error

    def ask_or_go_without(self, what: str, do: Callable[[sqlite3.Connection], T], otherwise: T) -> T:
        """Do as `ask`; from a damaged file comes ``otherwise``: it is set aside, and the next `tell_surely` says so."""
        with self.opening(what) as is_part:
            try:
                return self.ask(what, do, otherwise)
            except sqlite3.DatabaseError as error:
                if is_part:  # what it is a part of does the same
                    raise
                self._set_damaged_aside(error)
                return otherwise

    def tell_surely(self, what: str, do: Callable[[sqlite3.Connection], None]) -> str:
        """Do as `tell`; a damaged file is set aside, and a new one is begun. Returns a sentence about that, or ""."""
        with self.opening(what):
            try:
                do(self.open())
            except sqlite3.DatabaseError as error:
                self._set_damaged_aside(error)
                do(self.open())
            aside = self._told()
        return f"The store was damaged: it is set aside as {aside}, and a new one is begun." if aside else ""

    def has_news(self) -> bool:
        """Whether another connection has written since this was asked last, or since the file was opened first.

        Also True where that cannot be known: the file was replaced, was closed meanwhile, or cannot be read.
        """
        with self._own():
            try:
                if not self._is_there():
                    return False
                version = _version(self.open())
            except (sqlite3.Error, OSError, NotKept):
                self.drop()
                return True  # whoever then reads is told why that is not possible
            is_news, self._is_news = self._is_news or version != self._version, False
            self._version = version
        return is_news

    def close(self) -> None:
        """Close the file; the next use opens it again."""
        with self._own():
            self.drop()

    @contextmanager
    def opening(self, what: str) -> Iterator[bool]:
        """Hold the lock, and say what did not happen and why in one sentence.

        What is asked from within, as when a conversation that is written reads its turns, is a part of the whole: True.
        """
        with self._own():
            if self._is_busy:
                yield True
                return
            self._is_busy = True
            try:
                yield False
            except (sqlite3.Error, OSError, ValueError, TypeError, ArithmeticError, NotKept) as error:
                self.drop()
                raise NotKept(f"{what}: {reason(error)} ({self.path}).") from error
            finally:
                self._is_busy = False

    def open(self) -> sqlite3.Connection:
        """Return the connection to the file that stands at the path now: somebody may have removed or replaced it."""
        if self._db is not None and identity(self.path) != self._file:
            self.drop()
        if self._db is None:
            before, self._file = self._file, identity(self.path)
            self._db = open_file(self.path)
            self._file = identity(self.path)
            self._version = _version(self._db)
            self._is_news |= self._has_looked and (before is not None or _has_conversations(self._db))
            self._has_looked = True
        return self._db

    def drop(self) -> None:
        """Close the connection, if there is one."""
        if self._db is not None:
            self._db.close()
        self._db = None

    def _is_there(self) -> bool:
        is_there = self.path.exists()
        self._has_looked |= not is_there
        return is_there

    def _own(self) -> threading.RLock:
        """Return this process's lock. A forked child begins anew: SQLite must not meet its parent's connection."""
        if self._process != os.getpid():
            _INHERITED.append(self._db)
            self._begin()
        return self._lock

    def _told(self) -> Path | None:
        """Return where a damaged file is, of which the user has not been told, and who is told now."""
        aside, self._aside = self._aside, None
        return aside

    def _set_damaged_aside(self, error: sqlite3.DatabaseError) -> None:
        """Set a damaged file aside, so that the next `open` makes a new one; raise ``error`` if it is another fault.

        It is renamed while it is open, and SQLite then leaves it as it is when it closes. Windows cannot do that.
        """
        if not is_damage(error):
            raise error
        if os.name == "nt":
            self.drop()
        if identity(self.path) == self._file:  # else another kernel has already replaced it
            try:
                self._aside = set_aside(self.path)
            except OSError as obstacle:
                raise NotKept(f"the store is damaged, and cannot be set aside: {obstacle.strerror}") from error
        self.drop()


_INHERITED: list[sqlite3.Connection | None] = []
"""A parent's connections, kept in the child because even closing them is for the parent alone."""


def _version(db: sqlite3.Connection) -> int:
    """Return a number that is another one once another connection has written."""
    [(version,)] = db.execute("PRAGMA data_version")
    return int(version)


def _has_conversations(db: sqlite3.Connection) -> bool:
    return db.execute("SELECT 1 FROM conversations LIMIT 1").fetchone() is not None
