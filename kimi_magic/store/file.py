"""The store's file: made for its owner alone, opened, and set aside where it is damaged."""

from __future__ import annotations

import errno
import os
import sqlite3
import stat
from contextlib import suppress
from datetime import datetime
from itertools import count
from pathlib import Path

from kimi_magic.store.migrations import migrate

PATIENCE = 1.0
"""Seconds that a lock of another process may cost."""
_BESIDE = ("-wal", "-shm")
"""What SQLite writes beside the file. It gives them the file's own permissions."""

_LOG = 4 * 1024 * 1024
"""Bytes that an emptied log keeps of its size: without a limit one large picture would be on the disk twice for ever."""

Identity = tuple[int, int]


def open_file(path: Path) -> sqlite3.Connection:
    """Open the store at ``path``, made if it is not there and brought to the latest version.

    Raises sqlite3.Error, OSError, or NotKept where the file is not ours to write.
    """
    path = _actual(path)
    _create(path)
    _allow_again(path)
    db = sqlite3.connect(path, timeout=PATIENCE, isolation_level=None, check_same_thread=False)
    try:
        db.execute("PRAGMA secure_delete = ON")  # what is forgotten is overwritten, also where a step moves it
        migrate(db)
        _configure(db)
    except BaseException:  # an interrupt, too, must not leave it open
        db.close()
        raise
    return db


def planted(path: Path) -> str:
    """Return why the file at ``path``, in a folder where others may write, is not to be trusted; "" where it is.

    A file of this user's that others may read is made private.
    """
    try:
        status = path.lstat()
    except OSError:  # none is there yet
        return ""
    if stat.S_ISLNK(status.st_mode):
        return f"Nothing is kept: {path} is a link, which somebody else may have made."
    if hasattr(os, "getuid") and status.st_uid != os.getuid():
        return f"Nothing is kept: {path} belongs to somebody else."
    if os.name == "posix" and status.st_mode & 0o077:
        path.chmod(0o600)
    return ""


def identity(path: Path) -> Identity | None:
    """Return what tells this file from another one of the same name; None where there is no file."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def set_aside(path: Path) -> Path:
    """Rename the file and what belongs to it, never onto something else; return the new name.

    The file goes last: should this be cut short, what is left is still found to be damaged the next time.
    """
    path = _actual(path)
    name = f"{path.name}.damaged-{datetime.now():%Y%m%d-%H%M%S}"
    names = (path.with_name(name if number == 1 else f"{name}-{number}") for number in count(1))
    aside = next(candidate for candidate in names if not candidate.exists())
    for suffix in _BESIDE:
        beside = path.with_name(path.name + suffix)
        if beside.exists():
            beside.rename(aside.with_name(aside.name + suffix))
    return path.rename(aside)


def size(path: Path) -> int:
    """Return the bytes that the file and its write-ahead log take; 0 where there is none."""
    total = 0
    path = _actual(path)
    for file in (path, path.with_name(path.name + "-wal")):
        with suppress(OSError):  # absent, or gone in this moment
            total += file.stat().st_size
    return total


def _actual(path: Path) -> Path:
    """Return what ``path`` stands for where it is a link, also one to nothing. Raises OSError: it leads in a circle.

    SQLite puts its log beside the file itself, and would make what such a link points at readable by everybody.
    """
    try:
        return path.resolve()
    except RuntimeError as error:  # what Python says of a circle until 3.12
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path)) from error


def _create(path: Path) -> None:
    """Make an empty file with mode 0600. An existing one is not opened: closing it would drop SQLite's locks on it."""
    if path.exists():
        return
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        return  # another kernel was quicker


def _allow_again(path: Path) -> None:
    """Let what stands beside a file be written where the file may be: SQLite made it alike while that was read-only."""
    for suffix in _BESIDE:
        beside = path.with_name(path.name + suffix)
        with suppress(OSError):  # absent, or another user's
            mode = path.stat().st_mode
            if mode & ~beside.stat().st_mode & 0o222:
                beside.chmod(stat.S_IMODE(mode))


def _configure(db: sqlite3.Connection) -> None:
    """Set what is to hold for this connection.

    With a write-ahead log a commit survives the end of the process at once; NORMAL does not wait for the disk.
    Where the file system cannot have the log (some network drives), SQLite's older journal serves.
    """
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = NORMAL")
    db.execute(f"PRAGMA journal_size_limit = {_LOG}")
    db.execute("PRAGMA foreign_keys = ON")
