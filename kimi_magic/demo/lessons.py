"""Finds the lessons, and gives the user copies to write in."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

FIRST = "01_first_question.ipynb"
COPIES = "kimi_lessons"
PACKAGE = Path(__file__).parent.parent
PLACES = (PACKAGE / "notebooks", PACKAGE.parent / "notebooks")
"""Where the lessons are: in the installed package, or beside it in a checkout."""


def find_lessons(places: Iterable[Path] = PLACES) -> Path:
    """Return the folder of the lessons; raise FileNotFoundError where there is none."""
    for place in places:
        if (place / FIRST).is_file():
            return place
    raise FileNotFoundError("The lessons are missing from this installation of kimi-magic: install it again.")


def copy_lessons(lessons: Path, folder: Path) -> tuple[Path, list[str]]:
    """Copy the lessons into ``folder``, and return where they are now and the names that were left as the user has them.

    In the checkout itself they stay where they are.
    """
    if (folder / lessons.name).resolve() == lessons.resolve():
        return lessons, []
    copies, kept = folder / COPIES, []
    copies.mkdir(exist_ok=True)
    for lesson in sorted(lessons.glob("*.ipynb")):
        copy = copies / lesson.name
        if not copy.exists():
            shutil.copyfile(lesson, copy)
        elif copy.read_bytes() != lesson.read_bytes():
            kept.append(lesson.name)
    return copies, kept
