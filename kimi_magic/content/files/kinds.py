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
    found = (Kind(family, form) for family, form, pattern in _SIGNATURES if re.match(pattern, head, re.DOTALL))
    return next(found, None)


_MARKUP = rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*>\s*|<!--.*?-->\s*|<!DOCTYPE svg[^>]*>\s*)*"

_SIGNATURES: tuple[tuple[Family, str, bytes], ...] = (
    # Pictures that the service does not take, and Pillow turns into a PNG.
    ("picture", "TIFF", rb"II\*\0|MM\0\*"),
    ("picture", "AVIF", rb"\0.{3}ftypavi[fs]"),
    ("picture", "ICO", rb"\0\0\x01\0[\x01-\x40]\0.{4}"),
    ("drawing", "SVG", _MARKUP + rb"<(?:svg:)?svg[\s>]"),
    # An MP4's brand tells its relatives apart; those of before 2001 have none.
    ("other", "sound", rb"\0.{3}ftypM4[AB] |ID3[\x02-\x04]|fLaC\0|OggS\0|\xff[\xfb\xf3\xf2]|RIFF.{4}WAVE|FORM\0.{3}AIF"),
    ("video", "3GP", rb"\0.{3}ftyp3g"),
    ("video", "MOV", rb"[\0-\x06].{3}(?:ftypqt  |moov|mdat|wide|pnot)"),
    ("video", "MP4", rb"\0.{3}ftyp(?:iso|mp4|avc|M4V|dash|MSNV|f4v|mmp4|XAVC|NDS)"),
    ("video", "AVI", rb"RIFF.{4}AVI "),
    ("video", "WEBM", rb"\x1aE\xdf\xa3.{1,60}webm"),
    ("other", "Matroska video (a WEBM or MP4 is taken)", rb"\x1aE\xdf\xa3"),
    ("video", "FLV", rb"FLV\x01"),
    ("video", "WMV", rb"\x30\x26\xb2\x75\x8e\x66\xcf\x11"),
    ("video", "MPEG", rb"\0\0\x01[\xba\xb3]"),
    ("document", "PDF", rb"(?:\xef\xbb\xbf)?\s{0,64}%PDF-\d"),
    ("document", "RTF", rb"\{\\rtf"),
    ("container", "ZIP", rb"PK\x03\x04|PK\x05\x06"),
    ("container", "OLE", rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),
    ("notebook", "notebook", rb'\s*\{(?=.*"(?:cells|nbformat|worksheets)"\s*:)'),
    ("other", "compressed archive", rb"\x1f\x8b|BZh\d1AY|\xfd7zXZ\0|7z\xbc\xaf\x27\x1c|Rar!\x1a|\x28\xb5\x2f\xfd"),
    ("other", "Parquet table (read it, and attach the frame)", rb"PAR1[\x15\0]"),
    ("other", "HDF5 file (read it, and attach what is in it)", rb"\x89HDF\r\n"),
    ("other", "SQLite database (query it, and attach the result)", rb"SQLite format 3\0"),
    ("other", "program", rb"\x7fELF|MZ.\0|\xcf\xfa\xed\xfe"),
)
