"""`Store.has_news`: what others have written is noticed, one's own writing is not."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from kimi_magic.store.sqlite import Store
from tests.store.programs import said_by, started
from tests.store.samples import keep, make_conversation, make_turn


@pytest.fixture
def other(path: Path) -> Iterator[Store]:
    """Another kernel's store at the same path."""
    with closing(Store(path)) as other:
        yield other


def test_own_writing_is_no_news(store: Store) -> None:
    """Neither without a file, nor after whatever this store has written, is there news."""
    assert not store.has_news()
    assert store.load("") == []
    store.keep(make_conversation(0), make_turn(1))
    assert not store.has_news()
    store.change(make_conversation(0), make_turn(1).entry)
    store.forget_all()
    assert not store.has_news()


def test_writing_of_others_is_news_once(store: Store, other: Store, path: Path) -> None:
    """What another store or process has written is news until this one has looked."""
    store.keep(make_conversation(0), make_turn(1))
    other.keep(make_conversation(0), make_turn(2))
    assert store.has_news()
    assert not store.has_news()
    with started("race", path, "7") as program:
        said_by(program, "go\n")
    assert store.has_news()
    assert not store.has_news()


def test_reading_of_others_is_no_news(store: Store, other: Store) -> None:
    """Others may load and read as they like."""
    store.keep(make_conversation(0), make_turn(1))
    assert not store.has_news()
    assert other.load("")[0].turns == [make_turn(1)]
    assert not store.has_news()


def test_loading_does_not_hide_news(store: Store, other: Store) -> None:
    """What was written while this store loaded another notebook is still news."""
    store.keep(make_conversation(0), make_turn(1), "a.ipynb")
    other.keep(make_conversation(0), make_turn(2), "a.ipynb")
    assert store.load("b.ipynb") == []
    assert store.has_news()


def test_first_file_of_another_kernel_is_news(store: Store, path: Path) -> None:
    """Where there was nothing to load, what another process then begins is news; what was there at the first look is not."""
    assert store.load("") == []
    keep(path)
    assert store.has_news()
    with closing(Store(path)) as late:
        assert len(late.load("")) == 1
        assert not late.has_news()


def test_replaced_file_is_news(store: Store, path: Path) -> None:
    """When another file stands at the path, or the file was closed meanwhile, all of it may be new."""
    store.keep(make_conversation(0), make_turn(1))
    for file in path.parent.iterdir():
        file.unlink()
    assert not store.has_news()
    keep(path)
    assert store.has_news()
    store.close()
    assert store.has_news()
    assert not store.has_news()


def test_damaged_file_is_news(store: Store, path: Path) -> None:
    """Looking at a file that cannot be read raises nothing: whoever then loads is told why."""
    path.parent.mkdir(parents=True)
    path.write_bytes(b"no database at all " * 100)
    assert store.has_news()


def test_looking_waits_for_nobody(store: Store, path: Path) -> None:
    """While another program holds the write lock, a hundred looks take no noticeable time."""
    store.keep(make_conversation(0), make_turn(1))
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        began = time.monotonic()
        assert not any(store.has_news() for _ in range(100))
        assert time.monotonic() - began < 0.5
