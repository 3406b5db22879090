"""`kimi_magic.store.reading`: what stands in a conversation is known at once, and a turn is read when it is wanted."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from kimi_magic.conversation import State, Turn, conversation_of
from kimi_magic.messages import Message
from kimi_magic.store.sqlite import Store
from tests.store.samples import FULL, PICTURE, make_conversation, make_picture_turn, make_turn, told


def test_only_what_is_wanted_is_read(store: Store, path: Path) -> None:
    """A conversation loads though the words of a turn are unreadable, and its other turns can be read."""
    conversation = make_conversation(3)
    store.keep_conversation(conversation)
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("UPDATE documents SET document = 'no JSON' WHERE turn = 1")
    [loaded] = store.load("")
    assert loaded.entries == conversation.entries
    assert loaded.read_turns(loaded.entries[1:]) == conversation.turns[1:]


def test_entries_are_those_of_the_turns(store: Store) -> None:
    """What the columns say of a turn is what the turn itself says."""
    turns = [FULL, make_picture_turn(1), make_turn(2, state="asked"), replace(make_turn(3), state="undone", cell="c")]
    store.keep_conversation(conversation_of(turns, id="one"))
    [loaded] = store.load("")
    assert loaded.entries == [turn.entry for turn in turns] == [turn.entry for turn in loaded.turns]
    assert all(type(entry.is_said) is type(entry.is_pinned) is bool for entry in loaded.entries)


def test_thousands_of_turns_are_read_at_once(store: Store) -> None:
    """Any number of ids is one question; those that are not there are left out."""
    conversation = make_conversation(3000)
    store.keep_conversation(conversation)
    ids = [*(entry.id for entry in conversation.entries), "nobody's"]
    assert {turn.id for turn in store.read(conversation.id, ids)} == {*ids[:-1]}
    assert store.read("another conversation", ids) == []


def test_change_wins_over_the_document(store: Store) -> None:
    """State, cell, run, tokens and pin are changed without writing the turn, and are what is read from then on."""
    conversation = make_conversation(2)
    store.keep_conversation(conversation)
    entry = conversation.entries[0]
    changed = entry._replace(state="undone", is_said=False, tokens=7, cell="cell", run="run", is_pinned=True)
    store.change(conversation, changed)
    [loaded] = store.load("")
    assert loaded.entries == [changed, conversation.entries[1]]
    assert loaded.turns[0] == replace(make_turn(0), state="undone", tokens=7, cell="cell", run="run", is_pinned=True)


@pytest.mark.parametrize("state", ["complete", "once"])
def test_replaced_turn_is_kept_and_stands_nowhere(store: Store, state: State) -> None:
    """Once an answer is there, the turns that it replaces are marked with it, and can still be read by their ids."""
    conversation = make_conversation(3)
    store.keep_conversation(conversation)
    asked = replace(make_turn(9, state="asked"), said=(Message("user", "Q"),), replaces=("turn-1",))
    conversation.put(asked)
    store.keep(conversation, asked)
    assert [entry.id for entry in store.load("")[0].entries] == ["turn-0", "turn-1", "turn-2", "turn-9"]
    answered = replace(make_turn(9, state=state), replaces=("turn-1",))
    conversation.put(answered)
    store.keep(conversation, answered)
    [loaded] = store.load("")
    assert loaded.entries == conversation.entries
    assert [entry.id for entry in loaded.entries] == ["turn-0", "turn-2", "turn-9"]
    assert store.read(conversation.id, ["turn-1"]) == [replace(make_turn(1), state="replaced")]
    assert store.turns_by_id(["turn-1", "nobody's"]) == [make_turn(1)]


def test_question_that_failed_replaces_nothing(store: Store) -> None:
    """A turn that failed leaves those that it would have replaced."""
    conversation = make_conversation(2)
    store.keep_conversation(conversation)
    failed = replace(make_turn(9, state="failed"), replaces=("turn-1",))
    conversation.put(failed)
    store.keep(conversation, failed)
    assert len(store.load("")[0].entries) == 3


def test_keeping_reads_nothing(store: Store) -> None:
    """A turn is added to a conversation, at its end or between others, without a look at the other turns."""

    def read(ids: Sequence[str]) -> list[Turn]:
        raise AssertionError(f"{len(ids)} turns were read")

    store.keep_conversation(make_conversation(5))
    [loaded] = store.load("")
    loaded.read = read
    loaded.entries[2] = loaded.entries[2]._replace(cell="cell")
    for turn in (make_turn(8), replace(make_turn(9), cell="cell", run="2", replaces=("turn-2",))):
        loaded.put(turn)
        store.keep(loaded, turn)
    expected = ["turn-0", "turn-1", "turn-9", "turn-3", "turn-4", "turn-8"]
    assert [entry.id for entry in store.load("")[0].entries] == expected


def test_conversation_that_was_not_read_yet_moves_to_a_new_id_whole(store: Store) -> None:
    """A conversation that the file does not have is written with all turns, also those that have to be read for that."""
    store.keep_conversation(make_conversation(5))
    [loaded] = store.load("")
    fork = replace(loaded, id="fork", name="fork", _turns={})
    fork.put(make_turn(7))
    store.keep(fork, make_turn(7))
    original, kept = store.load("")
    assert told(original) == told(make_conversation(5))
    assert told(kept) == told(fork)


def test_turns_that_went_with_their_file_do_not_stop_the_others(store: Store, path: Path) -> None:
    """When the file is removed, a conversation begins anew with those turns that were in memory."""
    store.keep_conversation(make_conversation(5))
    [loaded] = store.load("")
    assert loaded.read_turns(loaded.entries[3:]) == [make_turn(3), make_turn(4)]
    for file in path.parent.iterdir():
        file.unlink()
    loaded.put(make_turn(5))
    assert store.keep(loaded, make_turn(5)) == ""
    assert store.load("")[0].turns == [make_turn(3), make_turn(4), make_turn(5)]


EXCHANGED = {
    "complete": (make_turn(1), True),
    "asked": (make_turn(1, state="asked"), False),
    "failed": (make_turn(1, state="failed"), False),
    "incomplete": (make_turn(1, state="incomplete"), False),
    "interrupted": (make_turn(1, state="interrupted"), False),
    "once, to its end": (replace(make_turn(1, state="once"), finish_reason="stop"), True),
    "once, stopped": (make_turn(1, state="once"), False),
    "undone": (replace(make_turn(1, state="undone"), finish_reason="stop"), True),
}


@pytest.mark.parametrize(("turn", "is_found"), EXCHANGED.values(), ids=EXCHANGED)
def test_complete_answer_is_found_by_its_exchange(store: Store, turn: Turn, is_found: bool) -> None:
    """An answer that came to its end is found by what was asked, whatever became of its turn; another one is not."""
    turn = replace(turn, exchange="same")
    store.keep(conversation_of([turn]), turn, "a.ipynb")
    found = store.answered("same")
    assert (found == turn) is is_found
    assert store.answered("other") is None
    assert store.answered("") is None


def test_newest_answer_is_found_also_where_it_was_replaced(store: Store) -> None:
    """Of several answers to the same the last one counts, in whatever notebook; that it was replaced does not matter."""
    older, newer = (replace(make_turn(number), exchange="same") for number in (1, 2))
    line = conversation_of([newer, older])
    for turn in (newer, older, replace(make_turn(3), replaces=(newer.id,))):
        line.put(turn)
        store.keep(line, turn, "a.ipynb")
    assert store.answered("same") == newer


def test_picture_is_read_with_its_turn_alone(store: Store) -> None:
    """The long texts and pictures of a turn come with it, and the same one is the same object in all turns."""
    store.keep_conversation(conversation_of([make_picture_turn(1), make_picture_turn(2), make_turn(3)], id="one"))
    turns = store.read("one", ["turn-1", "turn-2"])
    urls = [getattr(turn.attachments[0].parts[0], "url", "") for turn in turns]
    assert urls == [PICTURE, PICTURE]
    assert urls[0] is urls[1]
