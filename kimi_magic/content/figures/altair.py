"""Charts of altair: facts from their specification, a picture through vl-convert."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from kimi_magic.content.figures.drawing import Drawing, drawn_by
from kimi_magic.content.figures.facts import Block, bounded, clipped, count, points, quoted, span
from kimi_magic.content.figures.pictures import CURE, Picture, fitted, size_within
from kimi_magic.content.figures.specification import shortened

_SCALE = 1.5
"""How much larger than in a notebook charts are drawn: their letters are ten pixels high."""

_PARTS = ("layer", "hconcat", "vconcat", "concat")
_WHERE = ("x", "y", "x2", "y2", "theta", "radius", "color", "size", "shape", "opacity", "row", "column", "facet", "text")
_MOST_READ = 200_000

Specification = Mapping[str, Any]
Rows = Sequence[Mapping[str, Any]]


def draw_altair(name: str, chart: Any, side: int) -> Drawing:
    """Return an altair chart of any kind; without vl-convert its shortened specification stands for the picture.

    Raises `UsageError` where it is no valid chart, or cannot be drawn.
    """
    specification = drawn_by("altair", name, lambda: _specification(chart))
    facts = facts_of(specification)
    try:
        import vl_convert
    except ImportError:
        warning = f"No picture of {name} went, only facts and its specification: {CURE} draws it."
        return Drawing(f"{facts}\nspecification: {shortened(_without_rows(specification))}", (), warning)
    return Drawing(facts, (drawn_by("vl-convert", name, lambda: _picture(name, vl_convert, specification, side)),))


def _specification(chart: Any) -> dict[str, Any]:
    """Return the chart's specification with all its data, whatever the user told altair to do with large data."""
    with sys.modules["altair"].data_transformers.enable("default", max_rows=None):
        return dict(chart.to_dict())


def _without_rows(part: Any) -> Any:
    """Return a specification in which its data are counted, not told: charts rarely show all of their fields."""
    if isinstance(part, list):
        return [_without_rows(one) for one in part]
    if not isinstance(part, Mapping):
        return part
    rows = part["data"].get("values") if isinstance(part.get("data"), Mapping) else None
    counted = {"data": {"values": count(len(rows), "row")}} if isinstance(rows, list) else {}
    return {key: _without_rows(one) for key, one in part.items()} | counted


def _picture(name: str, renderer: Any, specification: Specification, side: int) -> Picture:
    version = ".".join(str(specification.get("$schema", "")).rpartition("/v")[2].split(".")[:2])
    known = version if version in renderer.get_vegalite_versions() else None
    data = renderer.vegalite_to_png(dict(specification), vl_version=known, scale=_SCALE)
    large = fitted(name, data, side)
    if large.was is None:
        return large
    scale = _SCALE * size_within(large.was, side)[0] / large.was[0]  # drawn once more, its letters are sharp
    return fitted(name, renderer.vegalite_to_png(dict(specification), vl_version=known, scale=scale), side)


def facts_of(specification: Specification) -> str:
    """Return a Vega-Lite specification in words: titles, data, and for each view its mark and encodings."""
    title = f", title {quoted(text)}" if (text := _title(specification.get("title"))) else ""
    views = list(_views(specification, {}, {}))
    blocks = [_view(place, view, specification.get("datasets", {})) for place, view in enumerate(views, 1)]
    return bounded([Block(f"altair chart, {count(len(views), 'view')}{title}"), *blocks])


def _views(part: Specification, data: Any, encoding: Specification) -> Iterator[Specification]:
    """Yield the single views of a specification, each with the data and encodings that it inherits."""
    data, encoding = part.get("data", data), {**encoding, **part.get("encoding", {})}
    inside = [one for key in _PARTS for one in part.get(key, ())] + ([part["spec"]] if "spec" in part else [])
    if not inside:
        yield {**part, "data": data, "encoding": encoding}
    facets = part["facet"] if isinstance(part.get("facet"), Mapping) else {}
    around = {"facet": facets} if "field" in facets else facets
    for one in inside:
        yield from _views(one, data, {**encoding, **around})


def _view(place: int, view: Specification, datasets: Mapping[str, Rows]) -> Block:
    mark = view.get("mark", "view")
    kind = mark if isinstance(mark, str) else mark.get("type", "view")
    rows = _rows(view["data"], datasets)
    title = f" {quoted(text)}" if (text := _title(view.get("title"))) else ""
    origin = view["data"].get("url") if isinstance(view["data"], Mapping) else None
    size = f", data from {clipped(origin)}" if origin else f", {count(len(rows), 'row')} of data"
    lines = [*_encodings(view["encoding"], rows), *_series(view["encoding"], rows)]
    changed = [next(iter(one)) for one in view.get("transform", ()) if one]
    lines += [f"transforms: {', '.join(changed)}"] if changed else []
    return Block(f"View {place}{title}: {kind}{size}", tuple(lines))


def _rows(data: Any, datasets: Mapping[str, Rows]) -> Rows:
    if not isinstance(data, Mapping):
        return ()
    values = datasets.get(data.get("name", ""), data.get("values", ()))
    return [one for one in values[:_MOST_READ] if isinstance(one, Mapping)] if isinstance(values, list) else ()


def _encodings(encoding: Specification, rows: Rows) -> Iterator[str]:
    for channel in (*_WHERE, *(one for one in encoding if one not in _WHERE and one not in ("tooltip", "order", "key"))):
        given = encoding.get(channel)
        if isinstance(given, Mapping) and (words := _encoding(given, rows)):
            yield f"{channel}: {words}"


def _encoding(given: Specification, rows: Rows) -> str:
    """Return what one channel shows: field, type, aggregate, title, scale, and from where to where its values go."""
    field = given.get("field")
    if isinstance(field, Mapping) or ("aggregate" not in given and not isinstance(field, str)):
        return (
            f"value {clipped(given['value'])}"
            if "value" in given
            else f"at {clipped(given['datum'])}"
            if "datum" in given
            else ""
        )
    made = given.get("aggregate") or given.get("timeUnit") or ("binned" if given.get("bin") else "")
    what = f"{made if isinstance(made, str) else 'aggregate'}({clipped(field or '')})" if made else clipped(field)
    kind = f" ({given['type']})" if "type" in given else ""
    title = f", title {quoted(text)}" if (text := _title(given.get("title"))) else ""
    scale = given.get("scale") if isinstance(given.get("scale"), Mapping) else {}
    drawn = f", {scale['type']} scale" if scale and "type" in scale else ""
    values = _column(rows, field)
    return f"{what}{kind}{title}{drawn}" + (f", values {span(values)}" if values else "")


def _series(encoding: Specification, rows: Rows) -> Iterator[str]:
    """Yield the extremes of y over x, for each colour, where both are shown as they are."""
    x, y, colour = (_field(encoding.get(channel)) for channel in ("x", "y", "color"))
    if not (x and y and rows):
        return
    groups: dict[Any, list[Mapping[str, Any]]] = {}
    for row in rows:
        groups.setdefault(row.get(colour) if colour else None, []).append(row)
    for name, own in list(groups.items())[:12] if len(groups) <= 50 else [(None, list(rows))]:
        label = f" {quoted(name)}" if name is not None else ""
        yield f"series{label}: {points([one.get(x) for one in own], [one.get(y) for one in own])}"
    if 12 < len(groups) <= 50:
        yield f"and {len(groups) - 12} more series"


def _field(given: Any) -> str | None:
    """Return the field of a channel that shows values as they are, neither aggregated nor binned."""
    plain = isinstance(given, Mapping) and not any(given.get(key) for key in ("aggregate", "bin", "timeUnit"))
    return given["field"] if plain and isinstance(given.get("field"), str) else None


def _column(rows: Rows, field: Any) -> list[Any]:
    name = str(field or "").replace("\\", "")
    return [row[name] for row in rows if name in row]


def _title(given: Any) -> str:
    text = given.get("text", "") if isinstance(given, Mapping) else given or ""
    return " ".join(text) if isinstance(text, list) else str(text)
