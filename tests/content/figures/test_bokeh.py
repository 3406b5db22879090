"""Figures of bokeh: told, with a warning that no picture went."""

from __future__ import annotations

from typing import Any

from bokeh import models, plotting
from bokeh.layouts import column

from tests.content.figures.seen import attach, pictures, words

MODELS: Any = models
PLOTTING: Any = plotting
"""Their types know less than their functions take."""


def plot(**options: Any) -> Any:
    made = PLOTTING.figure(title="Trees", x_axis_label="height", **options)
    source = MODELS.ColumnDataSource({"h": list(range(50)), "g": [n**2 for n in range(50)], "owner": ["PLANTED"] * 50})
    made.line("h", "g", source=source, legend_label="all", line_color="teal")
    return made


def test_a_figure_is_told_with_its_specification() -> None:
    """Title, labels, ranges, legend, glyphs with their extremes and properties go as text, and a warning for the user."""
    attachment = attach(plot(y_range=MODELS.Range1d(0, 2_500), y_axis_type="log"))
    assert (attachment.kind, attachment.note, attachment.thumbnail) == ("figure", "no picture", "")
    assert attachment.warning.startswith("No picture of fig went, only facts and its specification")
    assert pictures(attachment) == []
    text = words(attachment)
    assert text.splitlines()[2:7] == [
        'Plot "Trees"',
        '  x "height": as far as its data',
        "  y: 0 to 2500, log scale",
        '  legend "all"',
        "  Line: 50 points; x 0 to 49; y 0 (at x = 0) to 2401 (at x = 49); first (0, 0), last (49, 2401)",
    ]
    assert '"line_color": "teal"' in text
    assert "PLANTED" not in text


def test_bars_on_categories_are_told() -> None:
    """Categories are named, and bars go with their heights."""
    made = PLOTTING.figure(x_range=["ash", "beech"])
    made.vbar(x=["ash", "beech"], top=[3, 4], width=0.5)
    text = words(attach(made))
    assert "x: categories ash, beech" in text
    assert "VBar: 2 points: (ash, 3) (beech, 4)" in text


def test_a_layout_tells_each_of_its_figures() -> None:
    """A column of two figures tells both, within the budget."""
    text = words(attach(column(plot(), plot())))
    assert text.count('Plot "Trees"') == 2
    assert "bokeh Column, 2 plots" in text
    assert len(words(attach(column(*(plot() for _ in range(30)))))) < 7_000
