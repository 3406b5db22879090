"""Lazy frames, described by their own engine: one query for the first rows and one for the aggregates, never all rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from kimi_magic.content.frames.columnar_frames import from_arrow, from_polars
from kimi_magic.content.frames.eager import split
from kimi_magic.content.frames.facts import Facts, allowed
from kimi_magic.content.frames.kinds import family_of, title_of
from kimi_magic.content.frames.pandas_frames import from_pandas
from kimi_magic.content.frames.rows import asked
from kimi_magic.content.frames.source import Column, Source
from kimi_magic.content.frames.text import Summary
from kimi_magic.content.frames.totals import kind_of_type, opened
from kimi_magic.content.frames.type_names import type_name
from kimi_magic.content.how import How

_MOST_ROWS = 1_000  # of the first ones: more have no room


def opened_lazily(value: Any) -> Any:
    """Return a library's lazy frame as narwhals'."""
    import narwhals

    return narwhals.from_native(value.to_frame() if type(value).__name__ == "Series" else value)


def source_of(value: Any) -> Source:
    """Return names and types of a lazy frame, for which no query runs; its columns cannot be read."""
    schema = opened_lazily(value).collect_schema()
    columns = tuple(Column(name, type_name(dtype), lambda _: None) for name, dtype in schema.items())
    return Source(f"lazy {title_of(value)}", None, columns)


def summary_of_lazy(value: Any, how: How, most: int) -> tuple[Summary, int | None]:
    """Return the summary of a lazy frame and its number of rows; None at "schema", where no query runs."""
    source = source_of(value)
    kept, others, last = split(source.columns, most)
    named = tuple((one.name, one.type) for one in others)
    if how.share == "schema":
        facts = tuple(Facts(column.name, column.type) for column in kept)
        title = f"{source.title}: {source.shape}; how many rows, only running it would tell"
        return Summary((title,), facts, named, last), None
    rows, facts = _aggregated(value, kept)
    head = (
        f"{source.title}: {rows:,} rows, {source.shape}",
        "Counts, ranges and means are exact, from its own engine; distinct and commonest values were not asked for.",
    )
    summary = Summary(head, tuple(allowed(one, how) for one in facts), named, last)
    if how.share == "stats":
        return summary, rows
    first = head_of(value, asked(rows, how), tuple(str(column.name) for column in kept))
    return replace(summary, read=first.columns, rows=first.rows or 0, of_rows=f"{rows:,}"), rows


def head_of(value: Any, rows: int, names: tuple[str, ...]) -> Source:
    """Return the first rows of some columns of a lazy frame as a source."""
    return _collected(opened_lazily(value).select(*names).head(min(rows, _MOST_ROWS)))


def _collected(frame: Any) -> Source:
    if frame.implementation.is_polars():
        # piece by piece, where the default would hold all columns at once
        return from_polars(frame.collect(engine="streaming").to_native())
    native = frame.collect().to_native()
    return from_arrow(native) if family_of(native) == "arrow" else from_pandas(native.reset_index(drop=True))


def _aggregated(value: Any, columns: tuple[Column, ...]) -> tuple[int, tuple[Facts, ...]]:
    """Return the number of rows and the facts of ``columns``, from one query."""
    import narwhals

    frame = opened_lazily(value)
    schema = frame.collect_schema()
    asked_for = [piece for at, one in enumerate(columns) for piece in _expressions(at, one.name, schema[str(one.name)])]
    found = _collected(frame.select(narwhals.len().alias("rows"), *asked_for))
    row = {one.name: opened(one.read(slice(0, 1))).to_list()[0] for one in found.columns}
    rows, nan_is_null = int(row["rows"]), frame.implementation.is_dask()
    return rows, tuple(
        _facts(one, schema[str(one.name)], rows, {what: row.get(f"{what}_{at}") for what in _WHAT}, nan_is_null=nan_is_null)
        for at, one in enumerate(columns)
    )


_WHAT = ("nulls", "nans", "true", "low", "high", "mean")


def _expressions(at: int, name: object, dtype: Any) -> Iterator[Any]:
    """Yield what is asked about one column, each under a name of its own."""
    import narwhals

    column, kind = narwhals.col(str(name)), kind_of_type(dtype)
    yield column.null_count().alias(f"nulls_{at}")
    if dtype.is_float():
        yield column.is_nan().cast(narwhals.Int64).sum().alias(f"nans_{at}")
        column = narwhals.when(~column.is_nan()).then(column)
    if kind == "boolean":
        yield column.cast(narwhals.Int64).sum().alias(f"true_{at}")  # Spark adds up no booleans
    if kind == "number" or type(dtype).__name__ in ("Date", "Datetime"):
        yield column.min().alias(f"low_{at}")
        yield column.max().alias(f"high_{at}")
    if kind == "number":
        yield column.mean().alias(f"mean_{at}")


def _facts(column: Column, dtype: Any, rows: int, found: dict[str, Any], *, nan_is_null: bool) -> Facts:
    kind, nans = kind_of_type(dtype), int(found["nans"] or 0)
    nulls = int(found["nulls"] or 0) - (nans if nan_is_null else 0)
    count = rows - nulls - nans
    facts = Facts(column.name, column.type, kind=kind, rows=rows, looked=rows, nulls=nulls, nans=nans, count=count)
    if kind == "boolean":
        true = int(found["true"] or 0)
        seen: tuple[tuple[bool, int], ...] = ((True, true), (False, count - true))
        return replace(facts, commonest=tuple((value, times) for value, times in seen if times))
    mean = None if found["mean"] is None else float(found["mean"])
    return replace(facts, low=found["low"], high=found["high"], mean=mean)
