"""The lessons run, on the offline Kimi, as ``python -m kimi_magic demo LESSON --headless`` runs them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

LESSONS = sorted((Path(__file__).parent.parent / "notebooks").glob("*.ipynb"))


def read(lesson: Path) -> nbformat.NotebookNode:
    notebook: nbformat.NotebookNode = nbformat.read(lesson, as_version=4)  # type: ignore[no-untyped-call]  # it has no types
    return notebook


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda path: path.stem)
def test_a_lesson_runs_to_its_end(lesson: Path, tmp_path: Path) -> None:
    """Every cell of the lesson runs, and each question is answered."""
    command = [sys.executable, "-m", "kimi_magic", "demo", str(lesson), "--headless"]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert ran.returncode == 0, ran.stdout[-2_000:] + ran.stderr[-2_000:]
    questions = [c for c in read(lesson).cells if c.source.startswith("%%kimi") and "--dry" not in c.source]
    assert ran.stdout.count("I am the offline Kimi") >= len(questions) >= 3


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda path: path.stem)
def test_a_lesson_is_kept_without_outputs(lesson: Path) -> None:
    """Lessons are valid notebooks, and hold no outputs of somebody's machine."""
    notebook = read(lesson)
    nbformat.validate(notebook)
    assert all(not cell.get("outputs") for cell in notebook.cells)
