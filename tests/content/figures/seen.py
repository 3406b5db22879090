"""What an attachment shows: its words, and its picture as pixels."""

from __future__ import annotations

import base64
import io
from typing import Any

from PIL import Image as Pillow
from PIL.Image import Image as Pixels

from kimi_magic.content.figures.figure import from_figure
from kimi_magic.content.how import How
from kimi_magic.messages import Attachment, Image, Text


def attach(value: Any, how: How | None = None) -> Attachment:
    """Return ``value`` as the attachment called ``fig``."""
    return from_figure("fig", value, how or How())


def words(attachment: Attachment) -> str:
    """Return the text that goes, which is the first part and the only text."""
    first, *rest = attachment.parts
    assert isinstance(first, Text)
    assert not any(isinstance(part, Text) for part in rest)
    return first.text


def pictures(attachment: Attachment) -> list[Pixels]:
    """Return the pictures that go, decoded."""
    return [decoded(part.url) for part in attachment.parts if isinstance(part, Image)]


def picture(attachment: Attachment) -> Pixels:
    """Return the one picture that goes."""
    (only,) = pictures(attachment)
    return only


def decoded(url: str) -> Pixels:
    """Return the picture of a ``data:`` address; what it says of its type is true."""
    head, _, data = url.partition(";base64,")
    image = Pillow.open(io.BytesIO(base64.b64decode(data)))
    image.load()
    assert head == f"data:{Pillow.MIME[str(image.format)]}"
    return image


def share_of(image: Pixels, colour: tuple[int, int, int], tolerance: int = 40) -> float:
    """Return which share of ``image`` is of about that colour."""
    pixels = image.convert("RGB").tobytes()
    near = sum(
        all(abs(pixels[at + band] - colour[band]) <= tolerance for band in range(3)) for at in range(0, len(pixels), 3)
    )
    return near / (image.width * image.height)


def file_of(image: Pixels, form: str, **options: Any) -> bytes:
    """Return ``image`` as the bytes of a file."""
    file = io.BytesIO()
    image.save(file, form, **options)
    return file.getvalue()
