"""Tab on a ``%%kimi`` or ``%kimi`` line: options, models, conversations, commands, and names that can be attached."""

from __future__ import annotations

import glob
import re
import sys
from typing import Any

from IPython.core.interactiveshell import InteractiveShell

from kimi_magic import flags
from kimi_magic.api.catalog import MODELS
from kimi_magic.tools.ready_made import READY_MADE

_LINE = re.compile(r"\s*%%?kimi\s(?P<rest>.*)", re.DOTALL)
_MOST = 200


def register(shell: InteractiveShell) -> None:
    """Add the completions to ``shell``; quietly nothing before IPython 8.6, whose completer takes no matchers."""
    try:
        from IPython.core.completer import SimpleCompletion, context_matcher
    except ImportError:
        return

    @context_matcher(identifier="kimi_magic", priority=200)  # type: ignore[untyped-decorator]  # IPython has no type for it
    def kimi_matcher(context: Any) -> dict[str, Any]:
        before = context.full_text.split("\n")[context.cursor_line][: context.cursor_position]
        found = complete(before, shell) if context.cursor_line == 0 or before.lstrip().startswith("%kimi") else None
        if found is None:
            return {"completions": []}
        completions = [SimpleCompletion(text, type="kimi") for text in found]
        return {"completions": completions, "matched_fragment": re.split(r"\s", before)[-1], "suppress": True}

    shell.Completer.custom_matchers.append(kimi_matcher)


def complete(before: str, shell: InteractiveShell) -> list[str] | None:
    """Return what can follow ``before``, the line up to the cursor, in place of its last word; None if it is not Kimi's."""
    match = _LINE.fullmatch(before)
    if match is None:
        return None
    words = match["rest"].split(" ")
    word, last = words[-1], words[-2] if len(words) > 1 else ""
    if last in ("-m", "--model"):
        return _starting(word, _models(shell))
    if last in ("-c", "--conversation"):
        return _starting(word, _conversations(shell))
    if last in ("-t", "--tool"):
        return _starting(word, [*_named(shell, is_type=False), *READY_MADE])
    if last == "--schema":
        return _starting(word, _named(shell, is_type=True))
    if word.startswith("-"):
        return flags.complete(word)
    if len(words) == 1 and word.startswith("/") and (commands := _commands(word)):
        return commands
    return _attachable(word, shell)


def _starting(word: str, names: list[str]) -> list[str]:
    return [name for name in names if name.startswith(word)]


def _session(shell: InteractiveShell) -> Any:
    """Return the session if one is there; completion begins none."""
    magic = shell.magics_manager.registry.get("KimiMagic")
    return getattr(magic, "_session", None)


def _models(shell: InteractiveShell) -> list[str]:
    session = _session(shell)
    client = session and session._client  # no key is looked for while somebody types
    return [model.id for model in (client.models if client else MODELS)]


def _conversations(shell: InteractiveShell) -> list[str]:
    session = _session(shell)
    return list(dict.fromkeys(["main", *(session.conversations.names if session else ())]))


def _named(shell: InteractiveShell, *, is_type: bool) -> list[str]:
    """Return the names of the user's classes, or of the functions."""
    return [
        name for name in _names(shell) if callable(value := shell.user_ns.get(name)) and isinstance(value, type) == is_type
    ]


def _names(shell: InteractiveShell) -> list[str]:
    hidden = shell.user_ns_hidden
    return [name for name in shell.user_ns if not name.startswith("_") and name not in hidden]


def _commands(word: str) -> list[str]:
    loaded = sys.modules.get("kimi_magic.commands.table")
    return loaded.complete(word) if loaded else []


def _attachable(word: str, shell: InteractiveShell) -> list[str]:
    files = glob.glob(glob.escape(word) + "*")[:_MOST] if word else []
    return _starting(word, _names(shell)) + [f'"{file}"' if " " in file else file for file in files]
