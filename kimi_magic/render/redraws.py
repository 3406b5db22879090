"""When a growing answer is drawn again, whoever draws it: a clock while nothing comes, then the answer at its own pace."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

from kimi_magic.draft import Draft
from kimi_magic.render.pace import Pace
from kimi_magic.render.stopwatch import Stopwatch
from kimi_magic.render.view import POLL

ENVELOPE = 1_000
"""Bytes of a message without what it shows, about: Jupyter's headers, our metadata."""
_REST = 3
"""How many times as long as a drawing took nothing is drawn after it: the stream and the user's work go on meanwhile."""


class Canvas(Protocol):
    """What draws."""

    def draw_waiting(self, draft: Draft, seconds: int) -> int:
        """Show that nothing new has come for ``seconds``, and why; return the bytes that it took."""

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
        self._seen: tuple[object, ...] = ()
        self._draft: Draft | None = None
        self._began = clock()
        self._rests_until = float("-inf")

    @property
    def thought_for(self) -> float:
        """How long the model has thought since it was last sent something, in seconds."""
        return self._thinking.seconds

    def begin(self) -> None:
        """Let the clock run from now on."""
        self._began, self._seen = self._clock(), _seen_waiting(None, 0)

    def update(self, draft: Draft) -> float:
        """Draw if something is new and it is time; return the seconds until the next drawing is wanted."""
        now = self._follow(draft)
        if not (draft.text or draft.reasoning or draft.tool_calls):
            return self._wait(draft, int(now - self._began))
        seen = _seen(draft)
        if seen == self._seen:
            return POLL
        wait = max(self._pace.wait(now, *self._canvas.sizes(draft)), self._rests_until - now)
        if wait > 0:
            # The answer may grow faster than it looks now: the caller should ask again soon.
            return min(wait, POLL)
        self._draw(draft, now, seen)
        return POLL

    def show(self, draft: Draft) -> None:
        """Draw at once, whatever that takes."""
        self._draw(draft, self._follow(draft), _seen(draft))

    def _follow(self, draft: Draft) -> float:
        """Return the time; a draft that is another than before is of the next round, where all begins anew."""
        now = self._clock()
        if draft is not self._draft:
            if self._draft is not None:
                self._thinking, self._began = Stopwatch(), now
            self._draft = draft
        self._thinking.note(now, bool(draft.reasoning), bool(draft.text or draft.tool_calls))
        return now

    def _draw(self, draft: Draft, now: float, seen: tuple[object, ...]) -> None:
        self._seen = seen
        self._pace.sent(now, self._canvas.draw(draft))
        done = self._clock()
        self._rests_until = done + _REST * (done - now)

    def _wait(self, draft: Draft, seconds: int) -> float:
        """Let a clock run while nothing arrives. The first words are not to wait for it: no pause."""
        seen = _seen_waiting(draft, seconds)
        if seen != self._seen:
            self._seen = seen
            self._pace.spent(self._canvas.draw_waiting(draft, seconds))
        return 0.0


def _seen(draft: Draft) -> tuple[object, ...]:
    """Return what tells one drawing of ``draft`` from the next."""
    names = tuple(call.name for call in draft.tool_calls)
    return len(draft.text), len(draft.reasoning), names, len(draft.before), draft.called


def _seen_waiting(draft: Draft | None, seconds: int) -> tuple[object, ...]:
    return (draft.retrying, len(draft.before), seconds) if draft else (None, 0, seconds)
