"""Which trait holds which turn, so that a turn that changes is sent without the others. Pure."""

from __future__ import annotations

from collections.abc import Sequence


class Slots:
    """Gives each turn of the window a number of its own for as long as it stands there.

    >>> slots = Slots()
    >>> slots.place(["a", "b"]), slots.place(["b", "c"]), slots.place(["d", "b", "c"])
    ([0, 1], [1, 0], [2, 1, 0])
    """

    def __init__(self) -> None:
        self._places: dict[str, int] = {}

    def place(self, ids: Sequence[str]) -> list[int]:
        """Return the numbers of the turns with those ``ids``, which are the window now; others lose theirs."""
        kept = {id: place for id, place in self._places.items() if id in set(ids)}  # noqa: A001 the field's name
        taken = set(kept.values())
        free = (place for place in range(len(ids) + len(taken)) if place not in taken)
        self._places = {id: kept[id] if id in kept else next(free) for id in ids}  # noqa: A001 the field's name
        return [self._places[id] for id in ids]  # noqa: A001 the field's name
