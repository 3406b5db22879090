"""Pictures and videos."""

from __future__ import annotations

import base64
import random

import pytest
from PIL import Image as Pillow

from kimi_magic.content.files import from_file
from kimi_magic.content.files.media import MOST_IN_VIDEO
from kimi_magic.content.how import How
from kimi_magic.messages import Image, Upload, Video
from tests.content.files import samples
from tests.content.files.conftest import Write


@pytest.mark.parametrize("form", ["PNG", "JPEG", "GIF", "WEBP", "BMP"])
def test_a_picture_that_fits_goes_byte_for_byte(write: Write, form: str) -> None:
    """Its address has the mime type of what it is, whatever it is called."""
    data = samples.picture(form)
    attachment = from_file(write("picture.dat", data))
    url = f"data:image/{form.lower()};base64,{base64.b64encode(data).decode()}"
    assert attachment.parts[1:] == (Image(url),)
    assert attachment.note == f"40×20 {form}"
    assert attachment.thumbnail.startswith("data:image/")


@pytest.mark.parametrize("form", ["TIFF", "ICO"])
def test_what_the_service_does_not_take_becomes_a_png(write: Write, form: str) -> None:
    """Pillow reads it and writes a PNG."""
    (image,) = from_file(write(f"a.{form.lower()}", samples.picture(form))).parts[1:]
    assert isinstance(image, Image)
    assert image.url.startswith("data:image/png;base64,")


def test_heic_passes_as_it_is(write: Write) -> None:
    """A HEIC goes untouched, also one that is larger than pictures are otherwise sent."""
    attachment = from_file(write("photo.heic", samples.HEIC))
    assert attachment.parts[1:] == (Image(f"data:image/heic;base64,{base64.b64encode(samples.HEIC).decode()}"),)
    assert attachment.note == "4032×3024 HEIC"


def test_a_heavy_heic_is_uploaded(write: Write) -> None:
    """What would make every request heavy is uploaded instead, under a name that tells its format."""
    data = samples.HEIC + bytes(4_000_000)
    assert from_file(write("photo 1.dat", data)).parts[1:] == (Upload(data, "photo 1.heic", "image"),)


def test_a_heavy_picture_is_uploaded(write: Write) -> None:
    """A picture that stays above 4 MB although it fits is uploaded as it would have been sent."""
    size = (1_500, 1_000)
    noise = Pillow.frombytes("RGB", size, random.Random(1).randbytes(3 * size[0] * size[1]))
    path = write("noise.png", b"")
    noise.save(path)
    data = path.read_bytes()
    assert 4_000_000 < len(data) < 5_000_000
    assert from_file(path).parts[1:] == (Upload(data, "noise.png", "image"),)


def test_the_side_is_the_users(write: Write) -> None:
    """The longest side follows the setting."""
    assert from_file(write("a.png", samples.picture("PNG", (800, 400))), How(side=200)).note == "200×100 PNG"


@pytest.mark.parametrize(
    ("data", "mime"),
    [
        (samples.mp4(), "video/mp4"),
        (samples.mp4(b"qt  "), "video/mov"),
        (samples.mp4(b"3gp4"), "video/3gpp"),
        (samples.WEBM, "video/webm"),
        (b"FLV\x01\x05\0\0\0\x09", "video/x-flv"),
    ],
)
def test_a_small_video_stands_in_the_request(write: Write, data: bytes, mime: str) -> None:
    """Its address has the mime type that the service knows."""
    attachment = from_file(write("clip", data))
    assert attachment.parts[1:] == (Video(f"data:{mime};base64,{base64.b64encode(data).decode()}"),)
    assert attachment.kind == "video"


def test_a_large_video_is_uploaded(write: Write) -> None:
    """Beyond the limit it becomes an upload."""
    data = samples.mp4(padding=MOST_IN_VIDEO)
    attachment = from_file(write("clip.mov", data))
    assert attachment.parts[1:] == (Upload(data, "clip.mp4", "video"),)
    assert attachment.note == "8.0 MB MP4"
