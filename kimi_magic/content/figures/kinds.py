"""Which library a figure comes from, found without importing anything and without running the user's code."""

from __future__ import annotations

import inspect
import itertools
import sys
from collections.abc import Iterable
from typing import Any, Literal

Library = Literal["matplotlib", "seaborn", "plotly", "altair", "bokeh", "pillow", "bundle"]

_CLASSES: dict[str, Library] = {
    "matplotlib.artist.Artist": "matplotlib",
    "matplotlib.container.Container": "matplotlib",
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

_MOST_ITEMS = 1_000


def is_figure(value: object) -> bool:
    """Return whether `from_figure` draws ``value``; nothing is imported and none of the user's code runs.

    An object whose ``_repr_mimebundle_`` may hold a picture counts; where it holds none, `from_figure` gives its repr. Frames
    can have that method too: ask for them first.
    """
    return library_of(value) is not None


def library_of(value: object) -> Library | None:
    """Return which library draws ``value``; None where none does."""
    if isinstance(value, type):
        return None
    for name, library in _CLASSES.items():
        if is_a(value, name):
            return library
    if _is_altair(value):
        return "altair"
    if _holds_artists(value):
        return "matplotlib"
    return "bundle" if any(callable(inspect.getattr_static(value, name, None)) for name in BUNDLES) else None


def is_a(value: object, name: str) -> bool:
    """Return whether ``value`` is of the class with the full ``name``, which nobody needs to have imported.

    >>> is_a(Ellipsis, "fractions.Fraction"), is_a(True, "builtins.int")
    (False, True)
    """
    module, _, short = name.rpartition(".")
    known = vars(sys.modules[module]).get(short) if module in sys.modules else None
    return any(known is one for one in type(value).__mro__)


def items_of(value: object) -> Iterable[Any]:
    """Return what a list, a tuple, a dict or an array of objects holds, the first thousand; nothing for anything else."""
    if is_a(value, "numpy.ndarray") or is_a(value, "pandas.Series"):
        array: Any = value
        return array.ravel()[:_MOST_ITEMS] if array.dtype == object and is_a(value, "numpy.ndarray") else _of_series(array)
    if type(value) is dict:
        return list(itertools.islice(value.values(), _MOST_ITEMS))
    return list(itertools.islice(value, _MOST_ITEMS)) if isinstance(value, list | tuple) else ()
