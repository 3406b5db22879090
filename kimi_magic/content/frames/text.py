"""The text of a frame: a head, a line for each column, some rows, together within a budget."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kimi_magic.content.frames import columns as told
from kimi_magic.content.frames import rows as shown
from kimi_magic.content.frames.cells import DIGITS, fitting, is_rounded, size
from kimi_magic.content.frames.facts import Facts
from kimi_magic.content.frames.source import Column
from kimi_magic.content.how import How

_ROWS_PART = {"schema": 0.0, "stats": 0.0, "sample": 0.45, "all": 0.65}
"""What of the room rows may take."""

_SAID = {
    "schema": "Shared: names, types and shape alone, nothing of the content.",
    "stats": "Shared: no rows; aggregates, and texts only where at least {} rows have them.",
    "sample": "",
    "all": "",
}


@dataclass(frozen=True, slots=True)
class Summary:
    """All that a text is made from.

    ``facts`` are of the columns that are described, ``others`` names and types of those between them that are not
    (``last`` described columns stand after them). ``read`` are the columns that rows are taken from, ``rows`` long;
    ``of_rows`` says of how many, where these are but the first. ``picture`` is a sentence about a picture of the frame.
    """

    head: tuple[str, ...]
    facts: tuple[Facts, ...]
    others: tuple[tuple[object, str], ...] = ()
    last: int = 0
    read: tuple[Column, ...] = ()
    rows: int = 0
    of_rows: str = ""
    picture: str = ""


def text_of(summary: Summary, how: How, most: int) -> str:
    """Return ``summary`` in at most ``most`` bytes of UTF-8; what has no room is said."""
    said = summary.picture or _SAID[how.share].format(how.category)
    rounded = any(map(is_rounded, (one for facts in summary.facts for one in (facts.low, facts.high, *facts.quartiles))))
    digits = f"Long floats are rounded to {DIGITS} digits." if rounded else ""
    head = fitting("\n".join(line for line in (*summary.head, said, digits) if line), max(most // 3, min(most, 200)))
    room = most - size(head) - 1
    rows_room = int(room * _ROWS_PART[how.share]) if summary.read else 0
    if how.share == "all":  # rows take all that the columns leave
        columns = _columns(summary, how, room - rows_room)
        rows = _rows(summary, how, room - size(columns) - 1) if rows_room else ""
    else:
        rows = _rows(summary, how, rows_room) if rows_room else ""
        columns = _columns(summary, how, room - size(rows) - 1)
    return fitting("\n".join(block for block in (head, columns, rows) if block), most)


def _columns(summary: Summary, how: How, most: int) -> str:
    if not summary.facts:
        return "There are no columns."
    room = most - 150  # for the sentences around
    lines, left_out = told.lines(summary.facts, int(room * 0.75) if summary.others else room)
    found = [_columns_head(summary), *lines]
    if summary.others:
        found += _others(summary, room - size("\n".join(lines)) - 60)
    if left_out:
        found.append(f"Left out, to stay within {how.budget:,} tokens: {left_out}.")
    return fitting("\n".join(found), most)


def _columns_head(summary: Summary) -> str:
    if not summary.others:
        return "Columns:"
    first = len(summary.facts) - summary.last
    whole = len(summary.facts) + len(summary.others)
    return f"Columns (the first {first:,} and the last {summary.last:,} of {whole:,}):"


def _others(summary: Summary, most: int) -> list[str]:
    named, rest = told.named_within(summary.others, most - 120)
    lines = [f"Between them: {named}."] if named else []
    if rest:
        kinds = told.types_of(kind for _, kind in summary.others[len(summary.others) - rest :])
        lines.append(f"Not named here: {rest:,} more columns ({kinds}).")
    return lines


def _rows(summary: Summary, how: How, most: int) -> str:
    """Return some rows under a line that says which; "" where there is no row."""
    if not summary.rows or not summary.read:
        return ""
    many = max(1, most // (2 * len(summary.read) + 3))  # a cell takes a comma and a character at the least
    grid = shown.read(summary.read, shown.chosen(summary.rows, how, many), how)
    lines, wide = shown.lines(grid, most - 220, from_start=how.share == "all" or bool(summary.of_rows))
    if not lines:
        return "No row has room within the budget."
    return "\n".join([_rows_head(summary, how, lines, wide), *lines])


def _rows_head(summary: Summary, how: How, lines: Sequence[str], wide: int) -> str:
    many, wanted = len(lines) - 1, shown.asked(summary.rows, how)
    spread = how.share == "sample" and many < summary.rows and not summary.of_rows
    where = "some from the beginning, some spread over the frame" if spread else "from the beginning"
    cut = f"; the budget has no room for all {wanted:,} wanted" if many < wanted else ""
    narrow = f"; only {wide:,} of these {len(summary.read):,} columns" if wide < len(summary.read) else ""
    return f"Rows ({many:,} of {summary.of_rows or f'{summary.rows:,}'}, {where}{cut}{narrow}):"
