"""What stands in the panel: the conversation that it shows, what is being asked, and what was reported."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Protocol

from kimi_magic.conversation import Conversation, Entry, Turn, new_id
from kimi_magic.errors import NotKept
from kimi_magic.panel.branches import Versions, versions
from kimi_magic.panel.choices import Choice, about, meter
from kimi_magic.panel.reports import paragraph
from kimi_magic.panel.transcript import PIECES, Bodies, Shown, Standing, pieces, shown, transcript
from kimi_magic.panel.view import LiveView
from kimi_magic.session import Session

AT_ONCE, WINDOW, EARLIER = 4, 30, 50
"""Turns that are there when the panel opens, that are there right afterwards, and how many more each time."""
_MOST_REPORTS = 20


class Surface(Protocol):
    """What is written on: the widget."""

    def write(self, **values: object) -> None:
        """Change traits."""

    def write_turns(self, turns: Sequence[Shown], **values: object) -> None:
        """Let ``turns`` be the window, and change other traits together with it."""


class Board:
    """Keeps ``surface`` as the conversation called ``name`` is, from whatever thread something happens.

    ``session`` returns the session as it is now; ``settled`` is called when the conversation has changed and nothing of it
    is arriving any more.
    """

    def __init__(self, session: Callable[[], Session], surface: Surface, name: str, settled: Callable[[], None]) -> None:
        self._session, self._surface, self._settled = session, surface, settled
        self._lock = threading.RLock()
        self._bodies = Bodies()
        self._live: dict[str, LiveView] = {}
        self._standing: dict[str, Standing] = {}  # what only this kernel knows of turns
        self._reports: list[tuple[str, Shown]] = []
        self._first: int | None = None
        self._shown: Conversation | None = None
        self._wanted = WINDOW
        self.name = name
        self.choice = Choice()

    @property
    def conversation(self) -> Conversation | None:
        """The conversation that is shown; None where nothing was said in it yet."""
        return self._session().conversations.find(self.name)

    def show(self) -> None:
        """Show the conversation as it is now."""
        with self._lock:
            self._follow_the_name()
            session, conversation = self._session(), self.conversation
            figures = self._figures(session, conversation)
            self._show_turns(session, conversation, **figures)
            is_settled = not self.is_busy(self.name)
        if is_settled:
            self._settled()

    def open(self) -> None:
        """Show the end of the conversation, at once: `show` shows the usual window."""
        with self._lock:
            self._first, self._wanted = None, AT_ONCE
            self.show()
            self._first, self._wanted = None, WINDOW

    def choose(self, name: str) -> None:
        """Show another conversation."""
        with self._lock:
            self.name, self._first, self._wanted = name, None, WINDOW
            self.choice, self._shown = Choice(), None
            self.show()

    def prefer(self, choice: Choice) -> None:
        """Ask as ``choice`` says from now on."""
        with self._lock:
            self.choice = choice
            self._surface.write(**self._figures(self._session(), self.conversation))

    def widen(self) -> None:
        """Show some more of the earlier turns."""
        with self._lock:
            self._wanted += EARLIER
            self._first = max(0, (self._first or 0) - EARLIER)
            self.show()

    def prune(self) -> None:
        """Keep nothing of turns that no conversation has any more."""
        with self._lock:
            ids = {entry.id for one in self._session().conversations for entry in one.entries}
            self._bodies.keep(ids)
            self._standing = {id: one for id, one in self._standing.items() if id in ids | self._live.keys()}  # noqa: A001 the field's name

    def is_busy(self, name: str) -> bool:
        """Return whether an answer of the conversation called ``name`` is arriving."""
        return any(view.conversation == name for view in [*self._live.values()])

    def arriving(self) -> list[str]:
        """Return the turns of the shown conversation whose answers are arriving."""
        return [view.turn.id for view in [*self._live.values()] if view.conversation == self.name]

    def versions(self) -> dict[str, Versions]:
        """Return the versions of the questions of the shown conversation, by the turn's id."""
        conversation = self.conversation
        return versions(conversation, self._session().conversations) if conversation else {}

    def fail(self, turn: Turn, error: str) -> bool:
        """Show why the answer to ``turn`` is not whole; return whether it stands in the conversation."""
        with self._lock:
            self._standing[turn.id] = replace(self._standing.get(turn.id, Standing(0)), error=error)
            conversation = self._session().conversations.find(self._name_of(turn))
            self.show()
            return any(entry.id == turn.id for entry in conversation.entries) if conversation else False

    def head(self, turn: Turn, command: str) -> None:
        """Let ``command``, which was typed, stand above the question that it became."""
        with self._lock:
            self._standing[turn.id] = replace(self._standing.get(turn.id, Standing(0)), command=command)

    def report(self, kind: str, html: str, turn: Turn | None = None, *, before: str = "") -> None:
        """Show a report behind ``turn``, else behind what was said last, as long as that stands there; ``html`` is safe.

        ``before`` is the id of a turn that is to go: the report stands behind the one above it.
        """
        with self._lock:
            name, after = (self._name_of(turn), turn.id) if turn else (self.name, self._last(before))
            one = {"id": new_id(), "after": after, "kind": kind, "html": html}
            self._reports = [*self._reports, (name, one)][-_MOST_REPORTS:]
            self._surface.write(reports=self._reports_here())

    def transcript(self, most: int | None = None) -> list[dict[str, str]]:
        """Return the bundles that stay in the notebook, the oldest turns first; of ``most`` turns, if that is given."""
        with self._lock:
            conversation = self.conversation
            entries = [entry for entry in self._entries(conversation) if entry.id not in self._live]
            first = len(entries) - most if most is not None else 0
            places = [(max(start, first), stop) for start, stop in pieces(len(entries))]
            read = [conversation.read_turns(entries[start:stop]) if conversation else [] for start, stop in places]
            missing = [places[0][0], *[0] * (PIECES - 1)]
            return [self._piece(turns, left_out) for turns, left_out in zip(read, missing, strict=True)]

    def _piece(self, turns: list[Turn], left_out: int) -> dict[str, str]:
        return transcript(turns, {turn.id: self._bodies.of(turn) for turn in turns}, left_out)

    def watch(self, turn: Turn, conversation: str) -> LiveView:
        """Return the view of a question that begins, here or in a cell."""
        return LiveView(self, turn, conversation)

    def begin(self, view: LiveView) -> None:
        """Show that a question is asked."""
        with self._lock:
            self._live[view.turn.id] = view
            if self.shows(view):
                self._show_turns(self._session(), self.conversation)

    def shows(self, view: LiveView) -> bool:
        """Return whether the answer is the one that the trait ``live`` is of."""
        return view is self._foremost()

    def grow(self, view: LiveView) -> None:
        """Show how far the answer is."""
        if self.shows(view):
            self._surface.write(live=view.state, grown=view.grown, calls=view.calls)

    def end(self, view: LiveView, turn: Turn, notes: Sequence[str]) -> None:
        """Show the answer as it stays."""
        with self._lock:
            self._live.pop(turn.id, None)
            thought = view.thought if turn.answer.reasoning else None
            command = self._standing.get(turn.id, Standing(0)).command
            calls = view.ended(turn)
            self._standing[turn.id] = Standing(0, notes=notes, thought=thought, calls=calls, command=command)
            if view.conversation == self.name:
                self.show()

    def _foremost(self) -> LiveView | None:
        return next((view for view in [*self._live.values()] if view.conversation == self.name), None)

    def _name_of(self, turn: Turn) -> str:
        return self._session().asked.get(turn.id, (self.name, turn))[0]

    def _last(self, before: str = "") -> str:
        """Return the id of what was said last in the shown conversation, or last ``before``; "" where nothing was."""
        ids = ["", *self._ids()]
        return ids[ids.index(before) - 1] if before in ids else ids[-1]

    def _ids(self) -> list[str]:
        """Return the ids of the turns of the conversation that is shown, and of its questions that have begun."""
        conversation = self.conversation
        return [entry.id for entry in self._entries(conversation)] + [turn.id for turn in self._pending(conversation)]

    def _entries(self, conversation: Conversation | None) -> list[Entry]:
        return [*conversation.entries] if conversation else []

    def _pending(self, conversation: Conversation | None) -> list[Turn]:
        """Return the questions of the conversation that have begun, and do not stand in it yet."""
        known = {entry.id for entry in self._entries(conversation)}
        return [view.turn for view in self._live.values() if view.conversation == self.name and view.turn.id not in known]

    def _show_turns(self, session: Session, conversation: Conversation | None, **others: object) -> None:
        entries = self._entries(conversation)
        self._first = self._beginning(len(entries))
        try:
            turns = conversation.read_turns(entries[self._first :]) if conversation else []
        except NotKept as error:
            turns = []
            self._reports.append((self.name, {"id": new_id(), "after": "", "kind": "error", "html": paragraph(str(error))}))
        numbers = {entry.id: number for number, entry in enumerate(entries, 1)}
        turns += self._pending(conversation)
        stand = self._stand(session, conversation)
        window = [shown(turn, self._bodies.of(turn), stand(turn, numbers)) for turn in turns]
        foremost = self._foremost()
        live, grown, calls = (foremost.state, foremost.grown, foremost.calls) if foremost else (None, "", "")
        others |= {"live": live, "grown": grown, "calls": calls, "reports": self._reports_here()}
        self._surface.write_turns(window, earlier=self._first, **others)

    def _follow_the_name(self) -> None:
        """Go on with a conversation that is called otherwise now; not with one that was put aside for a new one."""
        conversations = self._session().conversations
        if conversations.find(self.name) is None and any(one is self._shown for one in conversations):
            self.name = self._shown.name if self._shown else self.name
        self._shown = conversations.find(self.name)

    def _beginning(self, count: int) -> int:
        """Return where the window begins: it grows with the conversation, and moves on once it is much too long."""
        latest = max(0, count - self._wanted)
        is_too_long = self._first is None or count - self._first > self._wanted + WINDOW
        return latest if self._first is None or is_too_long else min(self._first, latest)

    def _stand(self, session: Session, conversation: Conversation | None) -> Callable[[Turn, dict[str, int]], Standing]:
        """Return what tells how a turn stands in ``conversation``."""
        stale = conversation.stale() if conversation else frozenset()
        absent = conversation.absent if conversation else frozenset()
        branches = versions(conversation, session.conversations) if conversation else {}

        def stand(turn: Turn, numbers: dict[str, int]) -> Standing:
            branch = branches.get(turn.id)
            return replace(
                self._standing.get(turn.id, Standing(0)),
                number=numbers.get(turn.id, len(numbers) + 1),
                branch=branch.told if branch else None,
                is_stale=turn.id in stale,
                is_absent=turn.id in absent,
                is_live=turn.id in self._live,
            )

        return stand

    def _figures(self, session: Session, conversation: Conversation | None) -> Shown:
        meters = meter(session, conversation, self.name, self.choice)
        return {"about": about(session, self.name, self.choice), "meter": meters}

    def _reports_here(self) -> list[Shown]:
        """Return the reports of the conversation that is shown; one that belongs to a turn comes and goes with it."""
        here = {"", *self._ids()}
        return [one for name, one in self._reports if name == self.name and one["after"] in here]
