"""`kimi_magic.store.faults`: what SQLite reports, in words."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing

import pytest

from kimi_magic.store.faults import is_damage, reason


def full(db: sqlite3.Connection) -> None:
    """Write beyond the pages that the database may have."""
    db.execute("PRAGMA max_page_count = 3")
    db.execute("INSERT INTO words VALUES (?)", ("x" * 100_000,))


def read_only(db: sqlite3.Connection) -> None:
    """Write where only reading is allowed."""
    db.execute("PRAGMA query_only = ON")
    db.execute("INSERT INTO words VALUES ('x')")


def too_large(db: sqlite3.Connection) -> None:
    """Write a longer text than the connection takes."""
    db.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, 100)
    db.execute("INSERT INTO words VALUES (zeroblob(200))")


def nonsense(db: sqlite3.Connection) -> None:
    """Say something that is no SQL."""
    db.execute("NONSENSE")


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        (full, "the disk is full"),
        (read_only, "the store is read-only"),
        (too_large, "it is larger than what the store takes in one piece"),
        (nonsense, 'SQLite reports: near "NONSENSE": syntax error'),
    ],
)
def test_what_sqlite_reports_has_a_reason(fault: Callable[[sqlite3.Connection], None], sentence: str) -> None:
    """Each fault that SQLite itself reports is told in words, and none of these is taken for damage."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as db:
        db.execute("CREATE TABLE words (word TEXT)")
        with pytest.raises(sqlite3.Error) as caught:
            fault(db)
    assert reason(caught.value) == sentence
    assert not is_damage(caught.value)
