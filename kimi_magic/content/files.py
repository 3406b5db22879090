"""Files as attachments. So far: text."""

from __future__ import annotations

import contextlib
import glob
from pathlib import Path

from kimi_magic.content.values import from_text
from kimi_magic.errors import UsageError
from kimi_magic.messages import Attachment

MOST_FILES = 50
"""How many files one glob may name."""

MOST_BYTES = 10_000_000
"""How large a text file may be, of which `values.MOST_CHARACTERS` are sent."""


def find(token: str) -> list[Path]:
    """Return the files that ``token``, a path or a glob, names; none where there is none.

    Raises `UsageError` for a glob that names more than `MOST_FILES`.
    """
    try:
        path = Path(token).expanduser()
        if path.exists():
            return [path]
    except (OSError, ValueError, RuntimeError):  # a text that no file can be called, or the home of nobody
        return []
    if not glob.has_magic(token):
        return []
    hits = [Path(hit) for hit in sorted(glob.glob(str(path), recursive=True)) if Path(hit).is_file()]
    if len(hits) > MOST_FILES:
        raise UsageError(f"{token} names {len(hits):,} files; at most {MOST_FILES} can be attached. Name fewer.")
    return hits


def from_file(path: Path) -> Attachment:
    """Return the text file at ``path`` as an attachment.

    Raises `UsageError` for a directory, a file that cannot be read, one that is too large, and one that is not text.
    """
    try:
        if path.is_dir():
            raise UsageError(f"{path} is a directory. Name the files in it, such as {path / '*.txt'}.")
        if path.exists() and not path.is_file():
            raise UsageError(f"{path} is no ordinary file: reading it might never end.")
        if path.stat().st_size > MOST_BYTES:
            raise UsageError(
                f"{path} has {path.stat().st_size:,} bytes; a text file of up to {MOST_BYTES:,} can be attached."
            )
        data = path.read_bytes()
    except (OSError, ValueError) as error:  # ValueError: a zero byte in the name
        raise UsageError(f"{str(path)[:200]!r} cannot be read: {getattr(error, 'strerror', None) or error}.") from None
    return from_text(str(path), _decoded(path, data), "text")


def _decoded(path: Path, data: bytes) -> str:
    marked = data[:2] in (b"\xff\xfe", b"\xfe\xff")  # without its mark nearly everything is UTF-16, Latin-1 too
    with contextlib.suppress(UnicodeError):
        if marked or b"\0" not in data:
            return data.decode("utf-16" if marked else "utf-8-sig")
    raise UsageError(f"{path} is not a text file in UTF-8 or UTF-16, and only text files can be attached.")
