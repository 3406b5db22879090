"""Files below a folder are read, and no others."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from PIL import Image as Pillow

from kimi_magic.content.how import How
from kimi_magic.errors import KimiError
from kimi_magic.messages import Image
from kimi_magic.tools.folder import read_from


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A notebook's folder with all that may be met in one, and a secret beside it."""
    top = tmp_path / "notebook"
    (top / "data" / ".cache").mkdir(parents=True)
    (tmp_path / "secret.txt").write_text("SECRET")
    (tmp_path / "notebook-2").mkdir()
    (tmp_path / "notebook-2" / "a.txt").write_text("SECRET")
    (top / "data" / "a.txt").write_text("harmless")
    (top / "data" / ".cache" / "a.txt").write_text("SECRET")
    (top / ".env").write_text("SECRET")
    (top / "link.txt").symlink_to(tmp_path / "secret.txt")
    (top / "inner.txt").symlink_to(top / "data" / "a.txt")
    (top / "visible.txt").symlink_to(top / ".env")
    (top / "circle").symlink_to(top / "circle")
    os.mkfifo(top / "pipe")
    (top / "large.txt").write_text("x" * 300_000)
    Pillow.new("RGB", (8, 8)).save(top / "p.png")
    return top


@pytest.mark.parametrize("path", ["data/a.txt", "./data/../data/a.txt", "inner.txt"])
def test_what_is_below_is_read(folder: Path, path: str) -> None:
    """However the path is written, and by a link that stays inside."""
    assert b"harmless" in read_from(folder, path, How()).payload


@pytest.mark.parametrize(
    "path",
    [
        "../secret.txt",
        "data/../../secret.txt",
        "link.txt",
        "../notebook-2/a.txt",
        ".env",
        "visible.txt",
        "data/.cache/a.txt",
        "/etc/passwd",
        "/dev/zero",
        "~/.bashrc",
        "pipe",
        "circle",
        "missing.txt",
        "a\0b",
        "x" * 5_000,
    ],
)
def test_what_is_elsewhere_hidden_or_endless_is_refused(folder: Path, path: str) -> None:
    """Each is a short sentence, without what the file holds."""
    with pytest.raises(KimiError) as refused:
        read_from(folder, path, How())
    assert len(str(refused.value)) < 400
    assert "SECRET" not in str(refused.value)


@pytest.mark.parametrize(
    "name",
    [
        "prod.env",
        "PROD.ENV",
        "app.env.local",
        "id_rsa",
        "id_ed25519.pub",
        "key.pem",
        "tls.key",
        "a.p12",
        "a.PFX",
        "credentials",
        "Credentials.json",
        "secrets.toml",
        "my-secrets.yaml",
        "client_secret_1.json",
        "_netrc",
    ],
)
def test_files_with_keys_are_not_read(folder: Path, name: str) -> None:
    """Those that are called as files with keys and passwords are: themselves, by a link, and below a folder called so."""
    (folder / name).write_text("SECRET")
    (folder / "plain.txt").symlink_to(folder / name)
    (folder / "data" / name).mkdir()
    (folder / "data" / name / "a.txt").write_text("SECRET")
    for path in (name, "plain.txt", f"data/{name}/a.txt"):
        with pytest.raises(KimiError, match="is called as files with keys or passwords are") as refused:
            read_from(folder, path, How())
        assert "SECRET" not in str(refused.value)


@pytest.mark.parametrize("name", ["environment.yml", "keys.csv", "secretary.txt", "monkey.txt", "pems.txt", "env.py"])
def test_files_that_only_sound_so_are_read(folder: Path, name: str) -> None:
    """A name that has such a word inside of another one is a name as all others."""
    (folder / name).write_text("harmless")
    assert b"harmless" in read_from(folder, name, How()).payload


def test_a_file_is_called_as_it_is_in_the_folder(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever the program stands: neither its text nor an error tells of other folders."""
    monkeypatch.chdir(tmp_path / "notebook-2")
    (folder / "data" / "empty.txt").write_text("")
    assert read_from(folder, "inner.txt", How()).name == str(Path("data/a.txt"))
    assert str(tmp_path) not in read_from(folder, "p.png", How()).payload.decode()
    with pytest.raises(KimiError, match=r"^data.empty\.txt is empty"):
        read_from(folder, "data/empty.txt", How())


def test_a_files_name_cannot_steer_a_terminal(folder: Path) -> None:
    """What no terminal should obey is a blank in all that is told of it."""
    (folder / "a\x1b]0;b\x07.txt").write_text("harmless")
    attachment = read_from(folder, "a\x1b]0;b\x07.txt", How())
    assert attachment.name == "a ]0;b .txt"
    assert b"\x1b" not in attachment.payload + read_from(folder, ".", How()).payload


def test_a_picture_becomes_a_part_and_a_large_text_is_cut(folder: Path) -> None:
    """As with attachments."""
    assert any(isinstance(part, Image) for part in read_from(folder, "p.png", How()).parts)
    assert read_from(folder, "large.txt", How()).bytes < 110_000


def test_a_folder_is_listed_without_what_is_hidden(folder: Path) -> None:
    """Names and sizes of files, folders with a slash."""
    text = read_from(folder, ".", How()).payload.decode()
    assert "data/" in text
    assert "p.png (" in text
    assert ".env" not in text
