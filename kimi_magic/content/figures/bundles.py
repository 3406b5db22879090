"""Anything else that can show itself as a picture, by the methods that notebooks know."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from kimi_magic.content.figures.drawing import drawn_by
from kimi_magic.content.figures.facts import clipped
from kimi_magic.content.figures.kinds import is_a
from kimi_magic.content.figures.pictures import CURE, from_picture
from kimi_magic.content.how import How
from kimi_magic.content.values import from_text, from_value
from kimi_magic.errors import UsageError
from kimi_magic.messages import Attachment

_MIMES = ("image/png", "image/jpeg", "image/webp", "image/gif", "image/bmp")
_SVG = "image/svg+xml"


def from_bundle(name: str, value: object, how: How) -> Attachment:
    """Return the picture as which ``value`` shows itself; its repr where it shows itself as something else.

    Raises `UsageError` where one of its methods raises, or what it gives is no picture.
    """
    if is_a(value, "IPython.core.display.Image"):
        return _from_display(name, value, how)
    bundle = _bundle(name, value)
    facts = f"Shown by an object of the class {type(value).__name__}."
    for mime in _MIMES:
        if data := bundle.get(mime):
            return from_picture(name, _decoded(name, data), how, facts=facts)
    if _SVG in bundle:
        return from_svg(name, str(bundle[_SVG]), how, facts=facts)
    return from_value(name, value)


def from_svg(name: str, svg: str, how: How, *, facts: str = "") -> Attachment:
    """Return a drawing in SVG as a picture; as text, with a warning, where vl-convert is not installed to draw it.

    Raises `UsageError` where it cannot be drawn.
    """
    try:
        import vl_convert
    except ImportError:
        text = from_text(name, svg, "image")
        warning = f"No picture of {name} went, only its SVG as text: {CURE} draws it."
        return Attachment(text.name, "image", text.parts, "SVG as text", "", warning)
    data = drawn_by("vl-convert", name, lambda: vl_convert.svg_to_png(svg, scale=1.5))
    return from_picture(name, data, how, facts=facts)


def _from_display(name: str, image: Any, how: How) -> Attachment:
    """Return what IPython's own Image holds; an address alone holds no picture, and is not followed."""
    if not image.data:
        raise UsageError(f"{name} holds only the address of a picture, and none is loaded: attach its file.")
    return from_picture(name, _decoded(name, image.data), how, facts="Shown by IPython.display.Image.")


def _bundle(name: str, value: Any) -> dict[str, Any]:
    """Return the pictures and texts as which ``value`` shows itself, by their types."""
    bundle: dict[str, Any] = {}
    methods = (("_repr_png_", "image/png"), ("_repr_jpeg_", "image/jpeg"), ("_repr_svg_", _SVG), ("_repr_mimebundle_", ""))
    for method, mime in methods:
        if bundle or not hasattr(type(value), method):
            continue
        given = _called(name, value, method)
        given = given[0] if isinstance(given, tuple) else given  # beside it stands what a notebook is told about it
        bundle = dict(given or {}) if not mime else {mime: given} if given else {}
    return bundle


def _called(name: str, value: Any, method: str) -> Any:
    try:
        return getattr(value, method)()
    except Exception as error:  # noqa: BLE001 the method is the user's own code
        raise UsageError(
            f"{name} cannot be shown: its {method} raised {type(error).__name__}: {clipped(error, 200)}."
        ) from None


def _decoded(name: str, data: Any) -> bytes:
    if isinstance(data, bytes):
        return data
    try:
        return base64.b64decode(str(data), validate=False)
    except (binascii.Error, ValueError):
        raise UsageError(f"{name} shows itself as a picture that is neither bytes nor base64.") from None
