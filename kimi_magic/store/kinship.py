"""Which notebooks belong together: one that was renamed, one that is a copy of another."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection

from kimi_magic.store.tables import plain


def kin(db: sqlite3.Connection, turns: Collection[str], cells: Collection[str], notebook: str) -> list[str]:
    """Return the other notebooks that have turns of those ids, or, where no id is given, turns of those cells.

    The one with the most of them is the first; of two with as many, the one that asked last.
    """
    known = [*(turns or cells)]
    which = "turns.id = value" if turns else "turns.cell = value AND turns.cell <> ''"
    query = f"""SELECT notebook FROM json_each(?) CROSS JOIN turns ON {which}
        JOIN conversations ON conversations.id = turns.conversation WHERE notebook <> ?
        GROUP BY notebook ORDER BY count(DISTINCT value) DESC, max(asked_at) DESC"""  # noqa: S608 one of two constants
    return [name for (name,) in db.execute(query, (json.dumps(known), plain(notebook)))]


def adopt(db: sqlite3.Connection, notebook: str, new_notebook: str) -> None:
    """Let the conversations of ``notebook`` be those of ``new_notebook``."""
    with db:
        db.execute("UPDATE conversations SET notebook = ? WHERE notebook = ?", (plain(new_notebook), plain(notebook)))
