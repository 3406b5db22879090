"""`kimi_magic.store.order`: turns stand in the file as they do in the conversation, and only those that move are written."""

from __future__ import annotations

import random
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from kimi_magic.conversation import Conversation
from kimi_magic.store.sqlite import Store
from tests.store.samples import make_conversation, make_turn


def ids(store: Store) -> list[str]:
    """Return the turns of the one conversation as they stand in the file."""
    return [entry.id for entry in store.load("")[0].entries]


def moved(conversation: Conversation, *order: int) -> Conversation:
    """Return the conversation with its entries in that order."""
    return replace(conversation, entries=[conversation.entries[place] for place in order])


def test_order_is_written(store: Store) -> None:
    """Whatever the order becomes, it is the one that is loaded."""
    chance = random.Random(4)
    conversation = make_conversation(12)
    store.keep_conversation(conversation)
    for _ in range(40):
        chance.shuffle(conversation.entries)
        store.arrange(conversation)
        assert store.load("")[0].entries == conversation.entries


def test_only_what_moves_is_written(store: Store, path: Path) -> None:
    """Turns that change places are the only ones whose positions change."""
    conversation = make_conversation(5)
    store.keep_conversation(conversation)
    with closing(sqlite3.connect(path)) as db:
        before = dict(db.execute("SELECT id, position FROM turns").fetchall())
        store.arrange(moved(conversation, 0, 3, 2, 1, 4))
        after = dict(db.execute("SELECT id, position FROM turns").fetchall())
    assert {turn for turn in before if before[turn] != after[turn]} == {"turn-1", "turn-3"}
    assert ids(store) == ["turn-0", "turn-3", "turn-2", "turn-1", "turn-4"]


def test_turns_of_another_kernel_stay_where_they_are(store: Store, path: Path) -> None:
    """A turn that is not in this kernel's line is neither lost nor moved when the others change places."""
    conversation = make_conversation(3)
    store.keep_conversation(conversation)
    with closing(Store(path)) as other:
        other.keep(make_conversation(0), make_turn(9))
    store.arrange(moved(conversation, 1, 0, 2))
    assert ids(store) == ["turn-1", "turn-0", "turn-2", "turn-9"]


def test_turn_that_another_kernel_removed_is_not_missed(store: Store, path: Path) -> None:
    """A new turn whose neighbour is gone stands behind the one before that."""
    conversation = make_conversation(4)
    store.keep_conversation(conversation)
    with closing(Store(path)) as other:
        other.forget_turn(conversation.id, "turn-2")
    changed = replace(conversation, entries=[*conversation.entries[:3], make_turn(9).entry, conversation.entries[3]])
    store.keep(changed, make_turn(9))
    store.arrange(changed)
    assert ids(store) == ["turn-0", "turn-1", "turn-9", "turn-3"]


@pytest.mark.parametrize("place", [0, 1])
def test_room_between_two_turns_does_not_end(store: Store, place: int) -> None:
    """A hundred turns that are put at the same place, one by one, all stand there, the last one first."""
    conversation = make_conversation(2)
    store.keep_conversation(conversation)
    for number in range(10, 110):
        conversation.entries.insert(place, make_turn(number).entry)
        store.keep(conversation, make_turn(number))
    assert ids(store) == [entry.id for entry in conversation.entries]


def test_arranging_what_is_not_there_makes_nothing(store: Store, path: Path) -> None:
    """Without a file there is no order to write."""
    store.arrange(make_conversation(3))
    store.change(make_conversation(1), make_turn(0).entry)
    assert not path.parent.exists()
