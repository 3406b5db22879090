"""What type checkers know of an answer."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

USES = Path(__file__).with_name("uses.py").read_text()
MISTAKES = {number for number, line in enumerate(USES.splitlines(), 1) if "type: ignore" in line}


@pytest.fixture
def uses(tmp_path: Path) -> Path:
    """The uses, with nothing hidden from the checkers."""
    path = tmp_path / "uses.py"
    path.write_text(re.sub("  # type: ignore.*", "", USES))
    return path


def run(folder: Path, *command: str | Path) -> str:
    """Run a checker in a folder of its own: it knows kimi_magic as a user does, from where it is installed."""
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=folder, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.stdout, done.stderr
    return done.stdout


def test_mypy_knows_what_was_parsed(uses: Path, pytestconfig: pytest.Config) -> None:
    """Each use has the type that it asserts, and the mistakes, and nothing else, are errors."""
    assert pytestconfig.cache is not None
    kept = pytestconfig.cache.mkdir("mypy")  # the second run takes a second
    said = run(uses.parent, "mypy", "--cache-dir", kept, "--strict", uses)
    assert {int(line) for line in re.findall(r"uses\.py:(\d+): error", said)} == MISTAKES, said


def test_pyright_knows_what_was_parsed(uses: Path, tmp_path: Path) -> None:
    """Each use has the type that it asserts, and the mistakes, and nothing else, are errors."""
    settings = tmp_path / "pyrightconfig.json"
    settings.write_text(json.dumps({"typeCheckingMode": "standard", "include": [uses.name]}))
    said = run(tmp_path, "basedpyright", "--outputjson", "--pythonpath", sys.executable, "-p", settings)
    found = json.loads(said)["generalDiagnostics"]
    assert {one["range"]["start"]["line"] + 1 for one in found if one["severity"] == "error"} == MISTAKES, said
