"""Conversations as files: ``/export /import``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from kimi_magic.amounts import counted
from kimi_magic.commands.choosing import choose
from kimi_magic.conversation import Conversation
from kimi_magic.errors import NotKept, UsageError
from kimi_magic.export.file import read_file, write_file
from kimi_magic.report import code, line
from kimi_magic.session import Session

MOST_TOLD = 200
"""Characters of a system message out of a file that `/import` shows; `/history` shows it whole."""


def export(session: Session, argument: str) -> str:
    """Write a conversation into a file, in the format of its suffix; an existing file is left alone."""
    path, words = _path(argument, "/export talk.md writes main; /export talk.html NAME another conversation.")
    session.notebook.refresh()
    conversation, _ = choose(session, words)
    written = write_file(conversation, path)
    return f"{len(conversation.above()):,} turns are written to {code(str(written))}."


def import_(session: Session, argument: str) -> str:
    """Read a conversation from a file; it gets a name of its own."""
    path, words = _path(argument, "/import talk.jsonl reads a conversation; /import talk.jsonl NAME gives it a name.")
    read = read_file(path)
    read.name = words[0] if words else _free(session, path.stem if read.name == "main" else read.name)
    if session.conversations.find(read.name):
        raise UsageError(f"There is a conversation {read.name!r} already: give another name.")
    try:
        session.conversations.add(read)
        notice = ""
    except NotKept as error:
        notice = f" {error}"
    said = f"{len(read.above()):,} turns are read: go on with `%%kimi -c {read.name}`.{notice}"
    return "\n\n".join([said, *_told_first(read)])


def _told_first(read: Conversation) -> Iterator[str]:
    """Say what the file lets Kimi be told that nobody here has typed: it is sent with each question."""
    if read.system:
        yield f"It brings what Kimi is told first: {line(read.system, MOST_TOLD)} (`-s TEXT` says something else.)"
    if inside := [one for turn in read.turns for one in turn.question if one.role == "system"]:
        yield f"{counted(len(inside), 'system message')} among its questions, the first: {line(inside[0].text, MOST_TOLD)}"


def _path(argument: str, usage: str) -> tuple[Path, list[str]]:
    """Return the file that ``argument`` begins with, in quotes where it has blanks, and the words after it."""
    quote = argument[:1] if argument[:1] in ("'", '"') else ""
    name, _, rest = argument[len(quote) :].partition(quote or " ")
    if not name or len(rest.split()) > 1:
        raise UsageError(usage)
    return Path(name).expanduser(), rest.split()


def _free(session: Session, name: str) -> str:
    """Return ``name``, or one like it that no conversation has."""
    name = "-".join(name.split()) or "imported"
    taken = session.conversations.names
    return next(one for one in (name, *(f"{name}-{n}" for n in range(2, 10_000))) if one not in taken)
