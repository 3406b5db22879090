"""The tables, as the list of steps that made them. Steps are only ever added: files of every version are out there."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from typing import Any

from kimi_magic.errors import NotKept

APPLICATION = int.from_bytes(b"KIMI")
"""Stands in the file's header, so that another program's database is never taken for a store."""


def migrate(db: sqlite3.Connection) -> None:
    """Bring the file to `LATEST`, in one transaction.

    NotKept: it is another program's, or a newer version wrote it; it is untouched.
    """
    with db:
        db.execute("BEGIN")  # version and tables as they are together, whatever another kernel is making of them
        if _version(db) == LATEST:
            return
    db.execute("PRAGMA foreign_keys = OFF")  # a step may put a table in another's place: nothing may be deleted with it
    with db:
        db.execute("BEGIN IMMEDIATE")
        done = _version(db)  # read again: another kernel may have been quicker
        for number, step in enumerate(MIGRATIONS[done:], start=done + 1):
            step(db)
            db.execute(f"PRAGMA user_version = {number}")


_FOREIGN = "SELECT name FROM sqlite_master WHERE type = 'view' OR (type = 'trigger' AND name <> 'payload_unused')"
"""What somebody else may have planted in a file beside a notebook."""


def _version(db: sqlite3.Connection) -> int:
    """Return how many steps the file has been through."""
    [(version,)] = db.execute("PRAGMA user_version")
    [(application,)] = db.execute("PRAGMA application_id")
    tables = {name for (name,) in db.execute("SELECT name FROM sqlite_master")}
    if application != APPLICATION and (version or tables):
        raise NotKept("the file is another program's database; set KIMI_MAGIC_STORE to a file of its own")
    if db.execute(_FOREIGN).fetchall():
        raise NotKept("the file has views or triggers that no store has; move it away and ask again")
    if version > LATEST:
        raise NotKept("the store was written by a newer version of kimi_magic; update this one")
    needed = set[str]().union(*_ADDED[:version])
    if not tables >= needed or (tables and not version):
        raise NotKept("the file calls itself a store, but has not the tables of one; move it away and ask again")
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


def _know_turns_without_reading_them(db: sqlite3.Connection) -> None:
    """Version 3: what is asked of turns stands in columns of narrow rows, their words in a table beside them.

    So a conversation is listed, arranged, marked and summed up without a look at what was said in it. A column wins over the
    field of the document. Positions are far apart, so that a turn finds room between two others. ``forgotten`` are ids
    alone, so that the outputs in a notebook do not bring back what was removed.
    """
    for statement in _NARROW:
        db.execute(statement)
    for key, document in db.execute("SELECT turn, document FROM documents ORDER BY turn"):
        db.execute(_FILL, {"key": key, **_facts(document)})


def _facts(text: str) -> dict[str, object]:
    """Return what the columns of version 3 say of a turn's document; a document that is none says nothing."""
    try:
        document: Any = json.loads(text)
        last = document["said"][-1] if document["said"] else {}
        answered = last.get("role") == "assistant" and bool(last.get("content") or last.get("tool_calls"))
        usage = document.get("usage")
        counts = {name: None if usage is None else min(int(usage.get(name, 0)), 1 << 40) for name in _COUNTS}
        cost = None if document.get("cost") is None else float(document["cost"])
        return {"answered": answered, "cell": str(document.get("cell", "")), "cost": cost, **counts}
    except (ValueError, KeyError, TypeError, AttributeError):
        return {"answered": False, "cell": "", "cost": None, **dict.fromkeys(_COUNTS)}


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

_COUNTS = ("prompt_tokens", "completion_tokens", "cached_tokens", "reasoning_tokens")
_NARROW = (
    "CREATE TABLE documents (turn INTEGER PRIMARY KEY REFERENCES turns (key) ON DELETE CASCADE, document TEXT NOT NULL)",
    "INSERT INTO documents SELECT key, document FROM turns",
    """CREATE TABLE narrow (
        key INTEGER PRIMARY KEY,
        conversation TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
        id TEXT NOT NULL,
        position INTEGER NOT NULL,
        state TEXT NOT NULL,
        asked_at REAL NOT NULL,
        model TEXT NOT NULL,
        said INTEGER NOT NULL DEFAULT 0,
        cell TEXT NOT NULL DEFAULT '',
        run TEXT NOT NULL DEFAULT '',
        tokens INTEGER NOT NULL DEFAULT 0,
        pinned INTEGER NOT NULL DEFAULT 0,
        prompt_tokens INTEGER,
        completion_tokens INTEGER,
        cached_tokens INTEGER,
        reasoning_tokens INTEGER,
        cost REAL,
        exchange TEXT NOT NULL DEFAULT '',
        is_cached INTEGER NOT NULL DEFAULT 0,
        UNIQUE (conversation, id)
    )""",
    """INSERT INTO narrow (key, conversation, id, position, state, asked_at, model)
        SELECT key, conversation, id, position * 1048576, state, asked_at, model FROM turns""",
    "DROP TABLE turns",
    "ALTER TABLE narrow RENAME TO turns",
    "CREATE INDEX turns_position ON turns (conversation, position)",
    "CREATE INDEX turns_id ON turns (id)",
    "CREATE INDEX turns_cell ON turns (cell) WHERE cell <> ''",
    "CREATE INDEX turns_exchange ON turns (exchange) WHERE exchange <> ''",
    "CREATE TABLE forgotten (id TEXT PRIMARY KEY) WITHOUT ROWID",
)
_FILL = """UPDATE turns SET said = :answered AND state IN ('complete', 'interrupted', 'incomplete'), cell = :cell,
    cost = :cost, prompt_tokens = :prompt_tokens, completion_tokens = :completion_tokens,
    cached_tokens = :cached_tokens, reasoning_tokens = :reasoning_tokens WHERE key = :key"""

_ADDED = ({"conversations", "turns", "payloads", "uses"}, {"uploads"}, {"documents", "forgotten"})
"""The tables that each version has brought."""

MIGRATIONS: tuple[Callable[[sqlite3.Connection], None], ...] = (
    _begin,
    _remember_uploads,
    _know_turns_without_reading_them,
)
LATEST = len(MIGRATIONS)
