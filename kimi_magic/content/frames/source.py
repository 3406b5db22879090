"""A frame in memory as columns that can be read by position, whatever their names: nothing is copied but what is read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

Rows = slice | list[int]
"""Which rows to read: a slice, or positions."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column, or a level of the index.

    ``read`` gives the library's own series of some rows. ``holds`` tells what narwhals cannot see: "objects" are Python's,
    of any type; in "nan" a missing number is a NaN and there are no nulls, in "nat" likewise for times.
    """

    name: object
    type: str
    read: Callable[[Rows], Any]
    holds: Literal["", "objects", "nan", "nat"] = ""
    index: bool = False


@dataclass(frozen=True, slots=True)
class Source:
    """A frame: what it is called, how many rows it has (None: only its query could tell), and its columns.

    ``notes`` are sentences about its shape that hold no value.
    """

    title: str
    rows: int | None
    columns: tuple[Column, ...]
    notes: tuple[str, ...] = ()

    @property
    def shape(self) -> str:
        """Rows and columns in words, without the index.

        >>> Source("polars DataFrame", 1_000_000, ()).shape
        '1,000,000 × 0'
        """
        wide = sum(not column.index for column in self.columns)
        return f"{wide:,} column{'s' * (wide != 1)}" if self.rows is None else f"{self.rows:,} × {wide:,}"
