"""Facts of a matplotlib figure: its titles, its axes and what is drawn in them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kimi_magic.content.figures.boxes import box_plots
from kimi_magic.content.figures.facts import MOST_CHARACTERS, Block, bounded, clipped, count, listed, number, quoted
from kimi_magic.content.figures.scales import Scale, described, scale_of
from kimi_magic.content.figures.series import series_of


def facts_of(figure: Any, named: Any = None, most: int = MOST_CHARACTERS) -> str:
    """Return a matplotlib figure in words, at most about ``most`` characters; ``named`` is the axes that the user named."""
    every = [axes for axes in figure.axes if axes.get_visible()]
    width, height = figure.get_size_inches()
    title = f", title {quoted(text)}" if (text := _suptitle(figure)) else ""
    head = f"matplotlib figure, {number(float(width))} × {number(float(height))} inches, {count(len(every), 'plot')}{title}"
    below = [f"legend of the figure: {_legend(one)}" for one in figure.legends]
    if named in every and len(every) > 1:
        below.append(f"the user named plot {every.index(named) + 1}")
    blocks = [_block(place, axes, every) for place, axes in enumerate(every, 1)]
    return bounded([Block(head, tuple(below)), *blocks], most)


def _suptitle(figure: Any) -> str:
    title = getattr(figure, "_suptitle", None)  # get_suptitle came with matplotlib 3.8
    return title.get_text() if title is not None else ""


def _block(place: int, axes: Any, every: list[Any]) -> Block:
    if (bar := getattr(axes, "_colorbar", None)) is not None:
        return _colour_bar(place, axes, bar)
    titles = [text for where in ("left", "center", "right") if (text := axes.get_title(where))]
    title = f" {quoted(' / '.join(titles))}" if titles else ""
    kind = f" ({axes.name})" if axes.name != "rectilinear" else ""
    shared = [number for number, other in enumerate(every[: place - 1], 1) if _same_place(axes, other)]
    over = f", over plot {shared[0]}" if shared else ""
    return Block(f"Plot {place}{title}{kind}{over}", tuple(_lines(axes)))


def _lines(axes: Any) -> Iterator[str]:
    scales = {letter: scale_of(axis, axes) for letter, axis in _axis_of(axes)}
    if axes.axison and (axes.get_frame_on() or len(axes.get_xticks())):  # a pie has neither
        yield "; ".join(described(axis, scales[letter], letter) for letter, axis in _axis_of(axes))
    if (legend := axes.get_legend()) is not None:
        yield f"legend {_legend(legend)}"
    boxes, taken = box_plots(axes, scales["x"], scales["y"])
    yield from boxes
    yield from series_of(axes, scales["x"], scales["y"], taken)
    yield from _texts(axes, scales["x"], scales["y"])


def _axis_of(axes: Any) -> list[tuple[str, Any]]:
    return [(letter, getattr(axes, f"{letter}axis")) for letter in "xyz" if hasattr(axes, f"{letter}axis")]


def _same_place(one: Any, other: Any) -> bool:
    return bool(one.get_position().bounds == other.get_position().bounds)


def _legend(legend: Any) -> str:
    title = f"{quoted(text)}: " if (text := legend.get_title().get_text()) else ""
    return title + listed(quoted(text.get_text()) for text in legend.get_texts())


def _colour_bar(place: int, axes: Any, bar: Any) -> Block:
    label = f" {quoted(text)}" if (text := axes.get_ylabel() or axes.get_xlabel()) else ""
    return Block(f"Plot {place}: colour bar{label}, {number(float(bar.vmin))} to {number(float(bar.vmax))}")


def _texts(axes: Any, x: Scale, y: Scale) -> Iterator[str]:
    texts = [text for text in axes.texts if text.get_visible() and text.get_text().strip()]
    if len(texts) > 6:
        yield f"{len(texts)} texts: {listed(clipped(text.get_text(), 30) for text in texts)}"
        return
    for text in texts:
        place = getattr(text, "xy", text.get_position())
        where = f" at ({x.near(place[0])}, {y.near(place[1])})" if _in_data(text, axes) else ""
        yield f"text {quoted(text.get_text())}{where}"


def _in_data(text: Any, axes: Any) -> bool:
    if hasattr(text, "xycoords"):
        return bool(text.xycoords == "data")
    return bool(text.get_transform().contains_branch(axes.transData))
