"""Messages as the service writes them -> our messages -> turns: the way back of `kimi_magic.api.wire`. Pure."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, cast

from kimi_magic.conversation import State, Turn, new_id
from kimi_magic.messages import Image, Message, Part, Role, Text, ToolCall, Video

_ROLES: Mapping[str, Role] = {
    "system": "system",
    "developer": "system",  # the newer name of the same, with OpenAI
    "user": "user",
    "assistant": "assistant",
    "tool": "tool",
}
_ATTACHED = re.compile(r'<attachment name="[^"]*" kind="\w+">\n.*?\n</attachment>\n\n', re.DOTALL)
"""What stands before the words that a user typed."""


def decode_message(body: object) -> Message:
    """Return the message that ``body`` is, in the OpenAI chat format; keys that are not known are ignored.

    ValueError says why it is none, as the end of a sentence that begins with where it stands.

    >>> decode_message({"role": "assistant", "content": None, "reasoning_content": ""})
    Message(role='assistant', content='', reasoning='', tool_calls=(), tool_call_id=None, name=None, partial=False)
    """
    if not isinstance(body, dict) or "role" not in body:
        raise ValueError('is no message: a role and a content are expected, such as {"role": "user", "content": "Hi"}')
    role = _ROLES.get(str(body["role"]))
    if role is None:
        raise ValueError(f"has the role {str(body['role'])[:40]!r}; the roles are {', '.join(_ROLES)}")
    calls = body.get("tool_calls") or ()
    if not isinstance(calls, Sequence) or not all(isinstance(call, dict) for call in calls):
        raise ValueError("has tool_calls that are no list of calls")
    reasoning = body.get("reasoning_content", body.get("reasoning"))
    return Message(
        role,
        _content(body.get("content")),
        reasoning=_words(reasoning, "reasoning_content") if reasoning is not None else None,
        tool_calls=tuple(_call(call) for call in calls),
        tool_call_id=_words(body.get("tool_call_id"), "tool_call_id") if role == "tool" else None,
        name=_words(body["name"], "name") if body.get("name") is not None else None,
        partial=body.get("partial") is True,
    )


def turns_from(messages: Iterable[Message]) -> list[Turn]:
    """Return ``messages`` as turns, each begun by the first message that is neither the model's nor a tool's.

    They are asked one second after the other, the last one now. A question without an answer is a failed turn: it is
    there to be read, and is not sent. One that ends with what its calls returned was interrupted there.
    """
    groups = list(_groups(messages))
    start = time.time() - len(groups)
    return [_turn(group, start + number) for number, group in enumerate(groups, 1)]


def _groups(messages: Iterable[Message]) -> Iterator[list[Message]]:
    group: list[Message] = []
    for message in messages:
        is_reply = message.role in ("assistant", "tool")
        if group and not is_reply and group[-1].role in ("assistant", "tool"):
            yield group
            group = []
        group.append(message)
    if group:
        yield group


def _turn(said: list[Message], asked_at: float) -> Turn:
    return Turn(new_id(), _prompt(said), tuple(said), "", asked_at, _state(said))


def _state(said: list[Message]) -> State:
    answered = {message.tool_call_id for message in said if message.role == "tool"}
    if any(call.id not in answered for message in said for call in message.tool_calls):
        return "failed"  # the service refuses a call without a result
    return {"assistant": "complete", "tool": "interrupted"}.get(said[-1].role, "failed")  # type: ignore[return-value]  # mypy: the literals are str


def _prompt(said: list[Message]) -> str:
    """Return what the user typed, as far as it can be told from what was attached: it stands last."""
    asked = next((message for message in reversed(said) if message.role == "user"), Message("user"))
    texts = [part.text for part in asked.content if isinstance(part, Text)] if not isinstance(asked.content, str) else []
    text = (texts or [asked.text])[-1]
    while found := _ATTACHED.match(text):
        text = text[found.end() :]
    return text


def _content(content: object) -> str | tuple[Part, ...]:
    if content is None or isinstance(content, str):
        return content or ""
    if not isinstance(content, list):
        raise ValueError("has a content that is neither text nor a list of parts")
    return tuple(_part(part) for part in content)


def _part(part: object) -> Part:
    kind = part.get("type") if isinstance(part, dict) else None
    body = cast(dict[str, Any], part)
    match kind:
        case "text":
            return Text(_words(body.get("text"), "text"))
        case "image_url":
            return _medium(Image, body.get("image_url"))
        case "video_url":
            return _medium(Video, body.get("video_url"))
    raise ValueError(f"has a part of the type {str(kind)[:40]!r}; Kimi takes text, image_url and video_url")


def _medium(kind: type[Image | Video], value: object) -> Part:
    """Return a picture or a video. A public address becomes words: Kimi refuses it, and with it the whole conversation."""
    url = _words(value.get("url") if isinstance(value, dict) else value, "url")
    return kind(url) if url.startswith(("data:", "ms://")) else Text(f"[not read in: {url}]")


def _call(call: Mapping[str, Any]) -> ToolCall:
    function = call.get("function")
    if not isinstance(function, dict):
        raise ValueError("has a tool call without a function")
    arguments = function.get("arguments")
    if not isinstance(arguments, str):  # some tools write the object itself
        arguments = json.dumps(arguments or {}, ensure_ascii=False)
    return ToolCall(_words(call.get("id", ""), "id"), _words(function.get("name"), "name"), arguments)


def _words(value: object, name: str) -> str:
    if not isinstance(value, str):
        raise ValueError(f"has a {name} that is no text")
    return value
