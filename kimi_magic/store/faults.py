"""What SQLite and the operating system report, in words for a person."""

from __future__ import annotations

import sqlite3

_DAMAGE = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_PRIMARY = 0xFF
"""The low byte of SQLite's extended codes is the kind of the fault."""

_REASONS = {
    sqlite3.SQLITE_BUSY: "the store is locked by another process",
    sqlite3.SQLITE_LOCKED: "the store is locked by another process",
    sqlite3.SQLITE_FULL: "the disk is full",
    sqlite3.SQLITE_READONLY: "the store is read-only",
    sqlite3.SQLITE_PERM: "the store may not be opened by this user",
    sqlite3.SQLITE_CANTOPEN: "the store cannot be opened",
    sqlite3.SQLITE_PROTOCOL: "the file system has no locks that the store could use",
    sqlite3.SQLITE_NOLFS: "the file system takes no file of this size",
    sqlite3.SQLITE_TOOBIG: "it is larger than what the store takes in one piece",
    sqlite3.SQLITE_IOERR: "the file system refused to read or write the store",
    sqlite3.SQLITE_CORRUPT: "the store is damaged",
    sqlite3.SQLITE_NOTADB: "the store is damaged",
}
_NO_LOCKS = frozenset(
    {
        sqlite3.SQLITE_IOERR_LOCK,
        sqlite3.SQLITE_IOERR_RDLOCK,
        sqlite3.SQLITE_IOERR_UNLOCK,
        sqlite3.SQLITE_IOERR_CHECKRESERVEDLOCK,
        sqlite3.SQLITE_IOERR_SHMLOCK,
        sqlite3.SQLITE_IOERR_SHMMAP,
        sqlite3.SQLITE_IOERR_SHMOPEN,
    }
)


def is_damage(error: sqlite3.Error) -> bool:
    """Whether ``error`` says that the file's bytes are wrong, so that trying again cannot help."""
    return _code(error) & _PRIMARY in _DAMAGE


def reason(error: Exception) -> str:
    """Return what went wrong as a clause without its full stop.

    >>> reason(PermissionError(13, "Permission denied", "/data"))
    'no file can be made there: Permission denied'
    """
    if isinstance(error, FileExistsError):
        return "a file stands where its folder should be"
    if isinstance(error, OSError):
        return f"no file can be made there: {error.strerror}"
    if not isinstance(error, sqlite3.Error):
        return str(error)
    if _code(error) in _NO_LOCKS:
        return _REASONS[sqlite3.SQLITE_PROTOCOL]
    return _REASONS.get(_code(error) & _PRIMARY, f"SQLite reports: {error}")


def _code(error: sqlite3.Error) -> int:
    """Return SQLite's extended code; Python's own complaints have none."""
    return getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
