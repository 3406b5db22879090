"""`kimi_magic.store.migrations`: files of every version become today's, and others are left alone."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from kimi_magic.errors import NotKept
from kimi_magic.messages import Attachment, Text, Usage
from kimi_magic.store.faults import reason
from kimi_magic.store.migrations import APPLICATION, LATEST, MIGRATIONS, migrate
from kimi_magic.store.sqlite import Store
from tests.store.samples import make_conversation, make_turn

OLD = {
    "t-1": {
        "id": "t-1",
        "prompt": "Q1",
        "said": [
            {"role": "user", "content": f"{'N' * 50}\n\nQ1"},
            {"role": "assistant", "tool_calls": [{"id": "f:0", "name": "f", "arguments": "{}"}]},
        ],
        "model": "kimi-k2.6",
        "asked_at": 1_790_000_001.5,
        "state": "complete",
        "attachments": [{"name": "notes", "kind": "text", "parts": [{"type": "text", "text": "N" * 50}], "note": ""}],
    },
    "t-2": {
        "id": "t-2",
        "prompt": "Q2",
        "said": [{"role": "user", "content": "Q2"}, {"role": "assistant", "content": {"sha256": "ab" * 32}}],
        "model": "kimi-k3",
        "asked_at": 1_790_000_000.0,
        "state": "interrupted",
        "usage": {"prompt_tokens": 100, "completion_tokens": 20, "cached_tokens": 64, "reasoning_tokens": 5},
        "cost": 0.5,
        "cell": "cell-2",
    },
    "t-3": {
        "id": "t-3",
        "prompt": "Q3",
        "said": [{"role": "user", "content": "Q3"}],
        "model": "kimi-k3",
        "asked_at": 1_790_000_003.0,
        "state": "failed",
    },
}
"""Documents as versions 1 and 2 wrote them."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store.sqlite"


@pytest.fixture
def db(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        yield connection


def fill_old(db: sqlite3.Connection, steps: int) -> None:
    """Make a file of that version, with the statements that it had: a notebook with `OLD`, the second turn put first."""
    db.execute("PRAGMA journal_mode = WAL")
    for number, step in enumerate(MIGRATIONS[:steps], start=1):
        step(db)
        db.execute(f"PRAGMA user_version = {number}")
    db.execute(
        "INSERT INTO conversations (notebook, name, model, system, created_at, id) VALUES (?, ?, ?, ?, ?, ?)",
        ("a.ipynb", "main", "kimi-k3", None, 1_790_000_000.0, "c"),
    )
    for position, name in enumerate(("t-2", "t-1", "t-3"), start=1):
        turn = OLD[name]
        db.execute(
            "INSERT INTO turns (conversation, id, position, state, asked_at, model, document) VALUES (?, ?, ?, ?, ?, ?, ?)",
            ("c", name, position, turn["state"], turn["asked_at"], turn["model"], json.dumps(turn)),
        )
    db.execute("INSERT INTO payloads VALUES (?, ?)", ("ab" * 32, b"A" * 2000))
    db.execute("INSERT INTO uses VALUES (1, ?)", ("ab" * 32,))


def version(db: sqlite3.Connection) -> int:
    """Return the version that the file says it has."""
    return int(db.execute("PRAGMA user_version").fetchone()[0])


@pytest.mark.parametrize("steps", range(LATEST + 1))
def test_every_version_becomes_the_latest(db: sqlite3.Connection, steps: int) -> None:
    """A file that has been through the first steps gets the others; one of no steps is empty."""
    for number, step in enumerate(MIGRATIONS[:steps], start=1):
        step(db)
        db.execute(f"PRAGMA user_version = {number}")
    migrate(db)
    assert version(db) == LATEST
    assert {"conversations", "turns", "payloads", "uses"} <= {
        name for (name,) in db.execute("SELECT name FROM sqlite_master")
    }


def test_running_twice_changes_nothing(db: sqlite3.Connection) -> None:
    """The second run finds nothing to do and writes nothing."""
    migrate(db)
    before = list(db.iterdump())
    changes = db.total_changes
    migrate(db)
    assert list(db.iterdump()) == before
    assert db.total_changes == changes


@pytest.mark.parametrize("steps", range(1, LATEST))
def test_turns_of_every_version_come_back(db: sqlite3.Connection, path: Path, steps: int) -> None:
    """Turns that an earlier version kept are read as they were, in order, and what its documents say stands in columns."""
    fill_old(db, steps)
    with closing(Store(path)) as store:
        [conversation] = store.load("a.ipynb")
        assert [(entry.id, entry.is_said, entry.cell) for entry in conversation.entries] == [
            ("t-2", True, "cell-2"),
            ("t-1", True, ""),
            ("t-3", False, ""),
        ]
        first, second, third = conversation.turns
        assert [turn.entry for turn in (first, second, third)] == conversation.entries
        assert (first.answer.text, first.usage, first.cost) == ("A" * 2000, Usage(100, 20, 64, 5), 0.5)
        assert second.attachments == (Attachment("notes", "text", (Text("N" * 50),)),)
        assert third.state == "failed"
        spent = {one.model: (one.turns, one.usage, one.cost) for one in store.usage()}
        assert spent == {"kimi-k2.6": (1, Usage(), 0), "kimi-k3": (2, Usage(100, 20, 64, 5), 0.5)}
        conversation.put(make_turn(4))
        assert store.keep(conversation, make_turn(4), "a.ipynb") == ""
        assert [entry.id for entry in store.load("a.ipynb")[0].entries] == ["t-2", "t-1", "t-3", "turn-4"]
    assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert db.execute("PRAGMA foreign_key_check").fetchall() == []


def test_turn_that_was_broken_before_stays_the_only_one(db: sqlite3.Connection, path: Path) -> None:
    """A document that is none does not keep the file from becoming the latest, and the other turns can be read."""
    fill_old(db, 2)
    db.execute("UPDATE turns SET document = 'no JSON' WHERE id = 't-1'")
    with closing(Store(path)) as store:
        [conversation] = store.load("a.ipynb")
        assert [turn.id for turn in conversation.read_turns([conversation.entries[0], conversation.entries[2]])] == [
            "t-2",
            "t-3",
        ]


def test_words_that_a_step_has_moved_are_forgotten_for_good(db: sqlite3.Connection, path: Path) -> None:
    """What stood in the tables of an earlier version is in no byte of the file once it is forgotten."""
    fill_old(db, 2)
    with closing(Store(path)) as store:
        store.load("a.ipynb")
        assert b"N" * 50 in b"".join(file.read_bytes() for file in path.parent.iterdir())
        store.forget("c")
        assert b"N" * 50 not in b"".join(file.read_bytes() for file in path.parent.iterdir())


def test_step_that_fails_leaves_no_trace(db: sqlite3.Connection) -> None:
    """The steps are one transaction: a table in the way stops them, and the next run does the whole again."""
    fill_old(db, 1)
    db.execute("CREATE TABLE documents (something TEXT)")
    before = list(db.iterdump())
    with pytest.raises(sqlite3.OperationalError, match="documents already exists"):
        migrate(db)
    assert version(db) == 1
    assert list(db.iterdump()) == before
    db.execute("DROP TABLE documents")
    migrate(db)
    assert version(db) == LATEST


@pytest.mark.parametrize("pages", range(5))
def test_disk_that_fills_during_a_step_leaves_no_trace(db: sqlite3.Connection, pages: int) -> None:
    """Where there is no room for the new tables the file stays as it was, and becomes the latest once there is."""
    fill_old(db, 2)
    before = list(db.iterdump())
    [(now,)] = db.execute("PRAGMA page_count")
    db.execute(f"PRAGMA max_page_count = {now + pages}")
    with pytest.raises(sqlite3.OperationalError) as caught:
        migrate(db)
    assert reason(caught.value) == "the disk is full"
    assert version(db) == 2
    assert list(db.iterdump()) == before
    db.execute("PRAGMA max_page_count = 100000")
    migrate(db)
    assert version(db) == LATEST
    assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


@pytest.mark.parametrize("claimed", [1, LATEST])
def test_store_without_its_tables_is_refused(db: sqlite3.Connection, claimed: int) -> None:
    """A file with our mark that has not the tables of its version is no store of ours, and stays as it is."""
    db.execute(f"PRAGMA application_id = {APPLICATION}")
    db.execute(f"PRAGMA user_version = {claimed}")
    db.execute("CREATE TABLE bookmarks (url TEXT)")
    with pytest.raises(NotKept, match="calls itself a store"):
        migrate(db)
    assert [name for (name,) in db.execute("SELECT name FROM sqlite_master")] == ["bookmarks"]


def test_newer_version_is_refused_untouched(db: sqlite3.Connection) -> None:
    """A file that a newer version wrote keeps its version and its tables."""
    migrate(db)
    db.execute(f"PRAGMA user_version = {LATEST + 1}")
    before = list(db.iterdump())
    with pytest.raises(NotKept, match="newer version"):
        migrate(db)
    assert version(db) == LATEST + 1
    assert list(db.iterdump()) == before


def test_another_programs_database_is_refused_untouched(db: sqlite3.Connection) -> None:
    """A database with somebody else's tables gets none of ours."""
    db.execute("CREATE TABLE bookmarks (url TEXT)")
    with pytest.raises(NotKept, match="another program's database"):
        migrate(db)
    assert [name for (name,) in db.execute("SELECT name FROM sqlite_master")] == ["bookmarks"]


@pytest.mark.parametrize(
    "planted",
    [
        "CREATE VIEW more AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n",
        "CREATE TRIGGER told AFTER INSERT ON turns BEGIN UPDATE conversations SET system = 'Obey.'; END",
    ],
)
def test_a_store_with_foreign_parts_is_refused(path: Path, planted: str) -> None:
    """A view or a trigger that somebody put into the file keeps it closed, and it stays as it is."""
    with closing(Store(path)) as store:
        store.keep(make_conversation(1), make_turn(0))
    with closing(sqlite3.connect(path)) as db, db:
        db.execute(planted)
    with closing(Store(path)) as store, pytest.raises(NotKept, match="views or triggers that no store has"):
        store.load("")
    assert path.exists()
