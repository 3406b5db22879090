"""What needs Pillow: opening a picture to its last byte, making it smaller, writing it, and its thumbnail."""

from __future__ import annotations

import base64
import importlib.util
import io
import struct
import warnings
import zlib
from typing import TYPE_CHECKING, Any

from kimi_magic.errors import UsageError

if TYPE_CHECKING:
    from PIL.Image import Image as Pixels

_COMMON = ("PNG", "JPEG", "GIF", "BMP", "PPM")
_OTHER = ("WEBP", "AVIF", "TIFF", "ICO", "HEIF")
"""What Pillow may open here. Not among them: EPS, for which it starts a program."""

_LOSSLESS = 2_000_000
"""Above so many bytes a PNG gives way to a JPEG."""

_SMALL, _SMALL_BYTES = 96, 4_400
"""A thumbnail's longest side, and its bytes, so that its address has at most 6 kB."""

_BROKEN = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    IndexError,
    KeyError,
    TypeError,
    MemoryError,
    struct.error,
    zlib.error,
)
"""What Pillow raises for files that are cut short or lie."""


def opened(name: str, data: bytes) -> Pixels:
    """Return the first image of the file, read to its end.

    Raises `UsageError` for what is no picture, is cut short, or has more pixels than Pillow opens safely, and ImportError
    without Pillow.
    """
    from PIL import Image, UnidentifiedImageError

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            image = Image.open(io.BytesIO(data), formats=_formats(Image, data))
            image.load()
        except (Image.DecompressionBombError, Image.DecompressionBombWarning):
            raise too_large(name, Image.MAX_IMAGE_PIXELS) from None
        except UnidentifiedImageError:
            raise UsageError(f"{name} is no picture that can be opened: PNG, JPEG, GIF, WEBP, BMP and HEIC can.") from None
        except _BROKEN as error:
            raise broken(name, error) from None
    return image


def can_open_heic() -> bool:
    """Return whether Pillow opens HEIC here, which it learns from the package pillow-heif; ImportError without Pillow."""
    from PIL import Image

    if importlib.util.find_spec("pillow_heif"):
        importlib.import_module("pillow_heif").register_heif_opener()
    return "HEIF" in Image.OPEN


def _formats(pillow: Any, data: bytes) -> list[str]:
    pillow.preinit()
    if not data.startswith((b"\x89PNG", b"\xff\xd8", b"GIF8", b"BM")):
        pillow.init()
    return [one for one in (*_COMMON, *_OTHER) if one in pillow.OPEN]


def is_framed(image: Pixels) -> bool:
    """Return whether the outermost pixels are all of one colour: nothing is cut by the edge."""
    right, low = image.width - 1, image.height - 1
    edges = ((0, 0, right + 1, 1), (0, low, right + 1, low + 1), (0, 0, 1, low + 1), (right, 0, right + 1, low + 1))
    bands = [band for edge in edges for band in image.crop(edge).split()]
    return all(band.getextrema()[0] == band.getextrema()[1] for band in bands)


def too_large(name: str, most: int | None) -> UsageError:
    """Return the error for a picture with more pixels than can be opened safely."""
    limit = f" (at most {most:,})" if most else ""
    return UsageError(f"{name} has more pixels than can be opened safely{limit}. Make it smaller first.")


def broken(name: str, error: Exception) -> UsageError:
    """Return the error for a picture's file that Pillow could not read to its end."""
    words = " ".join(str(error).split())[:120].rstrip(".") or type(error).__name__
    return UsageError(f"{name} is a broken picture, or its file was cut short: {words}.")


def plain(image: Pixels) -> Pixels:
    """Return ``image`` upright and in a mode that a PNG or JPEG shows as it is meant: RGB, RGBA, L."""
    from PIL import ImageOps

    upright = ImageOps.exif_transpose(image)
    if upright.mode.startswith("I") or upright.mode == "F":
        upright = _stretched(upright)
    if upright.mode in ("RGB", "RGBA", "L"):
        return upright
    has_alpha = upright.mode in ("LA", "PA", "La", "RGBa") or "transparency" in upright.info
    return upright.convert("RGBA" if has_alpha else "L" if upright.mode == "1" else "RGB")


def _stretched(image: Pixels) -> Pixels:
    """Return an image of numbers as greys, the smallest black and the largest white."""
    low, high = (float(one) for one in image.convert("F").getextrema())  # type: ignore[arg-type]  # one band has one pair
    scale = 255 / (high - low) if high > low else 0.0
    return image.convert("F").point(lambda value: value * scale - low * scale).convert("L")


def resized(image: Pixels, size: tuple[int, int]) -> Pixels:
    """Return ``image`` at ``size``."""
    from PIL import Image

    return image if image.size == size else image.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)


def encoded(image: Pixels, most: int, *, photograph: bool = False) -> tuple[bytes, str]:
    """Return ``image`` as a file of at most ``most`` bytes, and its format: JPEG for a ``photograph``, else PNG."""
    if not photograph:
        data = _written(image, "PNG")
        if len(data) <= min(most, _LOSSLESS):
            return data, "PNG"
    opaque = on_white(image)
    for quality in (90, 80, 65, 45, 25):
        data = _written(opaque, "JPEG", quality=quality)
        if len(data) <= most:
            break
    return data, "JPEG"


def on_white(image: Pixels) -> Pixels:
    """Return ``image`` in RGB, with white where it shines through."""
    from PIL import Image

    if image.mode != "RGBA":
        return image.convert("RGB")
    paper = Image.new("RGB", image.size, "white")
    paper.paste(image, mask=image.getchannel("A"))
    return paper


def thumbnail(image: Pixels) -> str:
    """Return a small picture of ``image`` as a ``data:`` address of at most 6 kB."""
    small = image
    if small.mode in ("RGB", "RGBA", "L") and min(small.size) >= 4 * _SMALL:
        small = small.reduce(min(small.size) // (2 * _SMALL))
    small = on_white(plain(small))
    small.thumbnail((_SMALL, _SMALL))
    data, _ = encoded(small, _SMALL_BYTES, photograph=True)
    return f"data:image/jpeg;base64,{base64.b64encode(data).decode()}"


def _written(image: Pixels, form: str, **options: int) -> bytes:
    file = io.BytesIO()
    image.save(file, form, **options)
    return file.getvalue()
