"""Figures of matplotlib, and of what builds on it: pandas and seaborn."""

from __future__ import annotations

import functools
import io
from collections.abc import Callable, Iterator
from typing import Any

from kimi_magic.content.figures.axes import facts_of
from kimi_magic.content.figures.drawing import Drawing, drawn_by
from kimi_magic.content.figures.facts import MOST_CHARACTERS
from kimi_magic.content.figures.kinds import is_a, items_of
from kimi_magic.content.figures.pictures import MOST_HEIGHT, MOST_WIDTH, Picture, kept
from kimi_magic.content.figures.pixels import is_framed, opened
from kimi_magic.errors import UsageError

Save = Callable[..., object]
"""What writes a figure into a file, with the arguments of savefig."""

MOST_FIGURES = 8
"""How many figures one list may hold."""

_MOST_TEXTS = 50
_MOST_GROWTH = 2
"""What stands further out was hardly meant to be seen, and would make the rest too small to read."""

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
    pictures = [drawn_by("matplotlib", name, functools.partial(_picture, name, one, side, one.savefig)) for one in figures]
    named = _axes(value) if is_a(value, "matplotlib.artist.Artist") else None
    facts = [facts_of(one, named, MOST_CHARACTERS // len(figures)) for one in figures]
    return Drawing("\n".join(facts), tuple(pictures))


def draw_seaborn(name: str, value: Any, side: int) -> Drawing:
    """Return a plot of ``seaborn.objects``, compiled and drawn under its own theme.

    Raises `UsageError` where seaborn cannot draw it.
    """
    plotter = drawn_by("seaborn", name, value.plot) if is_a(value, "seaborn._core.plot.Plot") else value
    figure = plotter._figure  # there is no public way to it
    picture = drawn_by("seaborn", name, lambda: _picture(name, figure, side, plotter.save))
    return Drawing(facts_of(figure), (picture,))


def dots(figure: Any, side: int) -> float:
    """Return the dots per inch of ``figure``, or as many as keep it within ``side`` and the service's bounds."""
    width, height = (max(float(inches), 1e-3) for inches in figure.get_size_inches())
    return min(float(figure.dpi), side / max(width, height), MOST_WIDTH / width, MOST_HEIGHT / height)


def _picture(name: str, figure: Any, side: int, save: Save) -> Picture:
    """Return the figure as ``save`` writes it: once, or once more where something stands out of it."""
    dpi = dots(figure, side)
    data = _saved(figure, save, dpi)
    image = opened(name, data)
    wider = _around(figure) if not is_framed(image) or _is_beside(figure) else None
    if wider is not None:
        dpi = min(dpi, side / max(wider.width, wider.height), MOST_WIDTH / wider.width, MOST_HEIGHT / wider.height)
        data = _saved(figure, save, dpi, wider)
        image = opened(name, data)
    return kept(data, image, "PNG", side)


def _saved(figure: Any, save: Save, dpi: float, box: Any = None) -> bytes:
    """Return the figure as a PNG, through Agg whatever its window is; savefig puts its own changes back."""
    colours = {} if figure.get_facecolor()[3] == 1 else {"facecolor": "white"}
    file = io.BytesIO()
    save(file, format="png", dpi=dpi, backend="agg", bbox_inches=box, transparent=False, **colours)
    return file.getvalue()


def _is_beside(figure: Any) -> bool:
    """Whether a legend or text may stand out of the figure; labels that do so leave their trace on its edge."""
    if any(legend and not _is_within(legend, axes) for axes in figure.axes for legend in [axes.get_legend()]):
        return True
    texts = [text for axes in figure.axes for text in axes.texts if text.get_visible() and text.get_text()]
    alone = [*figure.texts, *figure.legends, *(texts if len(texts) <= _MOST_TEXTS else ())]
    edges = [one.get_window_extent() for one in alone]
    return any(one.x0 < 0 or one.y0 < 0 or one.x1 > figure.bbox.x1 or one.y1 > figure.bbox.y1 for one in edges)


def _is_within(legend: Any, axes: Any) -> bool:
    return bool(legend.get_bbox_to_anchor().bounds == axes.bbox.bounds)


def _around(figure: Any) -> Any:
    """Return a box in inches around the figure and what stands out of it, as a notebook shows it; None where nothing does.

    Lines and the like end at their axes: only labels, texts and legends put elsewhere are looked at.
    """
    extra = [*figure.texts, *figure.legends]
    for axes in figure.axes:
        legend = axes.get_legend()
        extra += axes.texts if len(axes.texts) <= _MOST_TEXTS else []
        extra += [legend] if legend and not _is_within(legend, axes) else []
    tight, own = figure.get_tightbbox(bbox_extra_artists=extra), figure.bbox_inches
    margin = _OUTSIDE / figure.dpi
    inside = tight.x0 >= -margin and tight.y0 >= -margin and tight.x1 <= own.x1 + margin and tight.y1 <= own.y1 + margin
    wider = own.union([own, tight]).padded(0.05)
    lost = max(wider.width / own.width, wider.height / own.height) > _MOST_GROWTH
    return None if inside or lost else wider


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
    else:
        inside = artist.get_children() if is_a(value, "matplotlib.container.Container") else items_of(value)
        for one in getattr(artist, "wedges", inside):  # a pie is no container like the others
            yield from _figures(one)


def _axes(artist: Any) -> Any:
    """Return the axes that ``artist`` is or stands in; None for whole figures."""
    return getattr(artist, "axes", None) if not is_a(artist, "matplotlib.figure.FigureBase") else None
