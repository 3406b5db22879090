"""Recognises tables in text: a frame as the product describes it, Markdown's, and separated values."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from itertools import pairwise

_FRAME = re.compile(r".*?: ([\d,]+) rows, .*^Columns:$", re.DOTALL | re.MULTILINE)
_COLUMN = re.compile(r'- ("(?:[^"\\]|\\.)*"|\S+) ')
RULE = re.compile(r"\|?[\s:|-]*-[\s:|-]*")


@dataclass(frozen=True, slots=True)
class Table:
    """The columns' names, and how many rows stand under them."""

    columns: tuple[str, ...]
    rows: int


def find_table(text: str) -> Table | None:
    """Return the first table in ``text``, or None.

    >>> find_table("| a | b |\\n|---|---|\\n| 1 | 2 |\\n| 3 | 4 |")
    Table(columns=('a', 'b'), rows=2)
    >>> find_table("city,people\\nUlm,126000")
    Table(columns=('city', 'people'), rows=1)
    >>> find_table('pandas DataFrame: 1,704 rows, 2 columns\\nColumns:\\n- year int64: no nulls\\n- "a b" float64: 3 nulls')
    Table(columns=('year', 'a b'), rows=1704)
    """
    lines = text.splitlines()
    if head := _FRAME.match(text):
        names = (_COLUMN.match(line) for line in lines[lines.index("Columns:") + 1 :] if line.startswith("- "))
        return Table(tuple(name[1].strip('"') for name in names if name), int(head[1].replace(",", "")))
    return _find_markdown(lines) or _find_separated([line for line in lines if line.strip()])


def _find_markdown(lines: list[str]) -> Table | None:
    for place, (head, rule) in enumerate(pairwise(lines)):
        if "|" in head and "|" in rule and RULE.fullmatch(rule.strip()):
            body = lines[place + 2 :]
            rows = next((count for count, line in enumerate(body) if "|" not in line), len(body))
            return Table(tuple(cell.strip() for cell in head.strip().strip("|").split("|")), rows)
    return None


def _find_separated(lines: list[str]) -> Table | None:
    """Take it for a table when a header and at least one row have the same number of fields, and so has every line."""
    for separator in ",\t;":
        try:
            head, *rows = list(csv.reader(lines, delimiter=separator)) or [[]]
        except csv.Error:
            continue
        if rows and len(head) > 1 and all(len(row) == len(head) for row in rows):
            return Table(tuple(cell.strip() for cell in head), len(rows))
    return None
