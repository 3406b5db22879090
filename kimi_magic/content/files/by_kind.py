"""A file is told by what it holds, held against its limit, and made an attachment of its kind."""

from __future__ import annotations

from pathlib import Path

from kimi_magic.content.files import notebooks, text
from kimi_magic.content.files.documents import form_of_container, from_document
from kimi_magic.content.files.drawings import from_svg_file
from kimi_magic.content.files.kinds import Kind, kind_of
from kimi_magic.content.files.media import from_picture_file, from_video_file
from kimi_magic.content.files.paths import HEAD, read
from kimi_magic.content.how import How
from kimi_magic.errors import UsageError
from kimi_magic.messages import Attachment

MOST_BYTES = 100_000_000
"""What the service takes of one file."""

_PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".webp", ".bmp", ".heic", ".tif", ".tiff", ".avif")
_VIDEOS = (".mp4", ".mpeg", ".mpg", ".mov", ".avi", ".flv", ".webm", ".wmv", ".3gp")
_DOCUMENTS = (".pdf", ".docx", ".xlsx", ".pptx", ".odt", ".ods", ".odp", ".epub", ".rtf", ".doc", ".xls", ".ppt")


def read_file(path: Path, how: How, called: Path) -> Attachment:
    """Return the file at ``path`` as an attachment; see `kimi_magic.content.files.from_file`."""
    return _of(called, read(path, lambda head, size: _check_size(called, head, size), called), how)


def from_bytes(name: str, data: bytes, how: How) -> Attachment:
    """Return a file that is not on this machine's disk, as `read_file` would; ``name`` is what it is called.

    Raises `UsageError`.
    """
    path = Path(name)
    if not data:
        raise UsageError(f"{path} is empty: there is nothing in it to send.")
    _check_size(path, data[:HEAD], len(data))
    return _of(path, data, how)


def _of(path: Path, data: bytes, how: How) -> Attachment:
    kind = kind_of(data[:HEAD])
    if kind is None and path.suffix.lower() == ".ipynb":
        kind = Kind("notebook", "notebook")
    return from_text_file(path, data) if kind is None else _by_kind(path, data, kind, how)


def from_text_file(path: Path, data: bytes) -> Attachment:
    """Return text as an attachment; a name that promises a document is told to be wrong, one of a picture is refused."""
    suffix = path.suffix.lower()
    if suffix in (*_PICTURES, *_VIDEOS):
        text.decoded(path, data)
        promised = "picture" if suffix in _PICTURES else "video"
        raise UsageError(f"{path} is called a {promised}, but holds text. Rename it to send it as text.")
    promise = f"{path} is called a document, but holds text: it went as text." if suffix in _DOCUMENTS else ""
    return text.from_text_file(path, data, promise)


def _by_kind(path: Path, data: bytes, kind: Kind, how: How) -> Attachment:
    match kind.family:
        case "picture":
            return from_picture_file(path, data, kind.format, how)
        case "drawing":
            return from_svg_file(path, data, how)
        case "video":
            return from_video_file(path, data, kind.format)
        case "document":
            return from_document(path, data, kind.format)
        case "container":
            return from_document(path, data, form_of_container(path, data))
        case "notebook":
            return _notebook_or_text(path, data, how)
        case "other":
            raise UsageError(_refusal(path, kind))


def _notebook_or_text(path: Path, data: bytes, how: How) -> Attachment:
    """Return a notebook as its cells; other JSON that has the same words in it is text, if it is not called a notebook."""
    if path.suffix.lower() != ".ipynb" and b'"nbformat"' not in data:
        return from_text_file(path, data)
    return notebooks.from_notebook_file(path, data, how)


def _check_size(path: Path, head: bytes, size: int) -> int:
    """Return how many bytes the file that begins with ``head`` may have. Raises `UsageError` where it has more."""
    kind = kind_of(head)
    if kind is not None and kind.family == "other":
        raise UsageError(_refusal(path, kind))
    if path.suffix.lower() == ".ipynb" or (kind and kind.family == "notebook"):
        what, most = "a notebook", notebooks.MOST_BYTES
    elif kind is None or kind.family == "drawing":
        what, most = "a text file", text.MOST_BYTES
    else:
        what, most = f"a {kind.family if kind.family != 'container' else 'document'}", MOST_BYTES
    if size > most:
        raise UsageError(f"{path} has {size:,} bytes; {what} of up to {most:,} can be attached.")
    return most


def _refusal(path: Path, kind: Kind) -> str:
    return f"{path} is not a text file, but a {kind.format}, which Kimi does not take."
