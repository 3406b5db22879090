"""Names that only a legend gives: seaborn's series, told apart by their colours."""

from __future__ import annotations

import contextlib
import sys
from typing import Any

from kimi_magic.content.figures.facts import quoted


def name_of(artist: Any, colour: str = "", axes: Any = None) -> str:
    """Return the label that the user gave to ``artist``, or else the legend's name for its colour: quoted, after a blank."""
    label = str(artist.get_label() or "")
    if not label or label.startswith("_"):  # matplotlib's own start so
        label = _names(axes).get(colour, "") if colour and axes is not None else ""
    return f" {quoted(label)}" if label else ""


def hexadecimal(colour: Any) -> str:
    """Return a colour of matplotlib's as in ``#1f77b4``."""
    return str(sys.modules["matplotlib.colors"].to_hex(colour))


def _names(axes: Any) -> dict[str, str]:
    """Return the legend's names by their colours; nothing for colours that stand for several."""
    names: dict[str, str] = {}
    legends = [one for one in (axes.get_legend(), *axes.figure.legends) if one is not None]
    for legend in legends:
        for handle, text in zip(getattr(legend, "legend_handles", ()), legend.get_texts(), strict=False):
            colour = _colour_of(handle)
            names[colour] = "" if colour in names else text.get_text()
    return names


def _colour_of(handle: Any) -> str:
    for ask in ("get_markerfacecolor", "get_facecolor", "get_color"):
        with contextlib.suppress(AttributeError, ValueError, TypeError, IndexError):
            colour = getattr(handle, ask)()
            if ask == "get_markerfacecolor" and handle.get_marker() in ("None", "", None):
                continue
            return hexadecimal(colour[0] if getattr(colour, "ndim", 1) == 2 else colour)
    return ""
