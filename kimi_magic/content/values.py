"""A Python value as text, never longer than a budget."""

from __future__ import annotations

import reprlib

from kimi_magic.errors import UsageError
from kimi_magic.messages import Attachment, AttachmentKind, Text

MOST_CHARACTERS = 100_000
"""What goes of one text at the most; the middle is left out, and the text says so."""

_MOST_ITEMS = 200
_MOST_DEPTH = 6
_MOST_STRING = 2_000


def from_value(name: str, value: object) -> Attachment:
    """Return ``value`` as an attachment: a string as it is, anything else as its bounded repr.

    Raises `UsageError` where the value cannot be written.
    """
    if isinstance(value, str):
        return from_text(name, value, "text")
    return from_text(name, bounded_repr(name, value), "value")


def from_text(name: str, text: str, kind: AttachmentKind) -> Attachment:
    """Return ``text`` as the attachment that Kimi's system message describes."""
    return Attachment(name, kind, (Text(f'<attachment name="{_quoted(name)}" kind="{kind}">\n{cut(text)}\n</attachment>'),))


class _Writer(reprlib.Repr):
    """Shortens long containers and strings; unlike its parent it lets a failing repr fail."""

    def __init__(self) -> None:
        super().__init__()
        self.maxtuple = self.maxlist = self.maxarray = self.maxdict = _MOST_ITEMS
        self.maxset = self.maxfrozenset = self.maxdeque = _MOST_ITEMS
        self.maxlevel, self.maxstring, self.maxlong = _MOST_DEPTH, _MOST_STRING, 400

    def repr_instance(self, x: object, level: int) -> str:  # noqa: ARG002 the parent's signature
        """Return the object's own repr, cut."""
        return cut(repr(x))


def bounded_repr(name: str, value: object) -> str:
    """Return the repr of ``value``, long containers and strings shortened.

    Raises `UsageError` where the repr raises. ``name`` is for its message.
    """
    try:
        return _Writer().repr(value)
    except Exception as error:  # noqa: BLE001 the repr is the user's own code
        raise UsageError(
            f"{name} cannot be written: its repr raised {type(error).__name__}. Attach something else of it."
        ) from None


def cut(text: str, most: int = MOST_CHARACTERS) -> str:
    """Return ``text``, or its beginning and end with a word about what is missing.

    >>> cut("abcdefgh", 4)
    'ab\\n[… 4 characters left out …]\\ngh'
    """
    if len(text) <= most:
        return text
    half = most // 2
    return f"{text[:half]}\n[… {len(text) - 2 * half:,} characters left out …]\n{text[-half:]}"


def _quoted(name: str) -> str:
    return name.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;").replace("\n", " ")
