"""Files on the service: upload, list, delete, and the text that it extracts of a document."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any, Protocol
from urllib.parse import quote

from kimi_magic.api import file_wire
from kimi_magic.api.connection import Form
from kimi_magic.api.file_wire import StoredFile, UploadKey
from kimi_magic.errors import RequestRefused, ServiceError, UsageError
from kimi_magic.messages import Upload
from kimi_magic.settings import Secret

NOT_THERE = (404, 405, 501)
"""How a server refuses that knows no such file, or no files at all."""

_SLOW = 180.0  # seconds: the reply to an upload comes when the text of a document has been extracted


class Fetch(Protocol):
    """Sends a request and returns the body of its reply, as `Client.fetch` does."""

    def __call__(self, method: str, path: str, *, form: Form | None = None, seconds: float = ...) -> bytes:
        """Return the body of the reply to ``method`` ``path``."""


class Files:
    """The files of one account at the service at ``address``. `Client.files` makes it."""

    def __init__(self, address: str, key: Secret, fetch: Fetch, decoded: Callable[..., Any]) -> None:
        self._address, self._account = address, account_of(key)
        self._fetch, self._decoded = fetch, decoded

    def key_of(self, upload: Upload) -> UploadKey:
        """Return what ``upload`` is remembered by."""
        return UploadKey(self._address, self._account, hashlib.sha256(upload.data).hexdigest(), upload.purpose)

    def upload(self, data: bytes, filename: str, purpose: str) -> str:
        """Put a file on the service and return its id.

        Raises `UsageError` where the server keeps no files, `RequestRefused` where it could not read this one, else
        `ServiceError` or `ConnectionFailed`.
        """
        form = Form({"purpose": purpose}, filename, data)
        try:
            stored = self._file(self._fetch("POST", "files", form=form, seconds=_SLOW))
        except ServiceError as error:
            if error.status in NOT_THERE:
                raise UsageError(f"{self._address} keeps no files, so {filename} cannot be sent to it.") from None
            raise
        if stored.status in ("error", "failed"):
            raise RequestRefused(f"The service could not read {filename}: {stored.details[:200] or 'it does not say why'}.")
        return stored.id

    def list(self) -> tuple[StoredFile, ...]:
        """Return all files of the account. Raises `ServiceError` or `ConnectionFailed`."""
        return tuple(self._decoded(file_wire.decode_files, self._json(self._fetch("GET", "files"))))

    def has(self, file_id: str) -> bool:
        """Return whether the service still has the file. Raises `ServiceError` or `ConnectionFailed`."""
        try:
            self._fetch("GET", _path(file_id))
        except ServiceError as error:
            if error.status in NOT_THERE:
                return False
            raise
        return True

    def delete(self, file_id: str) -> None:
        """Delete a file. Raises `UsageError` where there is none, `ServiceError` or `ConnectionFailed`."""
        try:
            self._fetch("DELETE", _path(file_id))
        except ServiceError as error:
            if error.status in NOT_THERE:
                raise UsageError(f"There is no file {file_id} at {self._address}; /files lists those there are.") from None
            raise

    def content(self, file_id: str) -> str:
        """Return the text that the service extracted of a document. Raises `ServiceError` or `ConnectionFailed`."""
        return str(self._decoded(file_wire.decode_extracted, self._fetch("GET", f"{_path(file_id)}/content", seconds=_SLOW)))

    def _file(self, body: bytes) -> StoredFile:
        stored: StoredFile = self._decoded(file_wire.decode_file, self._json(body))
        return stored

    def _json(self, body: bytes) -> Any:
        return self._decoded(json.loads, body)


def account_of(key: Secret) -> str:
    """Return a name for the account of ``key`` from which nobody gets back to the key."""
    return hashlib.sha256(b"kimi_magic uploads of\0" + key.reveal().encode()).hexdigest()[:16]


def _path(file_id: str) -> str:
    return f"files/{quote(file_id, safe='')}"
