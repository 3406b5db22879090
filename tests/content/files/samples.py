"""Small real files: pictures by Pillow, containers by zipfile, and the first bytes that tell a video or a document."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping

from PIL import Image


def picture(form: str, size: tuple[int, int] = (40, 20), colour: str = "navy") -> bytes:
    """Return the file of a picture in one colour."""
    file = io.BytesIO()
    Image.new("RGB", size, colour).save(file, form)
    return file.getvalue()


def container(entries: Mapping[str, str]) -> bytes:
    """Return a ZIP file of these entries."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, text in entries.items():
            archive.writestr(name, text)
    return file.getvalue()


def office(folder: str) -> bytes:
    """Return what Word ("word"), Excel ("xl") or PowerPoint ("ppt") would write, in short."""
    return container({"[Content_Types].xml": "<Types/>", f"{folder}/document.xml": "<w/>"})


def open_document(mime: str) -> bytes:
    """Return a container that says itself what it is."""
    return container({"mimetype": mime, "content.xml": "<office/>"})


def ole(stream: str) -> bytes:
    """Return the beginning and the directory of one of Microsoft's old containers."""
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + (stream + "\0").encode("utf-16-le") + bytes(64)


def box(kind: bytes, body: bytes = b"") -> bytes:
    """Return a box of the MP4 family."""
    return (8 + len(body)).to_bytes(4) + kind + body


def mp4(brand: bytes = b"isom", padding: int = 0) -> bytes:
    """Return a film of no length: what it is, its description, and ``padding`` bytes of data."""
    return box(b"ftyp", brand + bytes(4) + brand) + box(b"moov", box(b"mvhd", bytes(100))) + box(b"mdat", bytes(padding))


WEBM = b"\x1aE\xdf\xa3\x9fB\x86\x81\x01B\xf7\x81\x01B\xf2\x81\x04B\xf3\x81\x08B\x82\x84webmB\x87\x81\x02"
MATROSKA = WEBM.replace(b"webm", b"matr")
HEIC = box(b"ftyp", b"heic" + bytes(4) + b"mif1heic") + box(
    b"meta", bytes(4) + box(b"ispe", bytes(4) + b"\0\0\x0f\xc0\0\0\x0b\xd0")
)
SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="20" height="10"><rect width="20" height="10" fill="red"/></svg>'

PDF = b"""%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]/Contents 4 0 R>>endobj
4 0 obj<</Length 38>>stream
BT /F1 12 Tf 9 9 Td (Sales rose.) Tj ET
endstream endobj
trailer<</Root 1 0 R>>
%%EOF
"""
RTF = rb"{\rtf1\ansi Sales rose by 12 percent.}"


def notebook(*cells: Mapping[str, object], version: int = 4) -> bytes:
    """Return a notebook's file."""
    return json.dumps({"nbformat": version, "nbformat_minor": 5, "metadata": {}, "cells": list(cells)}).encode()


def code(source: str, *outputs: Mapping[str, object], count: int | None = 1) -> dict[str, object]:
    """Return a code cell."""
    return {
        "cell_type": "code",
        "id": f"c{abs(hash(source)) % 10**6}",
        "metadata": {},
        "execution_count": count,
        "source": source,
        "outputs": list(outputs),
    }


def result(**bundle: object) -> dict[str, object]:
    """Return an output with a mime bundle: ``text_plain="1"``, ``image_png="…"``."""
    data = {name.replace("_", "/"): value for name, value in bundle.items()}
    return {"output_type": "display_data", "metadata": {}, "data": data}
