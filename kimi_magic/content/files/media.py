"""Pictures and videos: small ones stand in the request itself, larger ones are uploaded."""

from __future__ import annotations

import base64
import importlib.util
from dataclasses import replace
from pathlib import Path

from kimi_magic.amounts import size
from kimi_magic.content.figures.formats import MIME, is_complete, read_header
from kimi_magic.content.figures.pictures import from_picture
from kimi_magic.content.files.paths import plain_name
from kimi_magic.content.how import How
from kimi_magic.content.values import wrapped
from kimi_magic.errors import UsageError
from kimi_magic.messages import Attachment, Image, Part, Upload, Video

MOST_IN_PICTURE, MOST_IN_VIDEO = 4_000_000, 8_000_000
"""Bytes of a file that stand in the request itself, again with each turn; what is larger is uploaded once."""

_VIDEO_MIME = {
    "MP4": "video/mp4",
    "MPEG": "video/mpeg",
    "MOV": "video/mov",
    "AVI": "video/avi",
    "FLV": "video/x-flv",
    "WEBM": "video/webm",
    "WMV": "video/wmv",
    "3GP": "video/3gpp",
}
"""As the service spells them."""


def from_picture_file(path: Path, data: bytes, form: str, how: How) -> Attachment:
    """Return the picture in ``data`` as an attachment, at a size that the service takes.

    A HEIC that nothing here can open goes as it is. Raises `UsageError` for a picture that is cut short, damaged or too
    large.
    """
    if form == "HEIC" and not importlib.util.find_spec("pillow_heif"):
        return _as_it_is(path, data, form)
    if form in MIME and not is_complete(data, form):
        raise UsageError(f"{path} is not a text file, but a {form} picture that is cut short or damaged.")
    return _with_uploads(path, from_picture(str(path), data, how))


def from_video_file(path: Path, data: bytes, form: str) -> Attachment:
    """Return the video in ``data`` as an attachment."""
    note = f"{size(len(data))} {form}"
    part = (
        Upload(data, plain_name(path, form), "video")
        if len(data) > MOST_IN_VIDEO
        else Video(f"data:{_VIDEO_MIME[form]};base64,{base64.b64encode(data).decode()}")
    )
    return Attachment(str(path), "video", (wrapped(str(path), "video", f"Video: {note}."), part), note=note)


def _as_it_is(path: Path, data: bytes, form: str) -> Attachment:
    header = read_header(data)
    note = f"{header.width}×{header.height} {form}" if header and header.width else form
    image = Image(f"data:{MIME[form]};base64,{base64.b64encode(data).decode()}")
    attachment = Attachment(str(path), "image", (wrapped(str(path), "image", f"Picture: {note}."), image), note=note)
    return _with_uploads(path, attachment)


def _with_uploads(path: Path, attachment: Attachment) -> Attachment:
    """Return ``attachment`` with an `Upload` for each picture that is too large to stand in the request."""
    return replace(attachment, parts=tuple(_uploaded(path, part) for part in attachment.parts))


def _uploaded(path: Path, part: Part | Upload) -> Part | Upload:
    if not isinstance(part, Image) or len(part.url) * 3 // 4 <= MOST_IN_PICTURE:
        return part
    head, _, body = part.url.partition(";base64,")
    return Upload(base64.b64decode(body), plain_name(path, head.rpartition("/")[2]), "image")
