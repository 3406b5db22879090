"""Which conversation and which turns a command means."""

from __future__ import annotations

import re

from kimi_magic.conversation import Conversation, Entry
from kimi_magic.errors import UsageError
from kimi_magic.session import Session

_RANGE = re.compile(r"(\d{1,7})(?:-(\d{1,7}))?")


def choose(session: Session, words: list[str]) -> tuple[Conversation, list[str]]:
    """Return the conversation that the first of ``words`` names, else main, and the words that are left.

    Raises `UsageError`: there is none of that name.
    """
    if words and not _RANGE.fullmatch(words[0]):
        return session.conversations.get(words[0]), words[1:]
    return session.conversations.get("main" if session.conversations.find("main") else _only(session)), words


def entry_of(conversation: Conversation, word: str) -> Entry:
    """Return the turn with the number ``word``, as ``/history`` counts. Raises `UsageError`."""
    entries = entries_of(conversation, word)
    if len(entries) != 1:
        raise UsageError(f"One turn is expected, such as 3, not {word!r}.")
    return entries[0]


def entries_of(conversation: Conversation, word: str) -> list[Entry]:
    """Return the turns that ``word``, such as ``3`` or ``3-7``, means. Raises `UsageError`."""
    match = _RANGE.fullmatch(word)
    count = len(conversation.entries)
    if not match:
        raise UsageError(f"The number of a turn is expected, as /history counts them, not {word!r}.")
    first, last = int(match[1]), int(match[2] or match[1])
    if not 1 <= first <= last <= count:
        there = f"1 to {count:,}" if count else "none"
        raise UsageError(f"There is no turn {word} in the conversation {conversation.name}; there are: {there}.")
    return conversation.entries[first - 1 : last]


def _only(session: Session) -> str:
    """Return the one conversation's name where there is but one; "main" otherwise."""
    names = session.conversations.names
    return names[0] if len(names) == 1 else "main"
