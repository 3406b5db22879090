"""Which library a figure comes from, found without importing anything and without running the user's code."""

from __future__ import annotations

import inspect
import itertools
import sys
from typing import Any, Literal, cast

Library = Literal["matplotlib", "seaborn", "plotly", "altair", "bokeh", "pillow", "bundle"]

_CLASSES: dict[str, Library] = {
    "matplotlib.artist.Artist": "matplotlib",
    "matplotlib.container.Container": "matplotlib",
    "matplotlib.container.PieContainer": "matplotlib",
    "seaborn.axisgrid._BaseGrid": "matplotlib",
    "seaborn._core.plot.Plot": "seaborn",
    "seaborn._core.plot.Plotter": "seaborn",
    "plotly.basedatatypes.BaseFigure": "plotly",
    "PIL.Image.Image": "pillow",
    "bokeh.models.layouts.LayoutDOM": "bokeh",
}
"""The classes from which figures descend, where they are defined."""

BUNDLES = ("_repr_png_", "_repr_jpeg_", "_repr_svg_", "_repr_mimebundle_")
"""The methods by which any other object can show itself as a picture."""

_FRAMES = frozenset({"pandas", "polars", "pyarrow", "narwhals", "dask", "duckdb", "ibis", "pyspark", "modin", "cudf"})
"""Libraries whose objects show themselves by a bundle and are no figures."""

_MOST_ITEMS = 1_000


def is_figure(value: object) -> bool:
    """Return whether `from_figure` draws ``value``; nothing is imported and none of the user's code runs.

    An object that has a ``_repr_mimebundle_`` counts; where the bundle holds no picture, `from_figure` gives its repr.
    """
    return library_of(value) is not None


def library_of(value: object) -> Library | None:
    """Return which library draws ``value``; None where none does."""
    if issubclass(type(value), type):
        return None
    for name, library in _CLASSES.items():
        if is_a(value, name):
            return library
    if _is_altair(value):
        return "altair"
    if _holds_artists(value):
        return "matplotlib"
    if _is_frame(value):
        return None
    return "bundle" if any(callable(inspect.getattr_static(value, name, None)) for name in BUNDLES) else None


def is_a(value: object, name: str) -> bool:
    """Return whether ``value`` is of the class with the full ``name``, which nobody needs to have imported.

    >>> is_a(Ellipsis, "fractions.Fraction"), is_a(True, "builtins.int")
    (False, True)
    """
    module, _, short = name.rpartition(".")
    known = vars(sys.modules[module]).get(short) if module in sys.modules else None
    return any(known is one for one in type(value).__mro__)


def items_of(value: object) -> list[Any]:
    """Return what a list, a tuple, a dict, or an array or Series of objects holds, the first thousand; else nothing."""
    kind, anything = type(value), cast(Any, value)
    if issubclass(kind, list | tuple):
        base = list if issubclass(kind, list) else tuple
        return list(itertools.islice(base.__iter__(anything), _MOST_ITEMS))
    if issubclass(kind, dict):
        return list(itertools.islice(dict.values(anything), _MOST_ITEMS))
    if is_a(value, "pandas.core.series.Series"):
        anything = anything.array if anything.dtype.kind == "O" else ()
        return list(itertools.islice(anything, _MOST_ITEMS))
    if is_a(value, "numpy.ndarray") and anything.dtype.kind == "O":
        return list(itertools.islice(anything.flat, _MOST_ITEMS))
    return []


def is_artist(value: object) -> bool:
    """Return whether ``value`` is something that matplotlib draws, or a container of such things."""
    return any(is_a(value, name) for name, library in _CLASSES.items() if library == "matplotlib")


def _is_altair(value: object) -> bool:
    return any(one.__name__ == "TopLevelMixin" and one.__module__.startswith("altair.") for one in type(value).__mro__)


def _is_frame(value: object) -> bool:
    return type(value).__module__.partition(".")[0] in _FRAMES


def _holds_artists(value: object, depth: int = 3) -> bool:
    """Whether ``value`` holds artists and, as hist's tuple and boxplot's dict, nothing but arrays and empty lists beside."""
    is_found = False
    for item in items_of(value) if depth else ():
        if is_artist(item) or _holds_artists(item, depth - 1):
            is_found = True
        elif not (is_a(item, "numpy.ndarray") or (type(item) in (list, tuple) and not item)):
            return False  # at the first number: a list of a million of them is looked at no further
    return is_found
