"""`kimi_magic.store`: what goes wrong costs the user a sentence, and nothing that was kept."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from kimi_magic.errors import NotKept
from kimi_magic.store.faults import is_damage, reason
from kimi_magic.store.migrations import LATEST
from kimi_magic.store.sqlite import Store
from tests.store.programs import said_by, started
from tests.store.samples import make_conversation, make_turn

HEADER = b"SQLite format 3\0"


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user of the machine can reach, which those of pytest are not."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def keep(path: Path, number: int = 1) -> str:
    """Keep a turn with a store of its own."""
    with closing(Store(path)) as store:
        return store.keep(make_conversation(0), make_turn(number))


def refused(path: Path) -> str:
    """Return the sentence with which a turn is not kept."""
    with pytest.raises(NotKept) as caught:
        keep(path)
    return str(caught.value)


def test_locked_store_says_so_and_keeps_both_turns_later(store: Store, path: Path) -> None:
    """While another process holds the file a keep gives up after a second; the next one writes what it could not."""
    conversation = make_conversation(1)
    store.keep(conversation, make_turn(0))
    conversation.turns += [make_turn(1), make_turn(2)]
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
    assert store.load("") == [conversation]


def test_full_disk_says_so_and_keeps_all_once_there_is_room(store: Store, path: Path) -> None:
    """Where the device has no space left a turn is not kept; when it has, the next keep writes that turn too."""
    conversation = make_conversation(1)
    keep(path)
    store.keep(conversation, make_turn(0))
    store.close()
    log = path.with_name(f"{path.name}-wal")
    log.symlink_to("/dev/full")  # the kernel's own device without space
    conversation.turns += [make_turn(1), make_turn(2)]
    with pytest.raises(NotKept) as caught:
        store.keep(conversation, make_turn(1))
    assert str(caught.value) == f"This turn is shown but not kept: the disk is full ({path})."
    log.unlink(missing_ok=True)
    assert store.keep(conversation, make_turn(2)) == ""
    assert store.load("")[0].turns[-2:] == [make_turn(1), make_turn(2)]


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


def test_damaged_store_that_cannot_be_set_aside_is_named(open_folder: Path) -> None:
    """Where a damaged file cannot be renamed it stays, and both writing and reading say so."""
    path = open_folder / "store.sqlite"
    overwritten(path)
    open_folder.chmod(0o555)
    with started("write-as-nobody", path) as program:
        sentences = said_by(program)
    assert [sentence.partition(": ")[2] for sentence in sentences] == [
        f"the store is damaged, and cannot be set aside: Permission denied ({path})."
    ] * 2
    assert [file.name for file in open_folder.iterdir()] == ["store.sqlite"]


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


def with_its_log_taken(folder: Path) -> Path:
    """Return a path beside which SQLite cannot make its log."""
    (folder / "store.sqlite-wal").mkdir()
    return folder / "store.sqlite"


def with_its_shared_memory_taken(folder: Path) -> Path:
    """Return a path beside which SQLite cannot share memory, as on some network drives."""
    (folder / "store.sqlite-shm").mkdir()
    return folder / "store.sqlite"


@pytest.mark.parametrize("place", [under_a_file, at_a_folder, in_proc, with_its_log_taken, with_its_shared_memory_taken])
def test_place_that_cannot_be_used_is_named(tmp_path: Path, place: Callable[[Path], Path]) -> None:
    """Where no file can be made the turn is not kept, and the sentence names the path and a reason."""
    path = place(tmp_path)
    sentence = refused(path)
    print(sentence)
    assert sentence.startswith("This turn is shown but not kept: ")
    assert sentence.endswith(f" ({path}).")


def cut_short(path: Path) -> None:
    """Leave half of the file."""
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def overwritten(path: Path) -> None:
    """Put noise over everything."""
    path.write_bytes(bytes(range(256)) * 200)


def overwritten_behind_the_header(path: Path) -> None:
    """Leave the first page's header, and nothing else that makes sense."""
    path.write_bytes(path.read_bytes()[:100] + b"\xff" * (path.stat().st_size - 100))


def a_text_file(path: Path) -> None:
    """Put a text in its place."""
    path.write_text("These are my notes, and no database at all.\n" * 10)


DAMAGES = [cut_short, overwritten, overwritten_behind_the_header, a_text_file]


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_file_is_set_aside_and_the_turn_kept(path: Path, damage: Callable[[Path], None]) -> None:
    """The damaged bytes stay as they are under another name, the user is told once, and the conversation goes on."""
    keep(path)
    damage(path)
    damaged = path.read_bytes()
    conversation = make_conversation(3)
    with closing(Store(path)) as store:
        notice = store.keep(conversation, make_turn(2))
        assert store.keep(conversation, make_turn(2)) == ""
        assert store.load("") == [conversation]
    [aside] = path.parent.glob("*.damaged-*")
    assert notice == f"The store was damaged: it is set aside as {aside}, and a new one is begun."
    assert aside.read_bytes() == damaged
    assert integrity(path) == "ok"


@pytest.mark.parametrize("damage", DAMAGES)
def test_loading_from_a_damaged_file_says_so_once(path: Path, damage: Callable[[Path], None]) -> None:
    """Reading a damaged file sets it aside too; after that there is nothing to read, and turns are kept again."""
    keep(path)
    damage(path)
    with closing(Store(path)) as store:
        with pytest.raises(NotKept, match=r"could not be read: the store was damaged and is set aside as .*damaged-"):
            store.load("")
        assert store.load("") == []
        assert store.keep(make_conversation(0), make_turn(1)) == ""


def test_damage_while_it_is_open_leaves_a_log_with_its_file(store: Store, path: Path) -> None:
    """A file that is damaged under an open store goes aside with its log, which may still hold good turns."""
    store.keep(make_conversation(0), make_turn(1))
    with closing(Store(path)) as other:
        path.write_bytes(b"\xff" * 8192)
        notice = other.keep(make_conversation(0, "other"), make_turn(1))
    assert "damaged" in notice
    assert len(list(path.parent.glob("*.damaged-*-wal"))) == 1
    assert store.keep(make_conversation(0), make_turn(2)) == ""
    assert {each.name for each in store.load("")} == {"main", "other"}


def test_two_damages_in_a_second_have_two_names(path: Path) -> None:
    """What was set aside is never overwritten by what is set aside next."""
    for _ in range(3):
        keep(path)
        overwritten(path)
    keep(path)
    assert len(list(path.parent.glob("*.damaged-*"))) == 3


def test_removed_file_begins_anew_with_the_whole_conversation(store: Store, path: Path) -> None:
    """When somebody removes the file under an open store, the next keep makes a new one with all turns."""
    conversation = make_conversation(3)
    store.keep(conversation, make_turn(2))
    for file in path.parent.iterdir():
        file.unlink()
    conversation.put(make_turn(3))
    assert store.keep(conversation, make_turn(3)) == ""
    assert store.load("") == [conversation]


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


def test_turn_that_does_not_decode_is_a_sentence(store: Store, path: Path) -> None:
    """A turn whose words somebody changed into something else is reported, not raised as a foreign error."""
    store.keep(make_conversation(0), make_turn(1))
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("UPDATE turns SET document = '{\"id\": 7}'")
    with pytest.raises(NotKept, match="could not be read: a stored turn is not in its form"):
        store.load("")


def full(db: sqlite3.Connection) -> None:
    """Write beyond the pages that the database may have."""
    db.execute("PRAGMA max_page_count = 3")
    db.execute("INSERT INTO words VALUES (?)", ("x" * 100_000,))


def read_only(db: sqlite3.Connection) -> None:
    """Write where only reading is allowed."""
    db.execute("PRAGMA query_only = ON")
    db.execute("INSERT INTO words VALUES ('x')")


def too_large(db: sqlite3.Connection) -> None:
    """Write a longer text than the connection takes."""
    db.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, 100)
    db.execute("INSERT INTO words VALUES (zeroblob(200))")


def nonsense(db: sqlite3.Connection) -> None:
    """Say something that is no SQL."""
    db.execute("NONSENSE")


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        (full, "the disk is full"),
        (read_only, "the store is read-only"),
        (too_large, "it is larger than what the store takes in one piece"),
        (nonsense, 'SQLite reports: near "NONSENSE": syntax error'),
    ],
)
def test_what_sqlite_reports_has_a_reason(fault: Callable[[sqlite3.Connection], None], sentence: str) -> None:
    """Each fault that SQLite itself reports is told in words, and none of these is taken for damage."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as db:
        db.execute("CREATE TABLE words (word TEXT)")
        with pytest.raises(sqlite3.Error) as caught:
            fault(db)
    assert reason(caught.value) == sentence
    assert not is_damage(caught.value)


def integrity(path: Path) -> object:
    """Return what SQLite says about the file as a whole."""
    with closing(sqlite3.connect(path)) as db:
        return db.execute("PRAGMA integrity_check").fetchone()[0]
