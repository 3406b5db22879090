"""Text and code, in UTF-8 or UTF-16."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from pathlib import Path

from kimi_magic.amounts import size
from kimi_magic.content.values import MOST_CHARACTERS, from_text
from kimi_magic.errors import UsageError
from kimi_magic.messages import Attachment

MOST_BYTES = 10_000_000
"""How large a text file may be, of which `values.MOST_CHARACTERS` are sent."""


def from_text_file(path: Path, data: bytes, warning: str = "") -> Attachment:
    """Return the text in ``data`` as an attachment, cut to what is sent of a text.

    Raises `UsageError` for what is not text.
    """
    text = decoded(path, data)
    if len(text) > MOST_CHARACTERS:
        cut = f"{path} went without its middle: {MOST_CHARACTERS:,} of {len(text):,} characters."
        warning = f"{warning} {cut}".strip()
    return replace(from_text(str(path), text, "text"), note=size(len(data)), warning=warning)


def decoded(path: Path, data: bytes) -> str:
    """Return the text in ``data``. Raises `UsageError` for what is neither UTF-8 nor marked as UTF-16."""
    marked = data[:2] in (b"\xff\xfe", b"\xfe\xff")  # without its mark nearly everything is UTF-16, Latin-1 too
    with contextlib.suppress(UnicodeError):
        if marked or b"\0" not in data:
            return data.decode("utf-16" if marked else "utf-8-sig")
    raise UsageError(
        f"{path} is not a text file in UTF-8 or UTF-16, nor a picture, video, document or notebook that is known here."
    )
