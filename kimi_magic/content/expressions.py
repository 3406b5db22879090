"""Python expressions that a user wrote: which names they need, and what they are worth."""

from __future__ import annotations

import ast
import builtins
import difflib
from collections.abc import Iterable, Mapping
from typing import Any

Namespace = Mapping[str, Any]
"""The user's variables."""
_SHELL = frozenset({"In", "Out", "get_ipython", "exit", "quit", "open"})


def names_in(expression: str) -> frozenset[str] | None:
    """Return the names that ``expression`` reads and does not bind itself; None if it is no expression.

    >>> sorted(names_in("max(x for x in rows) + rate"))
    ['max', 'rate', 'rows']
    """
    try:
        tree = ast.parse(expression.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    nodes = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
    bound = {node.id for node in nodes if isinstance(node.ctx, ast.Store)}
    bound |= {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}  # of a lambda
    return frozenset(node.id for node in nodes if isinstance(node.ctx, ast.Load)) - bound


def is_known(expression: str, namespace: Namespace) -> bool:
    """Return whether ``expression`` stands on the user's names: at least one, and nothing unknown beside it."""
    names = names_in(expression)
    if not names:
        return False
    unknown = [name for name in names if name not in namespace and not hasattr(builtins, name)]
    return not unknown and any(name in namespace for name in names)


def own(namespace: Namespace) -> list[str]:
    """Return the names that are the user's own: not the shell's, and nothing private.

    >>> own({"sales": 1, "_": 2, "open": open})
    ['sales']
    """
    return [name for name in list(namespace) if not name.startswith("_") and name not in _SHELL]


def near(word: str, known: Iterable[str], cutoff: float = 0.6) -> str:
    """Return a sentence with what of ``known`` looks like ``word``; "" where nothing does.

    >>> near("salse", ["rates", "sales"], 0.7), near("x", ["sales"])
    ('Did you mean sales?', '')
    """
    found = difflib.get_close_matches(word, [*known], n=3, cutoff=cutoff)
    return f"Did you mean {' or '.join(found)}?" if found else ""


def told(error: Exception) -> str:
    """Return what the user's own code raised, as one short line."""
    try:
        words = str(error)
    except Exception:  # noqa: BLE001 this too is the user's own code
        words = ""
    return f"{type(error).__name__}: {in_short(words)}" if words else type(error).__name__


def in_short(text: str, most: int = 120) -> str:
    r"""Return the beginning of ``text`` as one line that can be printed.

    >>> in_short("two\nlines"), in_short("too long", 3)
    ('two lines', 'too…')
    """
    line = "".join(c if c.isprintable() else " " for c in text[: most + 1])
    return line if len(text) <= most else line[:most] + "…"


def evaluate(expression: str, namespace: Namespace) -> Any:
    """Return the value of ``expression`` among the user's names. Whatever it raises is raised."""
    return eval(expression.strip(), dict(namespace))  # noqa: S307 the user's own expression, in the user's own kernel
