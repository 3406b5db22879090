"""`kimi_magic.store`: a process that is killed at any moment loses nothing that it was told is kept."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from kimi_magic.store.sqlite import Store
from tests.store.programs import started


@pytest.mark.parametrize("turns", [1, 7, 60, 300])
def test_killed_process_leaves_all_that_was_kept(path: Path, turns: int) -> None:
    """After a kill in the middle of writing, each acknowledged turn is there once, and the file is whole."""
    with started("keep", path) as program:
        assert program.stdout
        acknowledged = [int(program.stdout.readline()) for _ in range(turns)]
        program.kill()
        acknowledged += [int(line) for line in program.stdout]
    with closing(Store(path)) as store:
        [conversation] = store.load("a.ipynb")
    kept = [turn.id for turn in conversation.turns]
    assert kept[: len(acknowledged)] == [f"turn-{number}" for number in acknowledged]
    assert len(kept) == len(set(kept)) <= len(acknowledged) + 2
    assert all(turn.state == "complete" for turn in conversation.turns[: len(acknowledged)])
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []
        unused = "SELECT count(*) FROM payloads WHERE sha256 NOT IN (SELECT sha256 FROM uses)"
        assert db.execute(unused).fetchall() == [(0,)]
