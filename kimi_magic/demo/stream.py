"""Writes a reply as the service writes it: whole, or as server-sent events in the service's order."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest

from kimi_magic.demo.protocol import Call, Json, Reply
from kimi_magic.demo.reply import completion_tokens, reasoning_tokens

DONE = b"data: [DONE]\n\n"
PIECE = re.compile(r"\s*\S{1,16}\s?|\s+")
ARGUMENT_PIECE = 12
"""Characters of a tool call's arguments that travel together."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """What every chunk of one reply repeats. ``created`` is in seconds since 1970."""

    id: str
    model: str
    created: int

    def wrap(self, kind: str, **fields: object) -> Json:
        """Return ``fields`` as a JSON object of ``kind``."""
        return {"id": self.id, "object": kind, "created": self.created, "model": self.model, **fields}


def encode_usage(reply: Reply, prompt_tokens: int, cached_tokens: int) -> Json:
    """Return the usage; the cached tokens stand in both of their places, and in none when there are none."""
    completion = completion_tokens(reply)
    usage: Json = {
        "prompt_tokens": prompt_tokens,
        "completion_tokens": completion,
        "total_tokens": prompt_tokens + completion,
    }
    if cached_tokens:
        usage |= {"cached_tokens": cached_tokens, "prompt_tokens_details": {"cached_tokens": cached_tokens}}
    if reply.reasoning is not None:
        usage["completion_tokens_details"] = {"reasoning_tokens": reasoning_tokens(reply)}
    return usage


def encode_whole(reply: Reply, envelope: Envelope, usage: Json) -> Json:
    """Return the body of an answer that is not streamed."""
    message: Json = {"role": "assistant", "content": reply.content}
    if reply.reasoning is not None:
        message["reasoning_content"] = reply.reasoning
    if reply.calls:
        message["tool_calls"] = [_call(call) for call in reply.calls]
    choice = {"index": 0, "message": message, "finish_reason": reply.finish_reason}
    return envelope.wrap("chat.completion", choices=[choice], usage=usage)


def encode_chunks(reply: Reply, envelope: Envelope, usage: Json, *, include_usage: bool) -> Iterator[Json]:
    """Yield the chunks: role, thinking, answer, tool calls, the end with its usage, and, if asked for, usage alone."""

    def chunk(delta: Json, **choice: object) -> Json:
        choices = [{"index": 0, "delta": delta, "finish_reason": None, **choice}]
        return envelope.wrap("chat.completion.chunk", choices=choices)

    yield chunk({"role": "assistant", "content": ""})
    yield from (chunk({"reasoning_content": piece}) for piece in PIECE.findall(reply.reasoning or ""))
    yield from (chunk({"content": piece}) for piece in PIECE.findall(reply.content))
    yield from (chunk({"tool_calls": [piece]}) for piece in _call_pieces(reply.calls))
    yield chunk({}, finish_reason=reply.finish_reason, usage=usage)
    if include_usage:
        yield envelope.wrap("chat.completion.chunk", choices=[], usage=usage)


def encode_event(chunk: Json) -> bytes:
    """Return ``chunk`` as a server-sent event, in raw UTF-8 like the service's own."""
    return b"data: " + json.dumps(chunk, ensure_ascii=False).encode("utf-8", "replace") + b"\n\n"


def _call(call: Call) -> Json:
    return {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}


def _call_pieces(calls: tuple[Call, ...]) -> Iterator[Json]:
    """Yield the calls' names, then their arguments piece by piece; parallel calls take turns."""
    for index, call in enumerate(calls):
        yield {"index": index, **_call(Call(call.id, call.name, ""))}
    cut = [[text[at : at + ARGUMENT_PIECE] for at in range(0, len(text), ARGUMENT_PIECE)] for text in _arguments(calls)]
    for pieces in zip_longest(*cut):
        for index, piece in enumerate(pieces):
            if piece is not None:
                yield {"index": index, "function": {"arguments": piece}}


def _arguments(calls: tuple[Call, ...]) -> list[str]:
    return [call.arguments for call in calls]
