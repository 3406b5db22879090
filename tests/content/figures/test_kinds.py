"""What counts as a figure, found without importing a library and without running the user's code."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import altair
import bokeh.plotting
import numpy as np
import pandas as pd  # type: ignore[import-untyped]  # pandas comes without types
import plotly.graph_objects  # type: ignore[import-untyped]  # plotly comes without types
import polars
import pytest
from IPython import display
from matplotlib import pyplot as plt
from matplotlib.figure import Figure
from PIL import Image as Pillow

from kimi_magic.content.figures.kinds import is_figure, library_of
from kimi_magic.errors import UsageError
from tests.content.figures.seen import attach

ALTAIR: Any = altair
DISPLAY: Any = display
"""They come without some of their types."""

FIGURES: dict[str, tuple[Any, str]] = {
    "figure": (Figure, "matplotlib"),
    "plotly": (plotly.graph_objects.Figure, "plotly"),
    "altair": (lambda: ALTAIR.Chart(ALTAIR.Data(values=[])).mark_bar(), "altair"),
    "bokeh": (bokeh.plotting.figure, "bokeh"),
    "pillow": (lambda: Pillow.new("RGB", (1, 1)), "pillow"),
    "display": (lambda: DISPLAY.Image(data=b"\x89PNG\r\n\x1a\n"), "bundle"),
}


@pytest.mark.parametrize("name", FIGURES)
def test_each_library_is_known(name: str) -> None:
    """A figure of each library counts, and is drawn by that library."""
    make, library = FIGURES[name]
    assert library_of(make()) == library


@pytest.mark.parametrize(
    "value",
    [
        None,
        0,
        "text",
        [],
        [1, 2],
        ([], np.arange(3)),
        {},
        {"a": 1},
        np.arange(3),
        np.array([1, "a"], dtype=object),
        pd.DataFrame({"a": [1]}),
        pd.Series([1]),
        pd.DataFrame({"a": [1]}).style,
        polars.DataFrame({"a": [1]}),
        Figure,
        Pillow.Image,
        plt,
        lambda: 0,
        [Figure(), 3],
    ],
    ids=lambda value: type(value).__name__,
)
def test_other_values_are_no_figures(value: Any) -> None:
    """Numbers, texts, frames, arrays, classes, modules and mixed lists do not count, and are refused in one sentence."""
    assert not is_figure(value)
    with pytest.raises(UsageError, match="fig is no figure: it is of the class"):
        attach(value)


class Trap:
    """Raises whatever is asked of it."""

    def __getattribute__(self, name: str) -> Any:
        raise AssertionError(name)

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(name)

    def __eq__(self, other: object) -> bool:
        raise AssertionError("eq")

    def __hash__(self) -> int:
        raise AssertionError("hash")

    def __len__(self) -> int:
        raise AssertionError("len")

    def __bool__(self) -> bool:
        raise AssertionError("bool")


class TrapList(list[Any]):
    """A list whose own iteration raises."""

    def __iter__(self) -> Any:
        raise AssertionError("iter")


def test_asking_runs_nothing_of_the_users() -> None:
    """Not one method of the value is called, not even for its class, its length or its truth."""
    assert not is_figure(Trap())
    assert not is_figure([Trap()])
    assert not is_figure(TrapList([1, 2]))


def test_a_trap_with_a_picture_is_a_figure() -> None:
    """A class that has a method for pictures counts without the method being called."""

    class Shown(Trap):
        def _repr_png_(self) -> bytes:
            raise AssertionError("png")

    assert is_figure(Shown())


def test_asking_imports_nothing() -> None:
    """In a fresh Python, asking about a few values and importing all of it brings no library in."""
    code = (
        "import sys\n"
        "from kimi_magic.content.figures.figure import from_figure\n"
        "from kimi_magic.content.figures.kinds import is_figure\n"
        "assert not any(map(is_figure, (1, 'a', [1], {'a': 2}, object())))\n"
        "heavy = {'numpy', 'matplotlib', 'PIL', 'plotly', 'altair', 'bokeh', 'vl_convert', 'kaleido', 'pandas'}\n"
        "print(*sorted(heavy & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
