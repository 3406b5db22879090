"""A Python value as text, never longer than a budget."""

from __future__ import annotations

import itertools
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
    return Attachment(_writable(name), kind, (wrapped(name, kind, cut(text)),))


def wrapped(name: str, kind: AttachmentKind, text: str) -> Text:
    """Return ``text`` between the marks that Kimi's system message describes."""
    return Text(f'<attachment name="{_quoted(_writable(name))}" kind="{kind}">\n{_inside(text)}\n</attachment>')


def _inside(text: str) -> str:
    """Return ``text`` so that it cannot end its own frame and go on as the question."""
    return _writable(text).replace("</attachment", "&lt;/attachment")


class _Writer(reprlib.Repr):
    """Shortens long containers and strings; unlike its parent it lets a failing repr fail."""

    def __init__(self) -> None:
        super().__init__()
        self.maxtuple = self.maxlist = self.maxarray = self.maxdict = _MOST_ITEMS
        self.maxset = self.maxfrozenset = self.maxdeque = _MOST_ITEMS
        self.maxlevel, self.maxstring, self.maxlong = _MOST_DEPTH, _MOST_STRING, 400
        self._left = MOST_CHARACTERS

    def repr1(self, x: object, level: int) -> str:
        """Return the repr of ``x``, or dots after as many items as there may be characters: 200 lists in each of 200 …"""
        self._left -= 1
        return super().repr1(x, level) if self._left >= 0 else self.fillvalue

    def repr_dict(self, x: dict[object, object], level: int) -> str:
        """Return a dict in its own order, which the parent would sort."""
        if level <= 0 and x:
            return "{" + self.fillvalue + "}"
        pairs = itertools.islice(x.items(), self.maxdict)
        pieces = [f"{self.repr1(key, level - 1)}: {self.repr1(value, level - 1)}" for key, value in pairs]
        return "{" + ", ".join(pieces + [self.fillvalue] * (len(x) > self.maxdict)) + "}"

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


def _writable(text: str) -> str:
    """Return ``text`` without lone surrogates, which no JSON can carry; a file's name can have them."""
    return text.encode("utf-8", "replace").decode()


def _quoted(name: str) -> str:
    name = "".join(c if c.isprintable() else " " for c in name)
    return name.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
