"""What the model called while it answered, and what came of it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Literal

from kimi_magic.messages import Image, Message, ToolCall

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


@dataclass(frozen=True, slots=True)
class Round:
    """What the model said before it called something, and what it called."""

    text: str
    reasoning: str
    called: tuple[Called, ...]


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
            return Called(call, _state(message.text), message.text, _pictures(message))
    return Called(call, "running")


def _state(result: str) -> CallState:
    if result.startswith(DENIED):
        return "denied"
    return "failed" if result.startswith(FAILED) else "done"


def _pictures(message: Message) -> tuple[str, ...]:
    parts = () if isinstance(message.content, str) else message.content
    return tuple(part.url for part in parts if isinstance(part, Image))
