"""`kimi_magic.store.sqlite`: what stands in the way costs the user a sentence, and nothing that was kept."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from kimi_magic.conversation import Conversation
from kimi_magic.errors import NotKept
from kimi_magic.store.file import PATIENCE
from kimi_magic.store.migrations import LATEST
from kimi_magic.store.sqlite import Store
from tests.store.programs import said_by, started
from tests.store.samples import integrity, keep, make_conversation, make_turn, told


def refused(path: Path) -> str:
    """Return the sentence with which a turn is not kept."""
    with pytest.raises(NotKept) as caught:
        keep(path)
    return str(caught.value)


def test_locked_store_says_so_and_keeps_both_turns_later(store: Store, path: Path) -> None:
    """While another process holds the file a keep gives up after a second; the next one writes what it could not."""
    conversation = make_conversation(1)
    store.keep(conversation, make_turn(0))
    conversation.put(make_turn(1))
    conversation.put(make_turn(2))
    with started("lock", path) as program:
        assert program.stdout
        assert program.stdout.readline() == "locked\n"
        began = time.monotonic()
        with pytest.raises(NotKept) as caught:
            store.keep(conversation, make_turn(1))
        assert time.monotonic() - began < 3
        assert store.load("")[0].turns == [make_turn(0)]
        said_by(program)
    sentence = f"This turn is shown but not kept: the store is locked by another process ({path})."
    assert str(caught.value) == sentence
    assert store.keep(conversation, make_turn(2)) == ""
    assert told(*store.load("")) == told(conversation)


WRITING: dict[str, Callable[[Store, Conversation], object]] = {
    "keep": lambda store, conversation: store.keep(conversation, make_turn(1)),
    "keep_conversation": lambda store, conversation: store.keep_conversation(conversation, "other"),
    "arrange": lambda store, conversation: store.arrange(conversation),
    "change": lambda store, conversation: store.change(conversation, make_turn(0).entry),
    "adopt": lambda store, _: store.adopt("", "other"),
    "forget": lambda store, conversation: store.forget(conversation.id),
    "forget_turn": lambda store, conversation: store.forget_turn(conversation.id, "turn-0"),
    "forget_all": lambda store, _: store.forget_all(),
    "prune": lambda store, _: store.prune(2_000_000_000),
}
READING: dict[str, Callable[[Store], object]] = {
    "load": lambda store: store.load(""),
    "read": lambda store: store.read("id-main", ["turn-0"]),
    "turns_by_id": lambda store: store.turns_by_id(["turn-0"]),
    "kin": lambda store: store.kin(["turn-0"], [], "other"),
    "usage": lambda store: store.usage(),
    "answered": lambda store: store.answered("") is None,
    "gone": lambda store: store.gone([]) == frozenset(),
}


def test_nothing_waits_for_long(store: Store, path: Path) -> None:
    """While another program holds the file, each thing that is to be written gives up in time, and all can still be read."""
    conversation = make_conversation(1)
    store.keep_conversation(conversation)

    def refused_after(write: Callable[[Store, Conversation], object]) -> tuple[str, float]:
        began = time.monotonic()
        with closing(Store(path)) as other, pytest.raises(NotKept) as caught:
            write(other, make_conversation(1))
        return str(caught.value), time.monotonic() - began

    with closing(sqlite3.connect(path, isolation_level=None)) as holder, ThreadPoolExecutor(len(WRITING)) as pool:
        holder.execute("BEGIN IMMEDIATE")
        waited = [*pool.map(refused_after, WRITING.values())]
        assert all(read(store) for read in READING.values())
    assert all(seconds < 2 * PATIENCE for _, seconds in waited)
    assert all(sentence.endswith(f": the store is locked by another process ({path}).") for sentence, _ in waited)
    assert len({sentence for sentence, _ in waited}) == len(WRITING)
    assert told(*store.load("")) == told(conversation)


def test_file_that_may_not_grow_keeps_all_once_it_may(path: Path) -> None:
    """Where the file cannot grow a turn is not kept; when it can, the next keep writes that turn too."""
    with started("fill", path) as program:
        sentence, turns = said_by(program)
    assert sentence.startswith("This turn is shown but not kept: the file system refused to ")
    with closing(Store(path)) as store:
        kept = store.load("")[0].turns
    assert [turn.id for turn in kept] == [f"turn-{number}" for number in range(int(turns))]
    assert integrity(path) == "ok"


READ_ONLY = {"file": (0o777, "1"), "folder too": (0o555, "What was said before could not be read: ")}


@pytest.mark.parametrize(("mode", "read"), READ_ONLY.values(), ids=READ_ONLY)
def test_read_only_store_is_named(open_folder: Path, mode: int, read: str) -> None:
    """A user who may not write the file gets a sentence, and reads what is there if the folder can be written."""
    path = open_folder / "store.sqlite"
    keep(path)
    path.chmod(0o444)
    open_folder.chmod(mode)
    with started("write-as-nobody", path) as program:
        sentence, turns = said_by(program)
    assert "not kept: the store is read-only" in sentence
    assert turns.startswith(read)


def under_a_file(folder: Path) -> Path:
    """Return a path whose folder is a file."""
    (folder / "file").write_text("in the way")
    return folder / "file" / "store.sqlite"


def at_a_folder(folder: Path) -> Path:
    """Return the path of a folder."""
    return folder


def in_proc(folder: Path) -> Path:
    """Return a path where not even root can make a folder."""
    return Path("/proc") / folder.name / "store.sqlite"


def in_a_circle(folder: Path) -> Path:
    """Return the path of a link that leads to itself."""
    (folder / "store.sqlite").symlink_to(folder / "store.sqlite")
    return folder / "store.sqlite"


def with_its_log_taken(folder: Path) -> Path:
    """Return a path beside which SQLite cannot make its log."""
    (folder / "store.sqlite-wal").mkdir()
    return folder / "store.sqlite"


def with_its_shared_memory_taken(folder: Path) -> Path:
    """Return a path beside which SQLite cannot share memory, as on some network drives."""
    (folder / "store.sqlite-shm").mkdir()
    return folder / "store.sqlite"


PLACES = [under_a_file, at_a_folder, in_proc, in_a_circle, with_its_log_taken, with_its_shared_memory_taken]


@pytest.mark.parametrize("place", PLACES)
def test_place_that_cannot_be_used_is_named(tmp_path: Path, place: Callable[[Path], Path]) -> None:
    """Where no file can be made the turn is not kept, and the sentence names the path and a reason."""
    path = place(tmp_path)
    sentence = refused(path)
    assert sentence.startswith("This turn is shown but not kept: ")
    assert sentence.endswith(f" ({path}).")


def test_removed_file_begins_anew_with_the_whole_conversation(store: Store, path: Path) -> None:
    """When somebody removes the file under an open store, the next keep makes a new one with all turns."""
    conversation = make_conversation(3)
    store.keep(conversation, make_turn(2))
    for file in path.parent.iterdir():
        file.unlink()
    conversation.put(make_turn(3))
    assert store.keep(conversation, make_turn(3)) == ""
    assert told(*store.load("")) == told(conversation)


def test_file_of_a_newer_version_is_left_alone(path: Path) -> None:
    """A newer version's file is neither written nor read nor set aside."""
    keep(path)
    with closing(sqlite3.connect(path)) as db:
        db.execute(f"PRAGMA user_version = {LATEST + 1}")
    before = path.read_bytes()
    assert "a newer version of kimi_magic" in refused(path)
    with closing(Store(path)) as store, pytest.raises(NotKept, match="newer version"):
        store.load("")
    assert path.read_bytes() == before


def test_another_programs_database_is_left_alone(tmp_path: Path) -> None:
    """A database that is not ours gets no table and no name of ours."""
    path = tmp_path / "places.sqlite"
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE bookmarks (url TEXT)")
    before = path.read_bytes()
    assert "another program's database" in refused(path)
    assert path.read_bytes() == before
