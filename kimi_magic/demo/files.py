"""Keeps uploaded files in memory, within the service's limits."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass

from kimi_magic.demo.protocol import Json, Refused, missing, refused

PURPOSES = ("file-extract", "image", "video", "batch")
FILE_LIMIT, COUNT_LIMIT, TOTAL_LIMIT = 100 * 1024**2, 1_000, 10 * 1024**3
"""Bytes of a file, number of files, bytes of all files together."""


@dataclass(frozen=True, slots=True)
class StoredFile:
    """One uploaded file. ``created_at`` is in seconds since 1970."""

    id: str
    name: str
    purpose: str
    data: bytes
    created_at: int

    def encode(self) -> Json:
        """Return what the service says about it."""
        return {
            "id": self.id,
            "object": "file",
            "bytes": len(self.data),
            "created_at": self.created_at,
            "filename": self.name,
            "purpose": self.purpose,
            "status": "ok",
            "status_details": "",
        }


class Shelf:
    """The files, by id."""

    def __init__(self) -> None:
        self._files: dict[str, StoredFile] = {}

    def put(self, name: str, purpose: str, data: bytes) -> StoredFile:
        """Keep a file and return it; raise `Refused` beyond a limit."""
        if purpose not in PURPOSES:
            raise Refused(refused(f"Invalid request: purpose must be one of {', '.join(PURPOSES)}"))
        if not data:
            raise Refused(refused("Invalid request: the file is empty"))
        if len(data) > FILE_LIMIT:
            raise Refused(refused(f"Invalid request: the file has {len(data)} bytes, at most {FILE_LIMIT} are allowed"))
        if len(self._files) >= COUNT_LIMIT:
            raise Refused(refused(f"Invalid request: there are {COUNT_LIMIT} files already, delete some"))
        if len(data) + sum(len(one.data) for one in self._files.values()) > TOTAL_LIMIT:
            raise Refused(refused(f"Invalid request: the files have {TOTAL_LIMIT} bytes already, delete some"))
        stored = StoredFile(uuid.uuid4().hex[:20], name, purpose, data, int(time.time()))
        self._files[stored.id] = stored
        return stored

    def all(self) -> list[StoredFile]:
        """Return the files, the newest first."""
        return list(reversed(self._files.values()))

    def get(self, id: str) -> StoredFile:  # noqa: A002 the service's own word for it
        """Return the file called ``id``; raise `Refused` where there is none."""
        if id not in self._files:
            raise Refused(missing(f"file {id} not found"))
        return self._files[id]

    def delete(self, id: str) -> None:  # noqa: A002 the service's own word for it
        """Forget the file called ``id``; raise `Refused` where there is none."""
        del self._files[self.get(id).id]

    def extract(self, id: str) -> str:  # noqa: A002 the service's own word for it
        """Return the text of a file that was uploaded for it; raise `Refused` for others."""
        stored = self.get(id)
        if stored.purpose != "file-extract":
            raise Refused(refused("Invalid request: only files with the purpose file-extract have content"))
        try:
            return stored.data.decode()
        except UnicodeDecodeError:
            return f"The offline Kimi reads text files only; {stored.name} has {len(stored.data)} bytes of something else."

    def media(self) -> dict[str, bytes]:
        """Return the pictures and videos, which ``ms://`` may name, by id."""
        return {one.id: one.data for one in self._files.values() if one.purpose in ("image", "video")}
