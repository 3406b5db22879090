"""The tables, as the list of steps that made them. Steps are only ever added: files of every version are out there."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

from kimi_magic.errors import NotKept

APPLICATION = int.from_bytes(b"KIMI")
"""Stands in the file's header, so that another program's database is never taken for a store."""


def migrate(db: sqlite3.Connection) -> None:
    """Bring the file to `LATEST`, in one transaction.

    NotKept: it is another program's, or a newer version wrote it; it is untouched.
    """
    if _version(db) == LATEST:
        return
    with db:
        db.execute("BEGIN IMMEDIATE")
        done = _version(db)  # read again: another kernel may have been quicker
        for number, step in enumerate(MIGRATIONS[done:], start=done + 1):
            step(db)
            db.execute(f"PRAGMA user_version = {number}")


def _version(db: sqlite3.Connection) -> int:
    """Return how many steps the file has been through."""
    [(version,)] = db.execute("PRAGMA user_version")
    [(application,)] = db.execute("PRAGMA application_id")
    [(tables,)] = db.execute("SELECT count(*) FROM sqlite_master")
    if application != APPLICATION and (version or tables):
        raise NotKept("the file is another program's database; set KIMI_MAGIC_STORE to a file of its own")
    if version > LATEST:
        raise NotKept("the store was written by a newer version of kimi_magic; update this one")
    return int(version)


def _begin(db: sqlite3.Connection) -> None:
    """Version 1: conversations, their turns, and the long texts and pictures that turns share.

    A turn is known by its conversation and its id, so that a copied conversation can have the same turns.
    The trigger removes a payload with its last use; it also fires where a deleted turn takes its uses along.
    """
    db.execute(f"PRAGMA application_id = {APPLICATION}")
    for statement in _TABLES:
        db.execute(statement)


def _remember_uploads(db: sqlite3.Connection) -> None:
    """Version 2: what was uploaded, by its content, so that nothing is uploaded twice.

    ``account`` is a hash of the API key, ``seen_at`` when the service was last known to have the file.
    """
    db.execute(
        """CREATE TABLE uploads (
            address TEXT NOT NULL,
            account TEXT NOT NULL,
            sha256 TEXT NOT NULL,
            purpose TEXT NOT NULL,
            file_id TEXT NOT NULL,
            seen_at REAL NOT NULL,
            PRIMARY KEY (address, account, sha256, purpose)
        ) WITHOUT ROWID"""
    )


_TABLES = (
    """CREATE TABLE conversations (
        id TEXT PRIMARY KEY,
        notebook TEXT NOT NULL,
        name TEXT NOT NULL,
        model TEXT NOT NULL,
        system TEXT,
        created_at REAL NOT NULL
    )""",
    "CREATE INDEX conversations_notebook ON conversations (notebook)",
    """CREATE TABLE turns (
        key INTEGER PRIMARY KEY,
        conversation TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
        id TEXT NOT NULL,
        position INTEGER NOT NULL,
        state TEXT NOT NULL,
        asked_at REAL NOT NULL,
        model TEXT NOT NULL,
        document TEXT NOT NULL,
        UNIQUE (conversation, id)
    )""",
    "CREATE INDEX turns_position ON turns (conversation, position)",
    "CREATE TABLE payloads (sha256 TEXT PRIMARY KEY, bytes BLOB NOT NULL)",
    """CREATE TABLE uses (
        turn INTEGER NOT NULL REFERENCES turns (key) ON DELETE CASCADE,
        sha256 TEXT NOT NULL REFERENCES payloads (sha256),
        PRIMARY KEY (turn, sha256)
    ) WITHOUT ROWID""",
    "CREATE INDEX uses_sha256 ON uses (sha256)",
    """CREATE TRIGGER payload_unused AFTER DELETE ON uses
        WHEN NOT EXISTS (SELECT 1 FROM uses WHERE sha256 = old.sha256)
        BEGIN DELETE FROM payloads WHERE sha256 = old.sha256; END""",
)

MIGRATIONS: tuple[Callable[[sqlite3.Connection], None], ...] = (_begin, _remember_uploads)
LATEST = len(MIGRATIONS)
