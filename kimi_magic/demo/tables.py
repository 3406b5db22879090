"""Recognises tables in text: Markdown's, and values separated by commas, semicolons or tabs."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from itertools import pairwise

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
    """
    lines = text.splitlines()
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
