"""Some rows of a frame as lines of quoted values between commas, within a budget."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from kimi_magic.content.frames.cells import is_missing, label, size, written
from kimi_magic.content.frames.describe import values_of
from kimi_magic.content.frames.picture import Cell
from kimi_magic.content.frames.source import Column
from kimi_magic.content.frames.totals import kind_of
from kimi_magic.content.how import How
from kimi_magic.content.withheld import is_credential

SAMPLE = 10
"""Rows of a sample where the user gave no number."""

_WIDTHS = (120, 60, 30, 16)
_FEWEST = 3  # rows that are worth cutting the cells, and then the columns, for


@dataclass(frozen=True, slots=True)
class Grid:
    """Values of some rows: ``numbers`` are the rows' places in the frame, ``records`` their values."""

    names: tuple[object, ...]
    numbers: tuple[int, ...]
    records: tuple[tuple[Any, ...], ...]


def asked(rows: int, how: How) -> int:
    """Return how many of ``rows`` rows the user wants to be shown."""
    return min(rows, how.rows if how.rows is not None else rows if how.share == "all" else SAMPLE)


def chosen(rows: int, how: How, most: int) -> list[int]:
    """Return which of ``rows`` rows to show, ``most`` at most: the first ones, or half from the beginning, half spread.

    >>> chosen(1_000, How(rows=6), 100), chosen(4, How(), 100)
    ([0, 1, 2, 334, 666, 999], [0, 1, 2, 3])
    """
    wanted = min(most, asked(rows, how))
    if how.share == "all" or wanted >= rows:
        return list(range(wanted))
    first = (wanted + 1) // 2
    spread = wanted - first
    return [*range(first), *(first - 1 + (rows - first) * step // spread for step in range(1, spread + 1))]


def read(columns: Sequence[Column], numbers: Sequence[int], how: How) -> Grid:
    """Return the rows at ``numbers``; stars for what `How.wary` keeps here."""
    values = [
        ["***"] * len(numbers)
        if how.wary and is_credential(str(column.name))
        else values_of(column, list(numbers), kind_of(column))
        for column in columns
    ]
    return Grid(tuple(column.name for column in columns), tuple(numbers), tuple(zip(*values, strict=True)))


def lines(grid: Grid, most: int, *, from_start: bool) -> tuple[list[str], int]:
    """Return a head line and a line for each row, within ``most`` bytes, and how many columns they show.

    Cells get shorter first, then rows fewer (from the end, or from the middle of a sample), then columns.
    """
    for width in _WIDTHS:
        found = _fewer(_lines(grid, width), most, from_start=from_start)
        if len(found) > min(_enough(width, len(grid.numbers), from_start=from_start), len(grid.numbers)):
            return found, len(grid.names)
    for wide in _fewer_columns(len(grid.names)):
        found = _fewer(_lines(_narrowed(grid, wide), _WIDTHS[-1]), most, from_start=from_start)
        if len(found) > min(_FEWEST, len(grid.numbers)):
            return found, wide
    return [], 0


def _enough(width: int, rows: int, *, from_start: bool) -> int:
    """Return how many rows should have room in cells of ``width`` characters, else the cells get shorter."""
    if from_start:
        return rows if width == _WIDTHS[0] else _FEWEST
    return rows if width > _WIDTHS[-1] else _FEWEST


def _lines(grid: Grid, width: int) -> list[str]:
    head = ",".join(["row", *(_quoted(label(name, max(width, 20))) for name in grid.names)])
    rows = zip(grid.numbers, grid.records, strict=True)
    return [head, *(",".join([str(number), *(written(value, width) for value in record)]) for number, record in rows)]


def _quoted(name: str) -> str:
    return f'"{name}"' if "," in name and not name.startswith('"') else name


def _fewer(found: list[str], most: int, *, from_start: bool) -> list[str]:
    """Return as many of the lines as have room, the head first, then rows from both ends or from the start alone."""
    head, *rows = found
    order = list(range(len(rows)))
    if not from_start:
        half = (len(rows) + 1) // 2
        pairs = zip(order[:half], [*reversed(order[half:]), None], strict=False)
        order = [at for pair in pairs for at in pair if at is not None]
        order += [at for at in range(half) if at not in order]
    kept: set[int] = set()
    left = most - size(head) - 1
    for at in order:
        left -= size(rows[at]) + 1
        if left < 0:
            break
        kept.add(at)
    return [head, *(row for at, row in enumerate(rows) if at in kept)]


def _fewer_columns(wide: int) -> Iterator[int]:
    while wide > 1:
        wide = wide * 3 // 4
        yield wide


def _narrowed(grid: Grid, wide: int) -> Grid:
    return Grid(grid.names[:wide], grid.numbers, tuple(record[:wide] for record in grid.records))


def cells_of_rows(grid: Grid) -> list[list[Cell]]:
    """Return rows and their head as a picture's cells: texts without quotes, numbers to the right."""
    head = [Cell("", head=True), *(Cell(label(name), head=True) for name in grid.names)]
    rows = zip(grid.numbers, grid.records, strict=True)
    return [head, *([Cell(f"{number:,}", head=True), *map(_cell, record)] for number, record in rows)]


def _cell(value: Any) -> Cell:
    if isinstance(value, str):
        return Cell(" ".join(value[:100].split()))
    return Cell(written(value), colour="#8a929c" if is_missing(value) else "", right=True)
