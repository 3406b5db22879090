"""Which values are frames, and of which family: asked of the modules that are loaded, so that none is loaded for it."""

from __future__ import annotations

import sys
from typing import Literal

Family = Literal["pandas", "styler", "groups", "polars", "arrow", "lazy", "narwhals"]

_CLASSES: tuple[tuple[str, str, Family], ...] = (
    ("pandas", "DataFrame", "pandas"),
    ("pandas", "Series", "pandas"),
    ("pandas.io.formats.style", "Styler", "styler"),
    ("pandas.core.groupby", "GroupBy", "groups"),
    ("polars", "DataFrame", "polars"),
    ("polars", "Series", "polars"),
    ("polars", "LazyFrame", "lazy"),
    ("pyarrow", "Table", "arrow"),
    ("pyarrow", "RecordBatch", "arrow"),
    ("pyarrow", "ChunkedArray", "arrow"),
    ("pyarrow", "Array", "arrow"),
    ("duckdb", "DuckDBPyRelation", "lazy"),
    ("ibis.expr.types", "Table", "lazy"),
    ("dask.dataframe", "DataFrame", "lazy"),
    ("dask.dataframe", "Series", "lazy"),
    ("pyspark.sql", "DataFrame", "lazy"),
    ("pyspark.sql.connect.dataframe", "DataFrame", "lazy"),
    ("narwhals", "DataFrame", "narwhals"),
    ("narwhals", "LazyFrame", "narwhals"),
)


def is_frame(value: object) -> bool:
    """Return whether ``value`` is a frame, a column, a Styler, groups or a lazy query of a library that is loaded.

    Looks at the type alone, so it never runs anything of the value.

    >>> is_frame([1, 2])
    False
    """
    return family_of(value) is not None


def family_of(value: object) -> Family | None:
    """Return how ``value`` is to be read; None where it is no frame."""
    lineage = type(value).__mro__
    for module, name, family in _CLASSES:
        # vars, not getattr: some modules import on being asked for a name
        found = vars(sys.modules[module]).get(name) if sys.modules.get(module) else None
        if found is not None and any(one is found for one in lineage):
            return family
    return None


def title_of(value: object) -> str:
    """Return the library and class of a frame, such as "pandas DataFrame"."""
    kind = type(value)
    return f"{kind.__module__.split('.')[0]} {kind.__name__}"[:80]
