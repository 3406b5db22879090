"""`kimi_magic.store.sqlite`: what is kept comes back, and costs no more than it must."""

from __future__ import annotations

import os
import sqlite3
import stat
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path

import pytest

from kimi_magic.conversation import Conversation
from kimi_magic.store.sqlite import Store, default_path
from tests.store.programs import said_by, started
from tests.store.samples import FULL, integrity, make_conversation, make_picture_turn, make_turn


def keep_all(store: Store, conversation: Conversation, notebook: str = "") -> None:
    """Keep every turn, each at its time."""
    growing = replace(conversation, turns=[])
    for turn in conversation.turns:
        growing.put(turn)
        assert store.keep(growing, turn, notebook) == ""


def select(path: Path, query: str) -> list[tuple[object, ...]]:
    """Return what another program finds in the file."""
    with closing(sqlite3.connect(path)) as db:
        return db.execute(query).fetchall()


def test_unused_store_makes_nothing(store: Store, path: Path) -> None:
    """Neither making a store nor loading from one that is not there, forgetting or closing leaves a trace."""
    assert store.load("a.ipynb") == []
    store.forget("nothing")
    store.close()
    assert store.size == 0
    assert not path.parent.exists()


def test_conversation_comes_back_as_it_was(store: Store, path: Path) -> None:
    """A conversation with every kind of turn is the same when another process's store loads it."""
    conversation = make_conversation(3)
    conversation.turns += [make_picture_turn(7), FULL, make_turn(9, "long " * 1000)]
    keep_all(store, conversation, "a.ipynb")
    with closing(Store(path)) as other:
        assert other.load("a.ipynb") == [conversation]


def test_notebooks_have_their_own_conversations(store: Store) -> None:
    """A notebook gets its conversations, the oldest first, and none of another one's."""
    first, second, other = (make_conversation(2, name) for name in ("main", "side", "other"))
    second.turns = [make_turn(5)]
    keep_all(store, second, "a.ipynb")
    keep_all(store, first, "a.ipynb")
    keep_all(store, other, "b.ipynb")
    assert store.load("a.ipynb") == [first, second]
    assert store.load("b.ipynb") == [other]
    assert store.load("") == []


def test_turn_takes_the_place_of_the_one_with_its_id(store: Store) -> None:
    """A turn that is kept again stays where it stood, with its new words."""
    conversation = make_conversation(3)
    keep_all(store, conversation)
    again = make_turn(1, "Another answer", "interrupted")
    conversation.put(again)
    store.keep(conversation, again)
    assert [turn.answer.text for turn in store.load("")[0].turns] == ["Answer 0.", "Another answer", "Answer 2."]


@pytest.mark.parametrize("place", [0, 1, 2, 3])
def test_new_turn_goes_where_the_conversation_has_it(store: Store, place: int) -> None:
    """A turn that was put between others is there when the conversation comes back."""
    conversation = make_conversation(3)
    keep_all(store, conversation)
    conversation.turns.insert(place, make_turn(9))
    store.keep(conversation, make_turn(9))
    assert store.load("") == [conversation]


def test_settings_of_the_conversation_follow_the_last_turn(store: Store) -> None:
    """A model, a system message, a name or a notebook that changed is the one that comes back."""
    conversation = make_conversation(1)
    keep_all(store, conversation, "a.ipynb")
    changed = replace(conversation, name="renamed", model="kimi-k3", system=None)
    store.keep(changed, make_turn(0), "b.ipynb")
    assert store.load("a.ipynb") == []
    assert store.load("b.ipynb") == [changed]


def test_a_copied_conversation_has_the_same_turns_apart(store: Store) -> None:
    """A copy with the ids of the original's turns is written whole, and changing it does not change the original."""
    original = make_conversation(3)
    keep_all(store, original)
    copy = replace(original, id="id-copy", turns=[*original.turns])
    copy.put(make_turn(1, "Changed in the copy"))
    store.keep(copy, copy.turns[1])
    assert store.load("") == [original, copy]


def test_two_kernels_add_to_one_conversation(store: Store, path: Path) -> None:
    """Turns that two stores add by turns are all there, in the order in which they were kept."""
    with closing(Store(path)) as other:
        for number in range(6):
            chosen = (store, other)[number % 2]
            chosen.keep(make_conversation(0), make_turn(number))
        assert [turn.id for turn in store.load("")[0].turns] == [f"turn-{number}" for number in range(6)]


def test_names_that_are_no_unicode_are_kept_apart(store: Store) -> None:
    """A notebook whose file name is in an odd encoding has its conversations like any other."""
    odd = os.fsdecode(b"caf\xe9.ipynb")
    keep_all(store, make_conversation(1), odd)
    assert [each.name for each in store.load(odd)] == ["main"]


def test_picture_in_fifty_turns_is_stored_once(store: Store, path: Path) -> None:
    """Fifty turns with the same picture share one payload, and load as one object."""
    keep_all(store, Conversation(turns=[make_picture_turn(number) for number in range(50)]))
    assert select(path, "SELECT count(*) FROM payloads") == [(1,)]
    urls = [turn.attachments[0].parts[0] for turn in store.load("")[0].turns]
    assert len({id(getattr(url, "url", None)) for url in urls}) == 1


def test_payload_goes_with_its_last_use(store: Store, path: Path) -> None:
    """A picture stays while a turn of any conversation uses it, and goes when the last one is replaced or forgotten."""
    with_picture, other = Conversation("main", "one", turns=[make_picture_turn(1)]), make_conversation(0)
    keep_all(store, with_picture)
    store.keep(other, make_picture_turn(1))
    store.forget(with_picture.id)
    assert select(path, "SELECT count(*) FROM payloads") == [(1,)]
    store.keep(other, make_turn(1))
    assert select(path, "SELECT count(*) FROM payloads") == [(0,)]


def test_forgotten_words_are_nowhere_on_the_disk(store: Store, path: Path) -> None:
    """What is forgotten can be read neither through the store nor in the bytes of its files."""
    secret = "a-word-that-must-go"
    keep_all(store, Conversation("main", "one", turns=[make_turn(1, secret), make_turn(2, secret * 100)]))
    store.forget("one")
    assert store.load("") == []
    assert secret.encode() not in b"".join(file.read_bytes() for file in path.parent.iterdir())


def test_only_the_owner_may_read(store: Store, path: Path) -> None:
    """The file, what SQLite puts beside it, and a folder that was made for it are closed to others."""
    keep_all(store, make_conversation(1))
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    assert modes == {path.name: 0o600, f"{path.name}-wal": 0o600, f"{path.name}-shm": 0o600}
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_folder_that_was_there_keeps_its_mode(store: Store, path: Path) -> None:
    """A folder of the user's own is left as it is."""
    path.parent.mkdir()
    path.parent.chmod(0o755)
    keep_all(store, make_conversation(1))
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o755


def test_size_is_what_the_files_take(store: Store) -> None:
    """The size grows with what is kept, by about as much."""
    keep_all(store, make_conversation(1))
    before = store.size
    store.keep(make_conversation(0), make_turn(2, "x" * 500_000))
    assert 500_000 < store.size - before < 600_000


def test_closed_store_opens_again(store: Store) -> None:
    """After closing, the next use goes on where it was."""
    conversation = make_conversation(2)
    keep_all(store, conversation)
    store.close()
    store.close()
    assert store.load("") == [conversation]


def test_many_threads_share_a_store(store: Store) -> None:
    """Turns that eight threads keep at once are all there."""

    def keep(number: int) -> str:
        return store.keep(make_conversation(0, name=str(number % 8)), make_turn(number))

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(keep, range(200))) == {""}
    assert sum(len(conversation.turns) for conversation in store.load("")) == 200


def test_many_processes_begin_a_store_at_once(store: Store, path: Path) -> None:
    """Eight processes that make the same new file at the same moment all keep their turn."""
    with ExitStack() as stack:
        programs = [stack.enter_context(started("race", path, str(number))) for number in range(8)]
        assert all(program.stdout and program.stdout.readline() == "ready\n" for program in programs)
        assert [said_by(program, "go\n") for program in programs] == [["kept"]] * 8
        assert len(store.load("")) == 8


def test_forked_child_opens_its_own(store: Store, path: Path) -> None:
    """After a fork parent and child both keep turns at once with what was one store, and none is lost."""
    with started("fork", path) as program:
        assert sorted(said_by(program)) == ["child", "parent"]
    kept = {conversation.name: len(conversation.turns) for conversation in store.load("")}
    assert kept == {"before": 1, "child": 300, "parent": 300}
    assert integrity(path) == "ok"


def test_child_does_not_wait_for_its_parents_threads(path: Path) -> None:
    """A child that is forked while a thread is keeping a turn is not stopped for ever by that thread's lock."""
    with started("fork-while-waiting", path) as program:
        assert sorted(line[:6] for line in said_by(program)) == ["child:", "parent"]


def test_kept_turn_does_not_write_the_others(store: Store, path: Path) -> None:
    """A turn added to a thousand writes as few bytes as one added to ten."""
    growths = []
    for name, turns in (("short", 10), ("long", 1000)):
        conversation = make_conversation(turns, name)
        store.keep(conversation, conversation.turns[-1])
        store.close()  # empties the write-ahead log
        conversation.put(make_turn(turns))
        store.keep(conversation, conversation.turns[-1])
        growths.append(path.with_name(f"{path.name}-wal").stat().st_size)
    assert growths[1] <= growths[0] + 4 * 4096  # a tree of more levels


@pytest.mark.parametrize(
    ("chosen", "expected"), [("{}/turns.db", "{}/turns.db"), ("{}", "{}/conversations.sqlite")], ids=["file", "folder"]
)
def test_environment_says_where(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chosen: str, expected: str) -> None:
    """``KIMI_MAGIC_STORE`` names the file, or a folder that is there."""
    monkeypatch.setenv("KIMI_MAGIC_STORE", chosen.format(tmp_path))
    assert default_path() == Path(expected.format(tmp_path))


def test_without_a_choice_it_is_the_users_data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing is chosen the file is the user's, in a folder of the package's name."""
    monkeypatch.delenv("KIMI_MAGIC_STORE", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert default_path().parts[-2:] == ("kimi_magic", "conversations.sqlite")
