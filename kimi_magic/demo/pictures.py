"""Looks into a picture: with Pillow its size and colours, without it what the first bytes of the file say."""

from __future__ import annotations

import struct
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

COLOURS = {
    "black": (0, 0, 0),
    "grey": (128, 128, 128),
    "white": (255, 255, 255),
    "red": (220, 40, 40),
    "orange": (255, 127, 14),
    "yellow": (250, 220, 40),
    "green": (44, 160, 44),
    "teal": (23, 190, 207),
    "blue": (31, 119, 200),
    "navy": (20, 30, 110),
    "purple": (130, 60, 190),
    "pink": (240, 120, 190),
    "brown": (130, 80, 50),
}
NAMED, SHARE = 3, 0.02
"""At most so many colours are named, each with at least this share of the picture."""


@dataclass(frozen=True, slots=True)
class Picture:
    """What is seen of a picture: format, size in pixels, and its commonest colours with their share in percent.

    ``colours`` is None where they could not be looked at, because Pillow is missing.
    """

    format: str
    width: int
    height: int
    colours: tuple[tuple[str, int], ...] | None = None


def look(data: bytes) -> Picture | None:
    """Return what is seen of the picture whose file is ``data``; None where it cannot be decoded."""
    try:
        from PIL import Image
    except ImportError:
        return read_header(data)
    import io

    try:
        with Image.open(io.BytesIO(data)) as image:
            return Picture(image.format or "?", image.width, image.height, _colours(image))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError, Image.DecompressionBombWarning):
        return read_header(data)


def read_header(data: bytes) -> Picture | None:
    """Return format and size from the first bytes of a PNG, GIF or JPEG; None for anything else."""
    if data.startswith(b"\x89PNG\r\n\x1a\n") and len(data) >= 24:
        return Picture("PNG", *struct.unpack(">II", data[16:24]))
    if data.startswith((b"GIF87a", b"GIF89a")) and len(data) >= 10:
        return Picture("GIF", *struct.unpack("<HH", data[6:10]))
    return _read_jpeg(data) if data.startswith(b"\xff\xd8") else None


def _read_jpeg(data: bytes) -> Picture | None:
    """Walk over the segments to the one that starts the frame: SOF, not DHT, JPG or DAC, which share its range."""
    place = 2
    while place + 9 <= len(data) and data[place] == 0xFF:
        marker, length = data[place + 1], int.from_bytes(data[place + 2 : place + 4])
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", data[place + 5 : place + 9])
            return Picture("JPEG", width, height)
        place += 2 + length
    return None


def _colours(image: Image) -> tuple[tuple[str, int], ...]:
    small = image.convert("RGBA")
    small.thumbnail((64, 64))
    pixels = small.tobytes()
    named = Counter(_nearest(*pixels[at : at + 4]) for at in range(0, len(pixels), 4))
    shares = [(name, count * 4 / len(pixels)) for name, count in named.most_common(NAMED)]
    return tuple((name, round(100 * share)) for name, share in shares if share >= SHARE)


def _nearest(red: int, green: int, blue: int, alpha: int) -> str:
    """Return the name of the nearest colour; what shines through counts as white, as on a page."""
    seen = [255 - (255 - value) * alpha // 255 for value in (red, green, blue)]
    return min(COLOURS, key=lambda name: sum((a - b) ** 2 for a, b in zip(seen, COLOURS[name], strict=True)))
