"""PDF and office files: the service extracts their text, and the model reads that."""

from __future__ import annotations

import io
import zipfile
import zlib
from pathlib import Path

from kimi_magic.amounts import size
from kimi_magic.content.files.paths import plain_name
from kimi_magic.errors import UsageError
from kimi_magic.messages import Attachment, Upload

_OFFICE = {"word/": "docx", "xl/": "xlsx", "ppt/": "pptx"}
"""The folders in Microsoft's containers."""

_OPEN = {
    "application/epub+zip": "epub",
    "application/vnd.oasis.opendocument.text": "odt",
    "application/vnd.oasis.opendocument.spreadsheet": "ods",
    "application/vnd.oasis.opendocument.presentation": "odp",
}
"""What the others say in their entry ``mimetype``."""

_OLE = {"WordDocument": "DOC", "Workbook": "XLS", "Book": "XLS", "PowerPoint Document": "PPT"}
"""The streams in Microsoft's containers of before 2007."""


def from_document(path: Path, data: bytes, form: str) -> Attachment:
    """Return a document of the format ``form`` as an attachment whose text the service extracts."""
    upload = Upload(data, plain_name(path, form), "file-extract")
    return Attachment(str(path), "document", (upload,), note=f"{size(len(data))} {form}")


def form_of_container(path: Path, data: bytes) -> str:
    """Return the format of the document that is a ZIP or OLE container.

    Raises `UsageError` for one that is damaged, protected by a password, or no document.
    """
    form = _form_of_zip(path, data) if data.startswith(b"PK") else _form_of_ole(path, data)
    if form is None:
        raise UsageError(
            f"{path} is not a text file, but an archive or a container of another kind: take out what Kimi should see."
        )
    return form


def _form_of_zip(path: Path, data: bytes) -> str | None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = archive.namelist()
            if "mimetype" in names:
                with archive.open("mimetype") as entry:
                    form = _OPEN.get(entry.read(100).decode("ascii", "replace").strip())
                return form.upper() if form else None
    except (zipfile.BadZipFile, zlib.error, OSError, ValueError, RuntimeError, NotImplementedError, EOFError):
        raise UsageError(f"{path} is not a text file, but a ZIP file that is damaged or cut short.") from None
    if "[Content_Types].xml" not in names:
        return None
    return next((form.upper() for folder, form in _OFFICE.items() if any(n.startswith(folder) for n in names)), None)


def _form_of_ole(path: Path, data: bytes) -> str | None:
    """Return what the names of the streams tell: they stand in UTF-16 somewhere in the file."""
    if "EncryptedPackage".encode("utf-16-le") in data:
        raise UsageError(f"{path} is protected by a password: save it without one, and attach that.")
    found = (form for name, form in _OLE.items() if (name + "\0").encode("utf-16-le") in data)
    return next(found, None)
