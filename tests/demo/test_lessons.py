"""Where the lessons are, and what happens to the user's copies."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest

from kimi_magic.demo.lessons import FIRST, copy_lessons, find_lessons


def test_the_lessons_are_valid_and_have_neither_outputs_nor_counts() -> None:
    """Each cell has a readable id of its own."""
    for path in find_lessons().glob("*.ipynb"):
        notebook = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]  # nbformat has no types
        nbformat.validate(notebook)
        code = [cell for cell in notebook.cells if cell.cell_type == "code"]
        assert [cell for cell in code if cell.outputs or cell.execution_count] == []
        assert all(cell.id.replace("-", "").isalpha() for cell in notebook.cells), path.name


def test_missing_lessons_are_said_to_be_missing(tmp_path: Path) -> None:
    """An installation without them names its cure."""
    with pytest.raises(FileNotFoundError, match="install it again"):
        find_lessons([tmp_path])


def test_a_changed_copy_is_left_alone(tmp_path: Path) -> None:
    """What is missing is copied, what is the same is not named, what the user has changed is named and kept."""
    lessons = tmp_path / "package" / "notebooks"
    lessons.mkdir(parents=True)
    for name in (FIRST, "02_more.ipynb", "03_last.ipynb"):
        (lessons / name).write_text("lesson")
    copies, kept = copy_lessons(lessons, tmp_path)
    assert (copies, kept) == (tmp_path / "kimi_lessons", [])
    (copies / FIRST).write_text("mine")
    (copies / "03_last.ipynb").unlink()
    assert copy_lessons(lessons, tmp_path) == (copies, [FIRST])
    assert {path.name: path.read_text() for path in copies.iterdir()} == {
        FIRST: "mine",
        "02_more.ipynb": "lesson",
        "03_last.ipynb": "lesson",
    }


def test_the_checkout_needs_no_copies() -> None:
    """There the lessons themselves are opened."""
    lessons = find_lessons()
    assert copy_lessons(lessons, lessons.parent) == (lessons, [])
