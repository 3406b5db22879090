"""What a figure costs on its way into a question, beside drawing it alone."""

from __future__ import annotations

from statistics import median
from typing import Any

from tests.bench.cells import Measured, Place, WrongAnswerError
from tests.bench.report import Bound, Part, Table, number

POINTS = 100_000
_LIMIT = 1.2

_PREPARE = f"""
import io, time
import numpy as np, matplotlib
matplotlib.use("agg")
from matplotlib.figure import Figure
from kimi_magic.content.figures.figure import from_figure
from kimi_magic.content.how import How
figure = Figure()
axes = figure.subplots()
axes.plot(np.sin(np.arange({POINTS}) / 5_000), label="sine")
axes.set_title("One line")
axes.legend()
def milliseconds(work):
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1e3
def alone():
    return milliseconds(lambda: figure.savefig(io.BytesIO(), format="png"))
def ours(value):
    return milliseconds(lambda: from_figure("figure", value, How()))
first = {{"savefig": alone(), "matplotlib": ours(figure)}}
def in_turns(times):
    return [[alone(), ours(figure)] for _ in range(times)]
"""

_OTHERS = {
    "altair (5,000 points)": """
import altair, pandas
other = altair.Chart(pandas.DataFrame({"x": range(5_000), "y": range(5_000)})).mark_line().encode(x="x", y="y")
""",
    "plotly": f"""
import plotly.graph_objects
other = plotly.graph_objects.Figure(plotly.graph_objects.Scatter(y=np.sin(np.arange({POINTS}) / 5_000)))
""",
}
"""What is not installed, or finds no Chrome, is measured without its picture and says so."""


def measure(place: Place) -> Part:
    """Measure figures of 640×480 and a line: drawn alone, and made an attachment, first and next."""
    with place.fresh() as kernel:
        kernel.run(_PREPARE)
        first = kernel.value("first")
        pairs = kernel.value(f"in_turns({5 * place.runs})")
        others = [row for name, code in _OTHERS.items() if (row := _other(kernel, name, code, place.runs))]
    alone, ours = (median(pair[which] for pair in pairs) for which in (0, 1))
    ratio = median(pair[1] / pair[0] for pair in pairs)
    rows = [
        ("savefig alone", number(first["savefig"]), number(alone), ""),
        ("matplotlib figure as an attachment", number(first["matplotlib"]), number(ours), f"{number(ratio)} ×"),
        *others,
    ]
    table = Table(f"Figures, a line of {POINTS:,} points", ("", "first, ms", "next, ms", "beside savefig"), rows)
    return Part([table], [Bound("a matplotlib figure, beside savefig alone", _LIMIT, ratio, "×")])


def _other(kernel: Measured, name: str, code: str, runs: int) -> tuple[str, ...] | None:
    """Return the row of another library; None where it is not installed."""
    try:
        kernel.run(code)
    except WrongAnswerError:
        return None
    times: Any = kernel.value(f"[ours(other) for _ in range({runs + 1})]")
    drawn = kernel.value("len(from_figure('figure', other, How()).parts) > 1")
    return name if drawn else f"{name}, no picture", number(times[0]), number(median(times[1:])), ""
