"""What is seen of a picture, with Pillow and without."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import pytest

from kimi_magic.demo.pictures import Picture, look, read_header

WITHOUT_PILLOW = """
import sys
sys.modules["PIL"] = None  # importing it now fails, as where it is not installed
from kimi_magic.demo.describe import describe
from tests.demo.asking import ask, data_url, image
print(describe(ask([image(data_url(sys.stdin.buffer.read()))]), {}))
"""


@pytest.mark.parametrize("form", ["PNG", "GIF", "JPEG", "WEBP", "BMP"])
def test_format_size_and_colour_are_seen(picture: Callable[..., bytes], form: str) -> None:
    """Each format that the service takes is decoded."""
    assert look(picture(form, "#2060c0", (64, 48))) == Picture(form, 64, 48, (("blue", 100),))


@pytest.mark.parametrize("form", ["PNG", "GIF", "JPEG"])
def test_the_header_alone_tells_format_and_size(picture: Callable[..., bytes], form: str) -> None:
    """Without Pillow the first bytes are enough, for the three commonest formats."""
    assert read_header(picture(form, "red", (300, 20))) == Picture(form, 300, 20)


@pytest.mark.parametrize("data", [b"", b"no picture", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF89a"])
def test_what_is_no_picture_is_none(data: bytes) -> None:
    """Broken and foreign bytes are not taken for a picture."""
    assert look(data) is None


def test_two_colours_have_their_shares(picture: Callable[..., bytes]) -> None:
    """The commonest colour comes first."""
    import io

    from PIL import Image

    image = Image.open(io.BytesIO(picture("PNG", "white", (40, 40))))
    image.paste((0, 0, 0), (0, 0, 40, 10))
    file = io.BytesIO()
    image.save(file, "PNG")
    seen = look(file.getvalue())
    assert seen is not None
    assert seen.colours == (("white", 75), ("black", 25))


def test_without_pillow_the_answer_says_so(picture: Callable[..., bytes]) -> None:
    """Format and size are still there, and the cure is named."""
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_PILLOW], input=picture("PNG", "red", (30, 20)), capture_output=True, check=True
    )
    assert "PNG, 30 × 20 pixels (its colours need pillow, which is not installed)" in done.stdout.decode()
