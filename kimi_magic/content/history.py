"""The cells that ran last and what they showed, within bounds of memory."""

from __future__ import annotations

from collections import deque
from typing import Literal

from kimi_magic.content.outputs import RanCell, Shown

MOST_CELLS = 40
MOST_FIGURES = 20
MOST_FIGURE_CELLS = 10
MOST_BYTES = 32_000_000
"""What all pictures that are kept may weigh."""

_HELD_CELLS = 3
"""The objects of that many cells are held; older ones live only where the user keeps them, and have their picture else."""

Which = int | Literal["all"] | None


class History:
    """The last cells, oldest first."""

    def __init__(self) -> None:
        self._cells: deque[RanCell] = deque(maxlen=MOST_CELLS)

    def add(self, cell: RanCell) -> None:
        """Keep ``cell``, and let go of what is too much."""
        for shown in cell.figures:
            self._outdate(shown)
        self._cells.append(cell)
        self.prune()

    def cells(self, count: int) -> list[RanCell]:
        """Return the last ``count`` different cells with their last run, oldest first."""
        found: list[RanCell] = []
        for cell in reversed(self._cells):
            is_known = bool(cell.id) and any(cell.id == one.id for one in found)
            if cell.source and not is_known and len(found) < count:
                found.append(cell)
        return found[::-1]

    def figures(self, which: Which, running: RanCell) -> list[Shown]:
        """Return figures, oldest first: of the last cell that showed any (None), the last ``which``, or all."""
        groups = [cell.figures for cell in [*self._cells, running] if cell.figures]
        if which is None:
            return groups[-1] if groups else []
        every = [shown for group in groups for shown in group]
        return every if which == "all" else every[max(0, len(every) - which) :]

    def find(self, display_id: str, running: RanCell) -> Shown | None:
        """Return what was shown last under ``display_id``."""
        for cell in (running, *reversed(self._cells)):
            for output in reversed(cell.outputs):
                if isinstance(output, Shown) and output.display_id == display_id:
                    return output
        return None

    def prune(self) -> None:
        """Let go of what is too old or too much."""
        figures = weight = 0
        groups = [cell.figures for cell in reversed(self._cells) if cell.figures]
        for age, group in enumerate(groups):
            for shown in reversed(group):
                figures += 1
                is_old = figures > MOST_FIGURES or age >= MOST_FIGURE_CELLS
                weight += shown.size
                if is_old or weight > MOST_BYTES:
                    shown.forget_picture()
                if is_old:
                    shown.forget_object()
                elif age >= _HELD_CELLS:
                    shown.loosen()

    def _outdate(self, newer: Shown) -> None:
        """Leave earlier showings of the same object with the picture of that time, where there is one."""
        for cell in self._cells:
            for shown in cell.figures:
                if newer.value is not None and shown.value is newer.value and shown.has_picture:
                    shown.forget_object()
