"""What was uploaded, as rows over an open connection."""

from __future__ import annotations

import sqlite3

from kimi_magic.api.file_wire import UploadKey

_KEY = "address = ? AND account = ? AND sha256 = ? AND purpose = ?"


def read(db: sqlite3.Connection, key: UploadKey) -> tuple[str, float] | None:
    """Return the file's id and when the service was last known to have it; None where nothing is remembered."""
    row = db.execute(f"SELECT file_id, seen_at FROM uploads WHERE {_KEY}", _values(key)).fetchone()  # noqa: S608 a constant
    return (str(row[0]), float(row[1])) if row else None


def write(db: sqlite3.Connection, key: UploadKey, file_id: str, seen_at: float) -> None:
    """Remember the file, in place of an older one with the same content."""
    with db:
        db.execute("INSERT OR REPLACE INTO uploads VALUES (?, ?, ?, ?, ?, ?)", (*_values(key), file_id, seen_at))


def delete(db: sqlite3.Connection, file_id: str) -> None:
    """Forget the file."""
    with db:
        db.execute("DELETE FROM uploads WHERE file_id = ?", (file_id,))


def _values(key: UploadKey) -> tuple[str, str, str, str]:
    return key.address, key.account, key.sha256, key.purpose
