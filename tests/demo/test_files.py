"""What the shelf keeps, and what it does not."""

from __future__ import annotations

import pytest

from kimi_magic.demo.files import COUNT_LIMIT, FILE_LIMIT, Shelf
from kimi_magic.demo.protocol import Refused


def test_a_file_is_kept_and_forgotten() -> None:
    """It can be found by its id until it is deleted."""
    shelf = Shelf()
    stored = shelf.put("a.txt", "file-extract", b"words")
    assert shelf.get(stored.id) == stored
    assert shelf.extract(stored.id) == "words"
    shelf.delete(stored.id)
    with pytest.raises(Refused, match="not found"):
        shelf.get(stored.id)


def test_only_pictures_and_videos_can_be_named_in_a_chat() -> None:
    """Files for extraction cannot."""
    shelf = Shelf()
    shelf.put("a.txt", "file-extract", b"words")
    picture = shelf.put("a.png", "image", b"picture")
    assert shelf.media() == {picture.id: b"picture"}
    with pytest.raises(Refused, match="only files with the purpose file-extract"):
        shelf.extract(picture.id)


def test_what_is_no_text_is_said_to_be_none() -> None:
    """The offline Kimi reads no PDF, and says so."""
    shelf = Shelf()
    stored = shelf.put("a.pdf", "file-extract", b"%PDF-1.7 \xff\xfe")
    assert "reads text files only; a.pdf has 11 bytes" in shelf.extract(stored.id)


def test_the_limits_hold() -> None:
    """Size, number, purpose and emptiness are checked."""
    shelf = Shelf()
    with pytest.raises(Refused, match="purpose must be one of"):
        shelf.put("a", "fun", b"x")
    with pytest.raises(Refused, match="is empty"):
        shelf.put("a", "image", b"")
    with pytest.raises(Refused, match=f"at most {FILE_LIMIT}"):
        shelf.put("a", "image", bytes(FILE_LIMIT + 1))
    for _ in range(COUNT_LIMIT):
        shelf.put("a", "batch", b"x")
    with pytest.raises(Refused, match="1000 files already"):
        shelf.put("a", "batch", b"x")
