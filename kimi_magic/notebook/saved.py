"""A notebook as it was last saved: its cells in order, and our turns among their outputs."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field

from kimi_magic.conversation import Entry
from kimi_magic.notebook.answers import ID, SavedAnswer, read_answers, words

MOST_BYTES = 400_000_000
"""How large a notebook's file may be; pictures make up most of a large one, and they are skipped fast."""


@dataclass(frozen=True, slots=True)
class SavedCell:
    """A cell: its id ("" where the file has none), its source, and the answers in its outputs."""

    id: str
    source: str
    answers: tuple[SavedAnswer, ...] = ()


@dataclass(frozen=True, slots=True)
class Saved:
    """The notebook in the file ``path``, which was saved at ``saved_at`` (seconds since 1970).

    ``has_cell_ids`` tells whether every cell has one, ``cell_ids`` are those of all cells, of whatever type, ``turn_ids``
    those of the turns in the outputs, ``asks`` the ids of the cells that show one.
    """

    path: str
    saved_at: float
    cells: tuple[SavedCell, ...]
    has_cell_ids: bool = False
    cell_ids: frozenset[str] = field(init=False, repr=False)
    turn_ids: frozenset[str] = field(init=False, repr=False)
    asks: frozenset[str] = field(init=False, repr=False)
    _of_cell: Mapping[str, int] = field(init=False, repr=False, compare=False)
    _of_turn: Mapping[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        numbered = [*enumerate(self.cells)][::-1]  # backwards, so that the first of two with one id is the one that stays
        of_cell = {cell.id: number for number, cell in numbered if cell.id}
        of_turn = {answer.turn: number for number, cell in numbered for answer in cell.answers}
        asks = {cell.id for cell in self.cells if cell.id and cell.answers}
        for name, value in (("cell_ids", frozenset(of_cell)), ("turn_ids", frozenset(of_turn)), ("asks", frozenset(asks))):
            object.__setattr__(self, name, value)  # the way to set a field of a frozen dataclass
        object.__setattr__(self, "_of_cell", of_cell)
        object.__setattr__(self, "_of_turn", of_turn)

    def place(self, entry: Entry) -> int | None:
        """Return the index of the cell that asked the turn, or else that shows it; None where neither is in the file.

        The asking cell goes first: a copied cell has an id of its own, and shows the turn of the other one.
        """
        place = self._of_cell.get(entry.cell)
        return self._of_turn.get(entry.id) if place is None else place

    def lacks(self, entry: Entry) -> bool:
        """Return whether the file was saved after the turn was asked, and yet has neither its cell nor its answer.

        Nothing lacks where that cannot be known: the file names no cells, or the turn's cell has a name of another kind.
        """
        is_nameable = self.has_cell_ids and ID.fullmatch(entry.cell) is not None
        return is_nameable and entry.asked_at < self.saved_at and self.place(entry) is None

    def shown_by(self, cell: str) -> frozenset[str]:
        """Return the ids of the turns in the outputs of the cell with that id; none where it is not in the file."""
        place = self._of_cell.get(cell)
        return frozenset() if place is None else frozenset(answer.turn for answer in self.cells[place].answers)

    def is_current(self) -> bool:
        """Whether the file has not been saved again since it was read."""
        try:
            return os.stat(self.path).st_mtime == self.saved_at
        except OSError:
            return False


def read(path: str) -> Saved | None:
    """Return the notebook as last saved; None where there is none at ``path``, or the file is no notebook or unreadable."""
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):  # opening a pipe would wait for its other end
            return None
        with open(path, "rb") as file:
            about = os.fstat(file.fileno())
            text = "" if about.st_size > MOST_BYTES else file.read().decode("utf-8-sig")
        return decode(path, about.st_mtime, text)
    except (OSError, ValueError, RecursionError):  # gone meanwhile, of another form, half written, nested too deep
        return None


def decode(path: str, saved_at: float, text: str) -> Saved | None:
    """Return the notebook with the contents ``text``; None where it is none. ValueError: it is no JSON."""
    # nbformat takes a second to import, and logs what it finds wrong in an older notebook. Its versions are documented
    # JSON: in 2 and 3 the cells stand in worksheets, since 4 in the notebook itself, and since 4.5 they have ids.
    notebook = json.loads(text)
    version = notebook.get("nbformat") if isinstance(notebook, dict) else None
    if type(version) is not int or version < 2:
        return None
    found = notebook.get("cells") if version >= 4 else _in_worksheets(notebook.get("worksheets"))
    if not isinstance(found, list):
        return None
    minor = notebook.get("nbformat_minor")
    names_cells = version > 4 or (version == 4 and type(minor) is int and minor >= 5)
    cells = tuple(_cell(cell if isinstance(cell, dict) else {}, names_cells) for cell in found)
    return Saved(path, saved_at, cells, names_cells and all(cell.id for cell in cells))


def _in_worksheets(sheets: object) -> list[object] | None:
    if not isinstance(sheets, list):
        return None
    in_each = [sheet.get("cells") if isinstance(sheet, dict) else None for sheet in sheets]
    return [cell for cells in in_each if isinstance(cells, list) for cell in cells]


def _cell(cell: Mapping[str, object], names_cells: bool) -> SavedCell:
    """Return a cell; its id only where the version has ids, because elsewhere each opening makes new ones."""
    id, source = cell.get("id"), words(cell.get("source", cell.get("input")))  # noqa: A001 the field's name
    is_named = names_cells and isinstance(id, str) and ID.fullmatch(id)
    return SavedCell(str(id) if is_named else "", source, read_answers(cell.get("outputs"), source))
