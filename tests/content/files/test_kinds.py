"""What a file is, by what it holds."""

from __future__ import annotations

import pytest

from kimi_magic.content.files.kinds import Family, kind_of
from tests.content.files import samples


@pytest.mark.parametrize(
    ("data", "family", "form"),
    [
        *((samples.picture(form), "picture", form) for form in ("PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF", "ICO")),
        (samples.HEIC, "picture", "HEIC"),
        (samples.SVG.encode(), "drawing", "SVG"),
        (b"\xef\xbb\xbf<?xml version='1.0'?>\n<!-- made by hand -->\n" + samples.SVG.encode(), "drawing", "SVG"),
        (samples.mp4(), "video", "MP4"),
        (samples.mp4(b"M4V "), "video", "MP4"),
        (samples.mp4(b"qt  "), "video", "MOV"),
        (samples.box(b"moov", bytes(9)), "video", "MOV"),
        (samples.mp4(b"3gp4"), "video", "3GP"),
        (samples.WEBM, "video", "WEBM"),
        (b"RIFF\x24\0\0\0AVI LIST", "video", "AVI"),
        (b"FLV\x01\x05\0\0\0\x09", "video", "FLV"),
        (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9", "video", "WMV"),
        (b"\0\0\x01\xba\x44", "video", "MPEG"),
        (b"\0\0\x01\xb3\x14", "video", "MPEG"),
        (samples.PDF, "document", "PDF"),
        (b"\n\n" + samples.PDF, "document", "PDF"),
        (samples.RTF, "document", "RTF"),
        (samples.office("word"), "container", "ZIP"),
        (samples.ole("WordDocument"), "container", "OLE"),
        (samples.notebook(), "notebook", "notebook"),
    ],
)
def test_first_bytes_tell(data: bytes, family: Family, form: str) -> None:
    """Each kind is known by its first bytes."""
    kind = kind_of(data[:4096])
    assert kind is not None
    assert (kind.family, kind.format) == (family, form)


@pytest.mark.parametrize(
    "data",
    [
        samples.MATROSKA,
        samples.mp4(b"M4A "),
        b"ID3\x04\0",
        b"RIFF\x24\0\0\0WAVEfmt ",
        b"\x1f\x8b\x08",
        b"\x7fELF",
        b"PAR1\x15",
    ],
)
def test_what_kimi_does_not_take_is_known(data: bytes) -> None:
    """Sounds, programs, archives and other videos have a name, so that the refusal can say it."""
    kind = kind_of(data)
    assert kind is not None
    assert kind.family == "other"


@pytest.mark.parametrize(
    "text",
    [
        "The wide world",
        "this moov is text",
        "ID3 is a tag",
        "BM is a format",
        "PAR1,PAR2",
        "MZ and others",
        "FLV1",
        "PK and more",
        "a %PDF-1.4 inside",
        "<html><svg></svg></html>",
        "<svgx>",
        '{"a": 1}',
        "Rar! and BZh9",
        "",
    ],
)
def test_words_are_no_magic_numbers(text: str) -> None:
    """Text stays text, also where it begins like something else."""
    assert kind_of(text.encode()) is None
