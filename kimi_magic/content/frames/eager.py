"""A frame in memory becomes a summary. What the user's choice keeps back is not even read."""

from __future__ import annotations

from dataclasses import replace

from kimi_magic.content.frames.describe import describe, sampled
from kimi_magic.content.frames.facts import Facts, allowed
from kimi_magic.content.frames.source import Column, Source
from kimi_magic.content.frames.text import Summary
from kimi_magic.content.how import How
from kimi_magic.content.withheld import is_credential

MOST_DESCRIBED = 100
"""Columns that are described: more have no room in a sensible budget."""

_LINE = 100  # bytes that describe a column in a few words
_GOOD_LINE = 200  # bytes that describe it well: where not all columns can be, a few are
_LAST = 3  # columns at the end that are described too: a target often stands there


def summary_of(source: Source, how: How, most: int) -> Summary:
    """Return the summary of a frame of which ``most`` bytes will be told."""
    rows = source.rows or 0
    kept, others, last = split(source.columns, most)
    sample = sampled(rows, len(kept))
    facts = tuple(_facts(column, rows, sample, how) for column in kept)
    about = max((one.looked for one in facts if one.about), default=0)
    objects = ", as are columns of objects" if any(one.all_about for one in facts) else ""
    head = (
        f"{source.title}: {rows:,} rows, {_wide(source)}",
        *source.notes,
        f'"about" and "at least" are from {about:,} rows spread over the frame{objects}; the rest is exact.'
        if about
        else "",
    )
    summary = Summary(head, facts, tuple((one.name, one.type) for one in others), last)
    return replace(summary, read=kept, rows=rows) if how.share in ("sample", "all") else summary


def split(columns: tuple[Column, ...], most: int) -> tuple[tuple[Column, ...], tuple[Column, ...], int]:
    """Return the columns that are described, those that are not, and how many of the former stand after these."""
    if len(columns) <= min(MOST_DESCRIBED, most // _LINE):
        return columns, (), 0
    many = min(len(columns), max(1, min(MOST_DESCRIBED, most // _GOOD_LINE)))
    last = min(_LAST, many - 1) if many < len(columns) else 0
    end = len(columns) - last
    return (*columns[: many - last], *columns[end:]), columns[many - last : end], last


def _facts(column: Column, rows: int, sample: slice | list[int], how: How) -> Facts:
    if how.share == "schema" or (how.wary and is_credential(str(column.name))):
        return Facts(column.name, column.type, column.index)
    return allowed(describe(column, rows, sample), how)


def _wide(source: Source) -> str:
    index = sum(column.index for column in source.columns)
    wide = len(source.columns) - index
    levels = f", {index} level{'s' * (index > 1)} of the index" if index else ""
    return f"{wide:,} column{'s' * (wide != 1)}{levels}"
