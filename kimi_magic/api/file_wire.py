"""What the service says about files. Pure; no HTTP."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from kimi_magic.api.wire import Json


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file on the service. ``bytes`` is its size, ``created_at`` in seconds since 1970."""

    id: str
    filename: str
    purpose: str
    bytes: int
    created_at: float
    status: str = ""
    details: str = ""


@dataclass(frozen=True, slots=True)
class UploadKey:
    """What an upload is known by: where it went, whose it is, what it holds and what it is for.

    ``account`` is a hash of the API key: files belong to an account.
    """

    address: str
    account: str
    sha256: str
    purpose: str


def decode_file(body: Json) -> StoredFile:
    """Return the file that the service describes."""
    return StoredFile(
        id=str(body["id"]),
        filename=str(body.get("filename") or ""),
        purpose=str(body.get("purpose") or ""),
        bytes=int(body.get("bytes") or 0),
        created_at=float(body.get("created_at") or 0),
        status=str(body.get("status") or ""),
        details=str(body.get("status_details") or ""),
    )


def decode_files(body: Json) -> tuple[StoredFile, ...]:
    """Return the files that the service lists."""
    return tuple(decode_file(entry) for entry in body.get("data") or ())


def decode_extracted(body: bytes) -> str:
    """Return the text that the service extracted: it stands in an object, or, on other servers, alone.

    >>> decode_extracted(b'{"content": "Sales rose.", "file_type": "application/pdf", "type": "file"}')
    'Sales rose.'
    >>> decode_extracted(b"Sales rose.")
    'Sales rose.'
    """
    text = body.decode("utf-8", "replace")
    try:
        parsed: Any = json.loads(text)
    except (ValueError, RecursionError):
        return text
    is_wrapped = isinstance(parsed, dict) and isinstance(parsed.get("content"), str)
    return str(parsed["content"]) if is_wrapped else text
