"""The values of the names on a line, each in a few words."""

from __future__ import annotations

import io
import keyword
import re
import tokenize
from collections.abc import Mapping, Sized
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any

from kimi_magic.content.values import bounded_repr, cut
from kimi_magic.content.withheld import is_secret, masked
from kimi_magic.errors import UsageError

MOST_NAMES = 20
MOST_VALUE = 500
_MOST_COLUMNS = 30
_NOISE = (BuiltinFunctionType, FunctionType, MethodType, ModuleType, type)
_FRAMES = frozenset({"pandas", "polars", "pyarrow", "geopandas", "modin", "cudf"})
_LAZY = frozenset({"dask", "duckdb", "ibis", "pyspark"})
"""Their repr may run a query."""


def names_on(line: str) -> list[str]:
    """Return the names on ``line`` (a piece of a program, whole or not) in their order; attributes are not among them.

    >>> names_on("total = sum(row.price for row in rows) / count")
    ['total', 'sum', 'row', 'rows', 'count']
    """
    names: list[str] = []
    before = ""
    try:
        for token in tokenize.generate_tokens(io.StringIO(line.strip()).readline):
            if token.type == tokenize.NAME and before != "." and not keyword.iskeyword(token.string):
                names.append(token.string)
            before = token.string
    except (tokenize.TokenError, SyntaxError):  # a part of a longer statement: the names before the end are there
        pass
    return list(dict.fromkeys(names))[:MOST_NAMES]


def described(name: str, local: Mapping[str, Any], shared: Mapping[str, Any], *, is_open: bool) -> str:
    """Return ``name = value``, bounded; "" for functions, modules and names without value.

    Without ``is_open`` it tells type and size alone.
    """
    if name not in local and name not in shared:
        return ""
    value = local[name] if name in local else shared[name]
    if isinstance(value, _NOISE):
        return ""
    if is_secret(name):
        return f"{name}: not shown, its name looks like a secret's"
    library = type(value).__module__.partition(".")[0]
    if library in _FRAMES | _LAZY or not is_open:
        return f"{name}: {_shape(value, with_columns=library in _FRAMES)}"
    return f"{name} = {_written(name, value)}"


def _written(name: str, value: object) -> str:
    try:
        text = masked(cut(bounded_repr(name, value), MOST_VALUE))
    except UsageError as error:
        return f"({type(value).__name__}; {str(error).split(': ', 1)[-1].split('.')[0]})"
    shape = getattr(value, "shape", None) if type(value).__module__.startswith(("numpy", "torch")) else None
    return f"{text} (shape {tuple(shape)}, {getattr(value, 'dtype', '')})" if shape else text


def _shape(value: Any, *, with_columns: bool) -> str:
    """Return type and size; of a frame the columns' names and types, which no level of --share keeps back."""
    name = f"{type(value).__module__.partition('.')[0]}.{type(value).__name__}".removeprefix("builtins.")
    try:
        shape = getattr(value, "shape", None) if with_columns else None
        size = f", shape {tuple(shape)}" if shape else f", {len(value):,} items" if _is_plain_sized(value) else ""
        return name + size + (_columns(value) if with_columns else "")
    except Exception as error:  # noqa: BLE001 the object is the user's, and may be what is broken
        return f"{name} (its size raised {type(error).__name__})"


def _is_plain_sized(value: object) -> bool:
    return isinstance(value, Sized) and isinstance(value, str | bytes | list | tuple | dict | set | frozenset)


def _type(kind: object) -> str:
    """Return a column's type without what some tell of the values: ``Enum(categories=[…])``, ``Sparse[int64, 5]``."""
    return re.split(r"[(\[]", str(kind), maxsplit=1)[0][:60]


def _columns(value: Any) -> str:
    names = getattr(value, "columns", getattr(value, "column_names", None))
    kinds = getattr(value, "dtypes", None)
    if names is None:
        return f", {_type(getattr(value, 'dtype', ''))}".rstrip(", ")
    listed = (
        [f"{column} ({_type(kind)})" for column, kind in zip(names, kinds, strict=False)] if kinds is not None else names
    )
    shown = [str(column)[:60] for column in list(listed)[:_MOST_COLUMNS]]
    left = len(names) - len(shown)
    return f", columns: {', '.join(shown)}" + (f" and {left:,} more" if left > 0 else "")
