"""Rows back into conversations and turns: which turns there are is read at once, the turns when they are wanted."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager

from kimi_magic.conversation import Conversation, Entry, Read, Turn
from kimi_magic.store.document import decode_payload, decode_turn, restore
from kimi_magic.store.tables import plain

_Row = tuple[int, str, str, str, str, int, int]
_COLUMNS = "turns.key, documents.document, turns.state, turns.cell, turns.run, turns.tokens, turns.pinned"


def conversations(db: sqlite3.Connection, notebook: str, read: Callable[[str], Read]) -> list[Conversation]:
    """Return the notebook's conversations, the oldest first; ``read`` makes what reads a conversation's turns, by its id."""
    with _one_view(db):
        rows = db.execute(
            "SELECT name, id, model, system FROM conversations WHERE notebook = ? ORDER BY created_at, rowid",
            (plain(notebook),),
        ).fetchall()
        return [
            Conversation(str(name), id, str(model), None if system is None else str(system), _entries(db, id), read(id))
            for name, id, model, system in rows  # noqa: A001 the field's name
        ]


def turns(db: sqlite3.Connection, conversation: str, ids: Collection[str]) -> list[Turn]:
    """Return those of the conversation's turns that the file has, in any order. ValueError: one is unreadable."""
    return _read(db, f"{_WITH_DOCUMENT} AND turns.conversation = ?", (json.dumps([*ids]), conversation))


def turns_by_id(db: sqlite3.Connection, ids: Collection[str]) -> list[Turn]:
    """Return the turns of those ids, of whatever conversation, once each; a replaced one as it was before."""
    found = _read(db, f"{_WITH_DOCUMENT} ORDER BY turns.key DESC", (json.dumps([*ids]),), as_it_was=True)
    return [*{turn.id: turn for turn in found}.values()]


def answered(db: sqlite3.Connection, exchange: str) -> Turn | None:
    """Return the newest turn with that hash whose answer is complete, wherever it was asked and whatever became of it."""
    rows = db.execute(_EXCHANGED, (exchange,))
    for (key,) in rows.fetchall():
        [turn] = _read(db, f"{_ALL} WHERE turns.key = ?", (key,), as_it_was=True)
        if turn.state == "complete" or (turn.state in ("once", "undone") and turn.finish_reason):
            return turn
    return None


def gone(db: sqlite3.Connection, ids: Collection[str]) -> frozenset[str]:
    """Return those of ``ids`` whose turns were forgotten."""
    rows = db.execute(
        "SELECT forgotten.id FROM json_each(?) CROSS JOIN forgotten ON forgotten.id = value", (json.dumps([*ids]),)
    )
    return frozenset(turn for (turn,) in rows)


_ALL = f"SELECT {_COLUMNS} FROM turns JOIN documents ON documents.turn = turns.key"  # noqa: S608 constants
_WITH_DOCUMENT = f"""SELECT {_COLUMNS} FROM json_each(?) CROSS JOIN turns ON turns.id = json_each.value
    JOIN documents ON documents.turn = turns.key WHERE TRUE"""  # noqa: S608 constants
_EXCHANGED = "SELECT key FROM turns WHERE exchange = ? AND exchange <> '' ORDER BY asked_at DESC, key DESC"


@contextmanager
def _one_view(db: sqlite3.Connection) -> Iterator[None]:
    """See all tables as they are now, whatever another kernel writes meanwhile; also where a transaction is under way."""
    if db.in_transaction:
        yield
        return
    with db:
        db.execute("BEGIN")
        yield


def _entries(db: sqlite3.Connection, conversation: str) -> list[Entry]:
    rows = db.execute(
        "SELECT id, state, asked_at, said, tokens, cell, run, pinned FROM turns "
        "WHERE conversation = ? AND state <> 'replaced' ORDER BY position, key",
        (conversation,),
    )
    return [
        Entry(str(id), state, float(asked_at), bool(said), int(tokens), str(cell), str(run), bool(pinned))
        for id, state, asked_at, said, tokens, cell, run, pinned in rows  # noqa: A001 the field's name
    ]


def _read(db: sqlite3.Connection, query: str, values: Sequence[object], *, as_it_was: bool = False) -> list[Turn]:
    with _one_view(db):
        rows: list[_Row] = db.execute(query, values).fetchall()
        used = db.execute(_PAYLOADS, (json.dumps([row[0] for row in rows]),))
        payloads = {sha256: decode_payload(payload) for sha256, payload in used}
    return [_turn(row, payloads, as_it_was) for row in rows]


_PAYLOADS = """SELECT sha256, bytes FROM payloads WHERE sha256 IN
    (SELECT uses.sha256 FROM json_each(?) CROSS JOIN uses ON uses.turn = json_each.value)"""


def _turn(row: _Row, payloads: dict[str, str], as_it_was: bool) -> Turn:
    """Return the turn. A column wins over the document, which is written with the words and not with each change."""
    _, text, state, cell, run, tokens, pinned = row
    try:
        document = json.loads(text)
        if not isinstance(document, dict):
            raise ValueError(f"a stored turn is not in its form: it is {type(document).__name__}")
        if not (as_it_was and state == "replaced"):
            document["state"] = state
        known = {"cell": cell, "run": run, "tokens": tokens, "is_pinned": bool(pinned)}
        return decode_turn(restore(document, payloads) | known)
    except RecursionError:
        raise ValueError("a stored turn is not in its form: it is nested too deep") from None
