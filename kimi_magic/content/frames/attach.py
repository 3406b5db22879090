"""A frame of any library becomes an attachment."""

from __future__ import annotations

import importlib.util
import warnings
from dataclasses import replace
from typing import Any

from kimi_magic.content.frames.cells import size
from kimi_magic.content.frames.columnar_frames import from_arrow, from_polars
from kimi_magic.content.frames.eager import summary_of
from kimi_magic.content.frames.kinds import family_of
from kimi_magic.content.frames.lazy import head_of, summary_of_lazy
from kimi_magic.content.frames.lazy import source_of as lazy_source_of
from kimi_magic.content.frames.pandas_frames import from_groups, from_pandas
from kimi_magic.content.frames.picture import Cell, Picture, drawn, most_columns, most_rows
from kimi_magic.content.frames.rows import cells_of_rows, read
from kimi_magic.content.frames.source import Source
from kimi_magic.content.frames.styled import cells_of
from kimi_magic.content.frames.text import text_of
from kimi_magic.content.how import How
from kimi_magic.content.values import wrapped
from kimi_magic.errors import UsageError
from kimi_magic.messages import Attachment, Image

BYTES_A_TOKEN = 3.5
"""Of a table's text, about: numbers and quotes take more tokens than prose."""

PICTURED = 20
"""Rows in a picture where the user gave no number."""


def from_frame(name: str, value: object, how: How) -> Attachment:
    """Return the frame ``value`` as an attachment of kind "frame": its text within ``how.budget`` tokens, its shape as note.

    What ``how.share`` lets out: "schema" names, types and the number of rows and columns (a shape, no content; a lazy
    frame's rows are not counted for it); "stats" in addition aggregates, see `facts.allowed`; "sample" and "all" rows too.

    Raises `UsageError` where the frame, its engine or its query fails, and where a library that this needs is missing.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of libraries to each other; the user can change nothing
            return _attached(name, value, how)
    except UsageError:
        raise
    except ImportError as error:
        cure = '"kimi-magic[frames]"' if error.name == "narwhals" else error.name
        raise UsageError(
            f"{name} cannot be read without {error.name or error}: pip install {cure}. Nothing was sent."
        ) from None
    except Exception as error:  # noqa: BLE001 a frame's query and its objects are the user's own code
        said = " ".join(str(error).split())[:200].rstrip(".")
        raise UsageError(
            f"{name} cannot be read: {type(error).__name__}{f': {said}' if said else ''}. "
            "Attach something computed from it. Nothing was sent."
        ) from None


def _attached(name: str, value: Any, how: How) -> Attachment:
    value = value.to_native() if family_of(value) == "narwhals" else value
    picture, warning = (None, "") if how.form == "text" else _pictured(name, value, how)
    said = f"Its picture shows the first {picture.rows:,} rows and {picture.columns:,} columns." if picture else ""
    most = int(how.budget * BYTES_A_TOKEN) - size(wrapped(name, "frame", "").text)
    beside = replace(how, share="schema") if picture and how.form == "image" else how
    text, note = _told(value, beside, max(0, most), said)
    words = wrapped(name, "frame", text)
    if not picture:
        return Attachment(name, "frame", (words,), note, warning=warning)
    return Attachment(name, "frame", (words, Image(picture.url)), note, picture.thumbnail)


def _told(value: Any, how: How, most: int, said: str) -> tuple[str, str]:
    """Return the text of a frame and its shape; ``said`` is a sentence about its picture."""
    if family_of(value) == "lazy":
        summary, rows = summary_of_lazy(value, how, most)
        note = replace(lazy_source_of(value), rows=rows).shape
    else:
        source = source_of(value)
        summary, note = summary_of(source, how, most), source.shape
    return text_of(replace(summary, picture=said), how, most), note


def _pictured(name: str, value: Any, how: How) -> tuple[Picture | None, str]:
    """Return the picture of a frame's head, or a sentence about why there is none."""
    if how.share in ("schema", "stats"):
        return None, f"No picture of {name} went: at --share {how.share} no rows leave this machine."
    if importlib.util.find_spec("PIL") is None:
        return None, f'No picture of {name} went, only its text. For pictures: pip install "kimi-magic[figures]".'
    rows = min(most_rows(how.side), PICTURED if how.rows is None else how.rows)
    wide = most_columns(how.side)
    cells = [[replace(cell, text=how.mask(cell.text)) for cell in row] for row in _cells(value, rows, wide, how)]
    return drawn(cells, how.side), ""


def _cells(value: Any, rows: int, wide: int, how: How) -> list[list[Cell]]:
    """Return the first rows and columns of a frame as a picture's cells."""
    if family_of(value) == "styler" and not how.wary:
        return cells_of(value, rows, wide)
    if family_of(value) == "lazy":
        names = tuple(str(column.name) for column in lazy_source_of(value).columns[:wide])
        source = head_of(value, rows, names)
    else:
        source = source_of(value)
    return cells_of_rows(read(source.columns[:wide], range(min(rows, source.rows or 0)), how))


def source_of(value: Any) -> Source:
    """Return a frame in memory as a source."""
    match family_of(value):
        case "styler":
            return from_pandas(value.data)
        case "groups":
            return from_groups(value)
        case "polars":
            return from_polars(value)
        case "arrow":
            return from_arrow(value)
        case _:
            return from_pandas(value)
