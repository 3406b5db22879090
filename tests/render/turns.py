"""Turns for the tests of what is shown."""

from __future__ import annotations

from kimi_magic.conversation import State, Turn
from kimi_magic.messages import Attachment, Message, Text, Usage

ASKED = Turn("t1", "Hi", (Message("user", "Hi"),), "kimi-k2.6", 0.0)


def answered(text: str, *, state: State = "complete", reasoning: str | None = None, reason: str = "stop") -> Turn:
    """Return a turn that was answered with ``text``."""
    said = (Message("user", "Hi"), Message("assistant", text, reasoning=reasoning))
    usage = Usage(120, 85, cached_tokens=64, reasoning_tokens=9)
    return Turn("t1", "Hi", said, "kimi-k2.6", 0.0, state, (), usage, 0.0004, reason, 3.21, "ab" * 32)


def attachment(name: str, size: int = 10) -> Attachment:
    """Return a text of ``size`` bytes that goes along."""
    return Attachment(name, "text", (Text("x" * size),))
