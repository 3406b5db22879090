"""`kimi_magic.store.removal`: what is forgotten is nowhere on the disk, and nothing else goes with it."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from kimi_magic.conversation import conversation_of
from kimi_magic.errors import NotKept
from kimi_magic.store.sqlite import Store
from tests.store.samples import integrity, make_conversation, make_turn, told
from tests.store.test_uploads import KEY

SECRET = "a-word-that-must-go"
REMOVALS: dict[str, Callable[[Store], object]] = {
    "conversation": lambda store: store.forget("id-secret"),
    "turns": lambda store: [*map(partial(store.forget_turn, "id-secret"), ("turn-1", "turn-2"))],
    "all": lambda store: store.forget_all(),
    "old": lambda store: store.prune(1_790_000_004),
}


def written(path: Path) -> bytes:
    """Return all bytes of the store's files."""
    return b"".join(file.read_bytes() for file in path.parent.iterdir())


@pytest.mark.parametrize("remove", REMOVALS.values(), ids=REMOVALS)
def test_forgotten_words_are_nowhere_on_the_disk(store: Store, path: Path, remove: Callable[[Store], object]) -> None:
    """What is forgotten can be read neither through the store nor in its bytes; what is not, stays, and so do uploads."""
    said = [make_turn(1, SECRET), replace(make_turn(2, SECRET * 100), prompt=SECRET)]
    store.keep_conversation(conversation_of(said, "secret", id="id-secret"), "a.ipynb")
    store.keep_conversation(conversation_of([make_turn(5)], "other", id="id-other"), "a.ipynb")
    store.keep_upload(KEY, "file-1")
    assert SECRET.encode() in written(path)
    remove(store)
    assert SECRET.encode() not in written(path)
    assert store.find_upload(KEY) is not None
    left = {entry.id for one in store.load("a.ipynb") for entry in one.entries}
    assert left == (set() if remove is REMOVALS["all"] else {"turn-5"})
    assert integrity(path) == "ok"


def test_forgotten_turns_are_known_to_be(store: Store) -> None:
    """The ids of forgotten turns are remembered, so that saved outputs do not bring them back; those of others are not."""
    store.keep_conversation(make_conversation(5))
    store.forget_turn("id-main", "turn-1")
    assert store.gone(["turn-0", "turn-1", "nobody's"]) == {"turn-1"}
    store.forget("id-main")
    assert store.gone([f"turn-{number}" for number in range(9)]) == {f"turn-{number}" for number in range(5)}


def test_pruning_takes_what_is_old(store: Store) -> None:
    """Conversations in which nobody has asked since go, and replaced turns from before; the number of turns is returned."""
    old, young = make_conversation(3, "old"), conversation_of([make_turn(1), make_turn(100)], "young", id="id-young")
    empty = make_conversation(0, "empty")
    for one in (old, young, empty):
        store.keep_conversation(one)
    again = replace(make_turn(101), replaces=("turn-1",))
    young.put(again)
    store.keep(young, again)
    assert store.prune(1_790_000_000) == 0
    assert store.prune(1_790_000_050) == 4
    assert told(*store.load("")) == told(young, empty)
    assert store.read("id-young", ["turn-1"]) == []
    assert store.gone(["turn-1"]) == frozenset()


def test_room_is_given_back(store: Store) -> None:
    """After everything is forgotten, or pruned, the file is small again."""
    for remove in (store.forget_all, lambda: store.prune(2_000_000_000)):
        store.keep(make_conversation(0), make_turn(1, "x" * 1_000_000))
        assert store.size > 1_000_000
        remove()
        assert store.size < 150_000


def test_words_that_a_reader_keeps_in_the_log_are_named(store: Store, path: Path) -> None:
    """While another program reads, the log cannot be emptied: that is said, and forgetting again empties it."""
    store.keep_conversation(conversation_of([make_turn(1, SECRET)], id="one"))
    with closing(sqlite3.connect(path, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM turns").fetchall()
        with pytest.raises(NotKept, match="still in the store's log; forget it again"):
            store.forget("one")
    store.forget("one")
    assert SECRET.encode() not in written(path)


def test_turn_that_is_forgotten_while_it_waits_is_not_written_later(store: Store, path: Path) -> None:
    """A turn that could not be kept, and then is forgotten, does not come with the next one."""
    conversation = make_conversation(1)
    store.keep_conversation(conversation)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        conversation.put(make_turn(1, SECRET))
        with pytest.raises(NotKept):
            store.keep(conversation, make_turn(1, SECRET))
    store.forget_turn(conversation.id, "turn-1")
    conversation.drop(["turn-1"])
    conversation.put(make_turn(2))
    store.keep(conversation, make_turn(2))
    assert [entry.id for entry in store.load("")[0].entries] == ["turn-0", "turn-2"]
    assert SECRET.encode() not in written(path)


def test_forgetting_beside_other_threads(store: Store) -> None:
    """While threads go on to keep turns, forgetting everything again and again raises nothing and damages nothing."""
    ends = threading.Event()

    def keep(name: str) -> None:
        for number in range(200):
            store.keep(make_conversation(0, name), make_turn(number))
        ends.set()

    threads = [threading.Thread(target=keep, args=(name,)) for name in ("one", "two")]
    for thread in threads:
        thread.start()
    while not ends.is_set():
        store.forget_all()
    for thread in threads:
        thread.join()
    store.forget_all()
    assert store.load("") == []
    assert integrity(store.path) == "ok"
