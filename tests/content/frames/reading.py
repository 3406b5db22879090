"""What a frame's attachment says, for tests."""

from __future__ import annotations

from kimi_magic.content.frames.attach import from_frame
from kimi_magic.content.how import How
from kimi_magic.messages import Text


def text_of(value: object, how: How | None = None) -> str:
    """Return the text of the frame's attachment, without its marks."""
    part = from_frame("v", value, how or How()).parts[0]
    assert isinstance(part, Text)
    return part.text.removeprefix('<attachment name="v" kind="frame">\n').removesuffix("\n</attachment>")


def line_of(name: str, value: object, how: How | None = None) -> str:
    """Return what is said about one column."""
    (line,) = [line for line in text_of(value, how).splitlines() if line.startswith(f"- {name} ")]
    return line.removeprefix(f"- {name} ")
