"""SVG: drawn as a picture where something here can draw, else sent as the text that it is."""

from __future__ import annotations

import importlib
import re
from dataclasses import replace
from pathlib import Path

from kimi_magic.content.figures.pictures import CURE, from_picture
from kimi_magic.content.files.text import decoded, from_text_file
from kimi_magic.content.how import How
from kimi_magic.messages import Attachment

_OUTSIDE = re.compile(
    r"""<(?!a\b)[\w:]+\s[^>]*\bhref\s*=\s*["']\s*(?!\#|data:)|url\(\s*["']?(?!\#|data:|["'])|@import|<!ENTITY""",
    re.IGNORECASE,
)
"""What would fetch a file or an address while it is drawn. A link (``<a>``) does not."""

_SIDE = re.compile(r"""\b(width|height)\s*=\s*["']\s*([\d.]+)(?:px)?\s*["']""")
_BOX = re.compile(r"""\bviewBox\s*=\s*["']\s*[-\d.]+[\s,]+[-\d.]+[\s,]+([\d.]+)[\s,]+([\d.]+)""")
_LARGEST_SCALE = 4.0


def from_svg_file(path: Path, data: bytes, how: How) -> Attachment:
    """Return the drawing in ``data`` as an attachment of a picture, or of its text with a word why no picture went.

    Nothing is fetched: a drawing that refers to other files or addresses goes as text.
    """
    text = decoded(path, data)
    if _OUTSIDE.search(text):
        return from_text_file(path, data, f"{path} went as text: it refers to files or addresses, which are not fetched.")
    try:
        picture = _drawn(text, how.side)
    except ImportError:
        return from_text_file(path, data, f"{path} went as text, no picture: {CURE} draws it.")
    except (RuntimeError, ValueError, OSError):
        return from_text_file(path, data, f"{path} went as text: it is no SVG that can be drawn.")
    attachment = from_picture(str(path), picture, how, facts="Drawn from an SVG.")
    return replace(attachment, note=f"{attachment.note.removesuffix(' PNG')} SVG")


def _drawn(text: str, side: int) -> bytes:
    """Return a PNG of the drawing, its longest side at most ``side``. ImportError where nothing is installed that draws."""
    scale = scale_for(text, side)
    try:
        vl_convert = importlib.import_module("vl_convert")
    except ImportError:
        cairosvg = importlib.import_module("cairosvg")
        return bytes(cairosvg.svg2png(bytestring=text.encode(), scale=scale))
    return bytes(vl_convert.svg_to_png(text, scale=scale))


def scale_for(text: str, side: int) -> float:
    """Return by how much to draw the SVG ``text`` larger or smaller.

    Raises ValueError where that leaves it without width or height.

    >>> scale_for('<svg width="100" height="50">', 200), scale_for('<svg viewBox="0 0 4000 10">', 200)
    (2.0, 0.05)
    """
    opened = text[text.find("<svg") :].partition(">")[0]
    sides = {name: float(value) for name, value in _SIDE.findall(opened)}
    if (box := _BOX.search(opened)) and len(sides) < 2:
        sides = {"width": float(box[1]), "height": float(box[2])}
    if not sides or not all(sides.values()):
        return 1.0
    scale = min(_LARGEST_SCALE, side / max(sides.values()))
    if min(sides.values()) * scale < 0.5:
        raise ValueError("it is thinner than a pixel")
    return scale
