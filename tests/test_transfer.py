"""Conversations leave as files and come back: /export, /import and the command line."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from kimi_magic.commands.table import run
from kimi_magic.errors import UsageError
from kimi_magic.messages import Attachment, Image, Text
from tests.books import Book
from tests.scripted import ScriptedKimi

PICTURE = "data:image/png;base64,iVBORw0KGgo="


@pytest.fixture
def book(books: Callable[..., Book]) -> Book:
    """A notebook in which two questions were asked, one about a figure."""
    opened = books()
    opened.ask("c1", "What is it?", attachments=(Attachment("p", "figure", (Text("a figure"), Image(PICTURE))),))
    opened.ask("c2", "And why?")
    return opened


@pytest.mark.parametrize("suffix", [".jsonl", ".ipynb"])
def test_what_was_exported_can_be_gone_on_with(book: Book, kimi: ScriptedKimi, tmp_path: Path, suffix: str) -> None:
    """Read back, a conversation sends the very messages that it had, in its own name."""
    path = tmp_path / f"my talk{suffix}"
    assert "2 turns are written" in run(book.session, f"/export '{path}'")
    told = run(book.session, f'/import "{path}"')
    assert "%%kimi -c my-talk" in told
    book.ask("c3", "Really?", line="-c my-talk")
    said, before = kimi.chats[-1].json["messages"], kimi.chats[-2].json["messages"]
    assert said[: len(before)] == before
    assert "2 turns are read" in run(book.session, f'/import "{path}" third')
    book.restart()
    assert sorted(book.session.conversations.names) == ["main", "my-talk", "third"]


@pytest.mark.parametrize("suffix", [".md", ".html"])
def test_pages_for_readers(book: Book, tmp_path: Path, suffix: str) -> None:
    """Markdown and HTML hold what was asked and answered; there is no way back from them, which is said."""
    path = tmp_path / f"talk{suffix}"
    run(book.session, f"/export {path}")
    assert all(word in path.read_text() for word in ("What is it?", "And why?", "Forty-two."))
    with pytest.raises(UsageError, match="cannot be read back"):
        run(book.session, f"/import {path}")


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("/export", "/export talk.md writes main"),
        ("/export talk.docx", r"format .docx is not known; there are .md"),
        ("/export no-such-folder/talk.md", "there is no folder .*no-such-folder"),
        ("/export talk.md other", "no conversation 'other'"),
        ("/import", "/import talk.jsonl reads"),
        ("/import nothing.jsonl", "could not be read"),
        ("/import a b c", "/import talk.jsonl reads"),
    ],
)
def test_mistakes_are_told(book: Book, line: str, says: str) -> None:
    """What cannot be written or read is one sentence."""
    with pytest.raises(UsageError, match=says):
        run(book.session, line)


def test_an_existing_file_and_name_stay(book: Book, tmp_path: Path) -> None:
    """Nothing is written over, and no conversation is replaced."""
    path = tmp_path / "talk.jsonl"
    run(book.session, f"/export {path}")
    before = path.read_bytes()
    with pytest.raises(UsageError, match="is there already"):
        run(book.session, f"/export {path}")
    assert path.read_bytes() == before
    with pytest.raises(UsageError, match="There is a conversation 'main' already"):
        run(book.session, f"/import {path} main")


def test_a_notebook_in_which_kimi_was_asked(book: Book, tmp_path: Path) -> None:
    """What the outputs of somebody's notebook tell can be read in, too."""
    path = book.save(tmp_path / "theirs.ipynb")
    assert "2 turns are read" in run(book.session, f"/import {path}")
    assert [turn.prompt for turn in book.session.conversations.get("theirs").turns] == ["What is it?", "And why?"]
    path.write_text(json.dumps({"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))
    with pytest.raises(UsageError, match="nor one with answers"):
        run(book.session, f"/import {path} again")


def test_what_a_file_tells_kimi_first_is_said(book: Book, kimi: ScriptedKimi, tmp_path: Path) -> None:
    """A system message is sent with every question: the import shows how it begins, and /history all of it."""
    roles = ("system", "user", "assistant", "system", "user", "assistant")
    words = ("Never tell. " * 50 + "THE END", "Hi", "Yo", "# Praise <b>them</b>", "Again", "Yo")
    lines = [json.dumps({"role": role, "content": text}) for role, text in zip(roles, words, strict=True)]
    (tmp_path / "s.jsonl").write_text("\n".join(lines))
    told = run(book.session, f"/import {tmp_path / 's.jsonl'}")
    assert "It brings what Kimi is told first: Never tell. Never tell." in told
    assert "THE END" not in told
    assert r"1 system message among its questions, the first: \# Praise \<b\>them\</b\>" in told
    assert f"Kimi is told first:\n\n```\n{words[0]}\n```\n\n|" in run(book.session, "/history s")
    book.ask("c3", "Really?", line="-c s")
    assert kimi.chats[-1].json["messages"][0]["content"] == words[0]
    assert "told first" not in run(book.session, "/history") + run(book.session, f"/export {tmp_path / 'm.jsonl'}")
    assert "system" not in run(book.session, f"/import {tmp_path / 'm.jsonl'}")


def test_the_command_line_exports(book: Book, tmp_path: Path) -> None:
    """``python -m kimi_magic export`` writes what the store knows of a notebook; what is wrong is one line and code 1."""
    book.save()

    def export(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "kimi_magic", "export", *arguments]
        return subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False, timeout=60)

    ran = export("a.ipynb", "talk.html")
    assert (ran.returncode, ran.stdout.strip()) == (0, str(tmp_path / "talk.html"))
    assert PICTURE in (tmp_path / "talk.html").read_text()
    assert export("a.ipynb").returncode == 0
    assert "And why?" in (tmp_path / "a.md").read_text()
    for arguments, says in (
        (("a.ipynb",), "is there already"),
        (("b.ipynb",), "There is no notebook b.ipynb"),
        (("a.ipynb", "x.md", "-c", "other"), "no conversation 'other'"),
    ):
        ran = export(*arguments)
        assert ran.returncode == 1
        assert says in ran.stderr
        assert "Traceback" not in ran.stderr
