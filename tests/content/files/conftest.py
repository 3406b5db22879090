"""Files in a folder of the test's own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

Write = Callable[[str, bytes], Path]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Writes a file into the current folder and returns its path."""
    monkeypatch.chdir(tmp_path)

    def write(name: str, data: bytes) -> Path:
        path = Path(name)
        path.write_bytes(data)
        return path

    return write
