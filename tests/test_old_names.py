"""Names that notebooks had before, and ids of cells that many notebooks have, bring nobody's words into another's."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from kimi_magic.errors import KimiError
from tests.books import Book
from tests.scripted import ScriptedKimi
from tests.scripts import error
from tests.test_belonging import asked

Open = Callable[[str], Book]


def begin(path: Path) -> None:
    """Write a notebook as the launcher makes it: without cells."""
    path.write_text(json.dumps({"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))


def rename(one: Book, name: str) -> None:
    """Give the file of a notebook another name, and the next one its old name."""
    one.path.rename(one.path.with_name(name))
    begin(one.path)


def test_a_new_notebook_does_not_inherit_by_its_name(books: Open, kimi: ScriptedKimi, tmp_path: Path) -> None:
    """The next Untitled.ipynb begins with nothing, and the one that was renamed finds its conversation again."""
    begin(tmp_path / "Untitled.ipynb")
    first = books("Untitled.ipynb")
    first.ask("c1")
    first.save()
    rename(first, "analysis.ipynb")
    second = books("Untitled.ipynb")
    assert second.told == ""
    second.ask("c2")
    analysis = books("analysis.ipynb")
    assert analysis.told.startswith("Kimi: 1 turn came back (main 1).")
    analysis.ask("c3")
    assert asked(kimi) == ["c1", "c3"]
    second.ask("c4")
    assert asked(kimi) == ["c2", "c4"]


def test_a_name_taken_without_a_question_gives_it_back(books: Open, kimi: ScriptedKimi, tmp_path: Path) -> None:
    """A new notebook that was saved and never asked anything keeps nothing of the one that had its name."""
    begin(tmp_path / "Untitled.ipynb")
    first = books("Untitled.ipynb")
    first.ask("c1")
    first.save()
    first.path.rename(tmp_path / "analysis.ipynb")
    other = Book(tmp_path / "Untitled.ipynb", base_url=kimi.base_url)
    other.arrange("another")
    other.save()
    other.close()
    analysis = books("analysis.ipynb")
    analysis.ask("c2")
    assert asked(kimi) == ["c1", "c2"]


def test_a_notebook_without_cells_keeps_what_it_was_asked_since(books: Open, kimi: ScriptedKimi, tmp_path: Path) -> None:
    """A new notebook that was asked something and never saved is not taken for the next one of its name."""
    begin(tmp_path / "Untitled.ipynb")
    one = books("Untitled.ipynb")
    one.ask("c1")
    one.restart()
    assert one.told.startswith("Kimi: 1 turn came back")
    one.ask("c2")
    assert asked(kimi) == ["c1", "c2"]


def test_cells_that_are_called_alike_are_not_the_same(books: Open, kimi: ScriptedKimi) -> None:
    """Where a program counts the cells, another notebook has the same ids: it is a copy only where it asks the same."""
    one = books("a.ipynb")
    one.ask("cell-1", "about cars")
    one.save(outputs=False)
    other = books("b.ipynb")
    other.ask("cell-1", "about boats")
    other.save(outputs=False)
    other.restart()
    other.ask("cell-2")
    assert asked(kimi) == ["about boats", "cell-2"]
    third = Book(other.path.with_name("c.ipynb"), base_url=kimi.base_url)
    third.cells = {"cell-1": "%kimi about planes"}
    third.save()
    third.restart()
    assert third.told == ""
    third.close()


def test_turns_that_stay_behind_are_counted(books: Open, kimi: ScriptedKimi) -> None:
    """The line says how many turns came back, and how many the file does not have; a question without answer is none."""
    one = books("a.ipynb")
    one.ask("c1")
    one.ask("c2")
    kimi.queue(error(400, "invalid_request_error", "no"))
    with pytest.raises(KimiError):
        one.ask("c3")
    one.arrange("c1")
    one.outputs.pop("c2")
    one.save()
    one.restart()
    assert one.told == (
        "Kimi: 1 turn came back (main 1). 1 turn that the notebook's file does not have stays behind. "
        "%kimi /history shows them, %kimi /new begins anew."
    )
