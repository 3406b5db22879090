"""A store that cannot be written or read costs a sentence: the answer is shown, and nothing is forgotten or overwritten."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.books import Book
from tests.conftest import surroundings
from tests.kernels import Kernel, running_kernel
from tests.results import Ran
from tests.scripted import ScriptedKimi
from tests.shells import Shell
from tests.store.programs import started
from tests.store.samples import keep


def ask(shell: Shell, prompt: str = "a question") -> Ran:
    return shell.run(f"%%kimi\n{prompt}")


def check_unkept(runs: Shell | Kernel, kimi: ScriptedKimi, reason: str) -> None:
    """The answer is shown, it is said that it is not kept and why, and the next question still knows what was said."""
    ran = runs.run("%%kimi\nthe question that is not kept")
    assert ran.answer.text.startswith("Forty-two.")
    assert "This turn is shown but not kept" in ran.everything
    assert reason in ran.everything
    assert "Traceback" not in ran.everything
    assert runs.run("%%kimi\nand now?").answer.text.startswith("Forty-two.")
    assert "the question that is not kept" in kimi.chats[-1].body.decode()


def check_kept(runs: Shell | Kernel, store: Path) -> None:
    """With the next turn all is in the store that could not be kept before."""
    ran = runs.run("%%kimi\nthe one that is kept")
    assert ran.ok
    assert "not kept" not in ran.everything
    with closing(sqlite3.connect(store)) as db:
        kept = " ".join(document for (document,) in db.execute("SELECT document FROM documents ORDER BY turn"))
    assert all(words in kept for words in ("the question that is not kept", "and now?", "the one that is kept"))


def test_a_store_that_another_process_holds(shell: Shell, kimi: ScriptedKimi, store: Path) -> None:
    """A locked store costs an answer some seconds at the most; once it is free, what waited is in it."""
    assert ask(shell).ok
    with started("lock", store) as program:
        assert program.stdout
        assert program.stdout.readline() == "locked\n"
        began = time.monotonic()
        check_unkept(shell, kimi, "the store is locked by another process")
        assert time.monotonic() - began < 8
    check_kept(shell, store)


FULL = (
    "import resource; here = resource.getrlimit(resource.RLIMIT_FSIZE)\n"
    "resource.setrlimit(resource.RLIMIT_FSIZE, (1, here[1]))"
)


def test_a_full_disk(kernel: Kernel, kimi: ScriptedKimi, store: Path) -> None:
    """Where no file can grow the answer is shown all the same; when there is room again, all is kept."""
    assert kernel.run("%%kimi\nbefore").ok
    kernel.run(FULL)
    check_unkept(kernel, kimi, "the file system refused to read or write the store")
    kernel.run("resource.setrlimit(resource.RLIMIT_FSIZE, here)")
    check_kept(kernel, store)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user of the machine can reach, which those of pytest are not."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


_OBEY = """
import ctypes, os
if not os.geteuid():
    libc, version, now = ctypes.CDLL(None, use_errno=True), (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()
    assert libc.capget(version, now) == 0
    now[0] &= ~0b110
    assert libc.capset(version, now) == 0
"""
"""Root may read and write everything: this takes just that from it (CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH)."""


@pytest.mark.parametrize("mode", [0o777, 0o555], ids=["file", "folder too"])
def test_a_read_only_store(kimi: ScriptedKimi, open_folder: Path, mode: int) -> None:
    """A kernel that may not write the file answers; when it may, all is kept."""
    store = open_folder / "conversations.sqlite"
    keep(store)
    store.chmod(0o444)
    open_folder.chmod(mode)
    with running_kernel(str(open_folder), surroundings(kimi, open_folder)) as kernel:
        kernel.run("%load_ext kimi_magic\n%config KimiMagic.store = 'none'")
        assert kernel.run(_OBEY).ok
        assert kernel.run("%config KimiMagic.store = 'local'").ok
        check_unkept(kernel, kimi, "the store is read-only")
        open_folder.chmod(0o777)
        store.chmod(0o666)
        check_kept(kernel, store)


def in_a_file(folder: Path) -> tuple[Path, Callable[[], object]]:
    """Return a path whose folder is a file, and what clears it away."""
    (folder / "file").write_text("in the way")
    return folder / "file" / "conversations.sqlite", (folder / "file").unlink


def with_its_log_taken(folder: Path) -> tuple[Path, Callable[[], object]]:
    """Return a path beside which SQLite cannot make its log, and what clears the way."""
    (folder / "store.sqlite-wal").mkdir()
    return folder / "store.sqlite", (folder / "store.sqlite-wal").rmdir


def with_its_locks_taken(folder: Path) -> tuple[Path, Callable[[], object]]:
    """Return a path beside which SQLite cannot share its locks, as on a file system without any, and what clears the way."""
    (folder / "store.sqlite-shm").mkdir()
    return folder / "store.sqlite", (folder / "store.sqlite-shm").rmdir


@pytest.mark.parametrize("place", [in_a_file, with_its_log_taken, with_its_locks_taken])
def test_a_place_that_cannot_be_used(
    shell: Shell,
    kimi: ScriptedKimi,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    place: Callable[[Path], tuple[Path, Callable[[], object]]],
) -> None:
    """A store that cannot be made costs the answer nothing; once it can, all is kept."""
    path, clear = place(tmp_path)
    monkeypatch.setenv("KIMI_MAGIC_STORE", os.fspath(path))
    shell.run("%config KimiMagic.store = 'none'")
    shell.run("%config KimiMagic.store = 'local'")
    check_unkept(shell, kimi, str(path))
    assert not path.is_file() or b"the question that is not kept" not in path.read_bytes()
    clear()
    check_kept(shell, path)


def test_a_damaged_store(shell: Shell, store: Path) -> None:
    """A store that is no database is set aside and named, never thrown away, and a new one is begun."""
    store.write_bytes(b"this is no database at all" * 100)
    ran = ask(shell)
    assert ran.answer.text.startswith("Forty-two.")
    (aside,) = store.parent.glob(f"{store.name}.damaged*")
    assert aside.read_bytes() == b"this is no database at all" * 100
    assert aside.name in ran.everything
    assert ask(shell).ok


def damage_all_but_the_header(store: Path) -> bytes:
    """Overwrite all pages but the first, which is told from a log that could still repair it; return what is left."""
    with closing(sqlite3.connect(store)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    store.write_bytes(store.read_bytes()[:4096] + b"\xff" * (store.stat().st_size - 4096))
    return store.read_bytes()


@pytest.mark.parametrize("is_open", [True, False], ids=["while it is open", "before"])
def test_a_store_that_is_damaged_in_the_middle(shell: Shell, kimi: ScriptedKimi, store: Path, is_open: bool) -> None:
    """Damage behind a good header is found: the file goes aside as it is, the user is told, and nothing is forgotten."""
    if is_open:
        assert ask(shell, "asked before").ok
    else:
        keep(store)
    damaged = damage_all_but_the_header(store)
    ran = ask(shell, "asked when it was damaged")
    assert ran.answer.text.startswith("Forty-two.")
    [aside] = [one for one in store.parent.glob(f"{store.name}.damaged*") if one.name[-4:] not in ("-wal", "-shm")]
    assert aside.read_bytes() == damaged
    assert aside.name in ran.everything
    ran = ask(shell, "asked afterwards")
    assert aside.name not in ran.everything
    told = [
        words
        for words in ("asked before", "asked when it was damaged", "asked afterwards")
        if is_open or "before" not in words
    ]
    assert [words for words in told if words not in kimi.chats[-1].body.decode()] == []
    with closing(sqlite3.connect(store)) as db:
        assert db.execute("SELECT count(*) FROM turns").fetchall() == [(len(told),)]


@pytest.fixture
def book(kimi: ScriptedKimi, store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Book]:
    """A notebook in which three cells have asked."""
    for name, value in surroundings(kimi, store).items():
        monkeypatch.setenv(name, value)
    book = Book(tmp_path / "a.ipynb", base_url=kimi.base_url)
    for cell in ("c1", "c2", "c3"):
        book.ask(cell)
    yield book
    book.close()


def questions(kimi: ScriptedKimi) -> list[str]:
    """Return the questions that the last request carried, the new one last."""
    return [one["content"] for one in kimi.chats[-1].json["messages"] if one["role"] == "user"]


def test_a_store_that_is_held_when_a_kernel_begins(book: Book, kimi: ScriptedKimi, store: Path) -> None:
    """What could not be brought back is there once it can be read, in one conversation with what was asked meanwhile."""
    book.close()
    with closing(sqlite3.connect(store, isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")  # so that nobody else may even read
        other.execute("BEGIN EXCLUSIVE")
        book.restart()
        assert "could not be read: the store is locked by another process" in book.told
        [note] = book.ask("c4")
        assert note.startswith(
            "This turn is shown but not kept. What was said before could not be read: the store is locked"
        )
        assert questions(kimi) == ["c4"]
    assert book.ask("c5") == []
    assert questions(kimi) == ["c1", "c2", "c3", "c4", "c5"]
    book.restart()
    assert book.told.startswith("Kimi: 5 turns came back (main 5).")


def test_damage_that_is_met_late(book: Book, kimi: ScriptedKimi, store: Path) -> None:
    """A turn that cannot be read when it is wanted costs the answer nothing: a sentence says where the damaged file is."""
    book.restart()
    with closing(sqlite3.connect(store)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        [(page,)] = db.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'documents'")
    with store.open("r+b") as file:
        file.seek((page - 1) * 4096)
        file.write(b"\xff" * 4096)
    [note] = book.ask("c4")
    assert note.startswith("The store was damaged: it is set aside as ")
    assert book.ask("c5") == []
    assert questions(kimi) == ["c4", "c5"]


def test_a_store_that_is_removed(book: Book, kimi: ScriptedKimi, store: Path) -> None:
    """Where somebody removes the file under a running kernel, the next turn makes it anew, with what this kernel knows."""
    for path in store.parent.glob(f"{store.name}*"):
        path.unlink()
    assert book.ask("c4") == []
    assert questions(kimi) == ["c1", "c2", "c3", "c4"]
    book.restart()
    assert book.told.startswith("Kimi: 4 turns came back (main 4).")
