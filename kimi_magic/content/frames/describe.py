"""Columns become facts: totals over all rows, and the spread of the values over a sample of them."""

from __future__ import annotations

import datetime
import decimal
import random
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from kimi_magic.content.frames.cells import is_missing, is_null
from kimi_magic.content.frames.facts import Facts, Kind
from kimi_magic.content.frames.source import Column, Rows
from kimi_magic.content.frames.totals import Totals, kind_of, opened, totals_of

MOST_EXACT = 100_000
"""Rows up to which every value is looked at."""

SAMPLED = 10_000
"""Rows that are looked at in a longer frame."""

_MOST_CELLS = 500_000  # that are looked at in all columns together: a second of Python at the most
_LONG = 500  # characters of a text that count: a cell can have a million, and the sample ten thousand cells
_MOST_COMMON = 6
_NUMBERS = (int, float, decimal.Decimal)
_TIMES = (datetime.date, datetime.time, datetime.timedelta)


def sampled(rows: int, columns: int) -> Rows:
    """Return which rows are looked at: all, or some spread evenly, each at a chance place in its stretch.

    The places are the same each time. Chance, because a fixed step would see one value of a column that repeats itself.
    """
    each = _MOST_CELLS // max(1, columns)
    if rows <= min(MOST_EXACT, each):
        return slice(0, rows)
    wanted = min(SAMPLED, each, rows)
    chance = random.Random(0)  # noqa: S311 nothing is secret about it
    # each row once: a value must not seem to be in more rows than it is
    return sorted({(at * rows + chance.randrange(rows)) // wanted for at in range(wanted)})


def describe(column: Column, rows: int, sample: Rows) -> Facts:
    """Return the facts of ``column``, ``rows`` long, looking at the rows in ``sample`` for what needs single values."""
    kind = kind_of(column)
    looked = rows if isinstance(sample, slice) else len(sample)
    facts = Facts(column.name, column.type, column.index, kind, rows, looked)
    if kind == "objects":
        return _with_spread(*_of_objects(facts, values_of(column, sample, kind)))
    totals = totals_of(column, kind, rows)
    facts = _with_totals(facts, column, totals)
    if kind == "boolean":
        return replace(facts, commonest=_booleans(totals), looked=rows)
    if kind in ("nested", "bytes", "other") or not totals.count:
        return facts
    return _with_spread(facts, values_of(column, sample, kind))


def values_of(column: Column, rows: Rows, kind: Kind) -> list[Any]:
    """Return some values of a column as Python's; texts only as far as they count."""
    series = opened(column.read(rows))
    if kind == "text":
        series = series.str.slice(0, _LONG)
    values: list[Any] = series.to_list()
    if kind == "objects":
        return [_own(value) for value in values]
    if kind in ("text", "category"):  # where pandas' null is a NaN
        return [None if is_missing(value) else value for value in values]
    return values


def _own(value: Any) -> Any:
    """Return a numpy scalar as Python's own, a long text cut."""
    if type(value) is str:
        return value[:_LONG]
    # float32 stays: as Python's float 0.1 would be 0.10000000149011612
    if type(value).__module__ == "numpy" and type(value).__name__ != "float32" and getattr(value, "ndim", 1) == 0:
        return value.item()
    return value


def _with_totals(facts: Facts, column: Column, totals: Totals) -> Facts:
    return replace(
        facts,
        nulls=totals.nulls,
        nans=totals.nans if facts.kind == "number" or column.holds == "nan" else None,
        nat=column.holds == "nat",
        count=totals.count,
        low=totals.low,
        high=totals.high,
        mean=totals.mean,
    )


def _booleans(totals: Totals) -> tuple[tuple[Any, int], ...]:
    return tuple((value, times) for value, times in ((True, totals.true), (False, totals.count - totals.true)) if times)


def _of_objects(facts: Facts, values: Sequence[Any]) -> tuple[Facts, Sequence[Any]]:
    """Return the facts of Python's objects, of which only the sample is looked at: what kind they have in common."""
    present = [value for value in values if not is_missing(value)]
    nulls = sum(map(is_null, values))
    facts = replace(
        facts,
        kind=_kind_of_values(present),
        type=f"{facts.type} of {_composition(present)}",
        nulls=nulls,
        nans=len(values) - len(present) - nulls,
        count=len(present),
        all_about=facts.about,
    )
    if facts.kind in ("number", "time") and (ordered := _sorted(present)):
        mean = _mean(ordered) if facts.kind == "number" else None
        return replace(facts, low=ordered[0], high=ordered[-1], mean=mean), present
    return facts, present


def _mean(values: Sequence[Any]) -> float | None:
    try:
        return sum(map(float, values)) / len(values)
    except OverflowError:  # an integer beyond all floats
        return None


def _kind_of_values(values: Sequence[Any]) -> Kind:
    types = set(map(type, values))
    if types == {str}:
        return "text"
    if types == {bool}:
        return "boolean"
    if types == {bytes}:
        return "bytes"
    if types and types <= set(_NUMBERS):
        return "number"
    return "time" if len(types) == 1 and issubclass(types.pop(), _TIMES) else "other"


def _composition(values: Sequence[Any]) -> str:
    """Return which types there are, the commonest first."""
    types = Counter(type(value).__name__ for value in values).most_common(4)
    return ", ".join(name for name, _ in types) or "nothing but nulls"


def _sorted(values: Iterable[Any]) -> list[Any]:
    try:
        return sorted(values)
    except TypeError:  # times with and without zones
        return []


def _with_spread(facts: Facts, values: Sequence[Any]) -> Facts:
    """Return the facts with distinct values, commonest ones and quartiles, as far as the kind has any."""
    if facts.kind in ("other", "bytes", "nested", "objects"):
        return facts
    present = [value for value in values if not is_missing(value)]
    seen = Counter(present)
    once = sum(times == 1 for times in seen.values())
    cut = facts.kind == "text" and any(len(value) >= _LONG for value in seen)
    ordered = _sorted(present) if facts.kind in ("number", "time") else []
    return replace(
        facts,
        distinct=len(seen),
        more_distinct=cut or (facts.about and once > len(seen) / 10),
        commonest=_commonest(seen, facts.looked),
        quartiles=tuple(ordered[round(part * (len(ordered) - 1))] for part in (0.25, 0.5, 0.75)) if len(ordered) > 3 else (),
    )


def _commonest(seen: Counter[Any], looked: int) -> tuple[tuple[Any, int], ...]:
    """Return values that occur more than once and make up a hundredth of the rows, the most frequent first."""
    least = max(2, looked // 100)
    return tuple((value, times) for value, times in seen.most_common(_MOST_COMMON) if times >= least)
