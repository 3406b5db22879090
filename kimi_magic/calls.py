"""What the model called while it answered, and what came of it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Literal

from kimi_magic.messages import Content, Message, ToolCall, pictures_of, text_of

CallState = Literal["next", "waiting", "running", "done", "failed", "denied"]
"""How a call stands: not begun, "waiting" for the user's consent (one at a time), under way, or ended."""

FAILED, DENIED = "Error: ", "Denied: "
"""How what the model reads of a call begins that was not carried out, or not to its end."""


@dataclass(frozen=True, slots=True)
class Called:
    """A call as a reader sees it. ``result`` is its text, ``pictures`` are ``data:`` addresses; it took ``seconds``.

    ``note`` is a sentence for the user alone.
    """

    call: ToolCall
    state: CallState = "waiting"
    result: str = ""
    pictures: tuple[str, ...] = ()
    seconds: float = 0.0
    note: str = ""

    @property
    def has_ended(self) -> bool:
        """Whether it has its result, or never will."""
        return self.state in ("done", "failed", "denied")


@dataclass(frozen=True, slots=True)
class Round:
    """What the model said before it called something, and what it called."""

    text: str
    reasoning: str
    called: tuple[Called, ...]


def state_of(content: Content) -> CallState:
    """Return how a call ended that was answered with ``content``.

    >>> state_of("3"), state_of("Denied: the user said no to this call."), state_of("Error: ValueError")
    ('done', 'denied', 'failed')
    """
    text = text_of(content)
    return "denied" if text.startswith(DENIED) else "failed" if text.startswith(FAILED) else "done"


def question_of(said: Sequence[Message]) -> tuple[Message, ...]:
    """Return the messages of a turn before the first of the model's."""
    return tuple(takewhile(lambda message: message.role not in ("assistant", "tool"), said))


def replies_of(said: Sequence[Message]) -> tuple[Message, ...]:
    """Return the model's messages of a turn, and what its calls returned."""
    return tuple(said[len(question_of(said)) :])


def rounds_of(said: Sequence[Message]) -> tuple[Round, ...]:
    """Return the rounds of calls among the messages ``said``, in order; what was not answered counts as under way.

    >>> call = ToolCall("a", "add", "{}")
    >>> said = (Message("assistant", tool_calls=(call,)), Message("tool", "3", tool_call_id="a"), Message("assistant", "3."))
    >>> [(each.called[0].call.name, each.called[0].result) for each in rounds_of(said)]
    [('add', '3')]
    """
    return tuple(_rounds(said))


def _rounds(said: Sequence[Message]) -> Iterator[Round]:
    for place, message in enumerate(said):
        if message.tool_calls:
            results = [*takewhile(lambda one: one.role == "tool", said[place + 1 :])]
            called = tuple(_called(call, results) for call in message.tool_calls)
            yield Round(message.text, message.reasoning or "", called)


def _called(call: ToolCall, results: Iterable[Message]) -> Called:
    for message in results:
        if message.tool_call_id == call.id:
            return Called(call, state_of(message.content), message.text, pictures_of(message.content))
    return Called(call, "running")
