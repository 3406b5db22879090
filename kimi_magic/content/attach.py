"""Any Python value as an attachment: what it says of itself, else a frame, a figure, text, or its bounded repr."""

from __future__ import annotations

from dataclasses import replace

from kimi_magic.content.figures.kinds import is_figure
from kimi_magic.content.frames.kinds import is_frame
from kimi_magic.content.how import How
from kimi_magic.content.own import from_own, has_own
from kimi_magic.content.values import from_value
from kimi_magic.messages import Attachment

_SHARED = {
    "schema": "names and types only",
    "stats": "statistics, no rows",
    "sample": "statistics and sample rows",
    "all": "all rows that fit",
}


def attach(name: str, value: object, how: How) -> Attachment:
    """Return ``value`` as an attachment called ``name``, as much of it as ``how`` allows.

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

        return from_figure(name, value, how)
    return from_value(name, value)
