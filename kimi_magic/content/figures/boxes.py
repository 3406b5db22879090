"""Box plots, which matplotlib leaves as a heap of short lines: found by their shape, told by their quartiles."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from kimi_magic.content.figures.facts import count
from kimi_magic.content.figures.scales import Scale

_MOST_ARTISTS = 1_000
_MOST_BOXES = 8

Corner = tuple[float, float]
Shape = tuple[Any, list[Corner]]


@dataclass(frozen=True, slots=True)
class _Box:
    """A box along one axis: where it stands, its quartiles, its median and whiskers, and its outliers."""

    place: float
    low: float
    high: float
    median: float
    whiskers: tuple[float, ...]
    outliers: int

    def said(self, names: Scale, write: Scale) -> str:
        """Return the box in words."""
        ends = f"whiskers {write.write(min(self.whiskers))} to {write.write(max(self.whiskers))}, " if self.whiskers else ""
        more = f", {count(self.outliers, 'outlier')}" if self.outliers else ""
        quartiles = f"quartiles {write.write(self.low)} and {write.write(self.high)}"
        return f"{names.near(self.place)}: {ends}{quartiles}, median {write.write(self.median)}{more}"


def box_plots(axes: Any, x: Scale, y: Scale) -> tuple[list[str], set[int]]:
    """Return the box plots of ``axes`` in words, and the ids of the artists that they consist of."""
    shapes = [(one, _vertices(one)) for one in [*axes.lines, *axes.patches][:_MOST_ARTISTS]]
    if not any(len(points) == 5 for _, points in shapes):
        return [], set()
    for upright, names, write in ((True, x, y), (False, y, x)):
        turned = [(one, points if upright else [(b, a) for a, b in points]) for one, points in shapes]
        taken: set[int] = set()
        boxes = [box.said(names, write) for box in _boxes(turned, taken)]
        if boxes:
            more = [f"… ({len(boxes) - _MOST_BOXES} more)"] if len(boxes) > _MOST_BOXES else []
            return [f"box plot: {'; '.join(boxes[:_MOST_BOXES] + more)}"], taken
    return [], set()


def _vertices(artist: Any) -> list[Corner]:
    """Return the few corners of a line or path; nothing of long ones and of bars."""
    kind = type(artist).__name__
    if kind == "Line2D":
        x, y = artist.get_xdata(orig=False), artist.get_ydata(orig=False)
        return [(float(a), float(b)) for a, b in zip(x, y, strict=False)] if len(x) <= _MOST_ARTISTS else []
    if kind == "PathPatch":
        return [(float(a), float(b)) for a, b in artist.get_path().vertices[:5]]
    return []


def _boxes(shapes: list[Shape], taken: set[int]) -> Iterator[_Box]:
    for artist, corners in shapes:
        across, along = sorted({a for a, _ in corners}), sorted({b for _, b in corners})
        if len(corners) != 5 or corners[0] != corners[-1] or len(across) != 2 or len(along) > 2:
            continue
        own = [(one, points) for one, points in shapes if points and all(across[0] <= a <= across[1] for a, _ in points)]
        pairs = [points for _, points in own if len(points) == 2]
        medians = [p[0][1] for p in pairs if p[0][1] == p[1][1] and along[0] <= p[0][1] <= along[-1] and _spans(p, across)]
        if medians:
            whiskers = [b for p in pairs if p[0][0] == p[1][0] for _, b in p]
            dots = [len(points) for one, points in own if _is_dots(one) and one is not artist]
            taken.update(id(one) for one, _ in own if str(one.get_label()).startswith("_") or one is artist)
            yield _Box(sum(across) / 2, along[0], along[-1], medians[0], tuple(whiskers), sum(dots))


def _spans(points: list[Corner], across: list[float]) -> bool:
    return sorted(a for a, _ in points) == across


def _is_dots(artist: Any) -> bool:
    return type(artist).__name__ == "Line2D" and artist.get_linestyle() in ("None", "none", "", " ")
