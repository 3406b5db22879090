"""A file as an attachment, by what it holds."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from kimi_magic.content.files import MOST_FILES, find, from_file
from kimi_magic.errors import UsageError
from kimi_magic.messages import Image, Text, Upload
from tests.content.files import samples
from tests.content.files.conftest import Write


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        ("a.png", samples.picture("PNG"), "image"),
        ("a.png", samples.picture("JPEG"), "image"),
        ("a.txt", samples.picture("GIF"), "image"),
        ("a", samples.mp4(), "video"),
        ("a.mp4", samples.picture("PNG"), "image"),
        ("a.txt", samples.PDF, "document"),
        ("a.zip", samples.office("xl"), "document"),
        ("a.json", samples.notebook(), "notebook"),
        ("a.json", b'{"cells": 3}', "text"),
        ("a.csv", b"a,b\n1,2\n", "text"),
        ("report.pdf", b"words", "text"),
        ("a.html", b"<!DOCTYPE html><html></html>", "text"),
    ],
)
def test_the_content_decides(write: Write, name: str, data: bytes, kind: str) -> None:
    """What a file is does not depend on its name."""
    attachment = from_file(write(name, data))
    assert (attachment.name, attachment.kind) == (name, kind)


def test_a_name_that_promises_a_document_is_told(write: Write) -> None:
    """Text under a document's name goes as text, and the user is told."""
    attachment = from_file(write("report.pdf", b"words"))
    assert attachment.warning == "report.pdf is called a document, but holds text: it went as text."


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("a.png", b"<html>Not found</html>", "a.png is called a picture, but holds text"),
        ("a.mp4", b"Not found", "a.mp4 is called a video, but holds text"),
        ("a.jpg", b"a\0b", "a.jpg is not a text file"),
        ("a.txt", b"", "a.txt is empty"),
        ("a.png", b"", "a.png is empty"),
        ("a.mp3", b"ID3\x04\0\0", "a.mp3 is not a text file, but a sound, which Kimi does not take"),
        ("a.mkv", samples.MATROSKA, "a WEBM or MP4 is taken"),
        ("a.parquet", b"PAR1\x15\0", "attach the frame"),
        ("a.png", samples.picture("PNG", (400, 400))[:-20], "a.png is not a text file, but a PNG picture that is cut short"),
        ("a.jpg", samples.picture("JPEG", (400, 400))[:-20], "a.jpg is not a text file, but a JPEG picture that is cut"),
        ("a.zip", samples.container({"a": "b"}), "take out what Kimi should see"),
        ("a.docx", samples.office("word")[:-30], "damaged or cut short"),
        ("a.docx", samples.ole("EncryptedPackage"), "protected by a password"),
        ("a.msi", samples.ole("Binary"), "take out what Kimi should see"),
        ("a.ipynb", b'{"a": 1}', "a.ipynb is no notebook that can be read"),
        ("a.ipynb", b"{", "a.ipynb is no notebook that can be read"),
    ],
    ids=range(16),
)
def test_what_cannot_go_is_one_sentence(write: Write, name: str, data: bytes, says: str) -> None:
    """Each obstacle is told in a short line that names the file."""
    with pytest.raises(UsageError, match=re.escape(says)) as caught:
        from_file(write(name, data))
    assert len(str(caught.value)) < 300
    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    ("head", "size", "says"),
    [
        (samples.mp4(), 101_000_000, "a video of up to 100,000,000"),
        (samples.PDF, 101_000_000, "101,000,000 bytes; a document of up to 100,000,000"),
        (samples.picture("PNG"), 101_000_000, "a picture of up to 100,000,000"),
        (samples.notebook(), 51_000_000, "a notebook of up to 50,000,000"),
        (samples.SVG.encode(), 11_000_000, "a text file of up to 10,000,000"),
        (b"words", 50_000_000_000, "a text file of up to 10,000,000"),
    ],
)
def test_too_much_is_not_read(write: Write, head: bytes, size: int, says: str) -> None:
    """A file above its limit is refused by its first bytes and its size; none of the rest is read."""
    path = write("large", head)
    os.truncate(path, size)
    with pytest.raises(UsageError, match=says):
        from_file(path)


def test_a_file_without_a_size_is_read(write: Write) -> None:
    """The files of /proc say that they have no bytes; where there are such files, they are text."""
    path = Path("/proc/self/status")
    if not path.exists():
        path = write("status", b"Name: python")
    assert "Name:" in from_file(path).payload.decode()


def test_a_glob_has_its_limit(write: Write) -> None:
    """10,000 hits are refused with their number, and nothing is read."""
    for number in range(10_000):
        write(f"{number}.log", b"")
    with pytest.raises(UsageError, match=f"10,000 files; at most {MOST_FILES}"):
        find("*.log")


def test_parts_begin_with_words(write: Write) -> None:
    """An attachment's first part says what it is; its picture follows."""
    parts = from_file(write("a.png", samples.picture("PNG"))).parts
    assert isinstance(parts[0], Text)
    assert parts[0].text.startswith('<attachment name="a.png" kind="image">\n')
    assert isinstance(parts[1], Image)


def test_a_long_text_says_what_is_missing(write: Write) -> None:
    """The user is told when only a part of a text goes."""
    attachment = from_file(write("long.txt", b"x" * 200_000))
    assert attachment.warning == "long.txt went without its middle: 100,000 of 200,000 characters."
    assert attachment.note == "200 kB"


def test_an_upload_counts_with_its_bytes(write: Write) -> None:
    """Before it is uploaded, a document weighs what its file does, and a stand-in takes its place in the request."""
    attachment = from_file(write("a.pdf", samples.PDF))
    assert attachment.parts == (Upload(samples.PDF, "a.pdf", "file-extract"),)
    assert attachment.bytes == len(samples.PDF)
    assert attachment.sent == (Text("[the text that the service extracts from a.pdf]"),)
