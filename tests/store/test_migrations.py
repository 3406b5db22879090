"""`kimi_magic.store.migrations`: files of every version become today's, and others are left alone."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from kimi_magic.errors import NotKept
from kimi_magic.store.migrations import LATEST, MIGRATIONS, migrate


@pytest.fixture
def db(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(tmp_path / "store.sqlite", isolation_level=None)) as connection:
        yield connection


def version(db: sqlite3.Connection) -> int:
    """Return the version that the file says it has."""
    return int(db.execute("PRAGMA user_version").fetchone()[0])


@pytest.mark.parametrize("steps", range(LATEST + 1))
def test_every_version_becomes_the_latest(db: sqlite3.Connection, steps: int) -> None:
    """A file that has been through the first steps gets the others; one of no steps is empty."""
    for number, step in enumerate(MIGRATIONS[:steps], start=1):
        step(db)
        db.execute(f"PRAGMA user_version = {number}")
    migrate(db)
    assert version(db) == LATEST
    assert {"conversations", "turns", "payloads", "uses"} <= {
        name for (name,) in db.execute("SELECT name FROM sqlite_master")
    }


def test_running_twice_changes_nothing(db: sqlite3.Connection) -> None:
    """The second run finds nothing to do and writes nothing."""
    migrate(db)
    before = list(db.iterdump())
    changes = db.total_changes
    migrate(db)
    assert list(db.iterdump()) == before
    assert db.total_changes == changes


def test_step_that_fails_leaves_no_trace(db: sqlite3.Connection) -> None:
    """The steps are one transaction: a table in the way stops them, and the next run does the whole again."""
    migrate(db)
    db.execute("PRAGMA user_version = 0")
    db.execute("DROP TABLE conversations")
    with pytest.raises(sqlite3.OperationalError, match="turns already exists"):
        migrate(db)
    assert version(db) == 0
    assert not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'conversations'").fetchone()


def test_newer_version_is_refused_untouched(db: sqlite3.Connection) -> None:
    """A file that a newer version wrote keeps its version and its tables."""
    migrate(db)
    db.execute(f"PRAGMA user_version = {LATEST + 1}")
    before = list(db.iterdump())
    with pytest.raises(NotKept, match="newer version"):
        migrate(db)
    assert version(db) == LATEST + 1
    assert list(db.iterdump()) == before


def test_another_programs_database_is_refused_untouched(db: sqlite3.Connection) -> None:
    """A database with somebody else's tables gets none of ours."""
    db.execute("CREATE TABLE bookmarks (url TEXT)")
    with pytest.raises(NotKept, match="another program's database"):
        migrate(db)
    assert [name for (name,) in db.execute("SELECT name FROM sqlite_master")] == ["bookmarks"]
