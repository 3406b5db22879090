"""Which texts are taken for tables."""

from __future__ import annotations

import pytest

from kimi_magic.demo.tables import Table, find_table

TEXTS: list[tuple[str, Table | None]] = [
    ("", None),
    ("one line, with a comma", None),
    ("Dear all,\nit rains, it snows, it blows.\nYours", None),
    ("a,b\n1,2\n3,4\n", Table(("a", "b"), 2)),
    ('name;said\nAnna;"yes; and no"', Table(("name", "said"), 1)),
    ("a\tb\n1\t2", Table(("a", "b"), 1)),
    ("A frame:\n\n| a | b |\n|:--|--:|\n| 1 | 2 |\n\nEnd | of it", Table(("a", "b"), 1)),
    ("a | b\n--- | ---\n1 | 2", Table(("a", "b"), 1)),
    ("| a | b |\n|---|---|", Table(("a", "b"), 0)),
    ("-----\n-----", None),
]


@pytest.mark.parametrize(("text", "table"), TEXTS, ids=[repr(text) for text, _ in TEXTS])
def test_tables_are_found(text: str, table: Table | None) -> None:
    """Markdown and separated values are tables, prose is none."""
    assert find_table(text) == table
