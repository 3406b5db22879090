"""What the first bytes of a picture say agrees with what decoding it says."""

from __future__ import annotations

from typing import Any

import pytest
from PIL import Image as Pillow

from kimi_magic.content.figures.formats import MIME, Header, is_complete, read_header
from tests.content.figures.seen import file_of


@pytest.mark.parametrize(
    ("form", "options"),
    [
        ("PNG", {}),
        ("JPEG", {}),
        ("JPEG", {"progressive": True}),
        ("GIF", {}),
        ("BMP", {}),
        ("WEBP", {}),
        ("WEBP", {"lossless": True}),
        ("WEBP", {"exif": b"Exif\0\0"}),
    ],
)
def test_format_and_size_are_read_from_the_header(form: str, options: dict[str, Any]) -> None:
    """Each format's header gives the size that the picture has, and its end shows that it is whole."""
    data = file_of(Pillow.new("RGB", (301, 17), "red"), form, **options)
    assert read_header(data) == Header(form, 301, 17)
    assert form in MIME
    assert is_complete(data, form)


@pytest.mark.parametrize("form", ["PNG", "JPEG", "GIF"])
def test_a_cut_file_shows_at_its_end(form: str) -> None:
    """Where the last bytes are missing, the file is not whole; a header that is cut gives no size and no error."""
    data = file_of(Pillow.new("RGB", (301, 17), "red"), form)
    assert not is_complete(data[: len(data) // 2], form)
    for length in range(4, 40):
        header = read_header(data[:length])
        assert header is None or header in (Header(form), Header(form, 301, 17))


def test_what_the_service_refuses_has_no_header() -> None:
    """Text, a TIFF and a sound file are none of the formats."""
    tiff = file_of(Pillow.new("RGB", (3, 1), "red"), "TIFF")
    assert [read_header(data) for data in (b"", b"BMW is a car", tiff, b"RIFF\x10\0\0\0WAVEfmt ")] == [None] * 4
