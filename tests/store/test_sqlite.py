"""`kimi_magic.store.sqlite`: what is kept comes back, and costs no more than it must."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from kimi_magic.conversation import Conversation, conversation_of
from kimi_magic.messages import Attachment, Image, Message, Text
from kimi_magic.store.sqlite import Store
from tests.store.samples import FULL, make_conversation, make_picture_turn, make_turn, told


def keep_all(store: Store, conversation: Conversation, notebook: str = "") -> None:
    """Keep every turn, each at its time."""
    growing = replace(conversation, entries=[], _turns={})
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
    store.forget_turn("nothing", "at all")
    store.forget_all()
    assert store.prune(2_000_000_000) == 0
    assert store.read("id", ["id"]) == store.turns_by_id(["id"]) == []
    assert store.answered("x") is None
    assert store.gone(["id"]) == frozenset()
    assert not store.has_news()
    store.close()
    assert store.size == 0
    assert not path.parent.exists()


def test_conversation_comes_back_as_it_was(store: Store, path: Path) -> None:
    """A conversation with every kind of turn is the same when another process's store loads it."""
    conversation = make_conversation(3)
    for turn in (make_picture_turn(7), FULL, make_turn(9, "long " * 1000)):
        conversation.put(turn)
    keep_all(store, conversation, "a.ipynb")
    with closing(Store(path)) as other:
        assert told(*other.load("a.ipynb")) == told(conversation)


def test_notebooks_have_their_own_conversations(store: Store) -> None:
    """A notebook gets its conversations, the oldest first, and none of another one's."""
    first, other = make_conversation(2), make_conversation(2, "other")
    second = conversation_of([make_turn(5)], "side", id="id-side")
    keep_all(store, second, "a.ipynb")
    keep_all(store, first, "a.ipynb")
    keep_all(store, other, "b.ipynb")
    assert told(*store.load("a.ipynb")) == told(first, second)
    assert told(*store.load("b.ipynb")) == told(other)
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
    turns = conversation.turns
    changed = replace(make_conversation(0), entries=[], _turns={})
    for turn in (*turns[:place], make_turn(9), *turns[place:]):
        changed.put(turn)
    store.keep(changed, make_turn(9))
    assert told(*store.load("")) == told(changed)


def test_settings_of_the_conversation_follow_the_last_turn(store: Store) -> None:
    """A model, a system message, a name or a notebook that changed is the one that comes back."""
    conversation = make_conversation(1)
    keep_all(store, conversation, "a.ipynb")
    changed = replace(conversation, name="renamed", model="kimi-k3", system=None)
    store.keep(changed, make_turn(0), "b.ipynb")
    assert store.load("a.ipynb") == []
    assert told(*store.load("b.ipynb")) == told(changed)


def test_a_copied_conversation_has_the_same_turns_apart(store: Store) -> None:
    """A copy with the ids of the original's turns is written whole, and changing it does not change the original."""
    original = make_conversation(3)
    keep_all(store, original)
    copy = conversation_of(original.turns, "copy", id="id-copy")
    copy.put(make_turn(1, "Changed in the copy"))
    store.keep(copy, copy.turns[1])
    assert told(*store.load("")) == told(original, copy)


def test_names_that_are_no_unicode_are_kept_apart(store: Store) -> None:
    """A notebook whose file name is in an odd encoding has its conversations like any other."""
    odd = os.fsdecode(b"caf\xe9.ipynb")
    keep_all(store, make_conversation(1), odd)
    assert [each.name for each in store.load(odd)] == ["main"]


def test_picture_in_fifty_turns_is_stored_once(store: Store, path: Path) -> None:
    """Fifty turns with the same picture share one payload, and load as one object."""
    keep_all(store, conversation_of([make_picture_turn(number) for number in range(50)]))
    assert select(path, "SELECT count(*) FROM payloads") == [(1,)]
    urls = [turn.attachments[0].parts[0] for turn in store.load("")[0].turns]
    assert len({id(getattr(url, "url", None)) for url in urls}) == 1


def test_fifty_turns_with_one_picture_take_the_room_of_one(tmp_path: Path) -> None:
    """The file grows with what is new: forty-nine more turns with the same large picture add but their few words."""
    sizes = []
    for turns in (1, 50):
        with closing(Store(tmp_path / f"{turns}.sqlite")) as store:
            picture = Image("data:image/png;base64," + "iVBORw0KGgo" * 50_000)
            said = (Message("user", (Text("What is this?"), picture)), Message("assistant", "A circle."))
            attachments = (Attachment("fig", "value", (picture,)),)
            line = [replace(make_turn(number), said=said, attachments=attachments) for number in range(turns)]
            store.keep_conversation(conversation_of(line, id="one"))
            sizes.append(store.size)
    assert 550_000 < sizes[0] < 1_300_000
    assert sizes[1] - sizes[0] < 100_000


def test_the_same_notes_in_other_questions_are_stored_once(store: Store, path: Path) -> None:
    """Words that were attached are one payload, though they stand in each question with what else is asked."""
    notes = "A line of my notes.\n" * 500
    line = [
        replace(
            make_turn(number),
            said=(Message("user", f"{notes}\n\nQuestion {number}?"), Message("assistant", "Yes.")),
            attachments=(Attachment("notes", "text", (Text(notes),)),),
        )
        for number in range(20)
    ]
    store.keep_conversation(conversation_of(line, id="one"))
    assert select(path, "SELECT count(*), sum(length(bytes)) FROM payloads") == [(1, len(notes))]
    assert store.load("")[0].turns == line


def test_payload_goes_with_its_last_use(store: Store, path: Path) -> None:
    """A picture stays while a turn of any conversation uses it, and goes when the last one is replaced or forgotten."""
    with_picture, other = conversation_of([make_picture_turn(1)], id="one"), make_conversation(0)
    keep_all(store, with_picture)
    store.keep(other, make_picture_turn(1))
    store.forget(with_picture.id)
    assert select(path, "SELECT count(*) FROM payloads") == [(1,)]
    store.keep(other, make_turn(1))
    assert select(path, "SELECT count(*) FROM payloads") == [(0,)]


def test_closed_store_opens_again(store: Store) -> None:
    """After closing, the next use goes on where it was."""
    conversation = make_conversation(2)
    keep_all(store, conversation)
    store.close()
    store.close()
    assert told(*store.load("")) == told(conversation)


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
