"""Text files as attachments."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from kimi_magic.content.files import MOST_BYTES, MOST_FILES, find, from_file
from kimi_magic.content.values import MOST_CHARACTERS
from kimi_magic.errors import UsageError
from kimi_magic.messages import Text


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which the tests' files are, as the current one."""
    monkeypatch.chdir(tmp_path)
    for name in ("a.txt", "b.txt", "note [1].txt", "-n", "2024"):
        Path(name).write_text(name)
    (tmp_path / "deep" / "er").mkdir(parents=True)
    (tmp_path / "deep" / "er" / "c.txt").write_text("c")
    return tmp_path


@pytest.mark.parametrize(
    ("token", "names"),
    [
        ("a.txt", ["a.txt"]),
        ("./-n", ["-n"]),
        ("-n", ["-n"]),
        ("2024", ["2024"]),
        ("note [1].txt", ["note [1].txt"]),
        ("?.txt", ["a.txt", "b.txt"]),
        ("*.txt", ["a.txt", "b.txt", "note [1].txt"]),
        ("**/*.txt", ["a.txt", "b.txt", "deep/er/c.txt", "note [1].txt"]),
        ("[ab].txt", ["a.txt", "b.txt"]),
        ("deep", ["deep"]),
        ("dee*", []),
        ("nothing.txt", []),
        ("*.csv", []),
        ("a.txt/b", []),
        ("x" * 5_000, []),
        ("a\0b", []),
        ("~nobody-of-this-name/a.txt", []),
        ("~5", []),
        ("[", []),
    ],
    ids=range(19),
)
def test_a_token_names_files(token: str, names: list[str]) -> None:
    """A path is itself, a glob its files in order, and what can be no file is none."""
    assert [str(path) for path in find(token)] == names


def test_the_home_folder_is_meant_by_a_tilde(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """``~`` is the user's home, in a path and in a glob."""
    monkeypatch.setenv("HOME", str(folder))
    assert find("~/a.txt") == [folder / "a.txt"]
    assert find("~/[ab].txt") == [folder / "a.txt", folder / "b.txt"]


def test_a_glob_names_not_too_many(folder: Path) -> None:
    """Beyond the limit nothing is attached, and both numbers are told."""
    for number in range(MOST_FILES + 1):
        (folder / f"{number}.log").touch()
    with pytest.raises(UsageError, match=rf"{MOST_FILES + 1} files; at most {MOST_FILES}"):
        find("*.log")


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"plain\n", "plain\n"),
        ("é日🎉".encode(), "é日🎉"),
        ("\ufeffmarked".encode(), "marked"),
        ("é日🎉".encode("utf-16"), "é日🎉"),
        (b"\xfe\xff" + "é日".encode("utf-16-be"), "é日"),
        (b"a\r\nb\rc", "a\r\nb\rc"),
    ],
)
def test_text_is_read_in_its_encoding(folder: Path, data: bytes, text: str) -> None:
    """UTF-8 and UTF-16, with their marks, are text; line ends stay."""
    (folder / "t.txt").write_bytes(data)
    attachment = from_file(Path("t.txt"))
    assert (attachment.name, attachment.kind) == ("t.txt", "text")
    assert attachment.parts == (Text(f'<attachment name="t.txt" kind="text">\n{text}\n</attachment>'),)


@pytest.mark.parametrize(
    "data",
    [b"caf\xe9", b"caf\xe9s", b"\x89PNG\r\n\x1a\n\x00", b"a\0b", b"\xff\xfea", b"PK\x03\x04\xff\xff", bytes(range(256))],
)
def test_what_is_no_text_is_refused(folder: Path, data: bytes) -> None:
    """Latin-1, pictures and archives are told apart from text, whatever their length."""
    (folder / "t.bin").write_bytes(data)
    with pytest.raises(UsageError, match=r"t\.bin is not a text file"):
        from_file(Path("t.bin"))


@pytest.mark.parametrize(
    ("path", "says"),
    [
        (Path(), r"is a directory.*\*\.txt"),
        (Path("deep"), "deep is a directory"),
        (Path("gone.txt"), "cannot be read: No such file"),
        (Path("a.txt/b"), "cannot be read: Not a directory"),
        (Path("x" * 5_000), "cannot be read: File name too long"),
        (Path("a\0b"), "cannot be read"),
    ],
    ids=["here", "directory", "gone", "below a file", "long", "zero byte"],
)
def test_what_cannot_be_read_is_told(path: Path, says: str) -> None:
    """Each obstacle is one short sentence."""
    with pytest.raises(UsageError, match=says) as caught:
        from_file(path)
    assert len(str(caught.value)) < 400


def test_a_file_without_permission_is_told(folder: Path) -> None:
    """What the user may not read is refused in the system's words; a system that lets them read it, reads it."""
    (folder / "a.txt").chmod(0)
    try:
        may = bool((folder / "a.txt").read_bytes())
    except PermissionError:
        may = False
    said = ""
    try:
        from_file(Path("a.txt"))
    except UsageError as error:
        said = str(error)
    assert ("Permission denied" in said) is not may


def test_a_pipe_is_not_waited_for(folder: Path) -> None:
    """A named pipe, which might never end, is refused at once."""
    os.mkfifo(folder / "pipe")
    done: list[str] = []

    def read() -> None:
        with pytest.raises(UsageError) as caught:
            from_file(Path("pipe"))
        done.append(str(caught.value))

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    thread.join(2)
    assert "no ordinary file" in "".join(done)
    with pytest.raises(UsageError, match="no ordinary file"):
        from_file(Path(os.devnull))


def test_a_large_file_is_refused_and_a_long_one_cut(folder: Path) -> None:
    """Above the limit a file is not read; below it its middle may be left out."""
    with (folder / "large.txt").open("wb") as file:
        file.truncate(MOST_BYTES + 1)
    with pytest.raises(UsageError, match="10,000,001 bytes"):
        from_file(Path("large.txt"))
    (folder / "long.txt").write_text("x" * (MOST_BYTES // 10))
    assert from_file(Path("long.txt")).bytes < MOST_CHARACTERS + 200


def test_a_name_that_is_no_utf_8_is_attached(folder: Path) -> None:
    """A file whose name is bytes of another encoding can be found by a glob and sent."""
    with open(os.fsencode(folder) + b"/caf\xe9.log", "w") as file:
        file.write("coffee")
    (path,) = find("caf*.log")
    assert "coffee" in from_file(path).payload.decode()
