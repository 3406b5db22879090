"""The view of an answer in the background: made where the cell runs, finished on a thread of its own."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from kimi_magic.conversation import Turn
from kimi_magic.draft import Draft
from kimi_magic.errors import Interrupted, KimiError
from kimi_magic.render.view import View


class Later:
    """Shows an answer in ``view``, whose display is made at once, while the cell still runs: a thread can only update it.

    ``interrupt`` ends the answer to the turn with that id. What went wrong is shown in the view: no cell is there to fail.
    """

    def __init__(self, view: View, interrupt: Callable[[str], object]) -> None:
        self._view, self._interrupt = view, interrupt
        self._turn: Turn | None = None
        self._notes: Sequence[str] = ()
        self._has_begun = self._is_over = False
        self._sent_at = 0.0
        self._is_stopped = threading.Event()

    @property
    def sent_at(self) -> float:
        """When the question was sent, by `time.monotonic`; 0 before."""
        return self._sent_at

    @property
    def is_wanted(self) -> bool:
        """Whether nobody has stopped it."""
        return not self._is_stopped.is_set()

    def open(self, turn: Turn, conversation: str) -> None:
        """Show at once, on the cell's thread, that the question waits for its turn."""
        self._turn = turn
        self._view.begin(turn, conversation)

    def wait(self, why: str) -> None:
        """Show why the question waits."""
        self._view.wait(why)

    def begin(self, turn: Turn, conversation: str) -> None:
        """Show that the question is asked."""
        self._turn, self._has_begun = turn, True
        self._view.begin(turn, conversation)
        if self._is_stopped.is_set():
            self._interrupt(turn.id)

    def update(self, draft: Draft) -> float:
        """Redraw if it is time; return the seconds until the next redraw is wanted."""
        self._sent_at = self._sent_at or time.monotonic()
        return self._view.update(draft)

    def show(self, draft: Draft) -> None:
        """Show all that there is."""
        self._view.show(draft)

    def finish(self, turn: Turn, notes: Sequence[str] = ()) -> None:
        """Show the answer as it stays."""
        self._turn, self._notes = turn, notes
        self._view.finish(turn, notes)
        self._is_over = True

    def tell(self, view: View) -> None:
        """Show in another view how the answer has ended, with all notes."""
        if self._turn is not None:
            view.begin(self._turn, "")
            view.finish(self._turn, self._notes)

    def stop(self) -> None:
        """End the answer, from any thread, also where it has not begun."""
        self._is_stopped.set()
        if self._has_begun and self._turn is not None:
            self._interrupt(self._turn.id)

    def fail(self, error: BaseException, mask: Callable[[str], str]) -> None:
        """Show why the answer is not whole, or never began.

        Another exception than ours is a bug, perhaps of the view: then what it could not finish is left out.
        """
        turn = self._turn
        if turn is None or (isinstance(error, Interrupted) and self._sent_at):
            return  # it says so itself
        why = str(error) if isinstance(error, KimiError) else f"The answer was broken off by {type(error).__name__}: {error}"
        if not self._is_over:
            turn = replace(turn, said=turn.question, state="failed")
        self.finish(turn, [*self._notes, mask(why)])
