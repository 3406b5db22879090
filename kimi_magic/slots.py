"""How many answers may arrive at once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_NAP = 0.2  # seconds after which a waiting question looks whether it is still wanted


class Slots:
    """Room for ``most`` answers at once, or for fewer where the service has said so. Safe to use from several threads.

    >>> slots = Slots(3)
    >>> slots.learn(2)
    >>> slots.most
    2
    """

    def __init__(self, most: int = 1) -> None:
        self._set, self._said = most, 0
        self._taken = 0
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
        """Let there be ``most``, unless the service has said less."""
        with self._bell:
            self._set = most
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
        with self._bell:
            while is_wanted():
                if self._taken < self.most:
                    self._taken += 1
                    return True
                self._bell.wait(_NAP)
        return False

    def _give_back(self) -> None:
        with self._bell:
            self._taken -= 1
            self._bell.notify_all()
