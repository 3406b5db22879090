"""What can follow in the panel's input: commands, conversations' names, and what can be attached after an ``@``."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable, Iterator
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import NamedTuple

from kimi_magic.content.expressions import Namespace
from kimi_magic.content.figures.kinds import library_of
from kimi_magic.content.frames.kinds import is_frame
from kimi_magic.content.variables import described
from kimi_magic.render.printable import printable

MOST = 50
"""How many completions are offered at once."""
_MOST_NOTE = 80
_OF_THE_SHELL = frozenset({"In", "Out", "exit", "quit", "get_ipython", "open"})
_NO_CONTENT = (ModuleType, FunctionType, BuiltinFunctionType, type)
_KINDS = ("frame", "figure", "value")
_NAMING = ("/history", "/new", "/undo", "/pin", "/rename", "/forget")
"""The commands after which a conversation's name can stand."""


class Offer(NamedTuple):
    """One completion: the text that takes the word's place, what it is, and a few words about it."""

    text: str
    kind: str
    note: str


class Row(NamedTuple):
    """A command, as the one table has it."""

    name: str
    argument: str
    help: str


def complete(
    text: str, cursor: int, namespace: Namespace, commands: Iterable[Row], conversations: Iterable[str]
) -> tuple[list[Offer], int]:
    """Return what can stand instead of the word before ``cursor``, and where that word begins, in UTF-16 units.

    >>> complete("look at @sa", 11, {"sales": [1, 2]}, (), ())
    ([Offer(text='@sales', kind='value', note='list, 2 items')], 8)
    >>> complete("/un", 3, {}, [Row("/undo", "[NAME]", "take back the last turn")], ())
    ([Offer(text='/undo', kind='command', note='take back the last turn')], 0)
    """
    before = _up_to(text, cursor)
    start = max(before.rfind(blank) for blank in " \t\n") + 1
    word, is_first = before[start:], not before[:start].strip()
    if word.startswith("@"):
        found = _attachable(word[1:], namespace)
    elif is_first and word.startswith("/"):
        found = (Offer(row.name, "command", row.help) for row in commands if row.name.startswith(word))
    elif before.split(maxsplit=1)[:1] and before.split(maxsplit=1)[0] in _NAMING:
        found = (Offer(name, "conversation", "") for name in conversations if name.startswith(word))
    else:
        return [], cursor
    return [offer for offer, _ in zip(found, range(MOST), strict=False)], _units(before[:start])


def _attachable(word: str, namespace: Namespace) -> Iterator[Offer]:
    """Yield what can be attached and begins with ``word``: frames first, then figures, values and files."""
    named = [(_kind(value), name) for name, value in [*namespace.items()] if _is_offered(name, value, word)]
    for kind, name in sorted(named, key=lambda pair: (_KINDS.index(pair[0]), pair[1].lower())):
        note = described(name, namespace, {}, is_open=False).partition(": ")[2]
        yield Offer(f"@{name}", kind, printable(note if len(note) <= _MOST_NOTE else note[: _MOST_NOTE - 1] + "…"))
    for path in sorted(glob.glob(glob.escape(word) + "*"))[:MOST] if word else ():
        if not any(c.isspace() for c in path) and printable(path) == path:
            yield Offer(f"@{path}{os.sep if os.path.isdir(path) else ''}", "file", "")


def _is_offered(name: str, value: object, word: str) -> bool:
    is_ours = name.startswith("_") or name in _OF_THE_SHELL
    return name.startswith(word) and not is_ours and not isinstance(value, _NO_CONTENT)


def _kind(value: object) -> str:
    if is_frame(value):
        return "frame"
    return "figure" if library_of(value) not in (None, "bundle") else "value"


def _up_to(text: str, cursor: int) -> str:
    """Return ``text`` up to ``cursor``, which counts as JavaScript does."""
    return text.encode("utf-16-le", "surrogatepass")[: 2 * max(cursor, 0)].decode("utf-16-le", "ignore")


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
