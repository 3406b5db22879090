"""A reply that is no value of what was asked for, and the words for it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from itertools import islice

MOST_LINES, MOST_WORDS, MOST_PATH = 9, 200, 80
"""How many lines say what is wrong, and the characters of one and of the place that it names."""
MOST_ECHO = 40
"""Characters of a wrong value that are repeated."""


class Misfit(ValueError):
    """A reply is no value of the type. ``str(misfit)`` says what is wrong: a few short lines, for Kimi and for the user."""


def misfit(complaints: Iterable[tuple[Sequence[object], str]]) -> Misfit:
    """Return the error that says what is wrong where.

    >>> print(misfit([(["rows", 0, "age"], "expected a number"), ([], "expected an object")]))
    rows[0].age: expected a number
    expected an object
    """
    lines = [_line(path, words) for path, words in islice(complaints, MOST_LINES + 1)]
    return Misfit("\n".join(lines if len(lines) <= MOST_LINES else [*lines[:MOST_LINES], "… and more of the kind"]))


def echo(value: object) -> str:
    """Return what was there instead: a short scalar itself, else its kind.

    >>> echo("ten"), echo([1, 2]), echo("x" * 50)
    ('"ten"', 'an array', 'a text of 50 characters')
    """
    match value:
        case dict():
            return "an object"
        case list():
            return "an array"
        case str() if len(value) > MOST_ECHO:
            return f"a text of {len(value):,} characters"
        case _:
            return short(json.dumps(value, ensure_ascii=False, default=lambda one: type(one).__name__), MOST_ECHO)


def short(text: str, most: int) -> str:
    """Return the beginning of ``text`` in one line, without characters that a terminal would obey."""
    text = "".join(c if c.isprintable() else " " for c in text[: most + 1])
    return text if len(text) <= most else text[: most - 1] + "…"


def _line(path: Sequence[object], words: str) -> str:
    place = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).removeprefix(".")
    words = short(words, MOST_WORDS)
    return f"{short(place, MOST_PATH)}: {words}" if place else words
