"""Turns, what is sent next, and the answer that is still arriving. Nothing here touches the world."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Literal

from kimi_magic.messages import (
    Attachment,
    Completed,
    Event,
    Finished,
    Message,
    ReasoningPiece,
    Retrying,
    Started,
    TextPiece,
    ToolCall,
    ToolCallPiece,
    Usage,
    UsageReported,
)

State = Literal["asked", "complete", "interrupted", "incomplete", "failed", "undone", "once"]
"""How a turn stands: "once" was asked without history and is no part of it, "undone" was taken out again."""

SAID: frozenset[State] = frozenset({"complete", "interrupted", "incomplete"})
"""The states in which a turn is part of what was said."""


def new_id() -> str:
    """Return a name for a turn or a conversation that nobody else has."""
    return uuid.uuid4().hex


@dataclass(frozen=True, slots=True)
class Turn:
    """One question and what came of it.

    ``prompt`` is what the user typed; ``said`` are the messages as they were sent and received, the question first.
    Times are seconds since 1970, ``seconds`` is how long the answer took, ``cost`` is in US dollars (None: unknown).
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

    @property
    def is_said(self) -> bool:
        """Whether the next question sees this turn; an answer without a word cannot be sent back."""
        return self.state in SAID and bool(self.answer.content or self.answer.tool_calls)

    @property
    def answer(self) -> Message:
        """The last message of the assistant; an empty one where none came."""
        last = self.said[-1] if self.said else Message("assistant")
        return last if last.role == "assistant" else Message("assistant")


@dataclass(slots=True)
class Conversation:
    """A named line of turns. Its ``id`` is what the service's cache is told to go by; settings stick from turn to turn."""

    name: str = "main"
    id: str = field(default_factory=new_id)
    model: str = ""
    system: str | None = None
    turns: list[Turn] = field(default_factory=list)

    def history(self) -> tuple[Message, ...]:
        """Return the messages that the next question stands on, as they were sent, in order."""
        return tuple(message for turn in self.turns if turn.is_said for message in turn.said)

    def put(self, turn: Turn) -> None:
        """Add ``turn``, or let it take the place of the one with its id."""
        for place, other in enumerate(self.turns):
            if other.id == turn.id:
                self.turns[place] = turn
                return
        self.turns.append(turn)

    def undo(self) -> Turn | None:
        """Take the last turn that was said out of what is sent, and return it as it is now; None where there is none."""
        for turn in reversed(self.turns):
            if turn.is_said:
                undone = replace(turn, state="undone")
                self.put(undone)
                return undone
        return None

    def usage(self) -> Usage:
        """Return the tokens of all turns together."""
        return sum((turn.usage for turn in self.turns if turn.usage), Usage())


class Draft:
    """An answer that is still arriving: apply events, and read the message at any time.

    One thread may apply while another reads: text only ever grows, and reading takes a consistent part of it.

    >>> draft = Draft()
    >>> draft.apply([ReasoningPiece("Hm. "), TextPiece("For"), TextPiece("ty-two.")])
    >>> draft.reasoning, draft.text, draft.is_complete
    ('Hm. ', 'Forty-two.', False)

    ``prefix`` (Partial Mode) stands before the text: the service sends only the continuation.
    """

    def __init__(self, prefix: str = "") -> None:
        self._prefix = prefix
        self.model = ""
        self.is_complete = False
        self.retrying: Retrying | None = None
        self._begin()

    def _begin(self) -> None:
        self._text = _Growing(self._prefix)
        self._reasoning = _Growing()
        self._calls: dict[int, ToolCall] = {}
        self.has_reasoning = False
        self.usage: Usage | None = None
        self.finish_reason = ""

    @property
    def text(self) -> str:
        """The answer so far."""
        return self._text.read()

    @property
    def reasoning(self) -> str:
        """The thinking so far."""
        return self._reasoning.read()

    @property
    def tool_calls(self) -> tuple[ToolCall, ...]:
        """The calls so far, by index."""
        return tuple(call for _, call in sorted(self._calls.copy().items()))

    @property
    def has_answer(self) -> bool:
        """Whether the model has begun to answer, by words or by a call; thinking alone is none."""
        return len(self.text) > len(self._prefix) or bool(self._calls)

    @property
    def is_empty(self) -> bool:
        """Whether nothing has arrived that a reader could see."""
        return not (self.has_answer or self.reasoning)

    def message(self) -> Message:
        """Return the assistant's message in the shape in which it is sent back.

        Calls of an answer that was cut are left out, for nobody will answer them, which is a 400; so is a prefix that
        nothing followed.
        """
        reasoning = self.reasoning if self.has_reasoning else None
        if self.is_complete:
            return Message("assistant", self.text, reasoning=reasoning, tool_calls=self.tool_calls)
        return Message("assistant", self.text if self.has_answer else "", reasoning=reasoning)

    def apply(self, events: Iterable[Event]) -> None:
        """Take in ``events``, in the order in which they came."""
        for event in events:
            if type(event) is TextPiece:  # nearly all of them, so they do not wait for the match
                self._text.append(event.text)
                continue
            match event:
                case ReasoningPiece(text):
                    self.has_reasoning = True
                    self._reasoning.append(text)
                case ToolCallPiece():
                    self._merge(event)
                case _:
                    self._note(event)

    def _note(self, event: Event) -> None:
        match event:
            case Started(_, model):
                self.model, self.retrying = model, None
            case UsageReported(usage):
                self.usage = usage
            case Finished(reason):
                self.finish_reason = reason
            case Completed():
                self.is_complete = True
            case Retrying():
                self._begin()
                self.retrying = event
            case _:
                pass

    def _merge(self, piece: ToolCallPiece) -> None:
        """Join pieces by index alone: parallel calls interleave, and arguments may come before a name."""
        call = self._calls.get(piece.index, ToolCall("", "", ""))
        self._calls[piece.index] = ToolCall(call.id or piece.id, call.name or piece.name, call.arguments + piece.arguments)


class _Growing:
    """Text that one thread appends to and another reads; reading often costs no more than what is new."""

    __slots__ = ("_pieces", "_so_far")

    def __init__(self, first: str = "") -> None:
        self._pieces = [first] if first else []
        self._so_far = (0, "")

    def append(self, piece: str) -> None:
        """Add ``piece`` to the end."""
        self._pieces.append(piece)

    def read(self) -> str:
        """Return all that was there at some moment of the call."""
        count, text = self._so_far
        there = len(self._pieces)
        if there > count:
            text += "".join(self._pieces[count:there])
            self._so_far = (there, text)
        return text
