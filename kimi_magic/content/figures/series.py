"""What is drawn in the axes of matplotlib, one line for each series: kind, name, number of points, extremes."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from kimi_magic.content.figures.bars import bars
from kimi_magic.content.figures.facts import count, listed, number, points, quoted, span
from kimi_magic.content.figures.legends import hexadecimal, name_of
from kimi_magic.content.figures.scales import Scale

_MOST_COLOURS = 12


def series_of(axes: Any, x: Scale, y: Scale, taken: set[int]) -> Iterator[str]:
    """Yield a line for each series of ``axes``; artists whose ids are in ``taken`` are told already."""
    told = set(taken)
    for container in axes.containers:
        yield from _of_container(container, axes, x, y)
        told.update(id(child) for child in _children(container))
    artists = [*axes.lines, *axes.collections, *axes.images, *axes.patches]
    alone = [one for one in artists if id(one) not in told and one.get_visible()]
    if wedges := [one for one in alone if type(one).__name__ == "Wedge"]:
        yield _pie(wedges)
    for artist in alone:
        if type(artist).__name__ != "Wedge" and (line := _of_artist(artist, axes, x, y)):
            yield from line.split("\n")


def _of_container(container: Any, axes: Any, x: Scale, y: Scale) -> Iterator[str]:
    kind = type(container).__name__
    if kind == "BarContainer" and len(container.patches):
        colour = hexadecimal(container.patches[0].get_facecolor())
        yield bars(container, x, y, name_of(container) or name_of(container.patches[0], colour, axes))
    elif kind == "ErrorbarContainer":
        yield _error_bars(container, x, y)
    elif kind == "StemContainer":
        yield f"stems{name_of(container)}: {_line_points(container.markerline, x, y)}"


def _children(container: Any) -> Iterator[Any]:
    for child in container.get_children():
        yield child
        if hasattr(child, "get_children") and type(child).__name__.endswith("Container"):
            yield from _children(child)


def _of_artist(artist: Any, axes: Any, x: Scale, y: Scale) -> str:
    """Return one artist in words; its class alone where it is of a kind that behaves unlike its name."""
    tell = next((known for one in type(artist).__mro__ if (known := _KINDS.get(one.__name__))), None)
    try:
        return tell(artist, axes, x, y) if tell else f"{type(artist).__name__}{name_of(artist)}"
    except (AttributeError, TypeError, ValueError, IndexError):
        return f"{type(artist).__name__}{name_of(artist)}"


def _line_points(line: Any, x: Scale, y: Scale) -> str:
    return points(line.get_xdata(orig=False), line.get_ydata(orig=False), x.write, y.write)


def _line(line: Any, axes: Any, x: Scale, y: Scale) -> str:
    if hasattr(line, "get_data_3d"):
        a, b, c = line.get_data_3d()
        return f"line in space{name_of(line)}: {count(len(a), 'point')}; x {span(a)}; y {span(b)}; z {span(c)}"
    in_x, in_y = line.get_transform().contains_branch_seperately(axes.transData)
    many = len(line.get_xdata(orig=False))
    if in_y and not in_x and many:
        return f"horizontal line{name_of(line)} at y = {y.write(line.get_ydata(orig=False)[0])}"
    if in_x and not in_y and many:
        return f"vertical line{name_of(line)} at x = {x.write(line.get_xdata(orig=False)[0])}"
    if not many or not in_x:
        return ""
    kind = "points" if line.get_linestyle() in ("None", "none", "", " ") else "line"
    colour = hexadecimal(line.get_color())
    return f"{kind}{name_of(line, colour, axes)} {colour}: {_line_points(line, x, y)}"


def _error_bars(container: Any, x: Scale, y: Scale) -> str:
    data, _, bars_of = container.lines
    heights = [abs(b - a) / 2 for one in bars_of for a, b in _extents(one.get_segments())]
    width = f"; half lengths {span(heights, number)}" if heights else ""
    return f"error bars{name_of(container)}: {_line_points(data, x, y) if data is not None else 'no line'}{width}"


def _extents(segments: Sequence[Any]) -> Iterator[tuple[float, float]]:
    for one in segments:
        if len(one) == 2:
            yield (float(one[0][1]), float(one[1][1])) if one[0][0] == one[1][0] else (float(one[0][0]), float(one[1][0]))


def _scatter(artist: Any, axes: Any, x: Scale, y: Scale) -> str:
    if hasattr(artist, "_offsets3d"):
        a, b, c = artist._offsets3d  # there is no public way to them
        return f"points in space{name_of(artist)}: {count(len(a), 'point')}; x {span(a)}; y {span(b)}; z {span(c)}"
    offsets = artist.get_offsets()
    if not len(offsets):  # an empty one serves seaborn's legend
        return ""
    groups = _by_colour(artist, offsets)
    lines = [
        f"scatter{name_of(artist, colour, axes)} {colour}: {points(own[:, 0], own[:, 1], x.write, y.write)}"
        for colour, own in groups.items()
    ]
    alone = f"scatter{name_of(artist)}: {points(offsets[:, 0], offsets[:, 1], x.write, y.write)}{_values(artist)}"
    return "\n".join(lines) or alone


def _by_colour(artist: Any, offsets: Any) -> dict[str, Any]:
    """Return the points of each colour; nothing where there are many, or they stand for numbers."""
    colours = artist.get_facecolor()
    if artist.get_array() is not None or len(colours) not in (1, len(offsets)):
        return {}
    if len(colours) == 1:
        return {hexadecimal(colours[0]): offsets}
    every, which = sys.modules["numpy"].unique(colours, axis=0, return_inverse=True)
    if len(every) > _MOST_COLOURS:
        return {}
    return {hexadecimal(one): offsets[which.ravel() == place] for place, one in enumerate(every)}


def _values(artist: Any) -> str:
    """Return the numbers that its colours stand for, in words."""
    values = artist.get_array()
    return "" if values is None or not values.size else f"; coloured by {span(values.ravel(), number)}"


def _area(artist: Any, axes: Any, x: Scale, y: Scale) -> str:
    if artist.get_array() is not None:  # hexbin's, mostly
        return f"cells{name_of(artist)}: {count(len(artist.get_array()), 'cell')}{_values(artist)}"
    box, colours = artist.get_datalim(axes.transData), artist.get_facecolor()
    name = name_of(artist, hexadecimal(colours[0]) if len(colours) else "", axes)
    return f"filled area{name}: x {x.write(box.x0)} to {x.write(box.x1)}; y {y.write(box.y0)} to {y.write(box.y1)}"


def _surface(artist: Any, *_: Any) -> str:
    return f"surface{name_of(artist)}{_values(artist)}"


def _segments(artist: Any, axes: Any, x: Scale, y: Scale) -> str:
    box = artist.get_datalim(axes.transData)
    ends = f"x {x.write(box.x0)} to {x.write(box.x1)}; y {y.write(box.y0)} to {y.write(box.y1)}"
    return f"{count(len(artist.get_paths()), 'segment')}{name_of(artist)}: {ends}{_values(artist)}"


def _grid(artist: Any, _: Any, x: Scale, y: Scale) -> str:
    """Return an image or a mesh in words: its shape, and where its extremes stand."""
    values = artist.get_array()
    if values.ndim == 3 and values.shape[-1] in (3, 4):
        return f"image{name_of(artist)}: {values.shape[0]} rows × {values.shape[1]} columns of colours"
    kind, centre = ("image", 0.0) if hasattr(artist, "get_extent") else ("colour mesh", 0.5)
    shape = f"{values.shape[0]} rows × {values.shape[1]} columns" if values.ndim == 2 else count(values.size, "value")
    return f"{kind}{name_of(artist)}: {shape}; values {_peaks(values, x, y, centre)}; colours {artist.get_cmap().name}"


def _peaks(values: Any, x: Scale, y: Scale, centre: float) -> str:
    numpy: Any = sys.modules["numpy"]
    filled = numpy.ma.filled(numpy.ma.asarray(values, dtype=float), numpy.nan)
    if numpy.isnan(filled).all():
        return "all missing"
    places = [numpy.unravel_index(find(filled), filled.shape) for find in (numpy.nanargmin, numpy.nanargmax)]
    return " to ".join(f"{number(float(filled[place]))}{_cell(place, x, y, centre)}" for place in places)


def _cell(place: Sequence[int], x: Scale, y: Scale, centre: float) -> str:
    if len(place) != 2:
        return ""
    row, column = (int(one) for one in place)
    row_name = y.near(row + centre) if y.names else f"row {row}"
    return f" ({row_name}, {x.near(column + centre) if x.names else f'column {column}'})"


def _contours(artist: Any, *_: Any) -> str:
    return f"contours{name_of(artist)}: {'filled, ' * bool(artist.filled)}levels {listed(map(number, artist.levels))}"


def _arrows(artist: Any, *_: Any) -> str:
    return f"arrows{name_of(artist)}: {count(artist.N, 'arrow')}"


def _stairs(artist: Any, _: Any, x: Scale, y: Scale) -> str:
    data = artist.get_data()
    return f"stairs{name_of(artist)}: {points(data.edges[:-1], data.values, x.write, y.write)}"


def _shape(artist: Any, axes: Any, x: Scale, y: Scale) -> str:
    in_x, in_y = artist.get_transform().contains_branch_seperately(axes.transData)
    box = artist.get_path().get_extents(artist.get_patch_transform())
    ends = [f"x {x.write(box.x0)} to {x.write(box.x1)}"] * in_x + [f"y {y.write(box.y0)} to {y.write(box.y1)}"] * in_y
    kind = {"Polygon": "outline", "Rectangle": "rectangle"}.get(type(artist).__name__, type(artist).__name__)
    return f"{kind}{name_of(artist)}: {'; '.join(ends)}" if ends else ""


def _pie(wedges: Sequence[Any]) -> str:
    shares = [f"{quoted(one.get_label())} {number(round((one.theta2 - one.theta1) / 3.6, 2))} %" for one in wedges]
    return f"pie: {listed(shares)}"


_KINDS: dict[str, Callable[[Any, Any, Scale, Scale], str]] = {
    "Line2D": _line,
    "ContourSet": _contours,
    "Quiver": _arrows,
    "QuadMesh": _grid,
    "AxesImage": _grid,
    "LineCollection": _segments,
    "PathCollection": _scatter,
    "PolyCollection": _area,
    "Poly3DCollection": _surface,
    "StepPatch": _stairs,
    "Patch": _shape,
}
"""How an artist is told, by the first of its classes that is known."""
