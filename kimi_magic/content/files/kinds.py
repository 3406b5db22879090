"""What a file is, by what it holds: its name may lie."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from kimi_magic.content.figures.formats import read_header

Family = Literal["picture", "drawing", "video", "document", "container", "notebook", "other"]


@dataclass(frozen=True, slots=True)
class Kind:
    """What a file is: its family, and its format in a word that a reader knows.

    A "drawing" is an SVG; a "container" (ZIP, OLE) tells only as a whole what it is; "other" is what Kimi does not take.
    """

    family: Family
    format: str


def kind_of(head: bytes) -> Kind | None:
    r"""Return what the file that begins with ``head`` (some 4,000 bytes) is; None for text, and for what is not known.

    >>> kind_of(b"%PDF-1.7\n"), kind_of(b"\x89PNG\r\n\x1a\n"), kind_of(b"a,b\n1,2\n")
    (Kind(family='document', format='PDF'), Kind(family='picture', format='PNG'), None)
    """
    if header := read_header(head):
        return Kind("picture", header.format)
    for kind, pattern in _SIGNATURES:
        if pattern.match(head):
            return kind
    return None


def _signature(family: Family, form: str, pattern: bytes) -> tuple[Kind, re.Pattern[bytes]]:
    return Kind(family, form), re.compile(pattern, re.DOTALL)


_MARKUP = rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*>\s*|<!--.*?-->\s*|<!DOCTYPE svg[^>]*>\s*)*"

_SIGNATURES = (
    # Pictures that the service does not take, and Pillow turns into a PNG.
    _signature("picture", "TIFF", rb"II\*\0|MM\0\*"),
    _signature("picture", "AVIF", rb".{4}ftypavi[fs]"),
    _signature("picture", "ICO", rb"\0\0\1\0[\1-\x40]\0.{2}[\0\2-\x10]\0"),
    _signature("drawing", "SVG", _MARKUP + rb"<(?:svg:)?svg[\s>]"),
    # An MP4's brand tells its relatives apart; those of before 2001 have none.
    _signature("other", "sound", rb".{4}ftypM4[AB] |ID3|fLaC|OggS|\xff[\xfb\xf3\xf2]|RIFF.{4}WAVE|FORM.{4}AIF"),
    _signature("video", "3GP", rb".{4}ftyp3g"),
    _signature("video", "MOV", rb".{4}(?:ftypqt  |moov|mdat|wide|pnot)"),
    _signature("video", "MP4", rb".{4}ftyp(?:iso|mp4|avc|M4V|dash|MSNV|f4v|mmp4|XAVC|NDS)"),
    _signature("video", "AVI", rb"RIFF.{4}AVI "),
    _signature("video", "WEBM", rb"\x1aE\xdf\xa3.{1,60}webm"),
    _signature("other", "Matroska video (a WEBM or MP4 is taken)", rb"\x1aE\xdf\xa3"),
    _signature("video", "FLV", rb"FLV\1"),
    _signature("video", "WMV", rb"\x30\x26\xb2\x75\x8e\x66\xcf\x11"),
    _signature("video", "MPEG", rb"\0\0\1[\xba\xb3]"),
    _signature("document", "PDF", rb"(?:\xef\xbb\xbf)?\s{0,64}%PDF-\d"),
    _signature("document", "RTF", rb"\{\\rtf"),
    _signature("container", "ZIP", rb"PK\3\4|PK\5\6"),
    _signature("container", "OLE", rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),
    _signature("notebook", "notebook", rb'\s*\{(?=.*"(?:cells|nbformat|worksheets)"\s*:)'),
    _signature("other", "compressed archive", rb"\x1f\x8b|BZh\d|\xfd7zXZ\0|7z\xbc\xaf\x27\x1c|Rar!|\x28\xb5\x2f\xfd"),
    _signature("other", "Parquet table (read it, and attach the frame)", rb"PAR1"),
    _signature("other", "HDF5 file (read it, and attach what is in it)", rb"\x89HDF\r\n"),
    _signature("other", "SQLite database (query it, and attach the result)", rb"SQLite format 3\0"),
    _signature("other", "program", rb"\x7fELF|MZ.{58}|\xcf\xfa\xed\xfe"),
)
