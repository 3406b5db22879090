"""Plots of pandas and seaborn: whatever their functions return is drawn and told."""

from __future__ import annotations

from typing import Any

import pandas as pd  # type: ignore[import-untyped]  # pandas comes without types
import pytest
import seaborn as sns  # type: ignore[import-untyped]  # seaborn comes without types
import seaborn.objects as so  # type: ignore[import-untyped]  # the same
from matplotlib import pyplot as plt

from kimi_magic.content.figures.kinds import is_figure
from kimi_magic.content.how import How
from tests.content.figures.seen import attach, picture, pictures, words

pytestmark = [
    pytest.mark.filterwarnings("ignore:The copy keyword is deprecated"),  # seaborn 0.13 under pandas 3
    pytest.mark.filterwarnings("ignore:vert"),  # seaborn 0.13 under matplotlib 3.11
]

TREES = pd.DataFrame(
    {
        "kind": ["ash", "beech", "cedar"] * 10,
        "height": range(30),
        "girth": [number**2 for number in range(30)],
        "side": ["north", "south"] * 15,
    }
)


def test_what_pandas_plots_is_a_figure() -> None:
    """Axes, arrays of axes and Series of axes, as plot, hist, subplots and groupby return them."""
    numbers = TREES[["height", "girth"]]
    returned = [
        numbers.plot(),
        numbers.hist(),
        numbers.plot(subplots=True),
        TREES.groupby("side")[["height"]].plot(),
        TREES.boxplot(by="side", column="height"),
        numbers.plot.scatter("height", "girth"),
    ]
    for value in returned:
        assert is_figure(value)
        assert pictures(attach(value))[0].size == (640, 480)


def test_days_and_periods_are_dates() -> None:
    """The days of a pandas plot are told as days, whether they come regularly (as periods) or not."""
    days = pd.Series(range(60), index=pd.date_range("2024-01-01", periods=60))
    assert "60 points; x 2024-01-01 to 2024-02-29; y 0 (at x = 2024-01-01)" in words(attach(days.plot()))
    plt.close("all")
    some = days.iloc[[0, 1, 5, 59]]
    assert "4 points: (2024-01-01, 0) (2024-01-02, 1) (2024-01-06, 5) (2024-02-29, 59)" in words(attach(some.plot()))


def test_bars_of_pandas_have_their_names() -> None:
    """Each column's bars go with the names of the rows."""
    frame = pd.DataFrame({"a": [1, 2], "b": [3, 4]}, index=["x", "y"])
    text = words(attach(frame.plot.bar()))
    assert 'bars "a": x 1, y 2' in text
    assert 'bars "b": x 3, y 4' in text


@pytest.mark.parametrize(
    ("draw", "told"),
    [
        (
            lambda: sns.boxplot(TREES, x="kind", y="height"),
            "box plot: ash: whiskers 0 to 27, quartiles 6.75 and 20.25, median 13.5; ",
        ),
        (lambda: sns.barplot(TREES, x="kind", y="height", errorbar=None), "bars: ash 13.5, beech 14.5, cedar 15.5"),
        (
            lambda: sns.scatterplot(TREES, x="height", y="girth", hue="side"),
            'scatter "north" #1f77b4: 15 points; x 0 to 28; ',
        ),
        (lambda: sns.lineplot(TREES, x="height", y="girth", hue="side"), 'line "south" #ff7f0e: 15 points; x 1 to 29; '),
        (lambda: sns.histplot(TREES, x="height", hue="side", bins=2), 'histogram "north": 2 bins from 0 to 29; heights 7 '),
        (
            lambda: sns.heatmap(pd.crosstab(TREES.kind, TREES.side)),
            "colour mesh: 3 rows × 2 columns; values 5 (ash, north) to 5",
        ),
        (lambda: sns.countplot(TREES, x="side"), "bars: north 15, south 15"),
    ],
)
def test_axes_of_seaborn_are_told(draw: Any, told: str) -> None:
    """Plots of seaborn on one axes go with their numbers; a series has the name that the legend gives to its colour."""
    assert told in words(attach(draw()))


@pytest.mark.parametrize(
    "draw",
    [
        lambda: sns.relplot(TREES, x="height", y="girth", col="side"),
        lambda: sns.jointplot(TREES, x="height", y="girth"),
        lambda: sns.pairplot(TREES[["height", "girth"]]),
    ],
)
def test_grids_of_seaborn_are_drawn_whole(draw: Any) -> None:
    """A FacetGrid, a JointGrid and a PairGrid are drawn as the figures that they hold."""
    grid = draw()
    assert is_figure(grid)
    attachment = attach(grid)
    assert len(picture(attachment).convert("RGB").getcolors(1_000_000) or ()) > 10
    assert "height" in words(attachment)


@pytest.mark.parametrize(("side", "width"), [(1_568, 752), (300, 300)])
def test_a_plot_of_seaborn_objects_is_compiled_under_its_theme(side: int, width: int) -> None:
    """A Plot is drawn without pyplot knowing, with the legend beside it, within the bounds, and told by its axes."""
    plot = so.Plot(TREES, x="height", y="girth", color="side").add(so.Dot()).label(title="Trees").scale(y="log")
    attachment = attach(plot, How(side=side))
    assert picture(attachment).width == pytest.approx(width, abs=15)
    assert plt.get_fignums() == []
    text = words(attachment)
    assert 'Plot 1 "Trees"' in text
    assert 'scatter "north" #4c72b0: 15 points; x 0 to 28' in text
    assert 'y "girth"' in text
    assert "log scale" in text
    assert words(attach(plot.plot())) == words(attach(plot))
