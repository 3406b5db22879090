"""Bars and histograms of matplotlib in words."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

from kimi_magic.content.figures.facts import extremes, listed, number
from kimi_magic.content.figures.scales import Scale

_MOST_BARS = 12


def bars(container: Any, x: Scale, y: Scale, name: str) -> str:
    """Return a container of bars in words: each bar where they are few, else their extremes; bins where they touch."""
    lying = container.orientation == "horizontal"
    places, widths, starts, lengths = _measures(container.patches, lying)
    along, up = (y, x) if lying else (x, y)
    kind = "bars lying" if lying else "bars"
    if _touch(places, widths) and not along.names:
        return f"histogram{name}: {_bins(places, widths, lengths, along, up)}"
    names = [along.near(place + width / 2) for place, width in zip(places, widths, strict=True)]
    base = "" if not any(starts) else f", standing on {number(min(starts))} to {number(max(starts))}"
    if len(names) <= _MOST_BARS:
        told = listed(f"{one} {up.write(length)}" for one, length in zip(names, lengths, strict=True))
        return f"{kind}{name}{base}: {told}"
    peaks = _peaks(names, lengths, up)
    return f"{kind}{name}{base}: {len(names):,} bars, {peaks}, sum {number(sum(lengths))}"


def _measures(patches: Sequence[Any], lying: bool) -> tuple[list[float], ...]:
    """Return where the bars begin, their widths, what they stand on and their lengths."""
    if lying:
        rows = [(one.get_y(), one.get_height(), one.get_x(), one.get_width()) for one in patches]
    else:
        rows = [(one.get_x(), one.get_width(), one.get_y(), one.get_height()) for one in patches]
    return tuple([float(value) for value in column] for column in zip(*rows, strict=True))


def _touch(places: list[float], widths: list[float]) -> bool:
    """Whether each bar begins where the one before it ends."""
    ends = [place + width for place, width in zip(places, widths, strict=True)]
    gaps = [abs(begin - end) for begin, end in zip(places[1:], ends, strict=False)]
    return bool(gaps) and max(gaps) <= 1e-6 * max(abs(widths[0]), 1e-6 * abs(places[0]))


def _bins(places: list[float], widths: list[float], heights: list[float], along: Scale, up: Scale) -> str:
    edges = [along.write(0.0 if abs(one) < 1e-9 * widths[0] else one) for one in (*places, places[-1] + widths[-1])]
    spans = [f"{begin} to {end}" for begin, end in itertools.pairwise(edges)]
    told = f"heights {_peaks(spans, heights, up)}; sum {number(sum(heights))}"
    return f"{len(places)} bins from {edges[0]} to {edges[-1]}; {told}"


def _peaks(names: list[str], values: list[float], write: Scale) -> str:
    ends = extremes(values)
    return " to ".join(f"{write.write(values[place])} ({names[place]})" for place in ends) if ends else "none"
