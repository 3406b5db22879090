"""When a growing answer is drawn again, whoever draws it: a clock while nothing comes, then the answer at its own pace."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

from kimi_magic.draft import Draft
from kimi_magic.messages import Retrying
from kimi_magic.render.pace import Pace
from kimi_magic.render.stopwatch import Stopwatch
from kimi_magic.render.view import POLL

ENVELOPE = 1_000
"""Bytes of a message without what it shows, about: Jupyter's headers, our metadata."""


class Canvas(Protocol):
    """What draws."""

    def draw_waiting(self, retrying: Retrying | None, seconds: int) -> None:
        """Show that nothing has come for ``seconds``, and why."""

    def draw(self, draft: Draft) -> int:
        """Show what has come; return the bytes that it took."""

    def sizes(self, draft: Draft) -> tuple[int, int]:
        """Return about how many bytes `draw` would take now, and how many the finished answer would."""


class Redraws:
    """Lets ``canvas`` draw an answer that grows, as often as `Pace` allows. ``clock`` returns seconds."""

    def __init__(self, canvas: Canvas, clock: Callable[[], float] = time.monotonic, pace: Pace | None = None) -> None:
        self._canvas, self._clock = canvas, clock
        self._pace = pace or Pace()
        self._thinking = Stopwatch()
        self._seen: tuple[object, ...] = (None, 0)
        self._began = clock()

    @property
    def thought_for(self) -> float:
        """How long the model has thought, in seconds."""
        return self._thinking.seconds

    def begin(self) -> None:
        """Let the clock run from now on."""
        self._began = self._clock()

    def update(self, draft: Draft) -> float:
        """Draw if something is new and it is time; return the seconds until the next drawing is wanted."""
        now = self._clock()
        self._thinking.note(now, bool(draft.reasoning), bool(draft.text))
        if not (draft.text or draft.reasoning):
            return self._wait(draft, int(now - self._began))
        seen = (len(draft.text), len(draft.reasoning))
        if seen == self._seen:
            return POLL
        wait = self._pace.wait(now, *self._canvas.sizes(draft))
        if wait > 0:
            # The answer may grow faster than it looks now: the caller should ask again soon.
            return min(wait, POLL)
        self._seen = seen
        self._pace.sent(now, self._canvas.draw(draft))
        return POLL

    def _wait(self, draft: Draft, seconds: int) -> float:
        """Let a clock run while nothing arrives. The first words are not to wait for it: no pause."""
        seen = (draft.retrying, seconds)
        if seen != self._seen:
            self._seen = seen
            self._canvas.draw_waiting(draft.retrying, seconds)
        return 0.0
