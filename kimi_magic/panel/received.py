"""Files that the front end hands over, in pieces where they are large."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kimi_magic.amounts import size
from kimi_magic.content.files.by_kind import MOST_BYTES
from kimi_magic.errors import UsageError
from kimi_magic.render.printable import printable

_MOST_AT_ONCE = 8
_MOST_NAME = 120

File = tuple[str, bytes]
"""What a file is called, and what is in it."""


class Pieces:
    """Puts files together from the messages that bring them."""

    def __init__(self) -> None:
        self._open: dict[str, list[bytes]] = {}

    def take(self, message: Mapping[str, Any], buffers: Sequence[Any]) -> File | None:
        """Return the file that ``message`` brings or completes; None where more of it is to come.

        Raises `UsageError` for one that is too large, or of which a piece is missing.
        """
        name = label(str(message.get("name") or ""))
        data = bytes(buffers[0]) if buffers else b""
        parts, part = _number(message.get("parts"), 1), _number(message.get("part"), 0)
        if parts <= 1:
            return name, _bounded(name, data)
        key = str(message.get("upload"))[:100]
        pieces = self._open.pop(key, [])
        if len(pieces) != part:
            raise UsageError(f"{name} did not arrive whole: attach it again.")
        pieces.append(data)
        _check(name, sum(map(len, pieces)))
        if part + 1 == parts:
            return name, b"".join(pieces)
        self._open[key] = pieces
        while len(self._open) > _MOST_AT_ONCE:
            del self._open[next(iter(self._open))]
        return None


def label(name: str) -> str:
    r"""Return what a file is called, without folders and without what cannot be shown: a name is a label here, never a path.

    >>> label("../../a/b.png"), label("C:\\x\\c.pdf"), label("")
    ('b.png', 'c.pdf', 'file')
    """
    last = printable(name).replace("\\", "/").replace("\n", " ").rstrip("/").rpartition("/")[2]
    stem, dot, suffix = last.rpartition(".")
    if len(last) > _MOST_NAME:
        last = stem[: _MOST_NAME - 20] + dot + suffix[:19] if dot else last[:_MOST_NAME]
    return last if last.strip(". ") else "file"


def _bounded(name: str, data: bytes) -> bytes:
    _check(name, len(data))
    return data


def _check(name: str, count: int) -> None:
    if count > MOST_BYTES:
        raise UsageError(f"{name} has {size(count)} or more; files of up to {size(MOST_BYTES)} can be attached.")


def _number(value: object, otherwise: int) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else otherwise
