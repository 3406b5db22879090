"""Conversations and turns as rows, over an open connection. Nothing that did not change is read or written."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterator
from dataclasses import replace

from kimi_magic.conversation import Conversation, Turn
from kimi_magic.store.document import (
    decode_payload,
    decode_turn,
    encode_payload,
    encode_turn,
    extract,
    restore,
)


def write(db: sqlite3.Connection, conversation: Conversation, turn: Turn, notebook: str, due: Collection[str] = ()) -> None:
    """Write ``turn`` and those of the conversation's turns whose ids are ``due``, all or nothing.

    A conversation that the file does not have is written whole.
    """
    with db:
        db.execute("BEGIN IMMEDIATE")
        is_new = _write_conversation(db, conversation, turn, notebook)
        is_last = bool(conversation.turns) and conversation.turns[-1].id == turn.id
        if is_last and not is_new and set(due) <= {turn.id}:
            _write_turn(db, conversation.id, turn, None)  # the usual case costs the same at any length
            return
        line = replace(conversation, turns=[*conversation.turns])
        line.put(turn)
        for each, after in _with_places(line):
            if is_new or each.id == turn.id or each.id in due:
                _write_turn(db, line.id, each, after)


def read(db: sqlite3.Connection, notebook: str) -> list[Conversation]:
    """Return the notebook's conversations, the oldest first, with all their turns. ValueError: one is unreadable."""
    with db:
        db.execute("BEGIN")  # one view of all tables, whatever another kernel writes meanwhile
        rows = db.execute(
            "SELECT name, id, model, system FROM conversations WHERE notebook = ? ORDER BY created_at, rowid",
            (_plain(notebook),),
        )
        return [Conversation(name, id, model, system, _read_turns(db, id)) for name, id, model, system in rows]  # noqa: A001 the field's name


def delete(db: sqlite3.Connection, conversation_id: str) -> None:
    """Remove the conversation, its turns, and what they alone used; nothing of it stays readable in the file."""
    with db:
        db.execute("BEGIN IMMEDIATE")
        db.execute("DELETE FROM conversations WHERE id = ?", (conversation_id,))
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # the write-ahead log still has the words


def _with_places(conversation: Conversation) -> Iterator[tuple[Turn, str | None]]:
    """Yield each turn with the id of the one before it, "" for the first, None for the last."""
    before = ""
    for turn in conversation.turns[:-1]:
        yield turn, before
        before = turn.id
    for turn in conversation.turns[-1:]:
        yield turn, None


def _write_conversation(db: sqlite3.Connection, conversation: Conversation, turn: Turn, notebook: str) -> bool:
    """Write the conversation's row where it is new or has changed; return whether it is new."""
    system = None if conversation.system is None else _plain(conversation.system)
    now = (_plain(notebook), _plain(conversation.name), _plain(conversation.model), system)
    kept = db.execute("SELECT notebook, name, model, system FROM conversations WHERE id = ?", (conversation.id,))
    match kept.fetchone():
        case None:
            created_at = min(each.asked_at for each in [*conversation.turns, turn])
            row = (*now, created_at, conversation.id)
            db.execute(
                "INSERT INTO conversations (notebook, name, model, system, created_at, id) VALUES (?, ?, ?, ?, ?, ?)",
                row,
            )
            return True
        case before if before != now:
            db.execute(
                "UPDATE conversations SET notebook = ?, name = ?, model = ?, system = ? WHERE id = ?",
                (*now, conversation.id),
            )
    return False


def _write_turn(db: sqlite3.Connection, conversation: str, turn: Turn, after: str | None) -> None:
    document, payloads = extract(encode_turn(turn))
    row = (turn.state, turn.asked_at, _plain(turn.model), json.dumps(document))
    found = db.execute("SELECT key FROM turns WHERE conversation = ? AND id = ?", (conversation, turn.id)).fetchone()
    if found:
        key = found[0]
        db.execute("UPDATE turns SET state = ?, asked_at = ?, model = ?, document = ? WHERE key = ?", (*row, key))
    else:
        key = db.execute(
            "INSERT INTO turns (conversation, id, position, state, asked_at, model, document) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (conversation, turn.id, _make_room(db, conversation, after), *row),
        ).lastrowid
    _write_uses(db, key, payloads)


def _make_room(db: sqlite3.Connection, conversation: str, after: str | None) -> int:
    """Return the position for a new turn that follows ``after`` ("": comes first; None: comes last), and free it.

    The last one goes to the end by number, not behind its neighbour: another kernel may have added turns meanwhile.
    """
    if after is None:
        [(position,)] = db.execute(
            "SELECT coalesce(max(position), 0) + 1 FROM turns WHERE conversation = ?", (conversation,)
        )
    else:
        [(position,)] = db.execute(
            "SELECT coalesce(max(position), 0) + 1 FROM turns WHERE conversation = ? AND id = ?", (conversation, after)
        )
        db.execute(
            "UPDATE turns SET position = position + 1 WHERE conversation = ? AND position >= ?",
            (conversation, position),
        )
    return int(position)


def _write_uses(db: sqlite3.Connection, turn: int, payloads: dict[str, str]) -> None:
    before = {sha256 for (sha256,) in db.execute("SELECT sha256 FROM uses WHERE turn = ?", (turn,))}
    for sha256 in payloads.keys() - before:
        if not db.execute("SELECT 1 FROM payloads WHERE sha256 = ?", (sha256,)).fetchone():
            db.execute("INSERT INTO payloads VALUES (?, ?)", (sha256, encode_payload(payloads[sha256])))
        db.execute("INSERT INTO uses VALUES (?, ?)", (turn, sha256))
    for sha256 in before - payloads.keys():
        db.execute("DELETE FROM uses WHERE turn = ? AND sha256 = ?", (turn, sha256))


def _read_turns(db: sqlite3.Connection, conversation: str) -> list[Turn]:
    payloads = {sha256: decode_payload(payload) for sha256, payload in db.execute(_PAYLOADS, (conversation,))}
    rows = db.execute("SELECT document FROM turns WHERE conversation = ? ORDER BY position", (conversation,))
    return [decode_turn(restore(json.loads(document), payloads)) for (document,) in rows]


_PAYLOADS = """SELECT sha256, bytes FROM payloads WHERE sha256 IN
    (SELECT uses.sha256 FROM turns JOIN uses ON uses.turn = turns.key WHERE turns.conversation = ?)"""


def _plain(text: str) -> str:
    """Return ``text`` without halves of surrogate pairs, which SQLite refuses and file names can have."""
    return text.encode("utf-8", "backslashreplace").decode()
