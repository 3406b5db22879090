"""A frame of any library becomes an attachment."""

from __future__ import annotations

import warnings
from typing import Any

from kimi_magic.content.frames.cells import size
from kimi_magic.content.frames.columnar_frames import from_arrow, from_polars
from kimi_magic.content.frames.eager import summary_of
from kimi_magic.content.frames.kinds import family_of
from kimi_magic.content.frames.lazy import summary_of_lazy
from kimi_magic.content.frames.pandas_frames import from_groups, from_pandas
from kimi_magic.content.frames.source import Source
from kimi_magic.content.frames.text import text_of
from kimi_magic.content.how import How
from kimi_magic.content.values import wrapped
from kimi_magic.errors import UsageError
from kimi_magic.messages import Attachment

BYTES_A_TOKEN = 3.5
"""Of a table's text, about: numbers and quotes take more tokens than prose."""


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
        raise UsageError(f'{name} needs {error.name or error} to be read: pip install "kimi-magic[frames]".') from None
    except Exception as error:  # noqa: BLE001 a frame's query and its objects are the user's own code
        said = " ".join(str(error).split())[:200]
        raise UsageError(
            f"{name} cannot be read: {type(error).__name__}{f': {said}' if said else ''}. "
            "Attach something computed from it. Nothing was sent."
        ) from None


def _attached(name: str, value: object, how: How) -> Attachment:
    most = int(how.budget * BYTES_A_TOKEN) - size(wrapped(name, "frame", "").text)
    text, note = _told(_native(value), how, max(0, most))
    return Attachment(name, "frame", (wrapped(name, "frame", text),), note=note)


def _told(value: Any, how: How, most: int) -> tuple[str, str]:
    """Return the text of a frame and its shape."""
    if family_of(value) == "lazy":
        summary, rows = summary_of_lazy(value, how, most)
        wide = len(summary.facts) + len(summary.others)
        return text_of(summary, how, most), f"{wide:,} columns" if rows is None else f"{rows:,} × {wide:,}"
    source = source_of(value)
    return text_of(summary_of(source, how, most), how, most), source.shape


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


def _native(value: Any) -> Any:
    return value.to_native() if family_of(value) == "narwhals" else value
