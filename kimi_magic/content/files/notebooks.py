"""Notebooks as their cells: source, the text of outputs, and a few of their pictures."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from kimi_magic.content.figures.pictures import from_picture
from kimi_magic.content.how import How
from kimi_magic.content.values import MOST_CHARACTERS, cut, wrapped
from kimi_magic.errors import UsageError
from kimi_magic.messages import Attachment, Image

MOST_BYTES = 50_000_000
"""How large a notebook's file may be: pictures in it make up most of that."""

MOST_OUTPUT = 2_000
"""Characters of the text of one output."""

MOST_PICTURES = 4
"""How many of the outputs' pictures go along: the last ones."""

_COLOUR = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp")


def from_notebook_file(path: Path, data: bytes, how: How) -> Attachment:
    """Return the notebook in ``data`` as an attachment: its cells in order, then the last `MOST_PICTURES` pictures.

    Raises `UsageError` for what is no notebook, and where the package nbformat is missing.
    """
    cells = _cells(path, data)
    pieces = [piece for number, cell in enumerate(cells, 1) for piece in _pieces(number, cell)]
    drawn = [(piece, image) for piece in pieces if (image := _image(path, piece, how))][-MOST_PICTURES:]
    text = "\n\n".join(_written(piece, [one for one, _ in drawn]) for piece in pieces)
    is_long = len(text) > MOST_CHARACTERS
    return Attachment(
        str(path),
        "notebook",
        (wrapped(str(path), "notebook", cut(text)), *[image for _, image in drawn]),
        note=f"{len(cells)} {'cell' if len(cells) == 1 else 'cells'}",
        warning=f"{path} went without its middle: it has {len(text):,} characters." if is_long else "",
    )


class _Picture:
    """A picture among the pieces of a notebook, at its place."""

    def __init__(self, where: str, body: object) -> None:
        self.where, self.body = where, body


def _cells(path: Path, data: bytes) -> list[Any]:
    try:
        import nbformat
        from nbformat import reader  # unlike nbformat.reads it does not check every detail, and warns of none
    except ImportError:
        raise UsageError(f"{path} is a notebook, and reading it needs nbformat: pip install nbformat.") from None
    try:
        read = reader.reads(data.decode("utf-8-sig"))  # type: ignore[no-untyped-call]  # nbformat's own has no types
        notebook = nbformat.convert(read, 4)  # type: ignore[no-untyped-call]  # the same
        return list(notebook.cells)
    except (ValueError, KeyError, AttributeError, TypeError, RecursionError, nbformat.ValidationError) as error:
        words = " ".join(str(error).split())[:100].rstrip(".")
        raise UsageError(f"{path} is no notebook that can be read: {words}.") from None


def _pieces(number: int, cell: Any) -> Iterator[str | _Picture]:
    """Yield the source of a cell, and what it shows."""
    kind = str(cell.get("cell_type", "raw"))
    count = cell.get("execution_count")
    yield f"--- cell {number}, {kind}{f' [{count}]' if count else ''} ---\n{cell.get('source', '')}"
    for output in cell.get("outputs", ()):
        yield from _shown(f"cell {number}", output)


def _shown(where: str, output: Any) -> Iterator[str | _Picture]:
    """Yield what an output shows: a picture before its words, which are only its type."""
    bundle = output.get("data") or {}
    for mime in _PICTURES:
        if mime in bundle:
            yield _Picture(where, bundle[mime])
            return
    text = _words(output, bundle)
    if text.strip():
        yield f"--- output of {where} ---\n{cut(text.rstrip(), MOST_OUTPUT)}"


def _words(output: Any, bundle: Any) -> str:
    match output.get("output_type"):
        case "stream":
            text = output.get("text", "")
        case "error":
            text = "\n".join(map(str, output.get("traceback") or ())) or f"{output.get('ename')}: {output.get('evalue')}"
        case _:
            text = bundle.get("text/plain") or bundle.get("text/markdown") or bundle.get("text/latex") or ""
    return _COLOUR.sub("", text if isinstance(text, str) else str(text))


def _image(path: Path, piece: str | _Picture, how: How) -> Image | None:
    """Return the picture of ``piece``; None where it is none, or is damaged."""
    if isinstance(piece, str):
        return None
    try:
        attachment = from_picture(str(path), base64.b64decode(str(piece.body)), how)
    except (binascii.Error, ValueError, UsageError):
        return None
    return next((part for part in attachment.parts if isinstance(part, Image)), None)


def _written(piece: str | _Picture, sent: list[str | _Picture]) -> str:
    if isinstance(piece, str):
        return piece
    place = next((number for number, one in enumerate(sent, 1) if one is piece), None)
    said = f"picture {place} of those that follow" if place else "a picture, which is not sent"
    return f"--- output of {piece.where}: {said} ---"
