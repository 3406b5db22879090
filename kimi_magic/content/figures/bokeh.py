"""Figures of bokeh: facts and properties in words. It draws in a browser alone, so no picture goes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from kimi_magic.content.figures.drawing import Drawing, drawn_by
from kimi_magic.content.figures.facts import Block, bounded, clipped, count, listed, points, quoted, span, written
from kimi_magic.content.figures.kinds import is_a
from kimi_magic.content.figures.specification import shortened


def draw_bokeh(name: str, model: Any, _: int) -> Drawing:
    """Return a bokeh figure, or a layout of some, in words. Raises `UsageError` where bokeh refuses to tell of it."""
    facts, specification = drawn_by("bokeh", name, lambda: (facts_of(model), shortened(_specification(model))))
    warning = (
        f"No picture of {name} went, only facts and its specification, as bokeh draws in a browser alone: "
        "draw the same with matplotlib, or attach a screenshot's file."
    )
    return Drawing(f"{facts}\nspecification: {specification}", (), warning)


def facts_of(model: Any) -> str:
    """Return the figures within a bokeh model in words."""
    plots = _plots(model)
    return bounded([Block(f"bokeh {type(model).__name__}, {count(len(plots), 'plot')}"), *map(_block, plots)])


def _plots(model: Any) -> list[Any]:
    return [one for one in model.references() if is_a(one, "bokeh.models.plots.Plot")]


def _block(plot: Any) -> Block:
    title = f" {quoted(plot.title.text)}" if plot.title and plot.title.text else ""
    return Block(f"Plot{title}", tuple(_lines(plot)))


def _lines(plot: Any) -> Iterator[str]:
    for letter, sides, extent in (("x", plot.below + plot.above, plot.x_range), ("y", plot.left + plot.right, plot.y_range)):
        label = next((f" {quoted(one.axis_label)}" for one in sides if getattr(one, "axis_label", None)), "")
        yield f"{letter}{label}: {_extent(extent)}{_kind(sides)}"
    entries = [_label(item) for legend in plot.legend for item in legend.items]
    if entries:
        yield f"legend {listed(map(quoted, entries))}"
    for renderer in plot.renderers:
        if hasattr(renderer, "glyph"):
            yield _glyph(renderer)


def _extent(extent: Any) -> str:
    if hasattr(extent, "factors"):
        return f"categories {listed(clipped(one, 40) for one in extent.factors)}"
    ends = [getattr(extent, one, None) for one in ("start", "end")]
    return (
        " to ".join(map(written, ends))
        if all(isinstance(one, int | float) and one == one for one in ends)
        else "as far as its data"
    )


def _kind(sides: Sequence[Any]) -> str:
    kinds = {type(one).__name__ for one in sides}
    return ", log scale" if "LogAxis" in kinds else ", dates" if "DatetimeAxis" in kinds else ""


def _label(item: Any) -> str:
    label = item.label
    return str(getattr(label, "value", None) or getattr(label, "field", None) or "")


def _glyph(renderer: Any) -> str:
    """Return a glyph in words: its kind, name, number of points and extremes."""
    columns, glyph = renderer.data_source.data, renderer.glyph
    name = f" {quoted(renderer.name)}" if renderer.name else ""
    given = {key: getattr(one, "field", None) for key, one in _properties(glyph).items()}
    fields = {key: field for key, field in given.items() if field in columns}
    x, y = (next((columns[fields[key]] for key in keys if key in fields), ()) for keys in (("x", "right"), ("y", "top")))
    if len(x) and len(y):
        return f"{type(glyph).__name__}{name}: {points(x, y)}"
    told = [f"{key} {count(len(columns[field]), 'value')}, {span(columns[field])}" for key, field in fields.items()]
    return f"{type(glyph).__name__}{name}: {'; '.join(told) or 'no data'}"


def _specification(model: Any) -> list[dict[str, Any]]:
    """Return what each glyph was given; the data themselves are told by the facts."""
    return [
        {"glyph": type(one.glyph).__name__, **{key: _plain(value) for key, value in _properties(one.glyph).items()}}
        for plot in _plots(model)
        for one in plot.renderers
        if hasattr(one, "glyph")
    ]


def _properties(glyph: Any) -> dict[str, Any]:
    return dict(glyph.properties_with_values(include_defaults=False))


def _plain(value: Any) -> Any:
    return {"field": value.field} if hasattr(value, "field") else getattr(value, "value", value)
