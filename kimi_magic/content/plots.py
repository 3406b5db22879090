"""Figures that cells showed, as attachments: drawn from the object where it lives, else the picture that was shown."""

from __future__ import annotations

import base64
import binascii
import importlib
import itertools
import sys
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from kimi_magic.content.expressions import Namespace
from kimi_magic.content.how import How
from kimi_magic.content.markup import pictures_of
from kimi_magic.content.outputs import BOKEH, PICTURES, PLOTLY, VEGA, Shown
from kimi_magic.content.values import wrapped
from kimi_magic.errors import UsageError
from kimi_magic.messages import Attachment


def from_shown(shown: Iterable[Shown], how: How, namespace: Namespace | None = None) -> list[Attachment]:
    """Return what of ``shown`` can be seen, in order, as pictures with their facts.

    An object that is bound in ``namespace`` has its name there, others are called "plot 1", "plot 2" by their place.
    Raises `UsageError` for one that cannot be drawn and has no picture either.
    """
    numbers = itertools.count(1)
    return [attachment for one in shown for attachment in _attachments(one, how, namespace or {}, numbers)]


def _attachments(shown: Shown, how: How, namespace: Namespace, numbers: Iterator[int]) -> Iterator[Attachment]:
    # Late: much to import for who never plots.
    from kimi_magic.content.figures.figure import from_figure
    from kimi_magic.content.figures.kinds import is_figure
    from kimi_magic.content.figures.pictures import from_picture

    value = shown.value if not _is_emptied(shown.value) else None
    value = value if is_figure(value) else _rebuilt(shown.bundle)
    pictures = list(_pictures(shown.bundle))
    if value is None and not pictures:
        if BOKEH in shown.bundle:
            yield _unseen(f"plot {next(numbers)}")
        return
    number = next(numbers)
    if value is not None:
        try:
            yield from_figure(_name(value, namespace) or f"plot {number}", value, how)
            return
        except UsageError:
            if not pictures:
                raise
    yield from_picture(f"plot {number}", pictures[0], how)
    yield from (from_picture(f"plot {next(numbers)}", data, how) for data in pictures[1:])


def _unseen(name: str) -> Attachment:
    """Return a word about a figure that bokeh's ``show`` put on the page without handing it over."""
    text = "A bokeh figure was shown here. Neither its picture nor its numbers could be read."
    warning = f"{name} went without picture and numbers: bokeh's show() hands nothing over. Name the figure: %%kimi NAME."
    return Attachment(name, "figure", (wrapped(name, "figure", text),), note="not seen", warning=warning)


def _is_emptied(value: Any) -> bool:
    """Whether a figure was cleared after it had been shown: what was seen is only in its picture."""
    is_figure = type(value).__module__.startswith("matplotlib") and hasattr(value, "get_axes")
    return is_figure and not (value.get_axes() or getattr(value, "subfigs", ()) or value.texts or value.artists)


def _name(value: object, namespace: Namespace) -> str:
    return next((name for name, one in namespace.items() if one is value and not name.startswith("_")), "")


def _pictures(bundle: Mapping[str, Any]) -> Iterator[bytes]:
    """Yield the one picture of a bundle, in its most welcome form; or those embedded in its HTML."""
    for mime in PICTURES:
        if (data := bundle.get(mime)) and (found := _bytes(mime, data)):
            yield found
            return
    yield from pictures_of(str(bundle.get("text/html", "")))


def _bytes(mime: str, data: str | bytes) -> bytes:
    """Return a picture's file: a formatter gives bytes, or text in base64 (SVG: text as it is)."""
    if isinstance(data, bytes):
        return data
    try:
        return data.encode() if mime == "image/svg+xml" else base64.b64decode(data)
    except binascii.Error:
        return b""


def _rebuilt(bundle: Mapping[str, Any]) -> object | None:
    """Return the figure that a bundle describes, made by the library that described it; None where there is none.

    The library is there if it showed the figure. One that it cannot make again has no picture.
    """
    try:
        if PLOTLY in bundle and "plotly" in sys.modules:
            plot = bundle[PLOTLY]
            figure = importlib.import_module("plotly.graph_objects").Figure
            return figure(data=plot.get("data"), layout=plot.get("layout"), skip_invalid=True)  # type: ignore[no-any-return]  # untyped
        vega = next((data for mime, data in bundle.items() if mime.startswith(VEGA)), None)
        if vega is not None and "altair" in sys.modules:
            return sys.modules["altair"].Chart.from_dict(vega)  # type: ignore[no-any-return]  # untyped
    except Exception:  # noqa: BLE001 the description is the user's, and the library's checks raise many things
        return None
    return None
