"""What the first bytes of a picture's file say: its format, and its size in pixels."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass

MIME = {
    "PNG": "image/png",
    "JPEG": "image/jpeg",
    "GIF": "image/gif",
    "WEBP": "image/webp",
    "BMP": "image/bmp",
    "HEIC": "image/heic",
}
"""The formats that the service takes."""

_HEIC_BRANDS = (b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1")


@dataclass(frozen=True, slots=True)
class Header:
    """A picture's format and size; 0×0 where the size could not be read."""

    format: str
    width: int = 0
    height: int = 0


def read_header(data: bytes) -> Header | None:
    """Return format and size of the picture whose file starts with ``data``; None for a format that the service refuses.

    >>> read_header(b"GIF89a\\x40\\x01\\xf0\\x00")
    Header(format='GIF', width=320, height=240)
    >>> read_header(b"II*\\x00, a TIFF") is None
    True
    """
    for name, is_one, size in _FORMATS:
        if is_one(data):
            try:
                return Header(name, *size(data))
            except (struct.error, IndexError):  # cut short
                return Header(name)
    return None


def is_complete(data: bytes, form: str) -> bool:
    """Return whether the file ends as its format says: what can be told without decoding it."""
    ends = {"PNG": b"IEND\xaeB`\x82", "JPEG": b"\xff\xd9", "GIF": b"\x3b"}
    return ends.get(form, b"") in data[-64:]


def _png(data: bytes) -> tuple[int, int]:
    width, height = struct.unpack(">II", data[16:24])
    return width, height


def _gif(data: bytes) -> tuple[int, int]:
    width, height = struct.unpack("<HH", data[6:10])
    return width, height


def _bmp(data: bytes) -> tuple[int, int]:
    if data[14] == 12:  # the first form of the header
        width, height = struct.unpack("<HH", data[18:22])
    else:
        width, height = struct.unpack("<ii", data[18:26])
    return width, abs(height)  # below zero where the first row comes first


def _jpeg(data: bytes) -> tuple[int, int]:
    """Walk over the segments to the one that starts the frame: SOF, not DHT, JPG or DAC, which share its range."""
    place = 2
    while data[place] == 0xFF:
        marker = data[place + 1]
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", data[place + 5 : place + 9])
            return width, height
        place += 1 if marker == 0xFF else 2 + int.from_bytes(data[place + 2 : place + 4])
    return 0, 0


def _webp(data: bytes) -> tuple[int, int]:
    kind = data[12:16]
    if kind == b"VP8X":
        return 1 + int.from_bytes(data[24:27], "little"), 1 + int.from_bytes(data[27:30], "little")
    if kind == b"VP8L":
        bits = int.from_bytes(data[21:25], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    width, height = struct.unpack("<HH", data[26:30])
    return width & 0x3FFF, height & 0x3FFF


def _heic(data: bytes) -> tuple[int, int]:
    """Return the largest of the sizes: a photograph is written as a grid of tiles, each with its own."""
    head, place, size = data[:100_000], 0, (0, 0)
    while (place := head.find(b"ispe", place) + 4) > 3:
        width, height = struct.unpack(">II", head[place + 4 : place + 12])
        size = max(size, (width, height))
    return size


_FORMATS: tuple[tuple[str, Callable[[bytes], bool], Callable[[bytes], tuple[int, int]]], ...] = (
    ("PNG", lambda data: data.startswith(b"\x89PNG\r\n\x1a\n"), _png),
    ("JPEG", lambda data: data.startswith(b"\xff\xd8\xff"), _jpeg),
    ("GIF", lambda data: data.startswith((b"GIF87a", b"GIF89a")), _gif),
    ("WEBP", lambda data: data[:4] == b"RIFF" and data[8:12] == b"WEBP", _webp),
    ("BMP", lambda data: data.startswith(b"BM") and data[6:10] == bytes(4), _bmp),
    ("HEIC", lambda data: data[4:8] == b"ftyp" and data[8:12] in _HEIC_BRANDS, _heic),
)
