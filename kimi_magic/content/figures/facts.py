"""Numbers, series and lists in words, never longer than a budget."""

from __future__ import annotations

import datetime
import math
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

MOST_CHARACTERS = 2_000
"""How long the facts of one figure may be: about 600 tokens, as digits take more of them than words."""

_FEW = 8
_MOST_LISTED = 12
_MOST_NAME = 80

_MIDNIGHT = re.compile(r"^(\d{4}-\d\d-\d\d)[T ]00:00:00(?:\.0+)?(?:Z|[+-]\d\d:?\d\d)?$")

Write = Callable[[Any], str]


@dataclass(frozen=True, slots=True)
class Block:
    """A line and what belongs below it."""

    head: str
    lines: tuple[str, ...] = ()


def bounded(blocks: Sequence[Block], most: int = MOST_CHARACTERS) -> str:
    """Return ``blocks`` as lines of at most about ``most`` characters; each has its share, and what is cut is said.

    >>> print(bounded([Block("A", ("one", "two", "three")), Block("B", ("four",))], 10))
    A
      one
      [… 2 more lines left out]
    B
      four
    """
    written: list[str] = []
    for place, block in enumerate(blocks):
        share = most // (len(blocks) - place)
        if share < 20 and place < len(blocks) - 1 and most < sum(len(one.head) for one in blocks[place:]):
            written.append(f"[… {count(len(blocks) - place, 'more part')} left out]")
            break
        lines = _within(block, share)
        most -= sum(map(len, lines))
        written += lines
    return "\n".join(written)


def _within(block: Block, share: int) -> list[str]:
    lines, left = [clipped(block.head, 400)], share - len(block.head)
    for place, line in enumerate(block.lines):
        left -= len(line)
        if left < 0 and place:
            return [*lines, f"  [… {count(len(block.lines) - place, 'more line')} left out]"]
        lines.append(f"  {clipped(line, 600)}")
    return lines


def number(value: Any) -> str:
    """Return a number with six digits that count, whole ones below 10^15 with all of theirs; years have no comma.

    >>> number(1234567), number(2024), number(0.1 + 0.2), number(-2.5e-7), number(float("nan")), number(True)
    ('1,234,567', '2024', '0.3', '-2.5e-07', 'nan', 'True')
    """
    if isinstance(value, bool):
        return str(value)
    if math.isfinite(value) and value == int(value) and abs(value) < 1e15:
        return f"{int(value):,}" if abs(value) >= 10_000 else str(int(value))  # a year has no comma
    return f"{float(value):,.6g}" if abs(value) < 1e6 else f"{float(value):.6g}"


def clipped(text: object, most: int = _MOST_NAME) -> str:
    """Return ``text`` on one line, cut to ``most`` characters.

    >>> clipped("a\\n  b"), clipped("abcdef", 4)
    ('a b', 'abc…')
    """
    line = " ".join(str(text)[: 10 * most].split())
    return line if len(line) <= most else line[: most - 1] + "…"


def quoted(text: object) -> str:
    """Return ``text`` as `clipped` and between quotes."""
    return f'"{clipped(text)}"'


def written(value: Any) -> str:
    """Return one value of a series: a number as `number`, a date without an empty time, anything else as clipped text.

    >>> import datetime
    >>> written(2.50), written("north"), written(datetime.datetime(2024, 3, 1)), written(None)
    ('2.5', 'north', '2024-03-01', 'none')
    """
    if value is None:
        return "none"
    if isinstance(value, datetime.datetime):
        day = value.isoformat(sep=" ", timespec="auto")
        return day[:10] if day[11:19] == "00:00:00" and not value.microsecond else day.partition("+")[0]
    if isinstance(value, str):
        return clipped(_MIDNIGHT.sub(r"\1", value), 40)
    try:
        return number(value)
    except (TypeError, ValueError, OverflowError):
        return written(str(value))


def listed(items: Iterable[str], most: int = _MOST_LISTED) -> str:
    """Return ``items`` with commas, and how many more there are.

    >>> listed(["a", "b", "c"], 2)
    'a, b, … (1 more)'
    """
    all_of_them = list(items)
    more = f", … ({len(all_of_them) - most:,} more)" if len(all_of_them) > most else ""
    return ", ".join(all_of_them[:most]) + more


def count(many: int, one: str) -> str:
    """Return how many of what there are.

    >>> count(1, "point"), count(100_000, "point")
    ('1 point', '100,000 points')
    """
    return f"{number(many)} {one}" + "s" * (many != 1)


def extremes(values: Sequence[Any]) -> tuple[int, int] | None:
    """Return the places of the smallest and the largest of ``values``, missing ones aside; None where there is no order.

    >>> extremes([3, None, 1, float("nan"), 7]), extremes([]), extremes([1, "a"])
    ((2, 4), None, None)
    """
    kind = getattr(getattr(values, "dtype", None), "kind", "O")
    if kind in "biuf":
        numpy: Any = sys.modules["numpy"]
        flat = numpy.ma.filled(numpy.ma.asarray(values, dtype=float), numpy.nan)
        if not len(flat) or numpy.isnan(flat).all():
            return None
        return int(numpy.nanargmin(flat)), int(numpy.nanargmax(flat))
    places = [place for place, value in enumerate(values) if _is_there(value)]
    try:
        return min(places, key=values.__getitem__), max(places, key=values.__getitem__)
    except (TypeError, ValueError):
        return None


def _is_there(value: Any) -> bool:
    try:
        return value is not None and bool(value == value)  # a missing number or date differs from itself
    except (TypeError, ValueError):
        return False


def span(values: Sequence[Any], write: Write = written) -> str:
    """Return from where to where ``values`` go; categories where they are words.

    >>> span([3, 1, 2]), span(["a", "b", "a"]), span([4, 4]), span([])
    ('1 to 3', 'a, b', '4', 'nothing')
    """
    if len(values) and isinstance(values[0], str) and write is written and not _is_date(values[0]):
        return listed(dict.fromkeys(map(write, values)))
    ends = extremes(values)
    if ends is None:
        return "nothing" if not len(values) else listed(map(write, values))
    low, high = (write(values[place]) for place in ends)
    return low if low == high else f"{low} to {high}"


def _is_date(text: str) -> bool:
    return len(text) >= 8 and text[:4].isdigit() and text[4] == "-"


def points(x: Sequence[Any], y: Sequence[Any], write_x: Write = written, write_y: Write = written) -> str:
    """Return a series in words: all of it where it is short, else its extremes and its ends.

    >>> points([0, 1], [5, 7])
    '2 points: (0, 5) (1, 7)'
    >>> points(range(100), [(n - 20) ** 2 for n in range(100)])
    '100 points; x 0 to 99; y 0 (at x = 20) to 6241 (at x = 99); first (0, 400), last (99, 6241)'
    """
    many = min(len(x), len(y))
    if not many:
        return "no points"
    pairs = [f"({write_x(x[place])}, {write_y(y[place])})" for place in (*range(min(many, _FEW)), many - 1)]
    if many <= _FEW:
        return f"{count(many, 'point')}: {' '.join(pairs[:many])}"
    ends = f"first {pairs[0]}, last {pairs[-1]}"
    return f"{count(many, 'point')}; x {span(x, write_x)}; y {_peaks(x, y, write_x, write_y)}; {ends}"


def _peaks(x: Sequence[Any], y: Sequence[Any], write_x: Write, write_y: Write) -> str:
    ends = extremes(y)
    if ends is None or (isinstance(y[0], str) and write_y is written and not _is_date(y[0])):
        return span(y, write_y)
    return " to ".join(f"{write_y(y[place])} (at x = {write_x(x[place])})" for place in ends)
