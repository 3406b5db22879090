"""An answer that grows in the panel."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Protocol

from kimi_magic.conversation import Turn
from kimi_magic.draft import Draft
from kimi_magic.messages import Retrying
from kimi_magic.panel.transcript import Shown
from kimi_magic.render.growing import Growing
from kimi_magic.render.pace import Pace
from kimi_magic.render.page import last_of, waiting_line
from kimi_magic.render.printable import printable
from kimi_magic.render.redraws import ENVELOPE, Redraws
from kimi_magic.render.stopwatch import thought_for
from kimi_magic.render.view import POLL

_FREE, _TIMES = 4_096, 4
"""Less than in a cell: the finished turn and the transcript under the panel are sent besides."""


class Place(Protocol):
    """Where answers grow."""

    def begin(self, view: LiveView) -> None:
        """Show that a question is asked."""

    def shows(self, view: LiveView) -> bool:
        """Return whether anybody can see the answer."""

    def grow(self, view: LiveView) -> None:
        """Show how far the answer is."""

    def end(self, view: LiveView, turn: Turn, notes: Sequence[str]) -> None:
        """Show the answer as it stays."""


class LiveView:
    """The view of one answer in the panel; it draws only where the panel shows the answer's conversation.

    ``turn`` is the question, ``conversation`` its conversation's name, ``state`` what the trait ``live`` holds of it.
    """

    def __init__(self, place: Place, turn: Turn, conversation: str) -> None:
        self._place = place
        self._redraws = Redraws(self, pace=Pace(_FREE, _TIMES))
        self._growing = Growing()
        self._per_character = 1.0  # bytes of HTML, as far as it is known
        self.turn, self.conversation = turn, conversation
        self.state = self._waiting(None, 0)

    @property
    def thought(self) -> float:
        """How long the model has thought, in seconds."""
        return self._redraws.thought_for

    def begin(self, turn: Turn, conversation: str) -> None:
        """Show that the question is asked."""
        self.turn, self.conversation = turn, conversation
        self._redraws.begin()
        self._place.begin(self)

    def update(self, draft: Draft) -> float:
        """Redraw if it is time; return the seconds until the next redraw is wanted."""
        return self._redraws.update(draft) if self._place.shows(self) else POLL

    def finish(self, turn: Turn, notes: Sequence[str] = ()) -> None:
        """Show the answer as it stays."""
        self._place.end(self, turn, notes)

    def draw_waiting(self, retrying: Retrying | None, seconds: int) -> None:
        """Show that nothing has come for ``seconds``, and why."""
        self.state = self._waiting(retrying, seconds)
        self._place.grow(self)

    def draw(self, draft: Draft) -> int:
        """Show what has come; return the bytes that it took."""
        self.state = {
            "id": self.turn.id,
            "html": self._growing.html(draft.text),
            "thinking": printable(last_of(draft.reasoning)),
            "thought": thought_for(self.thought) if draft.text and draft.reasoning else "",
            "status": printable(draft.model or self.turn.model),
            "phase": "answering" if draft.text else "thinking",
        }
        self._place.grow(self)
        self._per_character = _size(self.state["html"]) / max(len(draft.text), 1)
        return ENVELOPE + _size(self.state)

    def sizes(self, draft: Draft) -> tuple[int, int]:
        """Return about how many bytes `draw` would take, and the finished turn, which has text and HTML."""
        html, frame = round(self._per_character * len(draft.text)), 500
        return ENVELOPE + frame + html + len(last_of(draft.reasoning)), frame + html + len(draft.text) + len(draft.reasoning)

    def _waiting(self, retrying: Retrying | None, seconds: int) -> Shown:
        status = printable(waiting_line(self.turn.model, retrying, seconds))
        return {"id": self.turn.id, "html": "", "thinking": "", "thought": "", "status": status, "phase": "waiting"}


def _size(value: object) -> int:
    return len(json.dumps(value, ensure_ascii=False).encode())
