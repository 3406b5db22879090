"""Images of Pillow."""

from __future__ import annotations

from typing import Any

from kimi_magic.content.figures.drawing import Drawing, drawn_by
from kimi_magic.content.figures.pictures import drawn
from kimi_magic.content.figures.pixels import broken, too_large
from kimi_magic.errors import UsageError

_MOST_PIXELS = 400_000_000
_GREYS = ("I", "F")


def draw_pillow(name: str, image: Any, side: int) -> Drawing:
    """Return an image of Pillow's, left as it was. Raises `UsageError` for one of no size, cut short, or far too large."""
    width, height = image.size
    if not width or not height:
        raise UsageError(f"{name} is an image of {width}×{height} pixels: there is nothing to see.")
    if width * height > _MOST_PIXELS:
        raise too_large(name, _MOST_PIXELS)
    try:
        image.load()
    except (OSError, SyntaxError, ValueError) as error:
        raise broken(name, error) from None
    form = f", from a {image.format}" if image.format else ""
    frames = f", the first of {image.n_frames} frames" if getattr(image, "n_frames", 1) > 1 else ""
    facts = f"Pillow image, {width}×{height}, mode {image.mode}{form}{frames}{_numbers(image)}."
    picture = drawn_by("Pillow", name, lambda: drawn(image, side, photograph=image.format == "JPEG"))
    return Drawing(facts, (picture,))


def _numbers(image: Any) -> str:
    if not image.mode.startswith(_GREYS):
        return ""
    low, high = image.getextrema()
    return f", its numbers {low:,} to {high:,} shown as black to white"
