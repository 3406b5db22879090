"""Exact counts, range and mean of a whole column, a piece at a time: a piece's copies are small whatever the frame."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kimi_magic.content.frames.facts import Kind
from kimi_magic.content.frames.source import Column

PIECE = 500_000
"""Rows read at once: 4 MB of numbers, which is quicker than all at once and little beside the frame."""


@dataclass(slots=True)
class Totals:
    """Sums over the pieces so far. ``count`` is of values that are neither null nor NaN, ``true`` of those that are True."""

    nulls: int = 0
    nans: int = 0
    count: int = 0
    true: int = 0
    low: Any = None
    high: Any = None
    mean: float | None = None


def kind_of(column: Column) -> Kind:
    """Return the kind of a column's values; "objects" where only the values could tell."""
    if column.holds == "objects":
        return "objects"
    return kind_of_type(opened(column.read(slice(0, 0))).dtype)


def kind_of_type(dtype: Any) -> Kind:
    """Return the kind of a narwhals dtype."""
    if dtype.is_numeric():
        return "number"
    if dtype.is_temporal():
        return "time"
    if dtype.is_nested():
        return "nested"
    named: dict[str, Kind] = {
        "Boolean": "boolean",
        "String": "text",
        "Categorical": "category",
        "Enum": "category",
        "Binary": "bytes",
        "Object": "objects",
    }
    return named.get(type(dtype).__name__, "other")


def opened(series: Any) -> Any:
    """Return a library's series as narwhals'."""
    import narwhals

    return narwhals.from_native(series, series_only=True)


def totals_of(column: Column, kind: Kind, rows: int) -> Totals:
    """Return the totals of all ``rows``: range and mean of numbers, range of times, for other kinds the counts."""
    totals = Totals()
    for start in range(0, rows, PIECE):
        _add(totals, column, kind, opened(column.read(slice(start, min(rows, start + PIECE)))))
    return totals


def _add(totals: Totals, column: Column, kind: Kind, piece: Any) -> None:
    missing, nans = int(piece.null_count()), 0
    count = len(piece) - missing
    if column.holds == "nan":
        missing, nans = 0, missing
    elif kind == "number" and piece.dtype.is_float() and (nans := int(piece.is_nan().sum() or 0)):
        piece = piece.filter(~piece.is_nan())
        count -= nans
    totals.nulls, totals.nans = totals.nulls + missing, totals.nans + nans
    if kind == "boolean":
        totals.true += int(piece.sum() or 0)
    elif count > 0 and kind in ("number", "time"):
        _widen(totals, piece, count, with_mean=kind == "number")
    totals.count += count


def _widen(totals: Totals, piece: Any, count: int, *, with_mean: bool) -> None:
    low, high = piece.min(), piece.max()
    totals.low = low if totals.low is None else min(totals.low, low)
    totals.high = high if totals.high is None else max(totals.high, high)
    if with_mean:
        share = count / (totals.count + count)
        totals.mean = float(piece.mean()) * share + (totals.mean or 0.0) * (1 - share)
