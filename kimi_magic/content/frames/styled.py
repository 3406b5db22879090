"""A pandas Styler as cells with the texts and colours that it shows, read from the HTML that it makes."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

from kimi_magic.content.frames.picture import Cell

_MOST_CELLS = 200_000  # whose styles are worked out; of a larger frame only the first rows are, by themselves
_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")


def cells_of(styler: Any, rows: int, columns: int) -> list[list[Cell]]:
    """Return the first rows and columns of what ``styler`` shows, heads included."""
    data = styler.data
    if data.size > _MOST_CELLS:
        styler = data.head(rows).style.use(styler.export())
    reader = _Reader()
    reader.feed(styler.to_html(max_rows=rows, max_columns=columns, sparse_index=False, sparse_columns=False))
    table = reader.table()
    heads = sum(all(cell.head for cell in row) for row in table)
    return table[: heads + rows]  # after them stands a row of dots


class _Reader(HTMLParser):
    """Collects the table's cells and the rules that colour them."""

    def __init__(self) -> None:
        super().__init__()
        self._rows: list[list[tuple[str, bool, list[str]]]] = []
        self._open: list[str] | None = None
        self._css: list[str] = []
        self._in_style = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open a row, a cell or the rules."""
        if tag == "tr":
            self._rows.append([])
        elif tag in ("td", "th") and self._rows:
            self._open = []
            self._rows[-1].append((dict(attrs).get("id") or "", tag == "th", self._open))
        self._in_style = tag == "style"

    def handle_endtag(self, tag: str) -> None:
        """Close them."""
        if tag in ("td", "th"):
            self._open = None
        self._in_style = False

    def handle_data(self, data: str) -> None:
        """Keep what stands in a cell or in the rules."""
        if self._in_style:
            self._css.append(data)
        elif self._open is not None:
            self._open.append(data)

    def table(self) -> list[list[Cell]]:
        """Return the cells, in rows of one length."""
        colours = _colours("".join(self._css))
        wide = max(map(len, self._rows), default=0)
        found = []
        for row in self._rows:
            cells = [_cell(name, head, " ".join("".join(words).split()), colours) for name, head, words in row]
            found.append(cells + [Cell("")] * (wide - len(cells)))
        return found


def _cell(name: str, head: bool, text: str, colours: dict[str, dict[str, str]]) -> Cell:
    style = colours.get(name, {})
    background = style.get("background-color") or style.get("background") or ""
    return Cell(text, background, style.get("color", ""), head, right=not head)


def _colours(css: str) -> dict[str, dict[str, str]]:
    """Return what the rules say about each cell, by its id.

    >>> _colours("#T_row0_col0, #T_row1_col0 { color: red; }")["T_row1_col0"]
    {'color': 'red'}
    """
    found: dict[str, dict[str, str]] = {}
    for selectors, body in _RULE.findall(css):
        pairs = (line.split(":", 1) for line in body.split(";") if ":" in line)
        style = {key.strip().lower(): value.strip() for key, value in pairs}
        for selector in selectors.split(","):
            found.setdefault(selector.strip().removeprefix("#"), {}).update(style)
    return found
