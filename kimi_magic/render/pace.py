"""When to redraw a growing answer: soon, not too often, and in bytes that stay a small multiple of its length."""

from __future__ import annotations

SHORTEST = 0.1
"""Seconds between two redraws, at least."""
LONGEST = 2.0
"""Seconds without a redraw after which one is made whatever it costs: a slow answer must not look dead."""
FREE = 8 * 1024
"""Bytes that may be sent without counting."""
TIMES = 8
"""How many times the answer's own size may be sent besides."""
PER_SECOND = 40_000
"""Bytes that may be sent besides in each second: an answer that comes slowly is to flow, and lines are wide enough."""


class Pace:
    """Decides about redraws, from times (seconds of any clock) and sizes (bytes) that it is given.

    ``cost`` is what the next redraw would send, ``whole`` what the finished answer would weigh if it ended now. ``free``
    bytes may be sent without counting, ``times`` the answer's own size besides, and ``per_second`` bytes since the first.

    >>> pace = Pace()
    >>> pace.due(now=0.0, cost=500, whole=500)
    True
    >>> pace.sent(now=0.0, cost=500)
    >>> pace.due(now=0.05, cost=600, whole=600), pace.due(now=0.1, cost=600, whole=600)
    (False, True)

    Once much has been sent, the answer has to grow first, or time to pass:

    >>> pace.sent(now=0.1, cost=20_000)
    >>> pace.due(now=0.2, cost=1_000, whole=500), pace.due(now=0.2, cost=1_000, whole=9_000)
    (False, True)
    >>> pace.due(now=0.5, cost=1_000, whole=500)
    True
    """

    def __init__(self, free: int = FREE, times: int = TIMES, per_second: int = PER_SECOND) -> None:
        self._free, self._times, self._per_second = free, times, per_second
        self._bytes = 0
        self._first = 0.0
        self._last: float | None = None

    def due(self, now: float, cost: int, whole: int) -> bool:
        """Whether to redraw at ``now``."""
        return self.wait(now, cost, whole) <= 0

    def sent(self, now: float, cost: int) -> None:
        """Take note of a redraw."""
        self.spent(cost)
        self._first = now if self._last is None else self._first
        self._last = now

    def spent(self, cost: int) -> None:
        """Take note of bytes for which no redraw has to wait."""
        self._bytes += cost

    def wait(self, now: float, cost: int, whole: int) -> float:
        """Return the seconds until a redraw is due if the answer stays as it is; it can be sooner if it grows."""
        if self._last is None:
            return 0.0
        beyond = self._bytes + cost - self._free - self._times * whole
        if beyond > 0:
            allowed = self._first + beyond / self._per_second if self._per_second else float("inf")
            return max(self._last + SHORTEST, min(self._last + LONGEST, allowed)) - now
        return self._last + SHORTEST - now
