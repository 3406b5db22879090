"""An answer that grows in the panel."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Protocol

from kimi_magic.conversation import Turn
from kimi_magic.draft import Draft
from kimi_magic.messages import Retrying
from kimi_magic.panel.transcript import Shown
from kimi_magic.render.growing import Growing, draft_markdown
from kimi_magic.render.pace import Pace
from kimi_magic.render.page import doing_line, last_of, waiting_line
from kimi_magic.render.printable import printable
from kimi_magic.render.redraws import ENVELOPE, Redraws
from kimi_magic.render.rounds import GrowingRounds
from kimi_magic.render.stopwatch import thought_for
from kimi_magic.render.view import POLL

_FREE, _TIMES = 0, 7
"""Less than in a cell: the finished turn and the transcript are sent besides, and weigh most where the answer is short."""
_MORE, _LEAST = 1.6, 400
"""How much longer, and by how many characters, the finished HTML is when it is sent anew."""


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

    ``turn`` is the question, ``conversation`` its conversation's name, ``state`` what the trait ``live`` holds of it, and
    ``calls`` the trait of that name: it is sent only when a call has changed. ``grown`` is the trait that holds the
    beginning of the answer's HTML, which is finished: a redraw sends the rest.
    """

    def __init__(self, place: Place, turn: Turn, conversation: str) -> None:
        self._place = place
        self._redraws = Redraws(self, pace=Pace(_FREE, _TIMES, per_second=0))
        self._growing, self._rounds = Growing(), GrowingRounds()
        self._per_character = 1.0  # bytes of HTML, as far as it is known
        self.turn, self.conversation = turn, conversation
        self.state, self.calls, self.grown = self._waiting(None, 0), "", ""

    @property
    def thought(self) -> float:
        """How long the model has thought, in seconds."""
        return self._redraws.thought_for

    def wait(self, why: str) -> None:
        """Show that the question waits, and why."""
        self.state = {**self.state, "status": printable(why)}
        self._place.grow(self)

    def begin(self, turn: Turn, conversation: str) -> None:
        """Show that the question is asked."""
        self.turn, self.conversation = turn, conversation
        self._redraws.begin()
        self._place.begin(self)

    def update(self, draft: Draft) -> float:
        """Redraw if it is time; return the seconds until the next redraw is wanted."""
        return self._redraws.update(draft) if self._place.shows(self) else POLL

    def show(self, draft: Draft) -> None:
        """Redraw at once: a call waits for the user, is under way, or ended."""
        if self._place.shows(self):
            self._redraws.show(draft)

    def finish(self, turn: Turn, notes: Sequence[str] = ()) -> None:
        """Show the answer as it stays."""
        self._place.end(self, turn, notes)

    def ended(self, turn: Turn) -> str:
        """Return the calls of the finished ``turn`` as safe HTML, with what was seen of them here."""
        return self._rounds.html(turn.rounds, is_over=True)

    def draw_waiting(self, draft: Draft, seconds: int) -> int:
        """Show that nothing new has come for ``seconds``, and why; return the bytes that it took."""
        self.state, self.grown = self._waiting(draft.retrying, seconds), ""
        return self._grow(draft)

    def draw(self, draft: Draft) -> int:
        """Show what has come; return the bytes that it took."""
        is_over, html = bool(draft.text or draft.tool_calls), self._growing.html(draft_markdown(draft))
        before, self.grown = self.grown, self._grown(html)
        self.state = {
            "id": self.turn.id,
            "html": html[len(self.grown) :],
            "thinking": "" if draft.called else printable(last_of(draft.reasoning)),
            "thought": thought_for(self.thought) if is_over and draft.reasoning else "",
            "status": printable(doing_line(draft, self.turn.model)),
            "phase": "answering" if is_over else "thinking",
        }
        self._per_character = _size(html) / max(len(draft.text), 1)
        return self._grow(draft) + (_size(self.grown) if self.grown != before else 0)

    def _grown(self, html: str) -> str:
        """Return the beginning of ``html`` that is sent apart: a new one once a good deal has come to it."""
        finished = self._growing.finished
        has_more = len(finished) > _MORE * len(self.grown) + _LEAST
        return finished if has_more or not html.startswith(self.grown) else self.grown

    def sizes(self, draft: Draft) -> tuple[int, int]:
        """Return about how many bytes `draw` would take, and the finished turn, which has text and HTML."""
        html, frame, grown = round(self._per_character * len(draft.text)), 500, len(self.grown)
        calls = self._rounds.html(draft.rounds)
        whole = frame + html + len(calls) + len(draft.text) + len(draft.reasoning)
        tail = max(html - grown, 0)
        return ENVELOPE + frame + tail + len(last_of(draft.reasoning)) + len(calls) * (calls != self.calls), whole

    def _grow(self, draft: Draft) -> int:
        """Show the state and the calls; return the bytes that it took."""
        before, self.calls = self.calls, self._rounds.html(draft.rounds)
        self._place.grow(self)
        return ENVELOPE + _size(self.state) + (_size(self.calls) if self.calls != before else 0)

    def _waiting(self, retrying: Retrying | None, seconds: int) -> Shown:
        status = printable(waiting_line(self.turn.model, retrying, seconds))
        return {"id": self.turn.id, "html": "", "thinking": "", "thought": "", "status": status, "phase": "waiting"}


def _size(value: object) -> int:
    return len(json.dumps(value, ensure_ascii=False).encode())
