"""Charts of altair: drawn by vl-convert, told by their specification."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd  # type: ignore[import-untyped]  # pandas comes without types
import pytest

from kimi_magic.content.how import How
from kimi_magic.errors import UsageError
from tests.content.figures.absent import attach_without
from tests.content.figures.seen import attach, picture, share_of, words

TREES = pd.DataFrame(
    {
        "day": pd.date_range("2024-01-01", periods=40),
        "height": [float(number) for number in range(40)],
        "girth": [number**2 for number in range(40)],
        "kind": ["ash", "beech"] * 20,
        "owner": ["PLANTED"] * 40,
    }
)
RED = (255, 0, 0)


def dots() -> Any:
    return alt.Chart(TREES).mark_point().encode(x="height", y=alt.Y("girth", title="Girth in cm"), color="kind")


def test_a_chart_is_drawn() -> None:
    """The picture shows the marks in their colour, half as large again as in a notebook."""
    chart = alt.Chart(TREES).mark_bar(color="red").encode(x="kind", y="sum(girth)").properties(width=200, height=200)
    attachment = attach(chart)
    assert (attachment.kind, attachment.warning) == ("figure", "")
    assert attachment.note == "{}×{} PNG".format(*picture(attachment).size)
    assert 300 < picture(attachment).width < 450
    assert share_of(picture(attachment), RED) > 0.3


def test_encodings_and_series_are_told() -> None:
    """Each channel goes with field, type, title and range, and each colour's series with its extremes."""
    assert words(attach(dots().properties(title="Trees"))).splitlines()[1:8] == [
        'altair chart, 1 view, title "Trees"',
        'View 1 "Trees": point, 40 rows of data',
        "  x: height (quantitative), values 0 to 39",
        '  y: girth (quantitative), title "Girth in cm", values 0 to 1521',
        "  color: kind (nominal), values ash, beech",
        '  series "ash": 20 points; x 0 to 38; y 0 (at x = 0) to 1444 (at x = 38); first (0, 0), last (38, 1444)',
        '  series "beech": 20 points; x 1 to 39; y 1 (at x = 1) to 1521 (at x = 39); first (1, 1), last (39, 1521)',
    ]


@pytest.mark.parametrize(
    ("chart", "told"),
    [
        (alt.Chart(TREES).mark_bar().encode(x=alt.X("height", bin=True), y="count()"), ["x: binned(height)", "y: count()"]),
        (alt.Chart(TREES).mark_line().encode(x="month(day):T", y="mean(girth)"), ["x: month(day)", "y: mean(girth)"]),
        (dots() + dots().mark_line(), ["2 views", "View 1: point", "View 2: line"]),
        (dots() | dots().mark_line(), ["2 views", "View 2: line, 40 rows of data"]),
        (dots() & dots(), ["2 views"]),
        (alt.concat(dots(), dots()), ["2 views"]),
        (dots().facet("kind:N"), ["1 view", "facet: kind (nominal)"]),
        (dots().repeat(["height", "girth"]), ["1 view"]),
        (
            alt.Chart(TREES).mark_line().encode(x="day", y=alt.Y("girth").scale(type="sqrt")),
            ["2024-01-01 to 2024-02-09", "sqrt scale"],
        ),
        (alt.Chart(TREES).mark_rule().encode(y=alt.datum(5)), ["y: at 5"]),
        (dots().transform_filter("datum.height > 5"), ["transforms: filter"]),
    ],
)  # fmt: skip
def test_each_kind_of_chart_is_drawn_and_told(chart: Any, told: list[str]) -> None:
    """Layers, rows, columns, facets, repeats, bins, aggregates and transforms are drawn and named."""
    attachment = attach(chart)
    assert len(picture(attachment).convert("RGB").getcolors(1_000_000) or ()) > 2
    assert [one for one in told if one not in words(attachment)] == []


def test_only_what_is_shown_goes() -> None:
    """A column that no channel uses is not in the text, and the data are not dumped."""
    text = words(attach(dots()))
    assert "PLANTED" not in text
    assert "owner" not in text
    assert len(text) < 3_000


@pytest.mark.parametrize("side", [1_568, 500])
def test_large_charts_are_drawn_within_the_bounds(side: int) -> None:
    """A chart beyond the longest side is drawn once more, smaller and sharp."""
    attachment = attach(dots().properties(width=3_000, height=500), How(side=side))
    assert side - 3 <= max(picture(attachment).size) <= side
    assert "made smaller" not in words(attachment)


def test_more_rows_than_altair_allows_are_drawn() -> None:
    """A chart with more than 5,000 rows goes, and altair's setting stays as the user left it."""
    many = pd.DataFrame({"x": range(6_000), "y": range(6_000)})
    assert "6000 points" in words(attach(alt.Chart(many).mark_point().encode(x="x", y="y")))
    with pytest.raises(alt.MaxRowsError):
        alt.Chart(many).mark_point().encode(x="x", y="y").to_dict()


def test_a_chart_that_is_wrong_is_one_sentence() -> None:
    """A chart that altair itself refuses is a UsageError of one line."""
    with pytest.raises(UsageError, match=r"^fig cannot be drawn: altair raised ValueError: ") as refused:
        attach(alt.Chart(TREES).mark_point().encode(x="nothing"))
    assert "\n" not in str(refused.value)


def test_without_a_renderer_the_specification_goes() -> None:
    """Without vl-convert the facts and the shortened specification go, and the warning names the extra."""
    make = (
        "import altair as alt; "
        "value = alt.Chart(alt.Data(values=[{'x': n, 'y': n * n, 'owner': 'PLANTED'} for n in range(3_000)]))"
        ".mark_line(color='teal').encode(x='x:Q', y='y:Q')"
    )
    text, many, note, _, warning = attach_without(["vl_convert"], make)
    assert (many, note) == (0, "no picture")
    assert 'pip install "kimi-magic[figures]" draws it' in warning
    assert "series: 3000 points; x 0 to 2999" in text
    assert '"data": {"values": "3000 rows"}' in text
    assert '"mark": {"type": "line", "color": "teal"}' in text
    assert "PLANTED" not in text
    assert len(text) < 6_000
