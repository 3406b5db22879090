"""The store's file: made for its owner alone, opened, and set aside where it is damaged."""

from __future__ import annotations

import os
import sqlite3
from contextlib import suppress
from datetime import datetime
from itertools import count
from pathlib import Path

from kimi_magic.store.migrations import migrate

PATIENCE = 1.0
"""Seconds that a lock of another process may cost."""
_BESIDE = ("-wal", "-shm")
"""What SQLite writes beside the file. It gives them the file's own permissions."""

Identity = tuple[int, int]


def open_file(path: Path) -> sqlite3.Connection:
    """Open the store at ``path``, made if it is not there and brought to the latest version.

    Raises sqlite3.Error, OSError, or NotKept where the file is not ours to write.
    """
    _create(path)
    db = sqlite3.connect(path, timeout=PATIENCE, isolation_level=None, check_same_thread=False)
    try:
        migrate(db)
        _configure(db)
    except BaseException:  # an interrupt, too, must not leave it open
        db.close()
        raise
    return db


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
    for file in (path, path.with_name(path.name + "-wal")):
        with suppress(OSError):  # absent, or gone in this moment
            total += file.stat().st_size
    return total


def _create(path: Path) -> None:
    """Make an empty file with mode 0600. An existing one is not opened: closing it would drop SQLite's locks on it."""
    if path.exists():
        return
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        return  # another kernel was quicker


def _configure(db: sqlite3.Connection) -> None:
    """Set what is to hold for this connection.

    With a write-ahead log a commit survives the end of the process at once; NORMAL does not wait for the disk.
    Where the file system cannot have the log (some network drives), SQLite's older journal serves.
    """
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = NORMAL")
    db.execute("PRAGMA foreign_keys = ON")
    db.execute("PRAGMA secure_delete = ON")  # what is forgotten is overwritten
