"""What a library's module makes of a figure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from kimi_magic.content.figures.facts import clipped
from kimi_magic.content.figures.pictures import Picture
from kimi_magic.errors import UsageError

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Drawing:
    """Facts in words, the pictures, and a sentence for the user where no picture could be drawn."""

    facts: str
    pictures: tuple[Picture, ...] = ()
    warning: str = ""


class RendererMissing(Exception):
    """What draws such figures is not installed here; ``str(error)`` is what to do."""


def drawn_by(library: str, name: str, draw: Callable[[], T]) -> T:
    """Return what ``draw`` returns. Raises `UsageError` in one sentence where it raises anything but `RendererMissing`."""
    try:
        return draw()
    except (UsageError, RendererMissing):
        raise
    except Exception as error:  # noqa: BLE001 drawing runs the user's own artists, formatters and specifications
        words = clipped(str(error).strip().partition("\n\n")[0], 200).rstrip(".")  # a stack follows from Rust
        raise UsageError(f"{name} cannot be drawn: {library} raised {type(error).__name__}: {words}.") from None
