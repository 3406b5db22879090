"""What the saved notebook shows, held against what was said. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from kimi_magic.conversation import Conversation, Entry, Turn
from kimi_magic.notebook.questions import read_questions
from kimi_magic.notebook.saved import Saved
from kimi_magic.notebook.turns import turns
from kimi_magic.render.printable import printable


def absent(conversation: Conversation, saved: Saved) -> frozenset[str]:
    """Return the ids of turns that ``saved`` does not show, although they were there to be shown when it was saved."""
    entries = conversation.entries
    return frozenset(entry.id for entry in entries if saved.lacks(entry) or _is_outdated(entry, conversation, saved))


def untold(
    conversations: Iterable[Conversation], saved: Saved, forgotten: Collection[str]
) -> Iterator[tuple[str, list[Turn]]]:
    """Yield the turns that only the outputs in ``saved`` tell of, by the name of their conversation.

    Not those of a cell that has asked again after it was saved, and not what was ``forgotten``.
    """
    conversations = [*conversations]
    entries = [entry for one in conversations for entry in one.entries]
    known = {entry.id for entry in entries} | set(forgotten)
    newer = {entry.cell for entry in entries if entry.cell and entry.asked_at >= saved.saved_at}
    if not saved.has_cell_ids:
        known |= _replaced_since(conversations, saved)
    for name, told in turns(saved).items():
        new = [turn for turn in told if turn.id not in known and turn.cell not in newer]
        if new:
            yield name, new


def _replaced_since(conversations: Iterable[Conversation], saved: Saved) -> set[str]:
    """Return the ids of turns whose cells have asked again since ``saved``, where cells cannot be known by their ids."""
    since = [
        turn
        for one in conversations
        for turn in one.read_turns(entry for entry in one.entries if entry.asked_at >= saved.saved_at)
    ]
    return {old for turn in since for old in turn.replaces}.union(*(one.replaced for one in conversations))


def is_older(conversations: Iterable[Conversation], saved: Saved) -> bool:
    """Whether all was asked before the notebook was made, so that another one had its name then: a new one has no cells."""
    return not saved.cells and all(entry.asked_at < saved.saved_at for one in conversations for entry in one.entries)


def proven(saved: Saved, kept: Iterable[Turn]) -> list[Turn]:
    """Return those of ``kept`` that ``saved`` shows: their question and answer in an output, or the question in their cell.

    An id alone proves nothing. Somebody who was once sent a notebook knows ids, and what else was said in it is not theirs;
    and where ids of cells are made by counting, many notebooks have the same.
    """
    told = {turn.id: turn for line in turns(saved).values() for turn in line}
    asks = {cell.id: {one.prompt for one in read_questions(cell.source)} for cell in saved.cells if not cell.answers}
    return [
        turn
        for turn in kept
        if (turn.id in told and says_the_same(turn, told[turn.id])) or turn.prompt in asks.get(turn.cell or "?", ())
    ]


def says_the_same(kept: Turn, told: Turn) -> bool:
    """Whether a turn of the store and one that outputs tell of have the same question and the same answer."""
    same_answer = printable(kept.answer.text).strip() == printable(told.answer.text).strip()
    return same_answer and kept.prompt.strip() == told.prompt.strip()


def _is_outdated(entry: Entry, conversation: Conversation, saved: Saved) -> bool:
    """Whether the entry's cell shows another answer of this conversation than this one: an older version of the file."""
    shown = saved.shown_by(entry.cell)
    if not shown or entry.id in shown or entry.asked_at >= saved.saved_at:
        return False
    return any(other.id in shown and other.is_said for other in conversation.entries)
