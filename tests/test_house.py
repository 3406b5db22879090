"""The rules of the house that no linter knows."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCE = sorted((ROOT / "kimi_magic").rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))
WRITTEN = [
    path
    for pattern in ("kimi_magic/**/*", "tests/**/*", "notebooks/*", "*.md", "*.toml", ".github/**/*", ".ci/*")
    for path in sorted(ROOT.glob(pattern))
    if path.suffix in {".py", ".js", ".css", ".md", ".toml", ".ipynb", ".yml", ".yaml", ""} and path.is_file()
]
MOST_LINES = 300
MOST_FUNCTION_LINES = 50
MACHINE = re.compile(r"(?<![\w.])/(?:root|home|work|Users)/\w|[A-Z]:\\\\Users")
"""A path that only one machine has."""


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Return how many lines ``function`` has without its docstring."""
    first = function.body[0]
    documentation = (first.end_lineno or 0) - first.lineno + 1 if ast.get_docstring(function) else 0
    return (function.end_lineno or 0) - function.lineno + 1 - documentation


@pytest.mark.parametrize("path", TESTS, ids=name)
def test_every_test_says_what_holds(path: Path) -> None:
    """Each test has a docstring that states the behaviour."""
    silent = [one.name for one in functions(path) if one.name.startswith("test_") and not ast.get_docstring(one)]
    assert silent == []


@pytest.mark.parametrize("path", SOURCE, ids=name)
def test_files_and_functions_are_small(path: Path) -> None:
    """No file of the package is above 300 lines and no function above 50."""
    assert len(path.read_text().splitlines()) <= MOST_LINES
    assert [one.name for one in functions(path) if lines(one) > MOST_FUNCTION_LINES] == []


@pytest.mark.parametrize("path", [path for path in WRITTEN if path != Path(__file__)], ids=name)
def test_nothing_is_tied_to_one_machine(path: Path) -> None:
    """No file names a folder that only its author's machine has."""
    assert MACHINE.findall(path.read_text(errors="replace")) == []
