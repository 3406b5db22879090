"""What the service refuses in messages: their order, their content, what belongs to thinking and to Partial Mode."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Collection, Iterator
from itertools import chain

from kimi_magic.demo.protocol import Json

ROLES = ("system", "user", "assistant", "tool")
MEDIA = {
    "image_url": ("jpeg", "jpg", "png", "gif", "webp", "bmp", "heic"),
    "video_url": (
        "mp4",
        "mpeg",
        "mov",
        "quicktime",
        "avi",
        "x-msvideo",
        "x-flv",
        "mpg",
        "webm",
        "wmv",
        "x-ms-wmv",
        "3gpp",
    ),
}
DATA_URL = re.compile(r"data:(?:image|video)/([\w.+-]+);base64,(.*)", re.DOTALL)


def check_messages(messages: object, media: Collection[str] = ()) -> Iterator[str]:
    """Yield what is wrong with the messages themselves; ``media`` are the ids of uploaded pictures and videos."""
    if not isinstance(messages, list) or not messages:
        yield "Invalid request: messages must not be empty"
        return
    for place, message in enumerate(messages):
        yield from _check_message(message, place, media)
    yield from _check_tool_order(messages)


def check_partial(request: Json) -> Iterator[str]:
    """Yield what is wrong with Partial Mode."""
    *earlier, last = request["messages"]
    if any(message.get("partial") for message in earlier):
        yield "Invalid request: partial is only allowed on the last message"
    if last.get("partial") and last["role"] != "assistant":
        yield "Invalid request: partial is only allowed on an assistant message"
    if last.get("partial") and (request.get("response_format") or {}).get("type") == "json_object":
        yield "Invalid request: partial cannot be used together with response_format json_object"


def check_reasoning(messages: list[Json], *, thinks: bool) -> Iterator[str]:
    """Yield where a model that thinks gets a tool call of its own back without the thinking that led to it."""
    for place, message in enumerate(messages):
        is_call = message["role"] == "assistant" and message.get("tool_calls")
        if thinks and is_call and message.get("reasoning_content") is None:
            yield (f"thinking is enabled but reasoning_content is missing in assistant tool call message at index {place}")


def _check_message(message: object, place: int, media: Collection[str]) -> Iterator[str]:
    if not isinstance(message, dict) or message.get("role") not in ROLES:
        yield f"Invalid request: message at position {place} needs a role, one of {', '.join(ROLES)}"
        return
    if message["role"] == "tool" and not isinstance(message.get("tool_call_id"), str):
        yield f"Invalid request: message at position {place} with role 'tool' needs a tool_call_id"
    if message.get("tool_calls") is not None:
        yield from _check_calls(message, place)
    yield from _check_content(message, place, media)


def _check_calls(message: Json, place: int) -> Iterator[str]:
    calls = message["tool_calls"]
    if message["role"] != "assistant" or not isinstance(calls, list) or not calls:
        yield f"Invalid request: tool_calls at position {place} must be a list, on an assistant message"
        return
    if not all(map(_is_call, calls)):
        yield f"Invalid request: a tool call at position {place} needs id, function.name and function.arguments"


def _is_call(call: object) -> bool:
    function = call.get("function") if isinstance(call, dict) else None
    if not isinstance(call, dict) or not isinstance(function, dict):
        return False
    return all(isinstance(text, str) for text in (call.get("id"), function.get("name"), function.get("arguments")))


def _check_content(message: Json, place: int, media: Collection[str]) -> Iterator[str]:
    content = message.get("content")
    if content is None and message.get("tool_calls"):
        return
    if content == "" and message.get("partial"):  # a reply that begins with nothing is what Partial Mode's `name` needs
        return
    if not content:
        yield f"Invalid request: message at position {place} with role '{message['role']}' must not be empty"
    if isinstance(content, str):
        return
    if not isinstance(content, list):
        yield f"Invalid request: content at position {place} must be a string or a list of parts"
        return
    yield from chain.from_iterable(_check_part(part, place, media) for part in content)


def _check_part(part: object, place: int, media: Collection[str]) -> Iterator[str]:
    kind = part.get("type") if isinstance(part, dict) else None
    if not isinstance(part, dict) or kind not in ("text", *MEDIA):
        yield f"Invalid request: a part at position {place} must have the type text, image_url or video_url"
        return
    if kind == "text":
        if not isinstance(part.get("text"), str) or not part["text"]:
            yield f"Invalid request: text content is empty at position {place}"
        return
    given = part.get(kind)
    url = given.get("url") if isinstance(given, dict) else given
    if not isinstance(url, str):
        yield f"Invalid request: {kind} at position {place} needs a url"
        return
    yield from _check_url(kind, url, media)


def _check_url(kind: str, url: str, media: Collection[str]) -> Iterator[str]:
    if url.startswith(("http://", "https://")):
        yield f"Invalid request: unsupported {kind}: public addresses are not read, send base64 or ms://<file_id>"
    if url.startswith("ms://"):
        if url.removeprefix("ms://") not in media:
            yield f"Invalid request: unsupported {kind}: there is no file {url} that was uploaded as image or video"
        return
    found = DATA_URL.fullmatch(url)
    if found is None:
        yield f"Invalid request: unsupported {kind}: expected data:<mime>;base64,<data> or ms://<file_id>"
        return
    if found[1].lower() not in MEDIA[kind]:
        yield (
            f"Invalid request: unsupported image format: {found[1]}"
            if kind == "image_url"
            else (f"Invalid request: unsupported video format: {found[1]}")
        )
    if not _is_base64(found[2]):
        yield f"Invalid request: {kind} holds no valid base64 data"


def _is_base64(data: str) -> bool:
    try:
        return bool(base64.b64decode(data, validate=True))
    except (binascii.Error, ValueError):
        return False


def _check_tool_order(messages: list[Json]) -> Iterator[str]:
    """Every call is answered before anything else is said."""
    waiting: list[str] = []
    for message in messages:
        if message["role"] == "tool":
            if message["tool_call_id"] not in waiting:
                yield f"Invalid request: tool_call_id {message['tool_call_id']} is not found"
            waiting.remove(message["tool_call_id"])
        elif waiting:
            yield _unanswered(waiting)
        else:
            waiting = [call["id"] for call in message.get("tool_calls") or ()]
    if waiting:
        yield _unanswered(waiting)


def _unanswered(ids: list[str]) -> str:
    return (
        "Invalid request: an assistant message with 'tool_calls' must be followed by tool messages responding to each "
        f"'tool_call_id'. The following tool_call_ids did not have response messages: {', '.join(ids)}"
    )
