"""The questions of one conversation go in the order in which they were asked: each sees the answers to those before."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress

from kimi_magic.errors import Interrupted, UsageError
from kimi_magic.options import Options
from kimi_magic.render.view import View
from kimi_magic.tools.nesting import is_carrying

AHEAD = "Waiting for the question before this one: its answer is still arriving."
_NAP = 0.05  # seconds after which a waiting question looks again: an interrupt could leave a lock locked


class Lines:
    """A line for each conversation; who asks once has one of its own. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lines: dict[str, list[Place]] = {}

    def place(self, options: Options) -> Place:
        """Return a place for a question with these ``options``, which nobody has taken yet."""
        return Place([] if options.once else self._lines.setdefault(options.conversation, []))


class Place:
    """Where a question stands in its conversation's ``line``.

    Whoever has it must set ``has_left`` in the end: that is a single step, which no interrupt can keep from being done.
    """

    def __init__(self, line: list[Place]) -> None:
        self.has_left = self.is_taken = False
        self.thread = 0  # that on which the question waits or is asked; 0 until it comes
        self._line = line

    def take(self) -> None:
        """Stand at the end of the line, from whatever thread, if it was not done before."""
        if not self.is_taken:
            self.is_taken = True
            for gone in [one for one in [*self._line] if one.has_left]:
                with suppress(ValueError):  # another thread has tidied up
                    self._line.remove(gone)
            self._line.append(self)

    def reach(self, view: View, is_wanted: Callable[[], bool]) -> None:
        """Return when this is the first place, on the thread that asks. A question within another one does not wait.

        ``view`` shows that the question waits. Raises `Interrupted` where it is not wanted any more, and `UsageError` where
        it would wait for itself.
        """
        if not self.is_taken and (first := self._first()) and first.thread == threading.get_ident():
            return
        self.thread = threading.get_ident()
        self.take()
        while True:
            if self.has_left or not is_wanted():
                raise Interrupted("Stopped before it was sent.")
            if self._first() is self:
                return
            if is_carrying():
                raise UsageError(
                    "A function that Kimi called cannot ask in the conversation that waits for it: use once=True."
                )
            view.wait(AHEAD)
            time.sleep(_NAP)

    def _first(self) -> Place | None:
        return next((one for one in [*self._line] if not one.has_left), None)
