"""The numbers along an axis of matplotlib, written as what they stand for: dates, categories, numbers."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from kimi_magic.content.figures.facts import Write, clipped, number, quoted, written


@dataclass(frozen=True, slots=True)
class Scale:
    """How the values of one axis are written. ``names`` are its categories by their places."""

    write: Write = number
    names: Mapping[float, str] = field(default_factory=dict)
    dated: bool = False

    def near(self, value: float) -> str:
        """Return the category that stands nearest to ``value``, as a bar's in a group; else the value."""
        place = min(self.names, key=lambda one: abs(one - value), default=None)
        return self.names[place] if place is not None and abs(place - value) < 0.5 else self.write(value)


def scale_of(axis: Any, axes: Any) -> Scale:
    """Return how the values of matplotlib's ``axis`` are written."""
    converter = type(axis.get_converter() if hasattr(axis, "get_converter") else axis.converter).__name__
    if converter == "PeriodConverter":
        return Scale(lambda value: _period(value, axes), dated=True)
    if "Date" in converter or "Timestamp" in converter:
        return Scale(_date, dated=True)
    names = _categories(axis) if converter == "StrCategoryConverter" else _labels(axis)
    return Scale(lambda value: names.get(round(float(value), 6)) or number(float(value)), names)


def described(axis: Any, scale: Scale, letter: str) -> str:
    """Return an axis in words: label, range, and what is special about it."""
    low, high = axis.get_view_interval()
    ends = f"{listed_names(scale)}" if scale.names else f"{scale.write(low)} to {scale.write(high)}"
    label = f" {quoted(text)}" if (text := axis.get_label().get_text()) else ""
    kind = _kind(axis)
    special = [f"{kind} scale" if kind else "", "dates" if scale.dated else "", "inverted" if axis.get_inverted() else ""]
    more = "".join(f", {one}" for one in special if one)
    return f"{letter}{label}: {ends}{more}"


def _kind(axis: Any) -> str:
    """Return the kind of a scale; nothing for a linear one, and for seaborn's functions what they do."""
    if axis.get_scale() != "function":
        return str(axis.get_scale()).replace("linear", "")
    for kind, steps in (("", (1, 2, 3)), ("log", (1, 10, 100))):
        a, b, c = axis.get_transform().transform(steps)
        if abs((b - a) - (c - b)) <= 1e-9 * abs(c - a):
            return kind
    return "function"


def listed_names(scale: Scale) -> str:
    """Return the categories of an axis in their order."""
    names = [scale.names[place] for place in sorted(scale.names)]
    more = f", … ({len(names) - 12} more)" if len(names) > 12 else ""
    return "categories " + ", ".join(names[:12]) + more


def _date(value: float) -> str:
    with contextlib.suppress(ValueError, OverflowError):  # beyond the years that Python knows
        moment = sys.modules["matplotlib.dates"].num2date(value).replace(tzinfo=None)
        return written(moment.replace(microsecond=0))
    return number(float(value))


def _period(value: float, axes: Any) -> str:
    frequency = getattr(axes, "freq", None) or next((one.freq for one in axes.figure.axes if hasattr(one, "freq")), None)
    with contextlib.suppress(ValueError, OverflowError, TypeError):
        return str(sys.modules["pandas"].Period(ordinal=round(value), freq=frequency))
    return number(float(value))


def _categories(axis: Any) -> dict[float, str]:
    mapping = getattr(axis.get_units() if hasattr(axis, "get_units") else axis.units, "_mapping", {})
    return {float(place): clipped(name, 40) for name, place in mapping.items()}


def _labels(axis: Any) -> dict[float, str]:
    """Return the labels that somebody put on fixed ticks, where they are not just the numbers."""
    places = getattr(axis.get_major_locator(), "locs", None)
    if places is None or not len(places) or not _is_lettered(axis.get_major_formatter()):
        return {}
    labels = [clipped(label, 40) for label in axis.get_major_formatter().format_ticks(list(places))]
    return {round(float(place), 6): label for place, label in zip(places, labels, strict=False) if label}


def _is_lettered(formatter: Any) -> bool:
    return type(formatter).__name__ in ("FixedFormatter", "FuncFormatter", "StrCategoryFormatter")
