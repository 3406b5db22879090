"""Turns, their order, and what is sent next. Nothing here touches the world."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, NamedTuple

from kimi_magic.calls import Round, question_of, replies_of, rounds_of
from kimi_magic.errors import UsageError
from kimi_magic.messages import Attachment, Message, Usage

State = Literal["asked", "complete", "interrupted", "incomplete", "failed", "undone", "once", "replaced"]
"""How a turn stands.

"once" was asked without history and is no part of it, "undone" was taken out again, and a "replaced" one had its cell run
again: it is kept, but stands in no conversation any more.
"""

SAID: frozenset[State] = frozenset({"complete", "interrupted", "incomplete"})
"""The states in which a turn is part of what was said."""
UNFINISHED: frozenset[State] = frozenset({"interrupted", "incomplete"})
"""The states in which its answer has no end."""


def new_id() -> str:
    """Return a name for a turn or a conversation that nobody else has."""
    return uuid.uuid4().hex


@dataclass(frozen=True, slots=True)
class Turn:
    """One question and what came of it.

    ``prompt`` is what the user typed; ``said`` are the messages as they were sent and received, the question first.
    Times are seconds since 1970, ``seconds`` is how long the answer took, ``cost`` is in US dollars (None: unknown).
    ``cell`` is the cell that asked and ``run`` the execution of it, as the front end names them; ``replaces`` are the turns
    of its earlier executions. ``tokens`` is how many the turn takes in a later request, as far as is known. ``exchange`` is
    the same for all requests that say the same, whoever asks; ``is_cached`` tells that the answer came from the store, and
    ``is_json`` that JSON was asked for.
    """

    id: str
    prompt: str
    said: tuple[Message, ...]
    model: str
    asked_at: float
    state: State = "asked"
    attachments: tuple[Attachment, ...] = ()
    usage: Usage | None = None
    cost: float | None = None
    finish_reason: str = ""
    seconds: float = 0.0
    request_sha256: str = ""
    cell: str = ""
    run: str = ""
    tokens: int = 0
    is_pinned: bool = False
    replaces: tuple[str, ...] = ()
    exchange: str = ""
    is_cached: bool = False
    is_json: bool = False

    @property
    def is_said(self) -> bool:
        """Whether the next question sees this turn; an answer without a word cannot be sent back."""
        return self.state in SAID and any(message.content or message.tool_calls for message in self.replies)

    @property
    def is_cut(self) -> bool:
        """Whether the answer has no end: it was stopped, broken off, or ended by its cap."""
        return self.state in UNFINISHED or self.finish_reason == "length"

    @property
    def question(self) -> tuple[Message, ...]:
        """The messages that were sent before the model said anything."""
        return question_of(self.said)

    @property
    def replies(self) -> tuple[Message, ...]:
        """The model's messages, the last of which is the answer, and what its calls returned."""
        return replies_of(self.said)

    @property
    def rounds(self) -> tuple[Round, ...]:
        """What the model called before it answered."""
        return rounds_of(self.said)

    @property
    def answer(self) -> Message:
        """The last message of the assistant; an empty one where none came."""
        last = self.said[-1] if self.said else Message("assistant")
        return last if last.role == "assistant" else Message("assistant")

    @property
    def entry(self) -> Entry:
        """What stands in the conversation's list of it."""
        return Entry(self.id, self.state, self.asked_at, self.is_said, self.tokens, self.cell, self.run, self.is_pinned)


class Entry(NamedTuple):
    """What is known of a turn without reading it: a line of ten thousand of them is made in some milliseconds."""

    id: str
    state: State
    asked_at: float
    is_said: bool
    tokens: int = 0
    cell: str = ""
    run: str = ""
    is_pinned: bool = False


Read = Callable[[Sequence[str]], Iterable[Turn]]
"""Returns the turns of those ids, from where they are kept, in any order."""


def _nothing(_: Sequence[str]) -> Iterable[Turn]:
    return ()


@dataclass(slots=True)
class Conversation:
    """A named line of turns. Its ``id`` is what the service's cache is told to go by; settings stick from turn to turn.

    ``entries`` is the line; a turn itself is read with ``read`` when it is first wanted. ``absent`` are the ids of turns
    that the notebook's file does not have (any more): they are kept, and not sent. ``replaced`` are those of turns whose
    cells have asked again since the conversation was read.
    """

    name: str = "main"
    id: str = field(default_factory=new_id)
    model: str = ""
    system: str | None = None
    entries: list[Entry] = field(default_factory=list)
    read: Read = _nothing
    absent: frozenset[str] = frozenset()
    replaced: set[str] = field(default_factory=set)
    _turns: dict[str, Turn] = field(default_factory=dict)

    @property
    def turns(self) -> list[Turn]:
        """All turns in order; what was not read yet is read."""
        return self.read_turns(self.entries)

    def read_turns(self, entries: Iterable[Entry]) -> list[Turn]:
        """Return the turns of ``entries``; what is not in memory is read together, and what is gone is left out."""
        ids = [entry.id for entry in entries]
        missing = [id for id in ids if id not in self._turns]  # noqa: A001 the field's name
        if missing:
            self._turns |= {turn.id: turn for turn in self.read(missing)}
        return [self._turns[id] for id in ids if id in self._turns]  # noqa: A001 the field's name

    def read_turn(self, entry: Entry) -> Turn:
        """Return the turn of ``entry``. Raises `UsageError`: another process has removed it."""
        for turn in self.read_turns([entry]):
            return turn
        raise UsageError("This turn is not in the store any more.")

    def above(self, cell: str = "", run: str = "") -> list[Entry]:
        """Return what a question of ``cell`` sees: all that was said; where the cell has asked before, what stands above.

        Its own earlier executions are not among them, what this ``run`` has asked already is.
        """
        return [
            entry
            for entry in self.entries[: self._place(cell, run)]
            if entry.is_said and entry.id not in self.absent and not _is_earlier(entry, cell, run)
        ]

    def history(self, entries: Iterable[Entry] | None = None) -> tuple[Message, ...]:
        """Return the messages that the next question stands on, as they were sent, in order."""
        turns = self.read_turns(self.above() if entries is None else entries)
        return tuple(message for turn in turns for message in turn.said)

    def earlier(self, cell: str, run: str) -> tuple[str, ...]:
        """Return the ids of the turns that ``cell`` asked in earlier executions: those that this one replaces."""
        return tuple(entry.id for entry in self.entries if _is_earlier(entry, cell, run))

    def is_outrun(self, turn: Turn) -> bool:
        """Whether the cell of ``turn`` was run again while its answer arrived: a later execution has asked since."""
        own = [entry for entry in self.entries if _is_earlier(entry, turn.cell, turn.run)]
        return any(entry.asked_at > turn.asked_at for entry in own) or turn.id in self.replaced

    def put(self, turn: Turn) -> None:
        """Add ``turn`` where its cell stands, or let it take the place of the one with its id.

        What it replaces goes once something was said; a question that failed leaves what stood there.
        """
        places = {entry.id: place for place, entry in enumerate(self.entries)}
        if turn.id in places:
            self.entries[places[turn.id]] = turn.entry
        else:
            self.entries.insert(self._place(turn.cell, turn.run), turn.entry)
        self._turns[turn.id] = turn
        if turn.is_said or turn.state == "once":
            self.replaced.update(turn.replaces)
            self.drop(turn.replaces)

    def alter(self, entry: Entry) -> None:
        """Let ``entry`` take the place of the one with its id, and the turn be as it says."""
        self.entries = [entry if one.id == entry.id else one for one in self.entries]
        turn = self._turns.get(entry.id)
        if turn is not None:
            self._turns[entry.id] = replace(
                turn, state=entry.state, tokens=entry.tokens, cell=entry.cell, run=entry.run, is_pinned=entry.is_pinned
            )

    def resize(self, factor: float) -> None:
        """Let all turns take ``factor`` times the tokens: they had been guessed, and are counted now."""
        self.entries = [entry._replace(tokens=round(entry.tokens * factor)) for entry in self.entries]

    def drop(self, ids: Iterable[str]) -> None:
        """Take the turns with those ``ids`` out of the line."""
        gone = set(ids)
        if gone:
            self.entries = [entry for entry in self.entries if entry.id not in gone]
            for id in gone:  # noqa: A001 the field's name
                self._turns.pop(id, None)

    def undo(self) -> Turn | None:
        """Take the last turn that was said out of what is sent, and return it as it is now; None where there is none."""
        for entry in reversed(self.entries):
            if entry.is_said and entry.id not in self.absent:
                undone = replace(self.read_turn(entry), state="undone")
                self.put(undone)
                return undone
        return None

    def arrange(self, place: Callable[[Entry], int | None]) -> bool:
        """Bring the turns into the order of their cells, which ``place`` tells; return whether that changed anything.

        A turn without a place stays behind the one that it stands behind now.
        """
        keys, last = {}, -1
        for entry in self.entries:
            found = place(entry)
            last = last if found is None else found
            keys[entry.id] = last
        before = self.entries
        self.entries = sorted(before, key=lambda entry: keys[entry.id])
        return self.entries != before

    def take(self, other: Conversation, unkept: Iterable[str] = ()) -> None:
        """Take over ``other``, which is this conversation as it is kept now; our ``unkept`` turns stay behind its line."""
        now = {entry.id: entry for entry in other.entries}
        before = {entry.id: entry for entry in self.entries}
        ours = set(unkept)
        for id in [*self._turns]:  # noqa: A001 the field's name
            if id not in ours and now.get(id) != before.get(id):
                del self._turns[id]  # somebody changed it: it is read again
        self.name, self.model, self.system, self.read = other.name, other.model, other.system, other.read
        self.entries = [*other.entries, *(before[id] for id in before if id in ours and id not in now)]  # noqa: A001 the field's name

    def stale(self) -> frozenset[str]:
        """Return the ids of turns that were asked before something above them was asked: before a change."""
        found, latest = set(), 0.0
        for entry in self.entries:
            if entry.is_said and entry.asked_at < latest:
                found.add(entry.id)
            latest = max(latest, entry.asked_at) if entry.is_said else latest
        return frozenset(found)

    def _place(self, cell: str, run: str) -> int:
        """Return where a turn of ``cell`` goes: behind what this run asked, else to the earlier ones, else to the end."""
        own = [place for place, entry in enumerate(self.entries) if cell and entry.cell == cell]
        same = [place for place in own if self.entries[place].run == run]
        if same:
            return same[-1] + 1
        return own[0] if own else len(self.entries)


def conversation_of(turns: Iterable[Turn], name: str = "main", **known: str | None) -> Conversation:
    """Return a conversation of ``turns``, all in memory."""
    made = Conversation(name, **known)  # type: ignore[arg-type]  # the fields' own types
    for turn in turns:
        made.entries.append(turn.entry)
        made._turns[turn.id] = turn
    return made


def _is_earlier(entry: Entry, cell: str, run: str) -> bool:
    return bool(cell) and entry.cell == cell and entry.run != run
