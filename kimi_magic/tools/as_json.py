"""Any value as JSON, as much of it as fits: a list of ten million numbers costs no more than its beginning."""

from __future__ import annotations

import dataclasses
import datetime
import decimal
import enum
import json
import os
import uuid
from collections.abc import Callable, Iterable, Mapping, Set
from typing import Any

from kimi_magic.content.attach import kind_alone
from kimi_magic.content.values import bounded_repr
from kimi_magic.tools.keeping import MARGIN, Mask, beginning, ends

MOST_CHARACTERS = 16_000
_MOST_DEPTH = 20
_MOST_REPR = 1_000
_MOST_DIGITS = 400
_MOST_BYTES = 100
_WRITTEN = (datetime.date, datetime.time, datetime.timedelta, decimal.Decimal, os.PathLike, uuid.UUID)
"""Types that are one text in JSON."""

Instead = Callable[[object], str]
"""Returns what is written in place of a value that is neither a text nor a number; "" where the value itself is."""


def as_json(name: str, value: object, mask: Mask = str, instead: Instead = lambda _: "", *, with_reprs: bool = True) -> str:
    """Return ``value`` as JSON; what JSON cannot carry as its repr, and what does not fit as a word about how much it is.

    Without ``with_reprs`` what JSON cannot carry is told by its kind alone: a repr can quote any data. ``mask`` takes
    secrets out of a text before it is cut. Raises `UsageError` where a repr raises; ``name`` is for that.

    >>> as_json("x", {"days": {3}, "when": datetime.date(2024, 1, 2)}), as_json("x", None), as_json("x", 1j)
    ('{"days": [3], "when": "2024-01-02"}', 'None', '1j')
    """
    if value is None:
        return "None"
    fitted = _Fitted(name, mask, instead, with_reprs).fit(value, 0)
    return fitted if isinstance(fitted, str) else json.dumps(fitted, ensure_ascii=False)


class _Fitted:
    """Turns values into what JSON carries, until there is no room left."""

    def __init__(self, name: str, mask: Mask, instead: Instead, with_reprs: bool) -> None:
        self._name, self._mask, self._left = name, mask, MOST_CHARACTERS
        self._instead, self._with_reprs = instead, with_reprs

    def fit(self, value: Any, depth: int) -> Any:
        """Return ``value`` as JSON carries it, cut to the room that is left."""
        if isinstance(value, enum.Enum):
            value = value.value
        self._left -= 4
        if value is None or isinstance(value, bool | float):
            self._left -= 8
            return value
        if isinstance(value, int):
            return self._int(int(value))
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, bytes | bytearray | memoryview):
            return self._bytes(memoryview(value))
        standing = self._instead(value)
        return self._text(standing) if standing else self._container(value, depth)

    def _container(self, value: Any, depth: int) -> Any:
        if depth > _MOST_DEPTH:
            return "…"
        fields = _fields(value)
        if fields is not None:
            return self._object(fields, depth)
        if isinstance(value, list | tuple | Set):
            return self._list(value, len(value), depth)
        if isinstance(value, _WRITTEN):
            return self._text(str(value))
        scalar = _scalar(value)
        if scalar is not value:
            return self.fit(scalar, depth + 1)
        written = bounded_repr(self._name, value) if self._with_reprs else kind_alone(value)
        return self._text(written, MOST_CHARACTERS if depth == 0 else _MOST_REPR)

    def _text(self, text: str, most: int = MOST_CHARACTERS) -> str:
        kept = ends(text, max(min(most, self._left), 40), self._mask)
        self._left -= len(kept)
        return kept

    def _bytes(self, value: memoryview) -> str:
        if not self._with_reprs:
            return self._text(f"{value.nbytes:,} bytes (what is in them is not shared)")
        read = bytes(value[: _MOST_BYTES + MARGIN + 1]).decode("latin-1")
        kept = beginning(read, _MOST_BYTES, self._mask).encode("latin-1", "replace")
        return self._text(f"{value.nbytes:,} bytes that begin with {kept!r}")

    def _int(self, number: int) -> Any:
        if number.bit_length() > 3 * _MOST_DIGITS:
            return f"a whole number of about {number.bit_length() * 0.30103:,.0f} digits"
        self._left -= 1 + number.bit_length() // 3
        return number

    def _list(self, items: Iterable[object], count: int, depth: int) -> list[Any]:
        fitted: list[Any] = []
        for item in items:
            if self._left <= 0:
                return [*fitted, f"… {count - len(fitted):,} more"]
            fitted.append(self.fit(item, depth + 1))
        return fitted

    def _object(self, fields: Mapping[Any, Any], depth: int) -> dict[str, Any]:
        fitted: dict[str, Any] = {}
        for key, value in fields.items():
            if self._left <= 0:
                return fitted | {"…": f"{len(fields) - len(fitted):,} more"}
            fitted[self._key(key, depth)] = self.fit(value, depth + 1)
        return fitted

    def _key(self, key: object, depth: int) -> str:
        if isinstance(key, str):
            return self._text(key, 200)
        written = self.fit(key, depth + 1)
        return written if isinstance(written, str) else json.dumps(written, ensure_ascii=False)


def _fields(value: Any) -> Mapping[Any, Any] | None:
    """Return a dict, or the fields of a dataclass, a named tuple or a pydantic model; None for anything else."""
    if isinstance(value, Mapping):
        return value
    if isinstance(value, type):
        return None
    if dataclasses.is_dataclass(value):
        return {field.name: getattr(value, field.name, None) for field in dataclasses.fields(value) if field.repr}
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return dict(zip(value._fields, value, strict=False))
    if hasattr(type(value), "__pydantic_validator__") and hasattr(type(value), "model_fields"):
        return {name: getattr(value, name) for name in type(value).model_fields}
    return None


def _scalar(value: Any) -> Any:
    """Return a numpy number as Python's own, and the beginning of an array as lists; anything else as it is."""
    if type(value).__module__.partition(".")[0] != "numpy":
        return value
    if getattr(value, "ndim", 0) == 0 and hasattr(value, "item"):
        return value.item()
    return value
