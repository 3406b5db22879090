"""Figures of plotly: drawn by a real Chrome, told by their traces; without a Chrome told with their specification."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import pandas as pd  # type: ignore[import-untyped]  # pandas comes without types
import plotly.express as px  # type: ignore[import-untyped]  # plotly comes without types
import plotly.graph_objects as go  # type: ignore[import-untyped]  # the same
import plotly.io  # type: ignore[import-untyped]  # the same
import pytest

from kimi_magic.content.figures.plotly import facts_of
from kimi_magic.content.how import How
from kimi_magic.errors import UsageError
from tests.content.figures.absent import attach_without
from tests.content.figures.seen import attach, picture, share_of, words

RED = (255, 0, 0)


def bars(**layout: Any) -> Any:
    figure = go.Figure(go.Bar(x=["ash", "beech"], y=[1, 2], marker_color="rgb(255,0,0)", name="trees"))
    return figure.update_layout(**layout)


def test_a_figure_is_drawn_by_a_browser() -> None:
    """The picture shows the bars in their colour, at plotly's own size, and the facts tell their numbers."""
    attachment = attach(bars(title="Trees", xaxis_title="kind"))
    assert (attachment.kind, attachment.note, attachment.warning) == ("figure", "700×500 PNG", "")
    assert share_of(picture(attachment), RED) > 0.2
    assert words(attachment).splitlines()[1:] == [
        'plotly figure, 1 trace, title "Trees"',
        '  x "kind"',
        "traces",
        '  bar "trees": 2 points: (ash, 1) (beech, 2)',
        "Picture: 700×500 PNG.",
        "</attachment>",
    ]


@pytest.mark.parametrize(("side", "size"), [(1_568, (1_568, 784)), (350, (350, 175))])
def test_large_figures_are_drawn_within_the_bounds(side: int, size: tuple[int, int]) -> None:
    """A figure of a size of its own is drawn smaller, not cut."""
    shown = picture(attach(bars(width=2_000, height=1_000), How(side=side)))
    assert shown.size == size
    assert share_of(shown, RED) > 0.2


@pytest.mark.parametrize(
    ("figure", "told"),
    [
        (
            px.line(x=pd.date_range("2024-01-01", periods=60), y=np.arange(60) ** 2),
            "scatter (lines): 60 points; x 2024-01-01 to 2024-02-29; y 0 (at x = 2024-01-01) to 3481 (at x = 2024-02-29); "
            "first (2024-01-01, 0), last (2024-02-29, 3481)",
        ),
        (go.Figure(go.Bar(y=["a", "b"], x=[1, 2], orientation="h")), "bar: 2 points: (a, 1) (b, 2)"),
        (go.Figure(go.Pie(labels=["a", "b"], values=[1, 3])), "pie: values 1, 3; labels a, b"),
        (go.Figure(go.Heatmap(z=np.arange(200).reshape(10, 20))), "heatmap: z 10 rows × 20 columns, 0 to 199"),
        (go.Figure(go.Box(y=[*range(100), 7], name="b")), 'box "b": y 101 values, 0 to 99, median 49'),
        (go.Figure(go.Histogram(x=np.arange(1_001))), "histogram: x 1001 values, 0 to 1000, median 500"),
        (go.Figure(go.Indicator(value=7.5)), "indicator: value 7.5"),
        (go.Figure(go.Scattergeo(lat=[1, 2], lon=[3, 4])), "scattergeo: lat 1, 2; lon 3, 4"),
        (go.Figure(go.Scatter()), "scatter: no data"),
        (
            plotly.io.from_json(go.Figure(go.Scatter(x=np.arange(50.0), y=np.arange(50.0))).to_json()),
            "scatter: 50 points; x 0 to 49; y 0 (at x = 0) to 49 (at x = 49); first (0, 0), last (49, 49)",
        ),
    ],
)
def test_a_trace_is_told(figure: Any, told: str) -> None:
    """Each kind of trace goes with its type, name, number of points and extremes."""
    assert f"  {told}" in facts_of(figure).splitlines()


def test_facts_stay_within_their_budget() -> None:
    """A hundred traces are cut to about 600 tokens, and the text says so."""
    text = facts_of(go.Figure([go.Scatter(y=np.arange(50), name=f"series {number}") for number in range(100)]))
    assert len(text) < 3_000
    assert "more lines left out]" in text


@pytest.mark.parametrize(
    ("absent", "path", "cure"),
    [(["kaleido"], None, 'pip install "kimi-magic[figures]"'), ([], "/nowhere/chrome", "install one, or set BROWSER_PATH")],
    ids=["no kaleido", "no Chrome"],
)
def test_without_a_renderer_the_specification_goes(absent: list[str], path: str | None, cure: str) -> None:
    """Without kaleido, or without a Chrome, the facts and the shortened specification go, and the warning names the cure."""
    make = (
        "import plotly.graph_objects as go; "
        "value = go.Figure(go.Scatter(y=list(range(10_000)), customdata=['PLANTED'] * 10_000), layout_title_text='Long')"
    )
    environment = {**os.environ, **({"BROWSER_PATH": path} if path else {})}
    text, many, note, thumbnail, warning = attach_without(absent, make, environment)
    assert (many, note, thumbnail) == (0, "no picture", "")
    assert "No picture of fig went, only facts and its specification" in warning
    assert cure in warning
    assert "10,000 points" in text
    assert '"title": {"text": "Long"}' in text
    assert "… 9,994 more" in text
    assert "PLANTED" not in text
    assert len(text) < 7_000


def test_a_figure_that_cannot_be_drawn_is_one_sentence() -> None:
    """What plotly's JavaScript refuses is a UsageError of one line, and the next figure is drawn."""
    overlaid = [go.Heatmap(z=np.eye(3)), go.Pie(labels=["a"], values=[1]), go.Box(y=[1, 2])]
    with pytest.raises(UsageError, match=r"^fig cannot be drawn: kaleido raised KaleidoError: .*") as refused:
        attach(go.Figure(overlaid))
    assert "\n" not in str(refused.value)
    assert share_of(picture(attach(bars())), RED) > 0.2
