"""Each kind of series of matplotlib is told with its own numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from matplotlib import pyplot as plt

from tests.content.figures.seen import attach, words

RAMP = np.arange(100_000.0)


def draw_gap(axes: Any) -> None:
    axes.plot([0, 1, np.nan, *range(3, 20)], [np.nan, 5, 1, *range(10, 27)])


def draw_named_image(axes: Any) -> None:
    axes.imshow([[1, 2], [3, 0]])
    axes.set_xticks([0, 1], ["ash", "beech"])
    axes.set_yticks([0, 1], ["May", "June"])


def draw_boxes(axes: Any) -> None:
    axes.boxplot([[1, 2, 3, 4, 5], [2, 4, 6, 8, 100]], tick_labels=["A", "B"])


def draw_lying_boxes(axes: Any) -> None:
    axes.boxplot([[1, 2, 3, 4, 5]], tick_labels=["A"], orientation="horizontal", patch_artist=True)


CASES: dict[str, tuple[Any, str]] = {
    "a long line": (
        lambda axes: axes.plot(RAMP, (RAMP - 40_000) ** 2, label="square", color="red"),
        'line "square" #ff0000: 100,000 points; x 0 to 99,999; y 0 (at x = 40,000) to 3,599,880,001 (at x = 99,999); '
        "first (0, 1,600,000,000), last (99,999, 3,599,880,001)",
    ),
    "a gap": (
        draw_gap,
        "line #1f77b4: 20 points; x 0 to 19; y 1 (at x = nan) to 26 (at x = 19); first (0, nan), last (19, 26)",
    ),
    "only marks": (lambda axes: axes.plot([1, 2], [3, 4], "o"), "points #1f77b4: 2 points: (1, 3) (2, 4)"),
    "a scatter": (lambda axes: axes.scatter([1, 2], [3, 4], label="s"), 'scatter "s" #1f77b4: 2 points: (1, 3) (2, 4)'),
    "a coloured scatter": (
        lambda axes: axes.scatter([1, 2], [3, 4], c=[10, 20]),
        "scatter: 2 points: (1, 3) (2, 4); coloured by 10 to 20",
    ),
    "bars": (lambda axes: axes.bar(["a", "b"], [3, 4.5], label="b"), 'bars "b": a 3, b 4.5'),
    "lying bars": (lambda axes: axes.barh(["a", "b"], [3, 4.5]), "bars lying: a 3, b 4.5"),
    "stacked bars": (lambda axes: axes.bar(["a", "b"], [3, 4], bottom=[1, 2]), "bars, standing on 1 to 2: a 3, b 4"),
    "many bars": (
        lambda axes: axes.bar(range(30), [*range(29), 90]),
        "bars: 30 bars, 0 (0) to 90 (29), sum 496",
    ),
    "a histogram": (
        lambda axes: axes.hist([1, 1, 1, 2, 3, 5], bins=4, label="h"),
        'histogram "h": 4 bins from 1 to 5; heights 1 (2 to 3) to 3 (1 to 2); sum 6',
    ),
    "error bars": (
        lambda axes: axes.errorbar([1, 2], [3, 4], yerr=[0.1, 0.2], label="e"),
        'error bars "e": 2 points: (1, 3) (2, 4); half lengths 0.1 to 0.2',
    ),
    "stems": (lambda axes: axes.stem([1, 2], [3, 4]), "stems: 2 points: (1, 3) (2, 4)"),
    "a filled area": (lambda axes: axes.fill_between([1, 2], [3, 4], 1), "filled area: x 1 to 2; y 1 to 4"),
    "a level": (lambda axes: axes.axhline(2.5, label="limit"), 'horizontal line "limit" at y = 2.5'),
    "a moment": (lambda axes: axes.axvline(7), "vertical line at x = 7"),
    "a band": (lambda axes: axes.axvspan(1, 2), "rectangle: x 1 to 2"),
    "stairs": (lambda axes: axes.stairs([5, 6], [0, 1, 2]), "stairs: 2 points: (0, 5) (1, 6)"),
    "an image": (
        lambda axes: axes.imshow(np.zeros((4, 6, 3))),
        "image: 4 rows × 6 columns of colours",
    ),
    "an image with names": (
        draw_named_image,
        "image: 2 rows × 2 columns; values 0 (June, beech) to 3 (June, ash); colours viridis",
    ),
    "a mesh": (
        lambda axes: axes.pcolormesh(np.arange(6).reshape(2, 3)),
        "colour mesh: 2 rows × 3 columns; values 0 (row 0, column 0) to 5 (row 1, column 2); colours viridis",
    ),
    "contours": (lambda axes: axes.contour(np.eye(3), levels=[0.25, 0.5]), "contours: levels 0.25, 0.5"),
    "filled contours": (lambda axes: axes.contourf(np.eye(3), levels=[0, 0.5, 1]), "contours: filled, levels 0, 0.5, 1"),
    "segments": (lambda axes: axes.vlines([1, 2], 0, 3), "2 segments: x 1 to 2; y 0 to 3"),
    "arrows": (lambda axes: axes.quiver([1, 2], [1, 2], [1, 1], [1, 1]), "arrows: 2 arrows"),
    "a pie": (lambda axes: axes.pie([1, 3], labels=["p", "q"]), 'pie: "p" 25 %, "q" 75 %'),
    "box plots": (
        draw_boxes,
        "box plot: A: whiskers 1 to 5, quartiles 2 and 4, median 3; "
        "B: whiskers 2 to 8, quartiles 4 and 8, median 6, 1 outlier",
    ),
    "a lying box plot": (draw_lying_boxes, "box plot: A: whiskers 1 to 5, quartiles 2 and 4, median 3"),
    "an outline": (lambda axes: axes.fill([0, 1, 1], [0, 0, 2], label="o"), 'outline "o": x 0 to 1; y 0 to 2'),
}


@pytest.mark.parametrize("case", CASES)
def test_a_series_is_told(case: str) -> None:
    """Kind, name, number of points and exact extremes of a series stand in one line of the facts."""
    draw, told = CASES[case]
    _, axes = plt.subplots()
    draw(axes)
    assert f"  {told}" in words(attach(axes)).splitlines()


def test_a_box_plot_is_told_once() -> None:
    """The short lines that a box plot consists of are not told one by one."""
    _, axes = plt.subplots()
    draw_boxes(axes)
    assert sum("line" in line for line in words(attach(axes)).splitlines()) == 0


def test_series_in_space_are_told_along_three_axes() -> None:
    """In a plot with three axes, points and lines go with the extent of each."""
    axes: Any = plt.figure().add_subplot(projection="3d")
    axes.scatter([1, 2], [3, 4], [5, 6])
    axes.plot([1, 2], [3, 4], [5, 60], label="up")
    text = words(attach(axes))
    assert "points in space: 2 points; x 1 to 2; y 3 to 4; z 5 to 6" in text
    assert 'line in space "up": 2 points; x 1 to 2; y 3 to 4; z 5 to 60' in text


def test_an_artist_of_ones_own_does_no_harm() -> None:
    """An artist whose methods give something unexpected is told by its class alone, and the figure still goes."""
    from matplotlib.lines import Line2D

    class Odd(Line2D):
        def get_linestyle(self) -> Any:
            return [object()]

        def get_xdata(self, orig: bool = True) -> Any:
            return None if not orig else super().get_xdata(orig)

    _, axes = plt.subplots()
    axes.add_line(Odd([1, 2], [3, 4], label="mine"))
    assert 'Odd "mine"' in words(attach(axes))
