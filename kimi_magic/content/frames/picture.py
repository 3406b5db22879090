"""A table as a picture: a legible head of it, drawn within a longest side."""

from __future__ import annotations

import base64
import importlib.util
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SIZE = 14
"""Height of the letters in pixels: read well by people and models."""

_LINE, _PAD, _WIDEST = SIZE + 8, 8, 260
_HEAD, _GRID, _INK, _PAPER = "#e8eaee", "#c9cdd4", "#1b1f24", "#ffffff"
_THUMB, _THUMB_BYTES = 96, 4_400  # base64 makes them less than 6 kB


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell's text and colours, as CSS writes them; "" for the usual ones. A head stands on grey."""

    text: str
    background: str = ""
    colour: str = ""
    head: bool = False
    right: bool = False


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawn table as ``data:`` addresses, and how many of its rows and columns it shows, heads not counted."""

    url: str
    thumbnail: str
    rows: int
    columns: int


def most_rows(side: int) -> int:
    """Return how many rows a picture with this longest side has room for."""
    return max(1, side // _LINE - 1)


def most_columns(side: int) -> int:
    """Return how many columns a picture with this longest side can have room for, if they are narrow."""
    return max(1, side // (2 * SIZE))


def drawn(rows: Sequence[Sequence[Cell]], side: int) -> Picture:
    """Return the picture of a table whose rows all have as many cells; what has no room is left out.

    Raises ImportError where Pillow is missing.
    """
    from PIL import Image, ImageDraw

    font = _font()
    rows = rows[: max(1, (side - 1) // _LINE)]
    widths = _widths(rows, side, font)
    image = Image.new("RGB", (sum(widths) + 1, len(rows) * _LINE + 1), _PAPER)
    draw = ImageDraw.Draw(image)
    for down, row in enumerate(rows):
        across = 0
        for cell, width in zip(row, widths, strict=False):
            _draw_cell(draw, cell, (across, down * _LINE, across + width, (down + 1) * _LINE), font)
            across += width
    heads = sum(all(cell.head for cell in row) for row in rows)
    left = sum(cell.head for cell in rows[-1][: len(widths)]) if heads < len(rows) else 0
    return Picture(_png(image), _thumbnail(image), len(rows) - heads, len(widths) - left)


def _widths(rows: Sequence[Sequence[Cell]], side: int, font: Any) -> list[int]:
    """Return the widths of the columns that have room; the first one always has."""
    widths: list[int] = []
    for column in zip(*rows, strict=True):
        width = min(_WIDEST, math.ceil(max(font.getlength(cell.text[:80]) for cell in column)) + 2 * _PAD, side - 1)
        if widths and sum(widths) + width + 1 > side:
            break
        widths.append(width)
    return widths


def _draw_cell(draw: Any, cell: Cell, box: tuple[int, int, int, int], font: Any) -> None:
    background = _rgb(cell.background) or _rgb(_HEAD if cell.head else _PAPER)
    draw.rectangle(box, fill=background, outline=_GRID)
    room = box[2] - box[0] - 2 * _PAD
    text = _fitted(cell.text, room, font)
    left = box[0] + _PAD + (int(room - font.getlength(text)) if cell.right else 0)
    draw.text((left, box[1] + (_LINE - SIZE) // 2 - 1), text, fill=_rgb(cell.colour) or _INK, font=font)


def _fitted(text: str, room: int, font: Any) -> str:
    text = text[:200]
    if font.getlength(text) <= room:
        return text
    while text and font.getlength(text + "…") > room:
        text = text[:-1]
    return text + "…"


def _rgb(colour: str) -> tuple[int, ...] | None:
    """Return a CSS colour as numbers; None where it is none that Pillow reads."""
    from PIL import ImageColor

    try:
        return ImageColor.getrgb(colour)[:3] if colour else None
    except ValueError:  # transparent, inherit, a gradient
        return None


def _font() -> Any:
    """Return DejaVu where the system or matplotlib has it, for it knows many scripts; else Pillow's own."""
    from PIL import ImageFont

    for path in ("DejaVuSans.ttf", *_of_matplotlib()):
        try:
            return ImageFont.truetype(path, SIZE)
        except OSError:
            continue
    return ImageFont.load_default(SIZE)


def _of_matplotlib() -> list[str]:
    found = importlib.util.find_spec("matplotlib")  # looks for its files, imports nothing of it
    places = (found.submodule_search_locations if found else None) or []
    return [str(Path(place, "mpl-data", "fonts", "ttf", "DejaVuSans.ttf")) for place in places]


def _png(image: Any) -> str:
    data = io.BytesIO()
    image.save(data, "PNG", optimize=True)
    return f"data:image/png;base64,{base64.b64encode(data.getvalue()).decode()}"


def _thumbnail(image: Any) -> str:
    small = image.copy()
    small.thumbnail((_THUMB, _THUMB))
    for quality in (70, 40, 10):
        data = io.BytesIO()
        small.save(data, "JPEG", quality=quality)
        if data.tell() <= _THUMB_BYTES:
            return f"data:image/jpeg;base64,{base64.b64encode(data.getvalue()).decode()}"
    return ""
