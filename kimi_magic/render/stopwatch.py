"""How long the model thought, as seen from here."""

from __future__ import annotations


class Stopwatch:
    """Measures from the first piece of thinking to the first of the answer, with the times (seconds) that it is given.

    >>> watch = Stopwatch()
    >>> for now, has_answered in (10.0, False), (13.0, True), (20.0, True):
    ...     watch.note(now, True, has_answered)
    >>> watch.seconds, thought_for(watch.seconds)
    (3.0, 'Thought for 3 s')
    """

    def __init__(self) -> None:
        self._from: float | None = None
        self._is_over = False
        self.seconds = 0.0

    def note(self, now: float, has_thought: bool, has_answered: bool) -> None:
        """Take note of how far the answer is."""
        if has_thought and self._from is None:
            self._from = now
        if self._from is not None and not self._is_over:
            self.seconds = now - self._from
            self._is_over = has_answered


def thought_for(seconds: float) -> str:
    """Return how long that was, in words; short and unknown times are no number."""
    return f"Thought for {seconds:.0f} s" if seconds >= 1 else "Thought for a moment"
