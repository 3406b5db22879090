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


class Pace:
    """Decides about redraws, from times (seconds of any clock) and sizes (bytes) that it is given.

    ``cost`` is what the next redraw would send, ``whole`` what the finished answer would weigh if it ended now. ``free``
    bytes may be sent without counting, and ``times`` the answer's own size besides.

    >>> pace = Pace()
    >>> pace.due(now=0.0, cost=500, whole=500)
    True
    >>> pace.sent(now=0.0, cost=500)
    >>> pace.due(now=0.05, cost=600, whole=600), pace.due(now=0.1, cost=600, whole=600)
    (False, True)

    Once much has been sent, the answer has to grow first, or time to pass:

    >>> pace.sent(now=0.1, cost=20_000)
    >>> pace.due(now=1.0, cost=1_000, whole=1_500), pace.due(now=1.0, cost=1_000, whole=9_000)
    (False, True)
    >>> pace.due(now=2.1, cost=1_000, whole=1_500)
    True
    """

    def __init__(self, free: int = FREE, times: int = TIMES) -> None:
        self._free, self._times = free, times
        self._bytes = 0
        self._last: float | None = None

    def due(self, now: float, cost: int, whole: int) -> bool:
        """Whether to redraw at ``now``."""
        return self.wait(now, cost, whole) <= 0

    def sent(self, now: float, cost: int) -> None:
        """Take note of a redraw."""
        self.spent(cost)
        self._last = now

    def spent(self, cost: int) -> None:
        """Take note of bytes for which no redraw has to wait."""
        self._bytes += cost

    def wait(self, now: float, cost: int, whole: int) -> float:
        """Return the seconds until a redraw is due if the answer stays as it is; it can be sooner if it grows."""
        if self._last is None:
            return 0.0
        is_within = self._bytes + cost <= self._free + self._times * whole
        return self._last + (SHORTEST if is_within else LONGEST) - now
