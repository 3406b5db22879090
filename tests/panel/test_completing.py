"""What is offered in the panel's input."""

from __future__ import annotations

import math
from pathlib import Path

import pandas as pd  # type: ignore[import-untyped]  # it comes without types
import pytest

from kimi_magic.panel.completing import MOST, Row, complete

COMMANDS = [Row("/history", "[NAME]", "the turns"), Row("/help", "", "this list"), Row("/undo", "", "take back")]
NAMES = {"sales": pd.DataFrame({"a": [1, 2]}), "size": 3, "sine": math.sin, "_hidden": 1, "In": [], "savings": [1, 2]}


def offered(text: str, cursor: int | None = None) -> list[tuple[str, str]]:
    items, _ = complete(text, len(text) if cursor is None else cursor, NAMES, COMMANDS, ["main", "notes"])
    return [(item.text, item.kind) for item in items]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("/h", [("/history", "command"), ("/help", "command")]),
        ("/", [("/history", "command"), ("/help", "command"), ("/undo", "command")]),
        ("/history n", [("notes", "conversation")]),
        ("/help n", []),
        ("and /h", []),
        ("what is @s", [("@sales", "frame"), ("@savings", "value"), ("@size", "value")]),
        ("@si", [("@size", "value")]),
        ("@_", []),
        ("a@s", []),
        ("plain words", []),
        ("", []),
    ],
)
def test_what_is_offered(text: str, found: list[tuple[str, str]]) -> None:
    """Commands at the beginning, conversations after those that take one, values after an @: frames first."""
    assert offered(text) == found


def test_a_frame_tells_its_shape_and_columns() -> None:
    """The note lets a reader find the right one without looking at it."""
    items, start = complete("x @sal", 6, NAMES, COMMANDS, [])
    assert (items[0].note, start) == ("pandas.DataFrame, shape (2, 1), columns: a (int64)", 2)


def test_places_count_as_javascript_counts() -> None:
    """A letter beyond the first plane is two units, in the cursor and in the answer."""
    assert complete("😀 @siz", 7, NAMES, (), ())[1] == 3
    assert offered("😀 @sizXXX", 7) == [("@size", "value")]


def test_files_are_offered(tmp_path: Path) -> None:
    """After an @ a path goes on, and a folder ends in its separator."""
    (tmp_path / "report.pdf").touch()
    (tmp_path / "reports").mkdir()
    items, _ = complete(f"@{tmp_path}/rep", len(f"@{tmp_path}/rep"), {}, (), ())
    assert [(item.text, item.kind) for item in items] == [
        (f"@{tmp_path}/report.pdf", "file"),
        (f"@{tmp_path}/reports/", "file"),
    ]


def test_no_more_is_offered_than_a_reader_takes_in() -> None:
    """A namespace of thousands of names gives a short list."""
    items, _ = complete("@", 1, {f"x{n}": n for n in range(5_000)}, (), ())
    assert len(items) == MOST
