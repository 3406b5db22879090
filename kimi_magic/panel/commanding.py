"""A slash command as it is meant in the panel: for the conversation that it shows. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection

_FIRST = ("/history", "/undo", "/pin", "/new", "/forget")
"""The commands that take a conversation's name first."""
REMOVING = ("/forget", "/logout")
"""The commands that remove something for good."""
_NUMBERS = re.compile(r"\d+(-\d+)?")

ELSEWHERE = {
    "/login": "A key is typed where nobody sees it: run %kimi /login in a cell; the panel uses the key from then on.",
    "/chat": "This is the panel.",
}
"""What the panel says instead of running the command."""


def meant(line: str, shown: str, names: Collection[str]) -> str:
    """Return the command ``line`` as it is meant where the conversation ``shown`` is before one's eyes.

    ``names`` are the conversations that there are.

    >>> meant("/undo", "notes", ["main", "notes"]), meant("/undo main", "notes", ["main", "notes"])
    ('/undo notes', '/undo main')
    >>> meant("/new from 3", "notes", ["notes"]), meant("/forget 2 3", "notes", ["notes"])
    ('/new notes from notes 3', '/forget notes 2 3')
    """
    command, *words = line.split()
    if shown == "main" or " " in shown or (words and words[0] in names):
        return line
    if command == "/export" and len(words) == 1:
        return f"{line.strip()} {shown}"
    if command == "/new" and words[:1] == ["from"]:
        words = ["from", *([] if len(words) > 2 else [shown]), *words[1:]]
    elif command not in _FIRST or (command in ("/forget", "/new") and not _are_numbers(words, command)):
        return line
    return " ".join([command, shown, *words])


def _are_numbers(words: list[str], command: str) -> bool:
    """Whether ``words`` are turns, and so those of the conversation that is shown; a bare /new means it, too."""
    return all(_NUMBERS.fullmatch(word) for word in words) and (bool(words) or command == "/new")
