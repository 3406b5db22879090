"""Which files a word names, and their bytes: never more than may be sent, and never of what might not end."""

from __future__ import annotations

import glob
from collections.abc import Callable
from pathlib import Path

from kimi_magic.errors import UsageError

MOST_FILES = 50
"""How many files one glob may name."""

HEAD = 4_096
"""How many bytes are read before it is decided how many more."""


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


def read(path: Path, check: Callable[[bytes, int], int], called: Path) -> bytes:
    """Return the bytes of the file at ``path``, which is ``called`` so in what is said of it.

    ``check`` gets the first `HEAD` bytes and the size, and returns how many bytes may be read, or raises. Raises
    `UsageError` for a directory, for what is no ordinary file, and for a file that is empty or cannot be read.
    """
    try:
        if path.is_dir():
            raise UsageError(f"{called} is a directory. Name the files in it, such as {called / '*.txt'}.")
        if path.exists() and not path.is_file():
            raise UsageError(f"{called} is no ordinary file: reading it might never end.")
        with path.open("rb") as file:
            head = file.read(HEAD)
            size = max(len(head), path.stat().st_size)
            data = head + file.read(check(head, size) + 1 - len(head))
    except (OSError, ValueError) as error:  # ValueError: a zero byte in the name
        raise UsageError(f"{str(called)[:200]!r} cannot be read: {getattr(error, 'strerror', None) or error}.") from None
    if not data:
        raise UsageError(f"{called} is empty: there is nothing in it to send.")
    check(head, len(data))  # it may have grown, or, like those of /proc, have told no size
    return data


def plain_name(path: Path, form: str) -> str:
    """Return the name under which the file is uploaded: one that any header can carry, and that tells its true format.

    >>> plain_name(Path("a/q1: süß?.txt"), "PDF")
    'q1_ süß_.pdf'
    """
    stem = "".join(c if c.isalnum() or c in " ._-+()" else "_" for c in path.stem)
    return f"{stem[:80].strip() or 'file'}.{form.lower()}"
