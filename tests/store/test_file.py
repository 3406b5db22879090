"""`kimi_magic.store.file`: where the file is, and who may read it."""

from __future__ import annotations

import stat
from contextlib import closing
from pathlib import Path

import pytest

from kimi_magic.errors import NotKept
from kimi_magic.store.sqlite import Store, default_path
from tests.store.samples import make_conversation, make_turn


def test_only_the_owner_may_read(store: Store, path: Path) -> None:
    """The file, what SQLite puts beside it, and a folder that was made for it are closed to others."""
    store.keep_conversation(make_conversation(1))
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    assert modes == {path.name: 0o600, f"{path.name}-wal": 0o600, f"{path.name}-shm": 0o600}
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_folder_that_was_there_keeps_its_mode(store: Store, path: Path) -> None:
    """A folder of the user's own is left as it is."""
    path.parent.mkdir()
    path.parent.chmod(0o755)
    store.keep_conversation(make_conversation(1))
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o755


def test_a_link_to_nothing_leads_to_a_file_of_the_owners(tmp_path: Path) -> None:
    """Where the path is a link to a file that is not there, that file is made, for its owner alone, its log beside it."""
    link, target = tmp_path / "link.sqlite", tmp_path / "far" / "store.sqlite"
    link.symlink_to(target)
    with closing(Store(link)) as store:
        store.keep_conversation(make_conversation(2))
        assert len(store.load("")[0].turns) == 2
        assert {stat.S_IMODE(file.stat().st_mode) for file in target.parent.iterdir()} == {0o600}
        assert {file.name for file in target.parent.iterdir()} == {f"store.sqlite{end}" for end in ("", "-wal", "-shm")}
        assert store.size == sum((target.parent / f"store.sqlite{end}").stat().st_size for end in ("", "-wal"))
    assert stat.S_IMODE(target.parent.stat().st_mode) == 0o700
    assert link.is_symlink()


def test_size_is_what_the_files_take(store: Store) -> None:
    """The size grows with what is kept, by about as much."""
    store.keep_conversation(make_conversation(1))
    before = store.size
    store.keep(make_conversation(0), make_turn(2, "x" * 500_000))
    assert 500_000 < store.size - before < 600_000


@pytest.mark.parametrize(
    ("chosen", "expected"), [("{}/turns.db", "{}/turns.db"), ("{}", "{}/conversations.sqlite")], ids=["file", "folder"]
)
def test_environment_says_where(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chosen: str, expected: str) -> None:
    """``KIMI_MAGIC_STORE`` names the file, or a folder that is there."""
    monkeypatch.setenv("KIMI_MAGIC_STORE", chosen.format(tmp_path))
    assert default_path() == Path(expected.format(tmp_path))


def test_home_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """``KIMI_MAGIC_STORE`` in the home of somebody who does not exist is one sentence."""
    monkeypatch.setenv("KIMI_MAGIC_STORE", "~nobody-of-that-name/turns.sqlite")
    with pytest.raises(NotKept, match=r"KIMI_MAGIC_STORE is '~nobody-of-that-name/turns\.sqlite', and that home is unknown"):
        default_path()


def test_without_a_choice_it_is_the_users_data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing is chosen the file is the user's, in a folder of the package's name."""
    monkeypatch.delenv("KIMI_MAGIC_STORE", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert default_path().parts[-2:] == ("kimi_magic", "conversations.sqlite")
