"""Requests that the tests of the offline Kimi begin with."""

from __future__ import annotations

import base64

from kimi_magic.demo.protocol import Json

MODEL = "kimi-k2.6"
ADD: Json = {
    "type": "function",
    "function": {
        "name": "add",
        "parameters": {
            "type": "object",
            "properties": {"a": {"type": "number"}, "b": {"type": "number"}},
            "required": ["a", "b"],
        },
    },
}
CALL: Json = {"id": "add:0", "type": "function", "function": {"name": "add", "arguments": '{"a": 1, "b": 2}'}}


def ask(*contents: object, model: str = MODEL, **fields: object) -> Json:
    """Return a request whose user says ``contents``, with an answer between each two of them."""
    messages: list[Json] = []
    for content in contents:
        if messages:
            messages.append({"role": "assistant", "content": "I see."})
        messages.append({"role": "user", "content": content})
    return {"model": model, "messages": messages, **fields}


def say(*messages: Json, model: str = MODEL, **fields: object) -> Json:
    """Return a request with exactly these messages."""
    return {"model": model, "messages": list(messages), **fields}


def user(content: object = "Hello") -> Json:
    """Return what a user says."""
    return {"role": "user", "content": content}


def called(**fields: object) -> Json:
    """Return an assistant's message that calls a tool, with its thinking."""
    return {"role": "assistant", "reasoning_content": "", "tool_calls": [CALL], **fields}


def result(content: str = "3", call: str = "add:0") -> Json:
    """Return what a tool said."""
    return {"role": "tool", "tool_call_id": call, "content": content}


def data_url(data: bytes, mime: str = "image/png") -> str:
    """Return ``data`` as an address."""
    return f"data:{mime};base64,{base64.b64encode(data).decode()}"


def image(url: object) -> Json:
    """Return the part that shows the picture at ``url``."""
    return {"type": "image_url", "image_url": url}
