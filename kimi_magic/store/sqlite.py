"""Where turns are kept: one SQLite file for all notebooks of a user."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kimi_magic.api.file_wire import UploadKey
from kimi_magic.conversation import Conversation, Turn
from kimi_magic.errors import NotKept
from kimi_magic.store import tables, uploads
from kimi_magic.store.faults import is_damage, reason
from kimi_magic.store.file import Identity, identity, open_file, set_aside, size

_NAME = "conversations.sqlite"


def default_path() -> Path:
    """Return where turns are kept: ``KIMI_MAGIC_STORE`` (a file, or a folder for it), else the user's data folder."""
    chosen = os.environ.get("KIMI_MAGIC_STORE")
    if chosen:
        path = Path(chosen).expanduser()
        return path / _NAME if path.is_dir() else path
    from platformdirs import user_data_path  # late: it costs 10 ms, and the variable may make it needless

    return user_data_path("kimi_magic", appauthor=False) / _NAME


class Store:
    """Turns in one SQLite file (WAL), which is made readable by its owner alone.

    Opened at its first use; may be used from several threads, by several processes, and after a fork.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._due: dict[str, set[str]] = {}  # by conversation, the turns that are not yet in the file as they are now
        self._aside: Path | None = None  # a damaged file that the user has not been told of
        self._begin()

    def _begin(self) -> None:
        self._process = os.getpid()
        self._lock = threading.Lock()
        self._db: sqlite3.Connection | None = None
        self._file: Identity | None = None

    @property
    def path(self) -> Path:
        """Where the file is, or will be."""
        return self._path

    @property
    def size(self) -> int:
        """The bytes that it takes on the disk."""
        return size(self._path)

    def keep(self, conversation: Conversation, turn: Turn, notebook: str = "") -> str:
        """Write ``turn`` (in place of the one with its id), and what could not be written before of its conversation.

        When it returns, the turn survives the end of the process. Returns "", or a sentence that the user should
        read: a damaged file was set aside. Raises NotKept with the reason; the next call tries again.
        """
        with self._opening("This turn is shown but not kept"):
            due = self._due.setdefault(conversation.id, set())
            due.add(turn.id)
            try:
                tables.write(self._open(), conversation, turn, notebook, due)
            except sqlite3.DatabaseError as error:
                self._replace_if_damaged(error)
                tables.write(self._open(), conversation, turn, notebook, due)
            del self._due[conversation.id]
            aside, self._aside = self._aside, None
        return f"The store was damaged: it is set aside as {aside}, and a new one is begun." if aside else ""

    def load(self, notebook: str) -> list[Conversation]:
        """Return the notebook's conversations, the oldest first, with their turns in order.

        Raises NotKept where they cannot be read; a damaged file has then been set aside.
        """
        with self._opening("What was said before could not be read"):
            if not self._path.exists():
                return []
            try:
                return tables.read(self._open(), notebook)
            except sqlite3.DatabaseError as error:
                self._replace_if_damaged(error)
                aside, self._aside = self._aside, None
                raise NotKept(f"the store was damaged and is set aside as {aside or 'another file'}") from error

    def forget(self, conversation_id: str) -> None:
        """Remove a conversation and its turns. NotKept: it is still there, for the reason given."""
        with self._opening("The conversation is not forgotten"):
            if self._path.exists():
                tables.delete(self._open(), conversation_id)
            self._due.pop(conversation_id, None)

    def find_upload(self, key: UploadKey) -> tuple[str, float] | None:
        """Return the id of what was uploaded under ``key``, and when the service was last known to have it.

        None: it is not remembered. Raises NotKept where that cannot be read.
        """
        with self._opening("What was uploaded before could not be read"):
            return uploads.read(self._open(), key) if self._path.exists() else None

    def keep_upload(self, key: UploadKey, file_id: str) -> None:
        """Remember that the service has the file ``file_id`` now. Raises NotKept."""
        with self._opening("What was uploaded is not remembered"):
            uploads.write(self._open(), key, file_id, time.time())

    def forget_upload(self, file_id: str) -> None:
        """Forget an upload that the service does not have any more. Raises NotKept."""
        with self._opening("What was uploaded is not forgotten"):
            if self._path.exists():
                uploads.delete(self._open(), file_id)

    def close(self) -> None:
        """Close the file; the next use opens it again."""
        with self._own():
            self._drop()

    @contextmanager
    def _opening(self, what: str) -> Iterator[None]:
        """Hold the lock, and say what did not happen and why in one sentence."""
        with self._own():
            try:
                yield
            except (sqlite3.Error, OSError, ValueError, NotKept) as error:
                self._drop()
                raise NotKept(f"{what}: {reason(error)} ({self._path}).") from error

    def _own(self) -> threading.Lock:
        """Return this process's lock. A forked child begins anew: SQLite must not meet its parent's connection."""
        if self._process != os.getpid():
            _INHERITED.append(self._db)
            self._begin()
        return self._lock

    def _open(self) -> sqlite3.Connection:
        """Return the connection to the file that stands at the path now: somebody may have removed or replaced it."""
        if self._db is not None and identity(self._path) != self._file:
            self._drop()
        if self._db is None:
            self._file = identity(self._path)
            self._db = open_file(self._path)
            self._file = identity(self._path)
        return self._db

    def _drop(self) -> None:
        if self._db is not None:
            self._db.close()
        self._db = None

    def _replace_if_damaged(self, error: sqlite3.DatabaseError) -> None:
        """Set a damaged file aside, so that the next `_open` makes a new one; raise ``error`` if it is another fault.

        It is renamed while it is open, and SQLite then leaves it as it is when it closes. Windows cannot do that.
        """
        if not is_damage(error):
            raise error
        if os.name == "nt":
            self._drop()
        if identity(self._path) == self._file:  # else another kernel has already replaced it
            try:
                self._aside = set_aside(self._path)
            except OSError as obstacle:
                raise NotKept(f"the store is damaged, and cannot be set aside: {obstacle.strerror}") from error
        self._drop()


_INHERITED: list[sqlite3.Connection | None] = []
"""A parent's connections, kept in the child because even closing them is for the parent alone."""
