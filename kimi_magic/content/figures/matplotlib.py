"""Figures of matplotlib, and of what builds on it: pandas and seaborn."""

from __future__ import annotations

import functools
import io
from collections.abc import Iterator
from typing import Any

from kimi_magic.content.figures.axes import facts_of
from kimi_magic.content.figures.drawing import Drawing, drawn_by
from kimi_magic.content.figures.facts import MOST_CHARACTERS
from kimi_magic.content.figures.kinds import is_a, items_of
from kimi_magic.content.figures.pictures import MOST_HEIGHT, MOST_WIDTH, Picture, fitted
from kimi_magic.errors import UsageError

MOST_FIGURES = 8
"""How many figures one list may hold."""

_OUTSIDE = 2
"""By how many pixels something must stand out of the figure to be drawn too."""


def draw_matplotlib(name: str, value: object, side: int) -> Drawing:
    """Return the figures that ``value`` is, or belongs to, each drawn once and left as it was.

    Raises `UsageError` for artists that belong to no figure, for too many figures, and where matplotlib cannot draw.
    """
    figures = list(dict.fromkeys(_figures(value)))
    if not figures:
        raise UsageError(f"{name} belongs to no figure (any more): attach the figure or the axes that it was drawn in.")
    if len(figures) > MOST_FIGURES:
        raise UsageError(f"{name} holds {len(figures)} figures; at most {MOST_FIGURES} can be attached. Name fewer.")
    pictures = [drawn_by("matplotlib", name, functools.partial(_picture, name, one, side)) for one in figures]
    named = _axes(value) if is_a(value, "matplotlib.artist.Artist") else None
    facts = [facts_of(one, named, MOST_CHARACTERS // len(figures)) for one in figures]
    return Drawing("\n".join(facts), tuple(pictures))


def draw_seaborn(name: str, value: Any, side: int) -> Drawing:
    """Return a plot of ``seaborn.objects``, compiled and drawn under its own theme.

    Raises `UsageError` where seaborn cannot draw it.
    """
    plotter = drawn_by("seaborn", name, value.plot) if is_a(value, "seaborn._core.plot.Plot") else value
    figure = plotter._figure  # there is no public way to it

    def picture() -> Picture:
        return fitted(name, _bytes(plotter.save, dpi=dots(figure, side), format="png"), side)

    return Drawing(facts_of(figure), (drawn_by("seaborn", name, picture),))


def dots(figure: Any, side: int) -> float:
    """Return the dots per inch of ``figure``, or as many as keep it within ``side`` and the service's bounds."""
    width, height = (max(float(inches), 1e-3) for inches in figure.get_size_inches())
    return min(float(figure.dpi), side / max(width, height), MOST_WIDTH / width, MOST_HEIGHT / height)


def _picture(name: str, figure: Any, side: int) -> Picture:
    dpi = dots(figure, side)
    data = _save(figure, dpi, None)
    wider = _around(figure)
    if wider is not None:
        dpi = min(dpi, side / max(wider.width, wider.height), MOST_WIDTH / wider.width, MOST_HEIGHT / wider.height)
        data = _save(figure, dpi, wider)
    return fitted(name, data, side)


def _save(figure: Any, dpi: float, box: Any) -> bytes:
    """Return the figure as a PNG, through Agg whatever its window is; savefig puts its own changes back."""
    colours = {} if figure.get_facecolor()[3] == 1 else {"facecolor": "white"}
    return _bytes(figure.savefig, format="png", dpi=dpi, backend="agg", bbox_inches=box, transparent=False, **colours)


def _bytes(save: Any, **options: Any) -> bytes:
    file = io.BytesIO()
    save(file, **options)
    return file.getvalue()


def _around(figure: Any) -> Any:
    """Return a box in inches around the figure and what stands out of it, which a notebook shows; None where nothing does.

    Lines and the like end at their axes: only labels, texts and legends put elsewhere are looked at, which is quick.
    """
    extra = [*figure.texts, *figure.legends]
    for axes in figure.axes:
        legend = axes.get_legend()
        extra += axes.texts if len(axes.texts) < 50 else []
        extra += [legend] if legend and legend.get_bbox_to_anchor().bounds != axes.bbox.bounds else []
    tight, own = figure.get_tightbbox(bbox_extra_artists=extra), figure.bbox_inches
    margin = _OUTSIDE / figure.dpi
    inside = tight.x0 >= -margin and tight.y0 >= -margin and tight.x1 <= own.x1 + margin and tight.y1 <= own.y1 + margin
    return None if inside else own.union([own, tight]).padded(0.05)


def _figures(value: object) -> Iterator[Any]:
    """Yield the root figure of each artist in ``value``, again and again."""
    if is_a(value, "seaborn.axisgrid._BaseGrid"):
        value = vars(value).get("_figure") or value.figure  # type: ignore[attr-defined]  # a grid of seaborn's
    artist: Any = value
    if is_a(value, "matplotlib.artist.Artist"):
        owner = artist.figure
        while owner is not None and owner is not getattr(owner, "figure", owner):  # a figure in a figure
            owner = owner.figure
        if owner is not None:
            yield owner
    elif is_a(value, "matplotlib.container.Container"):
        for child in artist.get_children():
            yield from _figures(child)
    else:
        for item in items_of(value):
            yield from _figures(item)


def _axes(artist: Any) -> Any:
    """Return the axes that ``artist`` is or stands in; None for whole figures."""
    return getattr(artist, "axes", None) if not is_a(artist, "matplotlib.figure.FigureBase") else None
