"""A conversation as JSON lines in the OpenAI chat format, as Kimi takes it: one message a line.

The system message comes first. What the format has no place for is not there after an import: models, tokens, prices,
times, states, the names of attachments (their contents are in the messages), and the conversation's name.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from kimi_magic.api.wire import Json, encode_message
from kimi_magic.conversation import Conversation, conversation_of
from kimi_magic.errors import UsageError
from kimi_magic.export.chat import decode_message, turns_from
from kimi_magic.export.transcript import turns_of
from kimi_magic.messages import Message

_MARK = {"kimi_magic": "question"}
"""Stands on a first system message that is a document of the first question and not the conversation's own."""


def encode(conversation: Conversation) -> bytes:
    """Return ``conversation`` as one line of JSON for each message, in UTF-8."""
    bodies = [encode_message(message) for turn in turns_of(conversation) for message in turn.said]
    if conversation.system:
        bodies.insert(0, encode_message(Message("system", conversation.system)))
    elif bodies[0]["role"] == "system":
        bodies[0] |= _MARK
    return b"".join(_line(body) for body in bodies)


def decode(data: bytes, filename: str = "") -> Conversation:
    """Return the conversation in ``data``; `UsageError` says what it is instead.

    Other tools write whole conversations on one line, as ``{"messages": […]}``: of several such lines the first is taken,
    for they have nothing to do with each other.
    """
    bodies = list(_bodies(data, filename))
    messages = [_decoded(body, where) for where, body in bodies]
    is_own = messages and messages[0].role == "system" and _MARK.items() <= bodies[0][1].items()
    has_system = bool(messages) and messages[0].role == "system" and not is_own
    turns = turns_from(messages[1:] if has_system else messages)
    if not turns:
        raise UsageError(f"{filename or 'The file'} has no question and no answer in it.")
    return conversation_of(turns, system=messages[0].text if has_system else None)


def _line(body: Json) -> bytes:
    """Return ``body`` as a line; half a character, which UTF-8 does not have, is written as JSON's escape."""
    try:
        return json.dumps(body, ensure_ascii=False).encode() + b"\n"
    except UnicodeEncodeError:
        return json.dumps(body).encode() + b"\n"


def _bodies(data: bytes, filename: str) -> Iterator[tuple[str, Json]]:
    """Yield each message's JSON after the words for where it stands."""
    for number, line in enumerate(data.removeprefix(b"\xef\xbb\xbf").split(b"\n"), 1):
        if line.strip():
            where = f"{filename}, line {number}" if filename else f"Line {number}"
            body = _object(line, where)
            if "role" not in body and isinstance(body.get("messages"), list):
                yield from ((where, message) for message in body["messages"])
                return
            yield where, body


def _object(line: bytes, where: str) -> Json:
    example = 'one message a line is expected, such as {"role": "user", "content": "Hi"}'
    try:
        body = json.loads(line.decode())
    except (ValueError, RecursionError):
        raise UsageError(f"{where} is not JSON: {example}.") from None
    if not isinstance(body, dict):
        raise UsageError(f"{where} is no message: {example}.")
    return body


def _decoded(body: Json, where: str) -> Message:
    try:
        return decode_message(body)
    except ValueError as reason:
        raise UsageError(f"{where} {reason}.") from None
