"""How many answers may arrive at once."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_NAP = 0.2  # seconds after which a waiting question looks whether it is still wanted


class Slots:
    """Room for ``most`` answers at once, or for fewer where the service has said so. Safe to use from several threads.

    Who waits longest comes first.

    >>> slots = Slots(3)
    >>> slots.learn(2)
    >>> slots.most
    2
    """

    def __init__(self, most: int = 1) -> None:
        self._set, self._said = most, 0
        self._taken = 0
        self._line: deque[object] = deque()
        self._bell = threading.Condition()

    @property
    def most(self) -> int:
        """How many there are."""
        return min(self._set, self._said or self._set)

    @property
    def is_full(self) -> bool:
        """Whether the next answer has to wait."""
        return self._taken >= self.most

    def set(self, most: int) -> None:
        """Let there be ``most``. What the service has said before holds no longer where that is another number than now."""
        with self._bell:
            if most != self._set:
                self._set, self._said = most, 0
                self._bell.notify_all()

    def learn(self, said: int) -> None:
        """Note that the service allows no more than ``said`` at once; 0: it did not say."""
        with self._bell:
            self._said = said or self._said

    @contextmanager
    def one(self, is_wanted: Callable[[], bool] = lambda: True) -> Iterator[bool]:
        """Wait for room and hold it; yield whether it came before nobody wanted it any more."""
        got = self._take(is_wanted)
        try:
            yield got
        finally:
            if got:
                self._give_back()

    def _take(self, is_wanted: Callable[[], bool]) -> bool:
        place = object()
        with self._bell:
            self._line.append(place)
            try:
                while is_wanted():
                    if self._taken < self.most and self._line[0] is place:
                        self._taken += 1
                        return True
                    self._bell.wait(_NAP)
            finally:
                self._line.remove(place)
                self._bell.notify_all()
        return False

    def _give_back(self) -> None:
        with self._bell:
            self._taken -= 1
            self._bell.notify_all()
