"""Pictures at a size that the service takes: passed on as they are where they fit, else made smaller."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from kimi_magic.content.figures import pixels
from kimi_magic.content.figures.formats import MIME, Header, is_complete, read_header
from kimi_magic.content.how import How
from kimi_magic.content.values import wrapped
from kimi_magic.errors import UsageError
from kimi_magic.messages import Attachment, Image, Part

if TYPE_CHECKING:
    from PIL.Image import Image as Pixels

MOST_WIDTH, MOST_HEIGHT, MOST_BYTES = 4_096, 2_160, 5_000_000
"""The service's advice, and what the file of one picture may weigh."""

CURE = 'pip install "kimi-magic[figures]"'
"""What brings the libraries that draw."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture's file, ready to be sent. ``was`` is its size before it was made smaller."""

    data: bytes
    format: str
    width: int
    height: int
    thumbnail: str = ""
    was: tuple[int, int] | None = None

    @property
    def image(self) -> Image:
        """The part of a message."""
        return Image(f"data:{MIME[self.format]};base64,{base64.b64encode(self.data).decode()}")

    @property
    def note(self) -> str:
        """Its size and format, as in ``640×480 PNG``."""
        return f"{self.width}×{self.height} {self.format}" if self.width else self.format

    @property
    def said(self) -> str:
        """A sentence about it for the model."""
        smaller = f", made smaller from {self.was[0]}×{self.was[1]}" if self.was else ""
        return f"Picture: {self.note}{smaller}."


def from_picture(name: str, data: bytes, how: How, *, facts: str = "") -> Attachment:
    """Return the picture whose file is ``data`` as an attachment of the kind "image", with ``facts`` as its words.

    A PNG, JPEG, GIF, WEBP, BMP or HEIC within ``how.side``, `MOST_WIDTH` × `MOST_HEIGHT` and `MOST_BYTES` goes byte for
    byte; anything else is made smaller or written anew. Raises `UsageError` where it cannot be opened, is cut short or has
    too many pixels.
    """
    picture = fitted(name, data, how.side)
    return attached(name, "image", "\n".join(filter(None, (facts, picture.said))), [picture])


def attached(
    name: str, kind: Literal["figure", "image"], text: str, pictures: Sequence[Picture], warning: str = ""
) -> Attachment:
    """Return ``text`` and the ``pictures`` that belong to it as one attachment."""
    note = pictures[0].note if len(pictures) == 1 else f"{len(pictures)} pictures" if pictures else "no picture"
    parts: tuple[Part, ...] = (wrapped(name, kind, text), *(one.image for one in pictures))
    return Attachment(name, kind, parts, note, pictures[0].thumbnail if pictures else "", warning)


def fitted(name: str, data: bytes, side: int) -> Picture:
    """Return the picture whose file is ``data``, made smaller where it is beyond ``side`` or the service's bounds.

    Raises `UsageError` where it cannot be opened, is cut short or has too many pixels.
    """
    header = read_header(data)
    if not data:
        raise UsageError(f"{name} is empty: there is no picture in it.")
    try:
        if header and header.format == "HEIC" and not pixels.can_open_heic():
            return _undecoded(name, data, header, side, "pip install pillow-heif")
        image = pixels.opened(name, data)
    except ImportError:
        return _undecoded(name, data, header, side, CURE)
    return kept(data, image, header.format if header else "", side)


def kept(data: bytes, image: Pixels, form: str, side: int) -> Picture:
    """Return a file of the format ``form`` that was opened as ``image``: as it is where that can go, else made smaller."""
    if form and _fits(image.size, side) and len(data) <= MOST_BYTES:
        return Picture(data, form, *image.size, pixels.thumbnail(image))
    return drawn(image, side, photograph=form == "JPEG")


def drawn(image: Pixels, side: int, *, photograph: bool = False) -> Picture:
    """Return an image of Pillow's as a picture within the bounds; ``photograph`` makes a JPEG of it."""
    upright = pixels.plain(image)
    small = pixels.resized(upright, size_within(upright.size, side))
    data, form = pixels.encoded(small, MOST_BYTES, photograph=photograph)
    was = None if small.size == upright.size else upright.size
    return Picture(data, form, *small.size, pixels.thumbnail(small), was)


def size_within(size: tuple[int, int], side: int) -> tuple[int, int]:
    """Return ``size``, or the largest of the same shape within ``side`` and the service's bounds.

    >>> size_within((640, 480), 1568), size_within((3000, 1500), 1568), size_within((1, 9000), 1568)
    ((640, 480), (1568, 784), (1, 1568))
    """
    width, height = size
    scale = min(1.0, side / max(size), MOST_WIDTH / width, MOST_HEIGHT / height)
    return max(1, int(width * scale + 1e-6)), max(1, int(height * scale + 1e-6))


def _fits(size: tuple[int, int], side: int) -> bool:
    return size_within(size, side) == size


def _undecoded(name: str, data: bytes, header: Header | None, side: int, cure: str) -> Picture:
    """Return a picture that nothing here can open, judged by its first and last bytes."""
    if header is None:
        raise UsageError(f"{name} is no PNG, JPEG, GIF, WEBP, BMP or HEIC; to open other pictures: {cure}")
    if not is_complete(data, header.format):
        raise UsageError(f"{name} is a broken picture, or its file was cut short.")
    size = (header.width, header.height)
    if not header.width or not _fits(size, side) or len(data) > MOST_BYTES:
        raise UsageError(f"{name} ({header.width}×{header.height} {header.format}) must be made smaller first: {cure}")
    return Picture(data, header.format, *size)
