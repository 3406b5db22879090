"""The answer that is still arriving. Nothing here touches the world."""

from __future__ import annotations

from collections.abc import Iterable

from kimi_magic.calls import Called, Round, rounds_of
from kimi_magic.errors import AnswerIncomplete
from kimi_magic.messages import (
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

MOST_CALLED = 2_000_000
"""Characters of all that one reply calls: names, ids and arguments. It is more than a model writes at once."""


class Draft:
    """An answer that is still arriving: apply events, and read the message at any time.

    One thread may apply while another reads: text only ever grows, and reading takes a consistent part of it.

    >>> draft = Draft()
    >>> draft.apply([ReasoningPiece("Hm. "), TextPiece("For"), TextPiece("ty-two.")])
    >>> draft.reasoning, draft.text, draft.is_complete
    ('Hm. ', 'Forty-two.', False)

    ``prefix`` (Partial Mode) stands before the text: the service sends only the continuation; so does ``thought`` before the
    thinking. ``before`` are the replies of the same turn that came before this one, with the results of what they called.
    ``called`` is how the calls of this one stand. The answer of a question for JSON ``is_json``.
    """

    def __init__(
        self, prefix: str = "", *, thought: str | None = None, before: tuple[Message, ...] = (), is_json: bool = False
    ) -> None:
        self._prefix, self._thought = prefix, thought
        self.before, self.is_json = before, is_json
        self.called: tuple[Called, ...] = ()
        self.model = ""
        self.is_complete = False
        self.retrying: Retrying | None = None
        self._begin()

    def _begin(self) -> None:
        self._text = _Growing(self._prefix)
        self._reasoning = _Growing(self._thought or "")
        self._calls: dict[int, _Call] = {}
        self._called_size = 0
        self.has_reasoning = self._thought is not None
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
        return tuple(ToolCall(one.id, one.name, one.arguments.read()) for _, one in sorted(self._calls.copy().items()))

    @property
    def rounds(self) -> tuple[Round, ...]:
        """What was called in this turn so far, and how those calls stand."""
        earlier = rounds_of(self.before)
        return (*earlier, Round(self.text, self.reasoning, self.called)) if self.called else earlier

    @property
    def has_answer(self) -> bool:
        """Whether the model has begun to answer, by words or by a call; thinking alone is none."""
        return len(self.text) > len(self._prefix) or bool(self._calls)

    @property
    def is_empty(self) -> bool:
        """Whether nothing has arrived that a reader could see."""
        return not (self.has_answer or self.reasoning or self.before)

    def drop_calls(self) -> None:
        """Forget the calls: nobody will answer them."""
        self._calls, self.called = {}, ()

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
        """Take in ``events``, in the order in which they came. Raises `AnswerIncomplete` where calls grow without an end."""
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
        self._called_size += len(piece.id) + len(piece.name) + len(piece.arguments)
        if self._called_size > MOST_CALLED:
            raise AnswerIncomplete(
                f"What Kimi called grew beyond {MOST_CALLED:,} characters, so the answer was ended, and nothing of it was "
                "carried out. Ask for less at once."
            )
        call = self._calls.get(piece.index)
        if call is None:
            call = self._calls[piece.index] = _Call()
        call.id, call.name = call.id or piece.id, call.name or piece.name
        call.arguments.append(piece.arguments)


class _Call:
    """A call that is still arriving."""

    __slots__ = ("arguments", "id", "name")

    def __init__(self) -> None:
        self.id = self.name = ""
        self.arguments = _Growing()


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
