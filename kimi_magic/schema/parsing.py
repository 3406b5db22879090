"""The JSON value in a reply: alone, in a Markdown fence, or among stray words."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator

from kimi_magic.schema.misfit import Misfit, short


def _no_constant(word: str) -> float:
    raise Misfit(f"{word} is no JSON: write a number, or null.")


def _fraction(digits: str) -> float:
    if math.isfinite(number := float(digits)):
        return number
    raise Misfit(f"The number {short(digits, 40)} is too large.")


def _whole(digits: str) -> int:
    try:
        return int(digits)
    except ValueError:  # Python reads some thousand digits: more take more and more time
        raise Misfit(f"A number of {len(digits):,} digits is too large.") from None


DECODER = json.JSONDecoder(strict=False, parse_constant=_no_constant, parse_float=_fraction, parse_int=_whole)
"""Reads JSON, and raw line ends and tabs inside of texts, which are common. Raises `Misfit` for numbers that are none."""
OPENING = re.compile(r"[\[{]")
_FENCE = "```"
MOST_TRIES = 50
"""Brackets at which a value is looked for; words before an answer have few."""


def value_of(text: str) -> object:
    r"""Return the JSON value in ``text``. Raises `Misfit` where there is none.

    >>> value_of('Here it is:\n```json\n{"a": 1}\n```\nAnything else?')
    {'a': 1}
    """
    try:
        return DECODER.decode(text.strip())
    except (ValueError, RecursionError) as error:
        problem = error
    found = max(_values(text), key=lambda one: one[0], default=None)
    if found is None:
        raise Misfit(_nothing(text, problem)) from None
    return found[1]


def words_of(text: str) -> str:
    r"""Return ``text`` as a bare word or number could be meant: without blanks around it and out of its fence.

    >>> words_of("```\npositive\n```")
    'positive'
    """
    fenced = _fenced(text)
    return text.strip() if fenced is None else fenced


def _fenced(text: str) -> str | None:
    """Return what stands in the fence that ``text`` is, in one pass over it; None where it is none."""
    text = text.strip()
    opening, newline, rest = text.partition("\n")
    is_fence = bool(newline) and opening.startswith(_FENCE) and "`" not in opening[len(_FENCE) :] and rest.endswith(_FENCE)
    return rest.removesuffix(_FENCE).strip() if is_fence else None


def _values(text: str) -> Iterator[tuple[int, object]]:
    """Yield each value that stands in ``text`` by itself, and how many characters it takes."""
    if fenced := _fenced(text):
        yield from _decoded(fenced, 0)
    place = 0
    for _ in range(MOST_TRIES):
        opening = OPENING.search(text, place)
        if opening is None:
            return
        place = opening.start() + 1
        for size, value in _decoded(text, opening.start()):
            place = opening.start() + size
            yield size, value


def _decoded(text: str, start: int) -> Iterator[tuple[int, object]]:
    try:
        value, end = DECODER.raw_decode(text, start)
    except Misfit:
        raise  # what stands further inside is not the answer
    except (ValueError, RecursionError):
        return
    yield end - start, value


def _nothing(text: str, problem: Exception) -> str:
    if not text.strip():
        return "The reply is empty; JSON was expected."
    if isinstance(problem, Misfit):
        return str(problem)
    if isinstance(problem, RecursionError):
        return "The JSON is nested too deep to be read."
    if not OPENING.search(text) or not isinstance(problem, json.JSONDecodeError):
        return "There is no JSON value in the reply."
    return f"The reply is no valid JSON: {problem.msg.rstrip(':').lower()}, line {problem.lineno}, column {problem.colno}."
