"""What lies on the service: ``/files``."""

from __future__ import annotations

import time

from kimi_magic.amounts import size
from kimi_magic.errors import UsageError
from kimi_magic.report import code, line, table
from kimi_magic.session import Session
from kimi_magic.uploads import forget

PURPOSES = ("image", "video", "file-extract")
"""What ``/files delete all`` deletes; files of batches are somebody else's work."""


def files(session: Session, argument: str) -> str:
    """List what was uploaded, or delete it."""
    if not argument:
        return _listed(session)
    verb, _, which = argument.partition(" ")
    if verb != "delete" or not which.strip():
        raise UsageError("/files lists what lies on the service, /files delete ID (or all) deletes.")
    lying = session.client.files
    all_ids = [file.id for file in lying.list() if file.purpose in PURPOSES] if which.strip() == "all" else None
    for file_id in which.split() if all_ids is None else all_ids:
        lying.delete(file_id)
        forget(file_id, session.store)
    count = len(which.split() if all_ids is None else all_ids)
    return f"{count} {'file is' if count == 1 else 'files are'} deleted. A turn that showed one can show it no more."


def _listed(session: Session) -> str:
    listed = session.client.files.list()
    if not listed:
        return "No files lie on the service."
    rows = [(code(f.id), line(f.filename), line(f.purpose), size(f.bytes), _date(f.created_at)) for f in listed]
    others = sum(file.purpose not in PURPOSES for file in listed)
    kept = f" `/files delete all` leaves {others} of another purpose alone." if others else ""
    return table(("id", "name", "purpose", "size", "date"), rows) + f"\n\n{size(sum(f.bytes for f in listed))} in all.{kept}"


def _date(seconds: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(seconds))
