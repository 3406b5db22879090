"""What goes along with the next question: gathered for a look when it is attached, and anew when it is sent."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import get_args

from kimi_magic.conversation import new_id
from kimi_magic.errors import UsageError
from kimi_magic.messages import Attachment, Share
from kimi_magic.panel import transcript
from kimi_magic.panel.transcript import Shown
from kimi_magic.render.printable import printable

MOST_CHIPS = 50
_CHOOSABLE = ("frame", "value")
"""The kinds of which ``share`` decides how much leaves this machine."""

Gather = Callable[[str, Share], tuple[Attachment, ...]]
"""Returns what a word names, as much of it as is to be shared. Raises `UsageError`."""


@dataclass(frozen=True, slots=True)
class Chip:
    """Something that is attached: ``seen`` is what it was when it was attached.

    ``word`` names it, and it is gathered anew when it is sent; without a word it goes as it was seen.
    """

    seen: tuple[Attachment, ...]
    word: str = ""
    share: Share = "sample"
    id: str = field(default_factory=new_id)

    def told(self) -> Shown:
        """Return what the trait ``chips`` holds of it."""
        first, many = self.seen[0], len(self.seen)
        about = transcript.told(first)
        if many > 1:
            about |= {"name": printable(self.word) or about["name"], "note": f"{many} attachments"}
        has_choice = self.word and any(one.kind in _CHOOSABLE for one in self.seen)
        return {**about, "id": self.id, "share": self.share if has_choice else ""}


class Chips:
    """The chips of one panel; ``show`` is given what the trait holds whenever that changes."""

    def __init__(self, gather: Gather, show: Callable[[list[Shown]], None]) -> None:
        self._gather, self._show = gather, show
        self._chips: list[Chip] = []
        self._lock = threading.RLock()

    def attach(self, word: str, share: Share = "sample") -> None:
        """Attach what ``word`` names; once more is the same chip anew. Raises `UsageError`."""
        chip = Chip(self._gather(word, share), word, share)
        with self._lock:
            before = next((one for one in self._chips if one.word == word), None)
            self._set([one for one in self._chips if one.word != word] + [replace(chip, id=before.id) if before else chip])

    def add(self, *attachments: Attachment) -> None:
        """Attach what was gathered already."""
        with self._lock:
            self._set([*self._chips, *(Chip((one,)) for one in attachments)])

    def detach(self, id: str) -> None:  # noqa: A002 the field's name
        """Take a chip away."""
        with self._lock:
            self._set([chip for chip in self._chips if chip.id != id])

    def share(self, id: str, level: str) -> None:  # noqa: A002 the field's name
        """Let another part of it leave this machine. Raises `UsageError`."""
        chosen: Share | None = next((one for one in get_args(Share) if one == level), None)
        chip = next((one for one in self._chips if one.id == id and one.word), None)
        if chosen is None or chip is None:
            raise UsageError(f"There is nothing attached of which {level!r} could be shared.")
        seen = self._gather(chip.word, chosen)
        with self._lock:
            self._set([replace(chip, seen=seen, share=chosen) if one.id == id else one for one in self._chips])

    def gathered(self) -> tuple[Attachment, ...]:
        """Return all that is attached, as it is now. Raises `UsageError`."""
        chips = [*self._chips]
        return tuple(one for chip in chips for one in (self._gather(chip.word, chip.share) if chip.word else chip.seen))

    def clear(self) -> None:
        """Take all chips away: they were sent."""
        with self._lock:
            self._set([])

    def _set(self, chips: list[Chip]) -> None:
        if len(chips) > MOST_CHIPS:
            raise UsageError(f"{MOST_CHIPS} things can be attached to one question; take some away first.")
        self._chips = chips
        self._show([chip.told() for chip in chips])
