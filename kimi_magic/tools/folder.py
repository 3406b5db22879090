"""Files below one folder, and none elsewhere."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from kimi_magic.amounts import size
from kimi_magic.content.files import from_file
from kimi_magic.content.how import How
from kimi_magic.content.values import from_text
from kimi_magic.messages import Attachment
from kimi_magic.tools.failures import Refused

MOST_LISTED = 200


def read_from(folder: Path, path: str, how: How) -> Attachment:
    """Return the file at ``path``, which is relative to ``folder``; of a folder the list of its files.

    Raises `Refused` for what is not below ``folder`` once all links are followed, for hidden files, and for what is neither
    a file nor a folder; `UsageError` where the file cannot be read.
    """
    top = folder.resolve()
    try:
        found = (top / path).resolve(strict=True)
    except (OSError, ValueError, RuntimeError):  # not there, a name that none can have, a circle of links
        raise Refused(f"There is no file {path[:200]!r} in the notebook's folder.") from None
    if not found.is_relative_to(top):
        raise Refused(f"{path[:200]!r} is not in the notebook's folder: only files in it and below it can be read.")
    if any(part.startswith(".") for part in found.relative_to(top).parts):
        raise Refused(f"{path[:200]!r} is hidden, and hidden files are not read.")
    if found.is_dir():
        return from_text(path, "\n".join(_listed(found)) or "The folder is empty.", "text")
    if not found.is_file():
        raise Refused(f"{path[:200]!r} is no ordinary file: reading it might never end.")
    return from_file(_near(found), how)


def _near(path: Path) -> Path:
    """Return ``path`` without what it would tell of this machine's folders."""
    try:
        return Path(os.path.relpath(path))
    except ValueError:  # on another drive
        return path


def _listed(folder: Path) -> Iterator[str]:
    shown = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    for path in islice(shown, MOST_LISTED):
        yield (
            f"{path.name}/"
            if path.is_dir()
            else f"{path.name} ({size(path.stat().st_size) if path.is_file() else 'no file'})"
        )
    if len(shown) > MOST_LISTED:
        yield f"… and {len(shown) - MOST_LISTED:,} more"
