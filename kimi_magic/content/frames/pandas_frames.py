"""pandas frames as sources. Each column is read by position: names may repeat, be no strings, or have levels."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from kimi_magic.content.frames.cells import label
from kimi_magic.content.frames.kinds import title_of
from kimi_magic.content.frames.source import Column, Rows, Source


def from_pandas(frame: Any, title: str = "") -> Source:
    """Return a DataFrame or a Series as a source, its index first unless that only counts the rows."""
    named = title or title_of(frame)
    if frame.ndim == 1:
        columns = [_column(frame.name, frame.dtype, lambda rows: frame.iloc[rows])]
        return Source(named, len(frame), (*_levels(frame.index), *columns))
    columns = [
        _column(name, dtype, lambda rows, at=at: frame.iloc[rows, at])
        for at, (name, dtype) in enumerate(zip(frame.columns, frame.dtypes.array, strict=True))
    ]
    return Source(named, len(frame), (*_levels(frame.index), *columns), tuple(_notes(frame.columns)))


def from_groups(groups: Any) -> Source:
    """Return what a GroupBy groups, and by which names."""
    names = getattr(getattr(groups, "_grouper", None), "names", ())
    by = ", ".join(label(name) for name in names[:20])
    return from_pandas(groups.obj, f"{title_of(groups)} (by {by}) over" if by else f"{title_of(groups)} over")


def _column(name: object, dtype: Any, read: Any) -> Column:
    return Column(name, _type(dtype), read, _holds(dtype))


def _levels(index: Any) -> Iterator[Column]:
    """Yield the levels of ``index``; none where it is the plain count of rows."""
    if index.nlevels > 1:
        for at, (name, level) in enumerate(zip(index.names, index.levels, strict=True)):
            yield Column(name, _type(level.dtype), _level(index, at), _holds(level.dtype), index=True)
    elif not (type(index).__name__ == "RangeIndex" and index.name is None and index.start == 0 and index.step == 1):
        yield Column(index.name, _type(index.dtype), lambda rows: index[rows].to_series(), _holds(index.dtype), index=True)


def _level(index: Any, at: int) -> Any:
    def read(rows: Rows) -> Any:
        return index[rows].get_level_values(at).to_series()

    return read


def _notes(columns: Any) -> Iterator[str]:
    if columns.nlevels > 1 or columns.names[0] is not None:
        yield f"The columns' names have the levels {', '.join(label(name) for name in columns.names[:20])}."
    if not columns.is_unique:
        yield "Some columns have the same name."


def _holds(dtype: Any) -> Literal["", "objects", "nan", "nat"]:
    kind, plain = dtype.kind, type(dtype).__module__.split(".")[0] == "numpy"
    if plain and kind == "O":
        return "objects"
    if plain and kind == "f":
        return "nan"
    # ArrowDtype has kinds too, but real nulls
    return "nat" if kind in "mM" and not _is_arrow(dtype) else ""


def _is_arrow(dtype: Any) -> bool:
    return type(dtype).__name__ == "ArrowDtype"


def _type(dtype: Any) -> str:
    """Return the type's name without the values that some have in theirs: categories, what a sparse array fills with."""
    name = type(dtype).__name__
    if name == "CategoricalDtype":
        return f"category of {_type(dtype.categories.dtype)}"
    if name == "SparseDtype":
        return f"sparse {_type(dtype.subtype)}"
    if type(dtype).__module__.split(".")[0] in ("numpy", "pandas"):
        return str(dtype)
    return name  # of a type that another library adds, whose text may say anything
