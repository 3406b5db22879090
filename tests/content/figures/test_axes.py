"""The facts of a matplotlib figure: what it says about titles, axes, legends and colour bars, within its budget."""

from __future__ import annotations

import datetime
from typing import Any

import numpy as np
from matplotlib import pyplot as plt

from tests.content.figures.seen import attach, words


def facts(value: Any) -> str:
    return words(attach(value))


def test_titles_axes_and_legend_are_told() -> None:
    """Titles of figure and axes, labels, ranges, scales and the legend's entries are there."""
    figure, axes = plt.subplots(figsize=(8, 4))
    figure.suptitle("All of it")
    axes.plot([1, 10, 100], [1, 2, 3], label="north")
    axes.set(title="Sales", xlabel="Month", ylabel="kEUR", xscale="log", xlim=(1, 100), ylim=(4, 0))
    axes.legend(title="Region")
    assert facts(figure).splitlines()[1:6] == [
        'matplotlib figure, 8 × 4 inches, 1 plot, title "All of it"',
        'Plot 1 "Sales"',
        '  x "Month": 1 to 100, log scale; y "kEUR": 4 to 0, inverted',
        '  legend "Region": "north"',
        '  line "north" #1f77b4: 3 points: (1, 1) (10, 2) (100, 3)',
    ]


def test_dates_are_written_as_dates() -> None:
    """Along an axis of dates everything is a date."""
    days = [datetime.datetime(2024, 3, 1) + datetime.timedelta(days=day) for day in range(20)]
    plt.plot(days, [*range(19), -5])  # type: ignore[arg-type]  # its stubs know no dates
    text = facts(plt.gca())
    assert ", dates" in text
    assert "20 points; x 2024-03-01 to 2024-03-20; y -5 (at x = 2024-03-20) to 18 (at x = 2024-03-19)" in text


def test_categories_are_written_by_name() -> None:
    """Along an axis of categories everything has its name."""
    plt.plot(["ash", "beech", "cedar"], [3, 1, 2])
    assert "x: categories ash, beech, cedar" in facts(plt.gca())
    assert "line #1f77b4: 3 points: (ash, 3) (beech, 1) (cedar, 2)" in facts(plt.gca())


def test_of_several_plots_the_named_one_is_told() -> None:
    """Axes that were named out of a grid are pointed at, and a second y axis is said to lie over the first."""
    figure, (_, right) = plt.subplots(1, 2)
    twin = right.twinx()
    assert "the user named plot 2" in facts(right)
    assert "the user named" not in facts(figure)
    assert "Plot 3, over plot 2" in facts(twin)


def test_a_colour_bar_is_told_as_such() -> None:
    """A colour bar is no plot of its own: its label and range are told."""
    figure, axes = plt.subplots()
    figure.colorbar(axes.imshow([[0.5, 2], [3, 12.5]]), label="Kelvin")
    assert 'Plot 2: colour bar "Kelvin", 0.5 to 12.5' in facts(figure)
    assert "image: 2 rows × 2 columns; values 0.5 (row 0, column 0) to 12.5 (row 1, column 1); colours viridis" in facts(
        figure
    )


def test_texts_are_told_with_their_places() -> None:
    """Annotations and texts go with what they point at."""
    _, axes = plt.subplots()
    axes.annotate("the peak", (0.2, 0.3), (0.3, 0.4))
    axes.text(0.5, 0.5, "a corner", transform=axes.transAxes)
    axes.text(0.1, 0.2, "here")
    text = facts(axes)
    assert 'text "the peak" at (0.2, 0.3)' in text
    assert 'text "a corner"\n' in text
    assert 'text "here" at (0.1, 0.2)' in text


def test_facts_stay_within_their_budget() -> None:
    """However much a figure holds, its facts end at about 600 tokens, and what is cut is said; each plot has its share."""
    figure, every = plt.subplots(5, 5)
    for axes in every.flat:
        for number in range(30):
            axes.plot(np.arange(10) * number, label=f"a series with a long name and the number {number}")
        axes.set_title("A title " * 100)
    text = facts(figure)
    assert len(text) < 4_000
    assert "more lines left out]" in text
    assert "more parts left out]" in text or "Plot 25" in text


def test_hidden_things_are_not_told() -> None:
    """Invisible axes and artists, which no picture shows, are not in the facts either."""
    figure, (left, right) = plt.subplots(1, 2)
    left.plot([1, 2], label="seen")
    left.plot([3, 4], label="unseen", visible=False)
    right.set(title="hidden axes", visible=False)
    assert '"seen"' in facts(figure)
    assert "unseen" not in facts(figure)
    assert "hidden axes" not in facts(figure)


def test_an_empty_figure_says_so() -> None:
    """A figure without plots has one line of facts."""
    assert facts(plt.figure()).splitlines()[1] == "matplotlib figure, 6.4 × 4.8 inches, 0 plots"
