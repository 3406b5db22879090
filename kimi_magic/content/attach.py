"""Any Python value as an attachment: what it says of itself, else a frame, a figure, code, text, or its bounded repr."""

from __future__ import annotations

from collections.abc import Sized
from dataclasses import replace
from types import NoneType

from kimi_magic.content.figures.kinds import is_figure
from kimi_magic.content.frames.kinds import is_frame
from kimi_magic.content.how import How
from kimi_magic.content.own import from_own, has_own
from kimi_magic.content.values import from_value, wrapped
from kimi_magic.messages import Attachment

_SHARED = {
    "schema": "names and types only",
    "stats": "statistics, no rows",
    "sample": "statistics and sample rows",
    "all": "all rows that fit",
}


_SHOWS_DATA = "A figure shows data, whatever --share says of frames."


def attach(name: str, value: object, how: How) -> Attachment:
    """Return ``value`` as an attachment called ``name``, as much of it as ``how`` allows.

    At "schema" and "stats" a value that is no frame, but can hold a frame's data, goes as its type and length. Code goes as
    its source at each level: it is the user's program, not the data.

    Raises `UsageError` where it cannot be read, drawn or written.
    """
    if has_own(value):
        return from_own(name, value, how)
    if is_frame(value):
        from kimi_magic.content.frames.attach import from_frame  # late: a first question without a frame need not wait

        frame = from_frame(name, value, how)
        return replace(frame, note=f"{frame.note}, {_SHARED[how.share]}")
    if is_figure(value):
        from kimi_magic.content.figures.figure import from_figure  # late: as above

        figure = from_figure(name, value, how)
        return figure if how.share in ("sample", "all") else replace(figure, warning=figure.warning or _SHOWS_DATA)
    from kimi_magic.content.sources import from_source, is_source  # late: a first question without a value need not wait

    if is_source(value):
        return from_source(name, value)
    if is_kept_here(value, how):
        return Attachment(name, "value", (wrapped(name, "value", kind_alone(value)),), note="its type only")
    return from_value(name, value)


def is_kept_here(value: object, how: How) -> bool:
    """Return whether ``how`` lets only the kind of ``value``, which is no frame, leave: it can hold a frame's data."""
    return how.share in ("schema", "stats") and not isinstance(value, (str, int, float, complex, NoneType))


def kind_alone(value: object) -> str:
    """Return type and length of a value that may hold a frame's data, and nothing of what is in it."""
    count = f" with {len(value):,} items" if isinstance(value, Sized) else ""
    return f"{type(value).__name__}{count} (what is in it is not shared)"
