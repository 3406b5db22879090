"""Files: whole or not at all, and one sentence where the file system refuses."""

from __future__ import annotations

from pathlib import Path

import pytest

from kimi_magic.conversation import conversation_of
from kimi_magic.errors import UsageError
from kimi_magic.export.file import read_file, write_file
from tests.export.samples import TURNS, asked, everything

SMALL = conversation_of([asked(1, "Hi", "Hello")])


def test_a_file_is_written_and_read(tmp_path: Path) -> None:
    """The path comes back in full, and the conversation out of the file."""
    path = write_file(everything(), tmp_path / "All of it.IPYNB")
    assert path == tmp_path / "All of it.IPYNB"
    assert [turn.prompt for turn in read_file(path).turns] == [turn.prompt for turn in TURNS]
    assert [each.name for each in tmp_path.iterdir()] == ["All of it.IPYNB"]


def test_a_file_that_is_there_stays(tmp_path: Path) -> None:
    """Nothing is overwritten unasked; where it is asked, the new contents take its place at once."""
    path = tmp_path / "a.md"
    path.write_text("mine")
    with pytest.raises(UsageError, match=r"a\.md is there already: name another file"):
        write_file(SMALL, path)
    assert path.read_text() == "mine"
    write_file(SMALL, path, overwrite=True)
    assert path.read_text().startswith("# Kimi: main")


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    """Overwriting writes what the link leads to."""
    (tmp_path / "real.md").write_text("mine")
    (tmp_path / "link.md").symlink_to("real.md")
    write_file(SMALL, tmp_path / "link.md", overwrite=True)
    assert (tmp_path / "link.md").is_symlink()
    assert (tmp_path / "real.md").read_text().startswith("# Kimi")


def test_where_no_file_can_be_it_is_said(tmp_path: Path) -> None:
    """A missing folder, a folder, a file for a folder and a name that is too long are one sentence each."""
    (tmp_path / "there.md").mkdir()
    (tmp_path / "file").write_text("")
    for path, reason in {
        "no/where/a.md": r"could not be written: there is no folder .*where\.$",
        "there.md": r"there\.md is a folder: name a file in it\.$",
        "file/a.md": "could not be written: Not a directory",
        "a" * 300 + ".md": "could not be written: File name too long",
    }.items():
        with pytest.raises(UsageError, match=reason):
            write_file(SMALL, tmp_path / path)


def test_a_refusal_leaves_nothing_behind(tmp_path: Path) -> None:
    """A format that is unknown, or nothing to write, makes no file; a failed replacement leaves no part of one."""
    for conversation, name in ((SMALL, "a.doc"), (conversation_of([]), "a.md")):
        with pytest.raises(UsageError):
            write_file(conversation, tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_takes_no_file_is_said() -> None:
    """Where the file system refuses a new file, even to root, the reason is the system's own."""
    with pytest.raises(UsageError, match=r"could not be written: .+\.$"):
        write_file(SMALL, Path("/proc/a.md"))


def test_a_file_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    """A missing file, a missing folder and a folder are one sentence each; a damaged file is named."""
    (tmp_path / "there.jsonl").mkdir()
    (tmp_path / "bad.jsonl").write_text("Hello")
    for path, reason in {
        "a.jsonl": "could not be read: No such file",
        "no/a.jsonl": "could not be read: there is no folder",
        "there.jsonl": "could not be read: Is a directory",
        "bad.jsonl": r"^bad\.jsonl, line 1 is not JSON",
    }.items():
        with pytest.raises(UsageError, match=reason):
            read_file(tmp_path / path)
