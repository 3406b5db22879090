"""Whether a turn out of a store or a file is one that the rest can work with: anybody may have edited it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

from kimi_magic.conversation import State, Turn
from kimi_magic.messages import Image, Message, Role, Text, Usage, Video

_NUMBER = (int, float)
MOST = 2**36
"""Seconds and dollars beyond this are nobody's: in seconds the year 4147."""
_FORM = "a stored turn is not in its form"
_MAYBE_TEXT = (str, type(None))


def check_turn(turn: Turn) -> None:
    """Raise ValueError where a field of ``turn`` has a value of another kind than it promises.

    >>> check_turn(Turn("1", "Hi", (), "kimi-k2.6", asked_at="now"))
    Traceback (most recent call last):
    ValueError: a stored turn is not in its form: its asked_at is 'now'
    """
    for name, value, kinds in (*_fields(turn), *_of_messages(turn), *_of_attachments(turn), *_of_usage(turn.usage)):
        if not isinstance(value, kinds):
            raise ValueError(f"{_FORM}: its {name} is {str(value)[:40]!r}")
    amounts = (turn.asked_at, turn.seconds, turn.cost or 0.0)  # below 0 where a clock was set back, or a file is from 1970
    if not all(abs(value) < MOST for value in amounts):  # also false for what is no number
        raise ValueError(f"{_FORM}: its time or its cost is out of bounds")
    if turn.state not in get_args(State) or any(message.role not in get_args(Role) for message in turn.said):
        raise ValueError(f"{_FORM}: its state or a role is unknown")


Field = tuple[str, object, tuple[type, ...]]
"""The name of a field, its value, and what it may be."""


def _fields(turn: Turn) -> Iterator[Field]:
    for name in ("id", "prompt", "cell", "run", "model", "state", "finish_reason", "request_sha256", "exchange"):
        yield name, getattr(turn, name), (str,)
    for name in ("asked_at", "seconds", "tokens"):
        yield name, getattr(turn, name), _NUMBER
    yield "cost", turn.cost, (*_NUMBER, type(None))


def _of_messages(turn: Turn) -> Iterator[Field]:
    for message in turn.said:
        yield "role", message.role, (str,)
        yield "reasoning", message.reasoning, _MAYBE_TEXT
        yield "name", message.name, _MAYBE_TEXT
        yield "tool_call_id", message.tool_call_id, _MAYBE_TEXT
        yield from _of_content(message)
        for call in message.tool_calls:
            yield from ((name, getattr(call, name), (str,)) for name in ("id", "name", "arguments"))


def _of_content(message: Message) -> Iterator[Field]:
    if not isinstance(message.content, str):
        yield from map(_of_part, message.content)


def _of_part(part: object) -> Field:
    match part:
        case Text(text):
            return "text", text, (str,)
        case Image(url) | Video(url):
            return "url", url, (str,)
    return "content", part, (Text, Image, Video)


def _of_attachments(turn: Turn) -> Iterator[Field]:
    for attachment in turn.attachments:
        yield from ((name, getattr(attachment, name), (str,)) for name in ("name", "kind", "note"))
        yield from map(_of_part, attachment.parts)


def _of_usage(usage: Usage | None) -> Iterator[Field]:
    if usage is not None:
        for name in ("prompt_tokens", "completion_tokens", "cached_tokens", "reasoning_tokens"):
            yield name, getattr(usage, name), (int,)
