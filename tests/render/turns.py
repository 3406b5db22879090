"""Turns for the tests of what is shown."""

from __future__ import annotations

import json
from dataclasses import replace

from kimi_magic.conversation import State, Turn
from kimi_magic.messages import Attachment, Image, Message, Text, ToolCall, Usage

ASKED = Turn("t1", "Hi", (Message("user", "Hi"),), "kimi-k2.6", 0.0)


def answered(text: str, *, state: State = "complete", reasoning: str | None = None, reason: str = "stop") -> Turn:
    """Return a turn that was answered with ``text``."""
    said = (Message("user", "Hi"), Message("assistant", text, reasoning=reasoning))
    usage = Usage(120, 85, cached_tokens=64, reasoning_tokens=9)
    return Turn("t1", "Hi", said, "kimi-k2.6", 0.0, state, (), usage, 0.0004, reason, 3.21, "ab" * 32)


SOURCE = 'total = 0\nfor one in sales["west"]:\n    total += one\nprint(f"{total:,}")\n'
WEATHER = ToolCall("weather:0", "weather", '{"city": "Ulm", "days": 3}')
CODE = ToolCall("run_python:1", "run_python", json.dumps({"code": SOURCE}))
DOT = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
CALLING: tuple[Message, ...] = (
    Message("assistant", "Let me *look*.", reasoning="Two things are to be known.", tool_calls=(WEATHER, CODE)),
    Message("tool", (Text("21 °C"), Image(DOT)), tool_call_id=WEATHER.id),
    Message("tool", "Error: NameError: name 'sales' is not defined", tool_call_id=CODE.id),
)
"""A round of two calls: one that went well and returned a picture, one that failed."""


def with_rounds(*replies: Message, text: str = "It is **warm**.", state: State = "complete") -> Turn:
    """Return a turn that called something, as ``replies`` say (`CALLING` where there are none), and then answered."""
    turn = answered(text, state=state)
    return replace(turn, said=(*turn.question, *(replies or CALLING), *turn.replies))


def attachment(name: str, size: int = 10) -> Attachment:
    """Return a text of ``size`` bytes that goes along."""
    return Attachment(name, "text", (Text("x" * size),))
