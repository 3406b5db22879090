"""Conversations and turns into rows, over an open connection. Nothing that did not change is written."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace

from kimi_magic.conversation import Conversation, Entry, Turn
from kimi_magic.messages import Usage
from kimi_magic.store.document import encode_payload, encode_turn, extract
from kimi_magic.store.order import at_end, behind

COLUMNS = (
    *("state", "said", "asked_at", "model", "cell", "run", "tokens", "pinned"),
    *("prompt_tokens", "completion_tokens", "cached_tokens", "reasoning_tokens", "cost", "exchange", "is_cached"),
)
"""What of a turn stands in columns beside its ids and its position."""

_MOST = 1 << 40
"""Nobody counts more tokens; a service that says so must not end in SQLite's limits."""


def write(db: sqlite3.Connection, conversation: Conversation, turn: Turn, notebook: str, due: Collection[str] = ()) -> None:
    """Write ``turn`` and those of the conversation's turns whose ids are ``due``, and mark what it replaces; all or nothing.

    A conversation that the file does not have is written whole, as far as its turns can be read. What goes along from
    elsewhere, as from a store beside a notebook that somebody sent, answers no question here: only ``turn`` was asked now.
    """
    with db:
        db.execute("BEGIN IMMEDIATE")
        if _write_conversation(db, conversation, notebook, turn.asked_at):
            _write_whole(db, conversation, turn.id)
        if conversation.entries and conversation.entries[-1].id == turn.id and set(due) <= {turn.id}:
            _write_turn(db, conversation.id, turn, None)  # the usual case costs the same at any length
        else:
            for each, before in _with_those_before(conversation, turn, due):
                _write_turn(db, conversation.id, each, before, is_asked=each.id == turn.id)
        if turn.is_said or turn.state == "once":
            _replace(db, conversation.id, turn.replaces)


def keep_conversation(db: sqlite3.Connection, conversation: Conversation, notebook: str) -> None:
    """Write the conversation's row where it has changed; one that the file does not have is written whole."""
    with db:
        db.execute("BEGIN IMMEDIATE")
        if _write_conversation(db, conversation, notebook, time.time()):
            _write_whole(db, conversation)


def change(db: sqlite3.Connection, conversation: str, entry: Entry) -> None:
    """Write what the entry says of its turn, and not the turn."""
    tokens = min(entry.tokens, _MOST)
    now = (entry.state, entry.is_said, tokens, plain(entry.cell), plain(entry.run), entry.is_pinned)
    with db:
        db.execute(_CHANGE, (*now, conversation, entry.id))


def plain(text: str) -> str:
    """Return ``text`` without halves of surrogate pairs, which SQLite refuses and file names can have."""
    return text.encode("utf-8", "backslashreplace").decode()


def _write_conversation(db: sqlite3.Connection, conversation: Conversation, notebook: str, asked_at: float) -> bool:
    """Write the conversation's row where it is new or has changed; return whether it is new."""
    system = None if conversation.system is None else plain(conversation.system)
    now = (plain(notebook), plain(conversation.name), plain(conversation.model), system)
    kept = db.execute("SELECT notebook, name, model, system FROM conversations WHERE id = ?", (conversation.id,))
    match kept.fetchone():
        case None:
            created_at = min([asked_at, *(entry.asked_at for entry in conversation.entries)])
            db.execute(
                "INSERT INTO conversations (notebook, name, model, system, created_at, id) VALUES (?, ?, ?, ?, ?, ?)",
                (*now, created_at, conversation.id),
            )
            return True
        case before if before != now:
            db.execute(
                "UPDATE conversations SET notebook = ?, name = ?, model = ?, system = ? WHERE id = ?",
                (*now, conversation.id),
            )
    return False


def _write_whole(db: sqlite3.Connection, conversation: Conversation, asked: str = "") -> None:
    for turn in conversation.turns:
        _write_turn(db, conversation.id, turn, None, is_asked=turn.id == asked)


def _with_those_before(
    conversation: Conversation, turn: Turn, due: Collection[str]
) -> Iterator[tuple[Turn, Iterable[str] | None]]:
    """Yield ``turn`` and those that are ``due``, in order, each with the ids before it, nearest first; None for the last."""
    entries = conversation.entries
    for number, entry in enumerate(entries):
        if entry.id == turn.id or entry.id in due:
            before = None if number == len(entries) - 1 else [one.id for one in reversed(entries[:number])]
            for each in [turn] if entry.id == turn.id else conversation.read_turns([entry]):
                yield each, before
    if all(entry.id != turn.id for entry in entries):
        yield turn, None


def _write_turn(
    db: sqlite3.Connection, conversation: str, turn: Turn, before: Iterable[str] | None, *, is_asked: bool = True
) -> None:
    """Write the turn where it stands; a new one behind the first of ``before`` that is there, or at the end (None).

    A new one that was not asked here (``is_asked``) is not found by `kimi_magic.store.reading.answered`.
    """
    found = db.execute("SELECT key FROM turns WHERE conversation = ? AND id = ?", (conversation, turn.id)).fetchone()
    turn = turn if found or is_asked else replace(turn, exchange="")
    document, payloads = extract(encode_turn(turn))
    row = _row(turn)
    if found:
        key = found[0]
        db.execute(_UPDATE, (*row, key))
    else:
        position = at_end(db, conversation) if before is None else behind(db, conversation, before)
        key = db.execute(_INSERT, (conversation, turn.id, position, *row)).lastrowid
    db.execute("INSERT OR REPLACE INTO documents VALUES (?, ?)", (key, json.dumps(document)))
    _write_uses(db, key, payloads)


def _row(turn: Turn) -> tuple[object, ...]:
    """Return the values of `COLUMNS`."""
    return (
        *(turn.state, turn.is_said, turn.asked_at, plain(turn.model), plain(turn.cell), plain(turn.run)),
        *(min(turn.tokens, _MOST), turn.is_pinned, *_counts(turn.usage), turn.cost, turn.exchange, turn.is_cached),
    )


def _counts(usage: Usage | None) -> tuple[int | None, ...]:
    if usage is None:
        return None, None, None, None
    counts = (usage.prompt_tokens, usage.completion_tokens, usage.cached_tokens, usage.reasoning_tokens)
    return tuple(min(count, _MOST) for count in counts)


_CHANGE = """UPDATE turns SET state = ?, said = ?, tokens = ?, cell = ?, run = ?, pinned = ?
    WHERE conversation = ? AND id = ?"""
_UPDATE = f"UPDATE turns SET {', '.join(f'{name} = ?' for name in COLUMNS)} WHERE key = ?"  # noqa: S608 constants
_INSERT = f"""INSERT INTO turns (conversation, id, position, {", ".join(COLUMNS)})
    VALUES (?, ?, ?, {", ".join("?" for _ in COLUMNS)})"""  # noqa: S608 constants


def _write_uses(db: sqlite3.Connection, turn: int, payloads: dict[str, str]) -> None:
    before = {sha256 for (sha256,) in db.execute("SELECT sha256 FROM uses WHERE turn = ?", (turn,))}
    for sha256 in payloads.keys() - before:
        if not db.execute("SELECT 1 FROM payloads WHERE sha256 = ?", (sha256,)).fetchone():
            db.execute("INSERT INTO payloads VALUES (?, ?)", (sha256, encode_payload(payloads[sha256])))
        db.execute("INSERT INTO uses VALUES (?, ?)", (turn, sha256))
    for sha256 in before - payloads.keys():
        db.execute("DELETE FROM uses WHERE turn = ? AND sha256 = ?", (turn, sha256))


def _replace(db: sqlite3.Connection, conversation: str, ids: Iterable[str]) -> None:
    """Mark the turns of those ids: they are kept, and stand in no conversation any more."""
    query = "UPDATE turns SET state = 'replaced', said = 0 WHERE conversation = ? AND id = ?"
    db.executemany(query, [(conversation, turn) for turn in ids])
