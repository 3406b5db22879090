"""Files below one folder, and none elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from kimi_magic.amounts import size
from kimi_magic.content.expressions import in_short
from kimi_magic.content.files import from_file
from kimi_magic.content.how import How
from kimi_magic.content.values import from_text
from kimi_magic.messages import Attachment
from kimi_magic.tools.failures import Refused

MOST_LISTED = 200
_KEPT = re.compile(
    r".*\.(env|pem|key|p12|pfx|jks|keystore|kdbx|ppk|gpg)|.*\.env\..*|id_(rsa|dsa|ecdsa|ed25519).*|_?netrc"
    r"|(credential|secret)s?([._-].*)?|.*[_-](credential|secret)s?\.\w+|(client_secret|service_account).*\.json",
    re.IGNORECASE,
)
"""Names of files that hold keys and passwords, and of which nothing is read."""


def read_from(folder: Path, path: str, how: How) -> Attachment:
    """Return the file at ``path``, which is relative to ``folder``; of a folder the list of its files.

    Raises `Refused` for what is not below ``folder`` once all links are followed, for hidden files, for those that are
    called as files with keys and passwords are, and for what is neither a file nor a folder; `UsageError` where the file
    cannot be read.
    """
    top = folder.resolve()
    try:
        found = (top / path).resolve(strict=True)
    except (OSError, ValueError, RuntimeError):  # not there, a name that none can have, a circle of links
        raise Refused(f"There is no file {path[:200]!r} in the notebook's folder.") from None
    if not found.is_relative_to(top):
        raise Refused(f"{path[:200]!r} is not in the notebook's folder: only files in it and below it can be read.")
    inside = found.relative_to(top)
    if any(part.startswith(".") for part in inside.parts):
        raise Refused(f"{path[:200]!r} is hidden, and hidden files are not read.")
    if any(map(_KEPT.fullmatch, inside.parts)):
        raise Refused(f"{path[:200]!r} is called as files with keys or passwords are, and those are not read.")
    if found.is_dir():
        return from_text(in_short(path, 500), "\n".join(_listed(found)) or "The folder is empty.", "text")
    if not found.is_file():
        raise Refused(f"{path[:200]!r} is no ordinary file: reading it might never end.")
    return from_file(found, how, called=Path(in_short(str(inside), 500)))


def _listed(folder: Path) -> Iterator[str]:
    shown = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    for path in islice(shown, MOST_LISTED):
        yield (
            f"{in_short(path.name, 255)}/"
            if path.is_dir()
            else f"{in_short(path.name, 255)} ({size(path.stat().st_size) if path.is_file() else 'no file'})"
        )
    if len(shown) > MOST_LISTED:
        yield f"… and {len(shown) - MOST_LISTED:,} more"
