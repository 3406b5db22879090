"""What the store remembers of uploads."""

from __future__ import annotations

import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from kimi_magic.api.file_wire import UploadKey
from kimi_magic.errors import NotKept
from kimi_magic.store.sqlite import Store

KEY = UploadKey("https://api.example/v1", "0123456789abcdef", "ab" * 32, "image")


def test_an_upload_is_remembered(store: Store, path: Path) -> None:
    """Also by the next process, until it is forgotten."""
    before = time.time()
    store.keep_upload(KEY, "f1")
    store.close()
    with closing(Store(path)) as other:
        found = other.find_upload(KEY)
        assert found is not None
        assert found[0] == "f1"
        assert before <= found[1] <= time.time()
        other.forget_upload("f1")
        assert other.find_upload(KEY) is None


@pytest.mark.parametrize(
    "key",
    [
        replace(KEY, address="https://api.other/v1"),
        replace(KEY, account="f" * 16),
        replace(KEY, sha256="cd" * 32),
        replace(KEY, purpose="video"),
    ],
)
def test_other_uploads_are_not_taken_for_it(store: Store, key: UploadKey) -> None:
    """Address, account, content and purpose must all be the same."""
    store.keep_upload(KEY, "f1")
    assert store.find_upload(key) is None


def test_the_last_one_counts(store: Store) -> None:
    """A content that was uploaded again is known by its new id."""
    store.keep_upload(KEY, "f1")
    store.keep_upload(KEY, "f2")
    found = store.find_upload(KEY)
    assert found is not None
    assert found[0] == "f2"


def test_looking_makes_no_file(store: Store, path: Path) -> None:
    """Where nothing was kept, nothing is found, and no file is made for that."""
    assert store.find_upload(KEY) is None
    store.forget_upload("f1")
    assert not path.exists()


def test_a_store_that_cannot_be_read_says_so(store: Store, path: Path) -> None:
    """A damaged file is NotKept, as for turns."""
    path.parent.mkdir(parents=True)
    path.write_bytes(b"no database at all " * 100)
    with pytest.raises(NotKept):
        store.find_upload(KEY)
    with pytest.raises(NotKept):
        store.keep_upload(KEY, "f1")
