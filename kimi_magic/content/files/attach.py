"""The door to this room: light to import, since most kernels never attach a file."""

from __future__ import annotations

from pathlib import Path

from kimi_magic.content.how import How
from kimi_magic.messages import Attachment

_AS_USUAL = How()


def from_file(path: Path, how: How = _AS_USUAL, called: Path | None = None) -> Attachment:
    """Return the file at ``path`` as an attachment: a picture, a video, a document, a notebook, else text.

    It has the name ``called`` where that is given, in what is said of it, too.
    What it is, its bytes say and not its name. Large media and documents hold an `Upload` among their parts.
    Raises `UsageError` for a directory, a file that cannot be read, is empty, damaged or too large, and for what Kimi does
    not take.
    """
    from kimi_magic.content.files.by_kind import read_file  # late: all that looks into pictures comes with it

    return read_file(path, how, called or path)
