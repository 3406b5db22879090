"""What a call returns, as what the model reads of it: never empty, never without bounds."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from kimi_magic.content.attach import attach
from kimi_magic.content.figures.kinds import is_figure
from kimi_magic.content.frames.kinds import is_frame
from kimi_magic.content.how import How
from kimi_magic.content.own import has_own
from kimi_magic.errors import UsageError
from kimi_magic.messages import Attachment, Content, Image, Part, Text, Upload, Video
from kimi_magic.tools.as_json import as_json
from kimi_magic.tools.keeping import Mask, ends

MOST_CHARACTERS = 20_000
"""What the model reads of one result; the middle is left out."""
MOST_PICTURES = 8
_MOST_BESIDE = 8
"""Frames and figures that one value may hold."""
_PLAIN = (list, tuple, dict, set, frozenset)


def content_of(name: str, value: object, how: How, mask: Mask = str) -> Content:
    """Return what the model reads of ``value``, which the tool called ``name`` returned: parts where there is a picture.

    Raises `UsageError` where it cannot be read, drawn or written.
    """
    parts = [*parts_of(name, value, how, mask)]
    pictures = [part for part in parts if isinstance(part, Image)][:MOST_PICTURES]
    words = bounded("\n".join(part.text for part in parts if isinstance(part, Text)), mask)
    return (Text(words), *pictures) if pictures else words


def bounded(text: str, mask: Mask = str) -> str:
    r"""Return ``text`` as the service takes it: not empty, not endless, without secrets and without half characters.

    >>> bounded("  "), bounded("a\ud800b")
    ('(an empty text)', 'a?b')
    """
    kept = ends(text, MOST_CHARACTERS, mask)
    return kept.encode("utf-8", "replace").decode() if kept.strip() else "(an empty text)"


def parts_of(name: str, value: object, how: How, mask: Mask) -> Iterator[Part]:
    """Yield what the model reads of ``value``: words, and pictures of what can be seen.

    Frames and figures go as attachments do, wherever in it they are. Where ``how`` keeps rows here, texts, numbers and plain
    lists and dicts of them go all the same, for whoever wrote the tool chose them; what has only a repr goes as its kind.
    """
    if isinstance(value, str):
        yield Text(value)
    elif isinstance(value, Attachment):
        yield from _sent(value.parts)
    elif is_shown(value):
        yield from _sent(attach(name, value, how).parts)
        _close(value)
    else:
        beside = _Beside(name)
        yield Text(as_json(name, value, mask, beside.put, with_reprs=how.share in ("sample", "all")))
        for inner, one in beside.found.items():
            yield from parts_of(inner, one, how, mask)


@dataclass(frozen=True, slots=True)
class _Beside:
    """The frames and figures in a value, which follow its text, by the names that they have there."""

    name: str
    found: dict[str, object] = field(default_factory=dict)

    def put(self, value: object) -> str:
        """Return what is written in place of ``value``; "" where that is no frame and no figure."""
        if type(value) in _PLAIN or not is_shown(value):
            return ""
        if len(self.found) >= _MOST_BESIDE:
            return f"({type(value).__name__}, left out: more than {_MOST_BESIDE} do not go at once)"
        name = f"{self.name} {len(self.found) + 1}"
        self.found[name] = value
        return f"({type(value).__name__}, follows as {name})"


def is_shown(value: object) -> bool:
    """Return whether ``value`` is more than text: a frame, a figure, or something that says itself what Kimi sees of it."""
    return isinstance(value, Attachment) or has_own(value) or is_frame(value) or is_figure(value)


def _close(value: object) -> None:
    """Let a figure of matplotlib's that is shown with its call not be shown once more where the cell ends."""
    pyplot: Any = sys.modules.get("matplotlib.pyplot")
    figure = getattr(value, "figure", value)
    if pyplot and "inline" in pyplot.get_backend() and isinstance(figure, pyplot.Figure):
        pyplot.close(figure)


def _sent(parts: Iterable[Part | Upload]) -> Iterator[Part]:
    for part in parts:
        if isinstance(part, Upload | Video):
            raise UsageError("It is a document, a video or too large a picture: the user can attach it to a question.")
        yield part
