"""A plain guess at tokens: four bytes of UTF-8 are one. Good enough to see caps, caches and prices at work.

A message costs four tokens more than its text, a picture and a video a flat sum, a tool what its JSON costs.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from kimi_magic.demo.protocol import Json

BYTES_PER_TOKEN = 4
PER_MESSAGE = 4
PER_MEDIUM = {"image_url": 1024, "video_url": 4096}


def count_text(text: str) -> int:
    """Return the tokens of ``text``, rounded up.

    >>> count_text(""), count_text("four"), count_text("fives")
    (0, 1, 2)
    """
    return -(-len(text.encode("utf-8", "replace")) // BYTES_PER_TOKEN)


def cut_text(text: str, tokens: int) -> str:
    """Return as much of the beginning of ``text`` as ``tokens`` tokens hold.

    >>> cut_text("twelve bytes", 2)
    'twelve b'
    """
    return text.encode("utf-8", "replace")[: max(tokens, 0) * BYTES_PER_TOKEN].decode("utf-8", "ignore")


def count_message(message: Json) -> int:
    """Return the tokens of one message: its content, its thinking and its tool calls."""
    content = message.get("content") or ""
    parts = [{"type": "text", "text": content}] if isinstance(content, str) else content
    calls = message.get("tool_calls")
    return (
        PER_MESSAGE
        + sum(PER_MEDIUM.get(part["type"], 0) or count_text(part["text"]) for part in parts)
        + count_text(message.get("reasoning_content") or "")
        + (count_text(json.dumps(calls)) if calls else 0)
    )


def count_prompt(messages: Iterable[Json], tools: Iterable[Json] = ()) -> int:
    """Return the tokens of everything that a request sends."""
    return sum(map(count_message, messages)) + sum(count_text(json.dumps(tool)) for tool in tools)
