"""A store of the test's own."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from kimi_magic.store.sqlite import Store


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the store's file will be, in a folder that is not there yet."""
    return tmp_path / "data" / "conversations.sqlite"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    """A store that has not been used."""
    with closing(Store(path)) as store:
        yield store


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user of the machine can reach, which those of pytest are not."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)
