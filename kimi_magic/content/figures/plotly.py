"""Figures of plotly: facts from their traces and layout, a picture through kaleido and a Chrome."""

from __future__ import annotations

import base64
import sys
from collections.abc import Iterator, Sequence
from typing import Any

from kimi_magic.content.figures.chrome import screenshot
from kimi_magic.content.figures.drawing import Drawing, RendererMissing, drawn_by
from kimi_magic.content.figures.facts import (
    Block,
    bounded,
    clipped,
    count,
    extremes,
    listed,
    number,
    points,
    quoted,
    span,
    written,
)
from kimi_magic.content.figures.pictures import fitted, size_within
from kimi_magic.content.figures.specification import shortened

_DATA = (
    "lat",
    "lon",
    "r",
    "theta",
    "z",
    "open",
    "high",
    "low",
    "close",
    "values",
    "value",
    "labels",
    "parents",
    "locations",
)
"""Where traces keep what they show, but for x and y."""

_RAW = ("histogram", "box", "violin")
"""Traces that are given single values and sum them up themselves."""


def draw_plotly(name: str, figure: Any, side: int) -> Drawing:
    """Return a plotly figure; without kaleido or a Chrome its shortened specification stands for the picture.

    Raises `UsageError` where it cannot be drawn.
    """
    facts = facts_of(figure)
    width, height = int(figure.layout.width or 700), int(figure.layout.height or 500)
    scale = size_within((width, height), side)[0] / width
    try:
        data = drawn_by("kaleido", name, lambda: screenshot(figure, width, height, scale))
    except RendererMissing as missing:
        specification = drawn_by("plotly", name, lambda: shortened(figure.to_plotly_json()))
        warning = f"No picture of {name} went, only facts and its specification: {missing}"
        return Drawing(f"{facts}\nspecification: {specification}", (), warning)
    return Drawing(facts, (fitted(name, data, side),))


def facts_of(figure: Any) -> str:
    """Return a plotly figure in words: titles, axes, and one line for each trace."""
    layout = figure.layout
    title = f", title {quoted(text)}" if (text := _text(layout.title)) else ""
    head = f"plotly figure, {count(len(figure.data), 'trace')}{title}"
    frames = [f"animated, {len(figure.frames)} frames: the first is shown"] if figure.frames else []
    legend = [f"legend {quoted(text)}"] if (text := _text(layout.legend.title)) else []
    above = [*_axes(layout), *legend, *frames, *_annotations(layout)]
    return bounded([Block(head, tuple(above)), Block("traces", tuple(_trace(one) for one in figure.data))])


def _text(title: Any) -> str:
    return str(title.text or "")


def _axes(layout: Any) -> Iterator[str]:
    for key in layout:
        if key.startswith(("xaxis", "yaxis")):
            axis = layout[key]
            label = f" {quoted(text)}" if (text := _text(axis.title)) else ""
            ends = f": {' to '.join(map(_end, axis.range))}" if axis.range else ""
            kind = f", {axis.type} scale" if axis.type not in (None, "-", "linear") else ""
            if label or ends or kind:
                yield f"{key[0]}{key[5:]}{label}{ends}{kind}"
    if _text(layout.coloraxis.colorbar.title):
        yield f"colour bar {quoted(_text(layout.coloraxis.colorbar.title))}"


def _end(value: Any) -> str:
    return "?" if value is None else written(value)


def _annotations(layout: Any) -> list[str]:
    texts = [clipped(one.text) for one in layout.annotations if one.text]
    return [f"texts: {listed(map(quoted, texts))}"] if texts else []


def _trace(trace: Any) -> str:
    """Return a trace in words: its kind, name, number of points and extremes."""
    kind = f"{trace.type} ({trace.mode})" if "mode" in trace and trace.mode else trace.type
    name = f" {quoted(trace.name)}" if "name" in trace and trace.name else ""
    x, y = (_values(trace, key) for key in "xy")
    if trace.type in _RAW:
        return f"{kind}{name}: {'; '.join(_raw(key, one) for key, one in (('x', x), ('y', y)) if len(one))}"
    told = [_series(trace, x, y)] if len(x) or len(y) else []
    told += [f"{key} {_field(_values(trace, key))}" for key in _DATA if key in trace and len(_values(trace, key))]
    return f"{kind}{name}: {'; '.join(told) or 'no data'}"


def _series(trace: Any, x: Sequence[Any], y: Sequence[Any]) -> str:
    if trace.type == "bar" and trace.orientation == "h":
        x, y = y, x
    if not len(y):
        return f"x {_field(x)}"
    return points(x if len(x) else range(len(y)), y)


def _field(values: Sequence[Any]) -> str:
    """Return one field of a trace in words; a table of numbers by its shape."""
    if len(values) and hasattr(values[0], "__len__") and not isinstance(values[0], str):
        flat = [one for row in values for one in row]
        return f"{len(values)} rows × {len(values[0])} columns, {span(flat)}"
    return f"{listed(map(written, values))}" if len(values) <= 12 else f"{count(len(values), 'value')}, {span(values)}"


def _raw(key: str, values: Sequence[Any]) -> str:
    """Return single values in words: how many, from where to where, and their quartiles where they are numbers."""
    ends = extremes(values)
    if ends is None or isinstance(values[ends[0]], str):
        return f"{key} {_field(values)}"
    numbers = sorted(one for one in values if one is not None and one == one)
    if not hasattr(numbers[0], "__float__"):
        return f"{key} {_field(values)}"
    middle = f", median {number(float(_median(numbers)))}"
    return f"{key} {count(len(values), 'value')}, {span(values)}{middle}"


def _median(numbers: Sequence[Any]) -> Any:
    half = len(numbers) // 2
    return numbers[half] if len(numbers) % 2 else (numbers[half - 1] + numbers[half]) / 2


def _values(trace: Any, key: str) -> Sequence[Any]:
    """Return a trace's data, also where it came as the base64 of an array."""
    values: Any = trace[key] if key in trace else None  # noqa: SIM401 a trace has no get
    if values is None:
        return ()
    if isinstance(values, dict) and "bdata" in values:
        array = sys.modules["numpy"].frombuffer(base64.b64decode(values["bdata"]), values["dtype"])
        shape = [int(one) for one in str(values.get("shape", len(array))).split(",")]
        values = array.reshape(shape)
    return values if hasattr(values, "__len__") and not isinstance(values, str) else (values,)
