"""What the saved notebook shows, held against what was said. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from kimi_magic.conversation import Conversation, Entry, Turn
from kimi_magic.notebook.saved import Saved
from kimi_magic.notebook.turns import turns


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


def has_asked(saved: Saved, conversations: Iterable[Conversation]) -> bool:
    """Whether a cell in ``saved`` has asked what stands in it: where ids are made by counting, many notebooks have them."""
    for conversation in conversations:
        for entry in conversation.entries:
            place = saved.place(entry)
            if place is not None and any(
                turn.prompt in saved.cells[place].source for turn in conversation.read_turns([entry])
            ):
                return True
    return False


def _is_outdated(entry: Entry, conversation: Conversation, saved: Saved) -> bool:
    """Whether the entry's cell shows another answer of this conversation than this one: an older version of the file."""
    shown = saved.shown_by(entry.cell)
    if not shown or entry.id in shown or entry.asked_at >= saved.saved_at:
        return False
    return any(other.id in shown and other.is_said for other in conversation.entries)
