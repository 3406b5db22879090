"""What is forgotten: out of the tables, out of the bytes of the file, and out of its log.

Of a forgotten turn its id is remembered, so that a notebook's saved outputs do not bring it back. What was uploaded is
remembered too: without its id nobody could delete it at the service.
"""

from __future__ import annotations

import sqlite3
from contextlib import suppress

from kimi_magic.errors import NotKept


def forget(db: sqlite3.Connection, conversation: str) -> None:
    """Remove the conversation, its turns, and what they alone used."""
    with db:
        db.execute("BEGIN IMMEDIATE")
        _remember(db, "conversation = ?", conversation)
        db.execute("DELETE FROM conversations WHERE id = ?", (conversation,))
    _empty_log(db)


def forget_turn(db: sqlite3.Connection, conversation: str, turn: str) -> None:
    """Remove one turn of the conversation, and what it alone used."""
    with db:
        db.execute("BEGIN IMMEDIATE")
        _remember(db, "conversation = ? AND id = ?", conversation, turn)
        db.execute("DELETE FROM turns WHERE conversation = ? AND id = ?", (conversation, turn))
    _empty_log(db)


def forget_all(db: sqlite3.Connection) -> None:
    """Remove all conversations of all notebooks; the file gives back its room."""
    with db:
        db.execute("BEGIN IMMEDIATE")
        _remember(db, "TRUE")
        db.execute("DELETE FROM conversations")
    _shrink(db)


def prune(db: sqlite3.Connection, before: float) -> int:
    """Remove the conversations whose last turn was asked before that time, and replaced turns that were.

    Returns how many turns that were. They may come back from a notebook's outputs.
    """
    with db:
        db.execute("BEGIN IMMEDIATE")
        [(many,)] = db.execute("SELECT count(*) FROM turns")
        db.execute(_DELETE_OLD, (before,))
        db.execute("DELETE FROM turns WHERE state = 'replaced' AND asked_at < ?", (before,))
        [(left,)] = db.execute("SELECT count(*) FROM turns")
    _shrink(db)
    return int(many - left)


_DELETE_OLD = """DELETE FROM conversations WHERE ? > coalesce(
    (SELECT max(asked_at) FROM turns WHERE turns.conversation = conversations.id), created_at)"""


def _remember(db: sqlite3.Connection, which: str, *values: str) -> None:
    db.execute(f"INSERT OR IGNORE INTO forgotten SELECT id FROM turns WHERE {which}", values)  # noqa: S608 a constant


def _shrink(db: sqlite3.Connection) -> None:
    with suppress(sqlite3.OperationalError):  # no room for that, or somebody reads: the words are gone all the same
        db.execute("VACUUM")
    _empty_log(db)


def _empty_log(db: sqlite3.Connection) -> None:
    """Write the log into the file and empty it: it still has the words."""
    [(is_busy, *_)] = db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    if is_busy:
        raise NotKept("another process is reading, and the words are still in the store's log; forget it again")
