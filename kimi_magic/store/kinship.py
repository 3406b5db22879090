"""Which notebooks belong together: one that was renamed, one that is a copy of another."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection

from kimi_magic.conversation import new_id
from kimi_magic.store.tables import COLUMNS, plain


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


def copy(db: sqlite3.Connection, notebook: str, new_notebook: str) -> None:
    """Give ``new_notebook`` a copy of each conversation of ``notebook``, with all turns; what is big is shared."""
    with db:
        db.execute("BEGIN IMMEDIATE")
        rows = db.execute("SELECT id FROM conversations WHERE notebook = ? ORDER BY rowid", (plain(notebook),))
        for (conversation,) in rows.fetchall():
            both = {"old": conversation, "new": new_id(), "notebook": plain(new_notebook)}
            for statement in _COPY:
                db.execute(statement, both)


_NAMES = ", ".join(COLUMNS)
_PAIRS = "turns AS old JOIN turns AS new ON new.conversation = :new AND new.id = old.id"
_COPY = (
    """INSERT INTO conversations (id, notebook, name, model, system, created_at)
        SELECT :new, :notebook, name, model, system, created_at FROM conversations WHERE id = :old""",
    f"""INSERT INTO turns (conversation, id, position, {_NAMES})
        SELECT :new, id, position, {_NAMES} FROM turns WHERE conversation = :old""",  # noqa: S608 constants
    f"""INSERT INTO documents SELECT new.key, document FROM {_PAIRS}
        JOIN documents ON documents.turn = old.key WHERE old.conversation = :old""",  # noqa: S608 constants
    f"""INSERT INTO uses SELECT new.key, sha256 FROM {_PAIRS}
        JOIN uses ON uses.turn = old.key WHERE old.conversation = :old""",  # noqa: S608 constants
)
