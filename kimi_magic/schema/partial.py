"""What is already there of JSON that is still arriving."""

from __future__ import annotations

from itertools import islice

from kimi_magic.schema.parsing import DECODER, OPENING

_CONTROL = bytes.maketrans(bytes(range(32)), b" " * 32)
MOST_TRIES = 5
"""Brackets at which a value is looked for: the words before it may have some."""


def part_of(text: str) -> object | None:
    r"""Return the value that ``text`` holds so far, or None: unfinished texts, arrays and objects end where it ends.

    A fence and words around the value are passed over. 200 kB take some milliseconds.

    >>> part_of('```json\n{"name": "Ada", "tags": ["fir')
    {'name': 'Ada', 'tags': ['fir']}
    """
    for opening in islice(OPENING.finditer(text), MOST_TRIES):
        value = _read(text[opening.start() :])
        if value is not None:
            return value
    return _scalar(text) if not OPENING.search(text) else None


def _read(text: str) -> object | None:
    """Return the array or object that ``text`` begins with; None where that is no JSON."""
    data = text.encode(errors="replace")  # half a character has no bytes
    for attempt in (data, data.translate(_CONTROL)):  # raw line ends inside of texts, which JSON forbids
        try:
            return _begun(attempt)
        except ValueError:
            continue
    try:
        return DECODER.raw_decode(text)[0]  # type: ignore[no-any-return]  # whatever is there; words may follow it
    except (ValueError, RecursionError):
        return None


def _begun(data: bytes) -> object:
    """Return the value that ``data`` is the beginning of. Raises `ValueError` where it is the beginning of none."""
    from pydantic_core import from_json  # late: the first typed answer may wait for it, the first answer may not

    return from_json(data, allow_partial="trailing-strings")


def _scalar(text: str) -> object | None:
    try:
        return DECODER.decode(text.strip())  # type: ignore[no-any-return]  # whatever is there
    except (ValueError, RecursionError):
        return None
