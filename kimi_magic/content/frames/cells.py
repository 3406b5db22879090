"""One value of a frame as a short text that keeps its meaning: null, NaN and NaT apart, decimals exact, texts quoted."""

from __future__ import annotations

import datetime
import decimal
import json
import re
import reprlib
from typing import Any

DOTS = "…"
DIGITS = 8
"""Of a float that is not short."""

_SHORT = 12  # characters of a float that is written in full
_EXACT = 45  # characters that a number or a time always has: a decimal of 38 digits, a time in nanoseconds with its zone

_LABEL = re.compile(r"[^\W\d][\w .%/()-]*")
_MOST_BITS = 1_000  # of an integer that is written in full


class _Nested(reprlib.Repr):
    """Shortens what stands in a cell: lists, dictionaries, structs, objects."""

    def __init__(self) -> None:
        super().__init__()
        self.maxlist = self.maxtuple = self.maxset = self.maxfrozenset = self.maxdeque = self.maxarray = 6
        self.maxdict, self.maxlevel, self.maxstring, self.maxother, self.maxlong = 6, 3, 40, 60, 60


def written(value: object, most: int = 60) -> str:
    """Return ``value`` in about ``most`` characters; texts are quoted, all else is bare.

    >>> [written(value) for value in (None, float("nan"), True, 2**60, "two\\nlines", b"raw", [1, "a"])]
    ['null', 'NaN', 'true', '1152921504606846976', '"two\\\\nlines"', '0x726177', "[1, 'a']"]
    """
    if is_null(value):
        return "NaT" if type(value).__name__ == "NaTType" else "null"
    if isinstance(value, str):
        return json.dumps(shortened(str.__str__(value), most), ensure_ascii=False)
    if isinstance(value, bytes | bytearray | memoryview):
        return _bytes(bytes(value[: most // 4]), len(value))
    if _is_nested(value):
        return shortened(_Nested().repr(value), most)
    return shortened(_bare(value), max(most, _EXACT))


def _is_nested(value: object) -> bool:
    return isinstance(value, list | tuple | dict | set | frozenset) or type(value).__name__ == "ndarray"


def _bare(value: object) -> str:
    kind = type(value)
    if kind.__name__ in ("bool", "bool_"):
        return "true" if value else "false"
    if isinstance(value, int) and value.bit_length() > _MOST_BITS:
        return f"an integer of {value.bit_length():,} bits"
    if isinstance(value, float) or kind.__name__ == "float32":
        return number(value)
    if isinstance(value, datetime.datetime):
        return str(value.isoformat(" "))
    return str(value)


def number(value: Any) -> str:
    """Return a float in full where that is short, else in `DIGITS` digits.

    >>> number(0.1), number(1e300), number(2 / 3), number(float("nan"))
    ('0.1', '1e+300', '0.66666667', 'NaN')
    """
    if value != value:
        return "NaN"
    exact = str(value)
    return exact if len(exact) <= _SHORT else f"{value:.{DIGITS}g}"


def is_rounded(value: object) -> bool:
    """Return whether `number` does not give all digits of ``value``."""
    return isinstance(value, float) and len(str(value)) > _SHORT


def _bytes(beginning: bytes, length: int) -> str:
    return f"0x{beginning.hex()}" if len(beginning) == length else f"0x{beginning.hex()}{DOTS} ({length:,} bytes)"


def is_null(value: object) -> bool:
    """Return whether ``value`` is None, pandas' NA or NaT. NaN is a number, and none of them."""
    return value is None or type(value).__name__ in ("NAType", "NaTType")


def is_missing(value: Any) -> bool:
    """Return whether ``value`` is null or NaN."""
    return is_null(value) or (isinstance(value, float) and value != value) or _is_decimal_nan(value)


def _is_decimal_nan(value: Any) -> bool:
    return isinstance(value, decimal.Decimal) and value.is_nan()  # a signalling one cannot even be compared


def label(name: object, most: int = 60) -> str:
    """Return a column's name: bare where it reads as one, else written like a value, so that 1 and "1" differ.

    >>> label("unit price"), label("1"), label(1), label(("a", 2)), label(None)
    ('unit price', '"1"', '1', '(a, 2)', '(unnamed)')
    """
    if name is None:
        return "(unnamed)"
    if isinstance(name, tuple):
        return shortened(f"({', '.join(label(piece, most) for piece in name[:20])})", most)
    if isinstance(name, str) and _LABEL.fullmatch(name[: most * 2]):
        return shortened(name, most)
    return written(name, most)


def shortened(text: str, most: int) -> str:
    """Return ``text``, or its beginning and end around dots.

    >>> shortened("abcdefghijkl", 8)
    'abcde…kl'
    """
    if len(text) <= most:
        return text
    end = most // 4
    return text[: most - end - 1] + DOTS + (text[-end:] if end else "")


def fitting(text: str, most: int) -> str:
    """Return ``text`` in at most ``most`` bytes of UTF-8, dots at the end where something is missing."""
    data = text.encode("utf-8", "replace")
    if len(data) <= most:
        return data.decode()
    return data[: max(0, most - len(DOTS.encode()))].decode("utf-8", "ignore") + DOTS if most >= len(DOTS.encode()) else ""


def size(text: str) -> int:
    """Return the bytes of ``text`` in UTF-8."""
    return len(text.encode("utf-8", "replace"))
