"""Files that the front end hands over."""

from __future__ import annotations

import pytest

from kimi_magic.content.files.by_kind import from_bytes
from kimi_magic.content.how import How
from kimi_magic.errors import UsageError
from kimi_magic.panel.received import Pieces


def part(number: int, of: int, upload: str = "u") -> dict[str, object]:
    return {"name": "a.txt", "upload": upload, "part": number, "parts": of}


def test_a_small_file_comes_at_once() -> None:
    """One message, one buffer, one file; a name is a label without folders."""
    assert Pieces().take({"name": "../a/notes.txt"}, [memoryview(b"words")]) == ("notes.txt", b"words")


def test_a_large_file_comes_in_pieces() -> None:
    """The file is there with its last piece, also when two come at once."""
    pieces = Pieces()
    assert pieces.take(part(0, 2), [b"one "]) is None
    assert pieces.take(part(0, 2, "v"), [b"three "]) is None
    assert pieces.take(part(1, 2), [b"two"]) == ("a.txt", b"one two")
    assert pieces.take(part(1, 2, "v"), [b"four"]) == ("a.txt", b"three four")


@pytest.mark.parametrize("message", [part(1, 2), part(5, 9), {"name": "a.txt", "part": 3, "parts": 4}])
def test_a_missing_piece_is_told(message: dict[str, object]) -> None:
    """A file that did not arrive whole is not taken for whole."""
    with pytest.raises(UsageError, match="did not arrive whole"):
        Pieces().take(message, [b"x"])


def test_a_file_that_is_too_large_is_refused() -> None:
    """More than the service takes is not kept in memory to the end."""
    pieces = Pieces()
    pieces.take(part(0, 3), [bytes(60_000_000)])
    with pytest.raises(UsageError, match=r"a\.txt has 120 MB or more; files of up to 100 MB"):
        pieces.take(part(1, 3), [bytes(60_000_000)])


def test_bytes_become_what_they_are() -> None:
    """What a file is, its bytes say, as for one on the disk; an empty one is refused."""
    attachment = from_bytes("notes.md", b"# Title", How())
    assert (attachment.name, attachment.kind, attachment.note) == ("notes.md", "text", "7 B")
    with pytest.raises(UsageError, match="is empty"):
        from_bytes("notes.md", b"", How())
    with pytest.raises(UsageError, match="damaged"):
        from_bytes("a.png", b"\x89PNG\r\n\x1a\n" + bytes(50), How())
