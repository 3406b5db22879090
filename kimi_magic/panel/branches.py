"""Which versions of a question there are: conversations that go the same way up to it, and another one from there. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile

from kimi_magic.conversation import Conversation, Entry

_ASIDE = re.compile(r"~\d+$")
"""What a conversation's name ends in that was put aside."""


@dataclass(frozen=True, slots=True)
class Versions:
    """The versions of one question, the oldest first: the conversations in which they stand, and which is the shown one."""

    names: tuple[str, ...]
    number: int

    @property
    def told(self) -> list[int]:
        """The shown one's number from 1 on, and how many there are."""
        return [self.number, len(self.names)]


def family(name: str) -> str:
    """Return the name under which a conversation began, whatever it is called since it was put aside.

    >>> family("main~2"), family("main")
    ('main', 'main')
    """
    return _ASIDE.sub("", name)


def versions(shown: Conversation, all_of_them: Iterable[Conversation]) -> dict[str, Versions]:
    """Return the versions of the questions of ``shown`` that have more than one, by the turn's id.

    Only conversations that were put aside for one another are held against each other: a name that somebody chose stays
    what it names.
    """
    others = [one for one in all_of_them if one is not shown and family(one.name) == family(shown.name)]
    found: dict[int, dict[str, tuple[Entry, Conversation]]] = {}
    for other in others:
        place = _common(shown.entries, other.entries)
        if place < len(shown.entries) and place < len(other.entries):
            entry = other.entries[place]
            known = found.setdefault(place, {}).get(entry.id)
            if known is None or _latest(known[1]) < _latest(other):
                found[place][entry.id] = (entry, other)
    return {shown.entries[place].id: _in_order(shown, place, [*there.values()]) for place, there in found.items()}


def _in_order(shown: Conversation, place: int, others: Sequence[tuple[Entry, Conversation]]) -> Versions:
    ours = shown.entries[place]
    ordered = sorted([(ours, shown), *others], key=lambda pair: (pair[0].asked_at, pair[0].id))
    number = next(number for number, (entry, _) in enumerate(ordered, 1) if entry.id == ours.id)
    return Versions(tuple(one.name for _, one in ordered), number)


def _common(one: Sequence[Entry], two: Sequence[Entry]) -> int:
    """Return how many turns the two begin with alike."""
    return sum(1 for _ in takewhile(lambda same: same, _alike(one, two)))


def _alike(one: Sequence[Entry], two: Sequence[Entry]) -> Iterator[bool]:
    return (first.id == second.id for first, second in zip(one, two, strict=False))


def _latest(conversation: Conversation) -> float:
    return max((entry.asked_at for entry in conversation.entries), default=0.0)
