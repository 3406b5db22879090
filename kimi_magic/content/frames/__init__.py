"""Frames of many libraries become a text within a budget, and on demand a picture."""

from kimi_magic.content.frames.attach import from_frame
from kimi_magic.content.frames.kinds import is_frame

__all__ = ["from_frame", "is_frame"]
