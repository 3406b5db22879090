"""Raw pictures: passed on byte for byte where they fit, made smaller where not, refused where they lie."""

from __future__ import annotations

import base64
import random
import struct
import zlib
from typing import Any

import pytest
from PIL import Image as Pillow

from kimi_magic.content.figures.pictures import from_picture
from kimi_magic.content.how import How
from kimi_magic.errors import UsageError
from kimi_magic.messages import Image
from tests.content.figures.seen import decoded, file_of, picture, share_of, words

RED = (255, 0, 0)


def red(width: int = 300, height: int = 200, mode: str = "RGB") -> Any:
    return Pillow.new("RGB", (width, height), RED).convert(mode)


def noise(width: int, height: int) -> Any:
    return Pillow.frombytes("RGB", (width, height), random.Random(1).randbytes(3 * width * height))


def png_of(width: int, height: int, rows: bytes) -> bytes:
    """Return a PNG that says it has that size, whatever its rows hold."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


@pytest.mark.parametrize("form", ["PNG", "JPEG", "GIF", "WEBP", "BMP"])
def test_what_fits_goes_byte_for_byte(form: str) -> None:
    """A small picture in a format that the service takes is sent as it is, under its true type, with a thumbnail."""
    data = file_of(red(), form)
    attachment = from_picture("photo.txt", data, How(), facts="A red picture.")
    assert [part.url for part in attachment.parts if isinstance(part, Image)] == [
        f"data:image/{form.lower()};base64,{base64.b64encode(data).decode()}"
    ]
    assert (attachment.kind, attachment.note) == ("image", f"300×200 {form}")
    assert words(attachment) == (
        f'<attachment name="photo.txt" kind="image">\nA red picture.\nPicture: 300×200 {form}.\n</attachment>'
    )
    assert share_of(decoded(attachment.thumbnail), RED) > 0.99


@pytest.mark.parametrize(
    ("data", "side", "size", "form"),
    [
        (file_of(red(3_000, 1_500), "PNG"), 1_568, (1_568, 784), "PNG"),
        (file_of(red(3_000, 1_500), "JPEG"), 1_568, (1_568, 784), "JPEG"),
        (file_of(red(100, 4_000), "GIF"), 1_568, (39, 1_568), "PNG"),
        (file_of(red(100, 4_000), "PNG"), 9_000, (54, 2_160), "PNG"),
        (file_of(red(5_000, 10), "PNG"), 9_000, (4_096, 8), "PNG"),
        (file_of(red(), "TIFF"), 1_568, (300, 200), "PNG"),
        (file_of(red(mode="CMYK"), "TIFF"), 1_568, (300, 200), "PNG"),
    ],
    ids=["wide", "photograph", "high", "too high", "too wide", "another format", "for print"],
)
def test_what_does_not_fit_is_made_smaller(data: bytes, side: int, size: Any, form: str) -> None:
    """Beyond the user's or the service's bounds, or in another format, a picture is written anew: smaller, shape kept."""
    attachment = from_picture("photo", data, How(side=side))
    shown = picture(attachment)
    assert (shown.size, shown.format) == (size, form)
    assert share_of(shown, RED) > 0.99


def test_a_picture_says_that_it_was_made_smaller() -> None:
    """The words name the size that it had."""
    attachment = from_picture("photo", file_of(red(3_000, 1_500), "PNG"), How())
    assert "Picture: 1568×784 PNG, made smaller from 3000×1500." in words(attachment)
    assert attachment.note == "1568×784 PNG"


def test_no_picture_weighs_more_than_five_megabytes() -> None:
    """A picture of noise, which no PNG makes small, goes as a JPEG below the bound; its thumbnail stays small too."""
    data = file_of(noise(1_500, 1_500), "PNG")
    assert len(data) > 5_000_000
    attachment = from_picture("noise", data, How())
    assert picture(attachment).format == "JPEG"
    assert picture(attachment).size == (1_500, 1_500)
    assert max(len(part.url) for part in attachment.parts if isinstance(part, Image)) < 5_000_000
    assert len(attachment.thumbnail) <= 6_000


def test_a_turned_photograph_is_set_upright() -> None:
    """A photograph whose file says that it lies on its side is upright once it is written anew."""
    sideways = Pillow.Exif()
    sideways[0x0112] = 6
    data = file_of(red(3_000, 1_000), "JPEG", exif=sideways)
    assert picture(from_picture("photo", data, How())).size == (522, 1_568)


def test_the_first_image_of_many_is_shown() -> None:
    """A moving picture that is too large goes as its first image; one that fits goes whole."""
    blue = Pillow.new("RGB", (3_000, 30), (0, 0, 255))
    data = file_of(red(3_000, 30), "GIF", save_all=True, append_images=[blue])
    assert share_of(picture(from_picture("moving", data, How())), RED) > 0.99
    small = file_of(red(30, 30), "GIF", save_all=True, append_images=[blue.resize((30, 30))])
    assert getattr(picture(from_picture("moving", small, How())), "n_frames", 1) == 2


def test_what_shines_through_stays_so_in_a_png() -> None:
    """A picture with transparency keeps it when it is made smaller; its thumbnail stands on white."""
    data = file_of(Pillow.new("RGBA", (3_000, 3_000), (255, 0, 0, 0)), "PNG")
    attachment = from_picture("glass", data, How())
    assert picture(attachment).getchannel("A").getextrema() == (0, 0)
    assert share_of(decoded(attachment.thumbnail), (255, 255, 255)) == 1


@pytest.mark.parametrize(
    ("data", "words_of"),
    [
        (b"", "pic is empty: there is no picture in it."),
        (b"just text", "pic is no picture that can be opened: PNG, JPEG, GIF, WEBP, BMP and HEIC can."),
        (b"\x89PNG\r\n\x1a\n" + b"not really", "pic is (a broken|no) picture"),
        (file_of(noise(60, 60), "PNG")[:2_000], "pic is a broken picture, or its file was cut short: "),
        (file_of(noise(60, 60), "JPEG")[:900], "pic is a broken picture, or its file was cut short: "),
        (file_of(noise(60, 60), "GIF")[:900], "pic is a broken picture, or its file was cut short: "),
        (file_of(noise(60, 60), "WEBP")[:900], "pic is (a broken|no) picture"),
        (png_of(30_000, 30_000, bytes(100)), "pic has more pixels than can be opened safely .* Make it smaller first."),
        (png_of(10_000, 10_000, bytes(100)), "pic has more pixels than can be opened safely .* Make it smaller first."),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "pic is no picture that can be opened: "),
        (b"RIFF\x10\x00\x00\x00WAVEfmt ", "pic is no picture that can be opened: "),
    ],
    ids=["empty", "text", "a name only", "png", "jpeg", "gif", "webp", "bomb", "large", "program", "sound"],
)
def test_what_is_broken_or_lies_is_refused(data: bytes, words_of: str) -> None:
    """A file that is empty, no picture, cut short, lies about its rows or would fill the memory is told in one sentence."""
    with pytest.raises(UsageError, match=f"^{words_of}") as refused:
        from_picture("pic", data, How())
    assert "\n" not in str(refused.value)


def test_a_heic_that_nothing_here_opens_goes_as_it_is() -> None:
    """Without pillow-heif a HEIC within the bounds goes unchanged; a larger one is refused with the cure's name."""

    def heic(width: int, height: int) -> bytes:
        sizes = b"".join(struct.pack(">I4sIII", 20, b"ispe", 0, *size) for size in ((512, 512), (width, height)))
        return struct.pack(">I4s4sI4s", 20, b"ftyp", b"heic", 0, b"mif1") + sizes + bytes(100)

    attachment = from_picture("photo", heic(1_200, 900), How())
    assert attachment.note == "1200×900 HEIC"
    with pytest.raises(UsageError, match=r"photo \(4032×3024 HEIC\) must be made smaller first: pip install pillow-heif"):
        from_picture("photo", heic(4_032, 3_024), How())
