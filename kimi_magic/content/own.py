"""Types that say themselves what Kimi sees of them: by a method ``_repr_kimi_()``, or by `register`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from kimi_magic.content.figures.kinds import is_figure
from kimi_magic.content.how import How
from kimi_magic.content.values import cut, wrapped
from kimi_magic.errors import UsageError
from kimi_magic.messages import Attachment, Part, Text

T = TypeVar("T")
Make = Callable[[Any], object]
"""Returns what is sent of a value: text, a picture (PNG or JPEG bytes, a figure, a PIL image), or a list of them."""

_registered: dict[type, Make] = {}


def register(type_: type[T], make: Callable[[T], object]) -> None:
    """Let ``make(value)`` say what is sent of values of ``type_`` and of its subclasses; the nearest class wins.

    >>> class Wave(complex):
    ...     pass
    >>> register(Wave, lambda z: f"{z.real} + {z.imag}i")
    >>> from_own("z", Wave(1, 2), How()).payload.decode()
    '<attachment name="z" kind="value">\\n1.0 + 2.0i\\n</attachment>'
    """
    _registered[type_] = make


def has_own(value: object) -> bool:
    """Return whether ``value`` says itself what is sent of it."""
    return _maker(value) is not None


def from_own(name: str, value: object, how: How) -> Attachment:
    """Return what ``value`` says of itself as an attachment.

    Raises `UsageError` where its code raises, or returns neither text nor pictures.
    """
    make = _maker(value)
    try:
        said = make(value) if make else None
    except Exception as error:  # noqa: BLE001 the user's own code, or a library's
        raise UsageError(f"{name} cannot be attached: its own code for Kimi raised {type(error).__name__}.") from None
    pieces = said if isinstance(said, (list, tuple)) else [said]
    parts = [part for piece in pieces for part in _parts(name, piece, how)]
    words = "\n".join(part.text for part in parts if isinstance(part, Text))
    pictures = [part for part in parts if not isinstance(part, Text)]
    note = f"{len(pictures)} pictures" if len(pictures) > 1 else ""
    return Attachment(name, "value", (wrapped(name, "value", cut(words)), *pictures), note=note)


def _maker(value: object) -> Make | None:
    if callable(getattr(type(value), "_repr_kimi_", None)):
        return lambda own: own._repr_kimi_()
    return next((_registered[kind] for kind in type(value).__mro__ if kind in _registered), None)


def _parts(name: str, piece: object, how: How) -> Iterator[Part]:
    # Late: a first question without a picture need not wait for what draws them.
    from kimi_magic.content.figures.figure import from_figure
    from kimi_magic.content.figures.pictures import from_picture

    if isinstance(piece, str):
        yield Text(piece)
    elif isinstance(piece, bytes):
        yield from _pictures(from_picture(name, piece, how))
    elif is_figure(piece):
        yield from _pictures(from_figure(name, piece, how))
    else:
        raise UsageError(
            f"{name} cannot be attached: its own code for Kimi returned {type(piece).__name__}, not text, a picture, or a "
            "list of them."
        )


def _pictures(attachment: Attachment) -> Iterator[Part]:
    return (part for part in attachment.parts if isinstance(part, Part) and not isinstance(part, Text))
