"""polars and pyarrow frames as sources."""

from __future__ import annotations

import array
import sys
from collections.abc import Callable
from typing import Any

from kimi_magic.content.frames.kinds import title_of
from kimi_magic.content.frames.source import Column, Rows, Source
from kimi_magic.content.frames.type_names import type_name


def from_polars(frame: Any) -> Source:
    """Return a DataFrame or a Series of polars as a source."""
    import narwhals

    title = title_of(frame)
    table = frame if hasattr(frame, "get_columns") else frame.to_frame()
    types = narwhals.from_native(table).schema.values()
    columns = [
        Column(series.name, type_name(dtype), series.__getitem__)
        for series, dtype in zip(table.get_columns(), types, strict=True)
    ]
    return Source(title, table.height, tuple(columns))


def from_arrow(value: Any) -> Source:
    """Return a Table, a RecordBatch or an array of pyarrow as a source."""
    if not hasattr(value, "schema"):
        columns = [Column(None, str(value.type), _reader(value))]
    else:
        columns = [Column(field.name, str(field.type), _reader(value.column(at))) for at, field in enumerate(value.schema)]
    cut = any(_is_finer(column.type) for column in columns)
    return Source(title_of(value), len(value), tuple(columns), ("Times are cut to microseconds.",) if cut else ())


def _reader(values: Any) -> Callable[[Rows], Any]:
    def read(rows: Rows) -> Any:
        return _chunked(values[rows] if isinstance(rows, slice) else values.take(_positions(rows)))

    return read


def _positions(rows: list[int]) -> Any:
    """Return ``rows`` as an array. pyarrow.array would do, but imports pandas to look whether the list is of its making."""
    pyarrow: Any = sys.modules["pyarrow"]
    return pyarrow.Array.from_buffers(pyarrow.int64(), len(rows), [None, pyarrow.py_buffer(array.array("q", rows))])


def _is_finer(kind: str) -> bool:
    """Whether a type counts nanoseconds. Python's own times do not, and pyarrow would import pandas to show them."""
    return kind.startswith(("timestamp[ns", "time64[ns", "duration[ns"))


def _chunked(part: Any) -> Any:
    pyarrow: Any = sys.modules["pyarrow"]  # it is loaded: ``part`` is of its types
    if _is_finer(str(part.type)):
        coarser = {
            "timestamp": lambda: pyarrow.timestamp("us", part.type.tz),
            "time64": lambda: pyarrow.time64("us"),
            "duration": lambda: pyarrow.duration("us"),
        }
        part = part.cast(coarser[str(part.type).partition("[")[0]](), safe=False)
    return part if hasattr(part, "chunks") else pyarrow.chunked_array([part])
