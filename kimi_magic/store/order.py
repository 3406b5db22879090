"""Where a turn stands among the others of its conversation: positions with room between them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

SPACE = 1 << 20
"""The distance between two turns that were added one after the other: twenty halvings until they are spread anew."""


def at_end(db: sqlite3.Connection, conversation: str) -> int:
    """Return the position behind all turns: also behind those that another kernel has added meanwhile."""
    [(last,)] = db.execute("SELECT coalesce(max(position), 0) FROM turns WHERE conversation = ?", (conversation,))
    return int(last) + SPACE


def behind(db: sqlite3.Connection, conversation: str, before: Iterable[str]) -> int:
    """Return a free position right behind the first turn of ``before`` that the file has; in front where it has none."""
    for turn in before:
        query = "SELECT position FROM turns WHERE conversation = ? AND id = ?"
        if found := db.execute(query, (conversation, turn)).fetchone():
            return _between(db, conversation, turn, int(found[0]))
    [(first,)] = db.execute("SELECT coalesce(min(position), 0) FROM turns WHERE conversation = ?", (conversation,))
    return int(first) - SPACE


def arrange(db: sqlite3.Connection, conversation: str, ids: Iterable[str]) -> None:
    """Bring the turns of those ``ids`` into that order, on the places that they have together.

    Turns that are not among them, as those that another kernel has just added, stay where they are.
    """
    with db:
        db.execute("BEGIN IMMEDIATE")
        query = "SELECT id, position FROM turns WHERE conversation = ?"
        before: dict[str, int] = dict(db.execute(query, (conversation,)).fetchall())
        line = [turn for turn in ids if turn in before]
        places = sorted(before[turn] for turn in line)
        moved = [(place, conversation, turn) for turn, place in zip(line, places, strict=True) if before[turn] != place]
        db.executemany("UPDATE turns SET position = ? WHERE conversation = ? AND id = ?", moved)


def _between(db: sqlite3.Connection, conversation: str, turn: str, position: int) -> int:
    """Return a position between ``turn``, which stands at ``position``, and the one that follows it."""
    query = "SELECT min(position) FROM turns WHERE conversation = ? AND position > ?"
    [(following,)] = db.execute(query, (conversation, position))
    if following is None:
        return position + SPACE
    if following - position > 1:
        return (position + int(following)) // 2
    _spread(db, conversation)
    return behind(db, conversation, [turn])


def _spread(db: sqlite3.Connection, conversation: str) -> None:
    query = "SELECT key FROM turns WHERE conversation = ? ORDER BY position, key"
    keys = [key for (key,) in db.execute(query, (conversation,))]
    db.executemany("UPDATE turns SET position = ? WHERE key = ?", [(n * SPACE, key) for n, key in enumerate(keys, 1)])
