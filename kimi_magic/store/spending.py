"""What was used and paid, summed up by notebook, conversation, day and model."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from kimi_magic.messages import Usage
from kimi_magic.store.tables import plain


@dataclass(frozen=True, slots=True)
class Spent:
    """What the turns of one conversation with one model on one day took together.

    ``day`` is the date where the computer stands (``2026-11-30``), ``cost`` in US dollars. ``unpriced`` counts the turns
    whose price is unknown, which are not in ``cost``; a question that failed without an answer is not among them. ``cached``
    counts the answers that came from the store.
    """

    notebook: str
    conversation: str
    day: str
    model: str
    turns: int
    usage: Usage
    cost: float
    unpriced: int
    cached: int


def usage(db: sqlite3.Connection, notebook: str | None, since: float) -> list[Spent]:
    """Return what was spent since that time in ``notebook``, in all where it is None; the earliest day first.

    A turn that was replaced or undone has cost what it has cost. One that stands in several conversations, because it was
    copied, counts where it was asked.
    """
    rows = db.execute(_SUMS, {"since": since, "notebook": None if notebook is None else plain(notebook)})
    return [
        Spent(name, conversation, day, model, turns, Usage(*counts), cost, unpriced, cached)
        for name, conversation, day, model, turns, *counts, cost, unpriced, cached in rows
    ]


_SUMS = """
SELECT notebook, name, coalesce(date(asked_at, 'unixepoch', 'localtime'), '') AS day, turns.model, count(*),
    coalesce(sum(prompt_tokens), 0), coalesce(sum(completion_tokens), 0),
    coalesce(sum(cached_tokens), 0), coalesce(sum(reasoning_tokens), 0),
    total(cost), sum(cost IS NULL AND NOT (state = 'failed' AND prompt_tokens IS NULL)), sum(is_cached)
FROM turns JOIN conversations ON conversations.id = turns.conversation
WHERE asked_at >= :since AND (:notebook IS NULL OR notebook = :notebook)
    AND NOT EXISTS (SELECT 1 FROM turns AS original WHERE original.id = turns.id AND original.key < turns.key)
GROUP BY notebook, name, day, turns.model
ORDER BY day, notebook, name, turns.model
"""
