"""Kimi, Moonshot AI's model, inside the notebook: ``%load_ext kimi_magic``, then ``%%kimi`` above a question."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from kimi_magic.answer import Answer
    from kimi_magic.content.own import register
    from kimi_magic.current import ask
    from kimi_magic.panel.chat import chat
    from kimi_magic.tools.declare import tool

__version__ = "0.1.0"
__all__ = ["Answer", "ask", "chat", "load_ipython_extension", "register", "tool"]

_HOMES = {
    "Answer": "kimi_magic.answer",
    "ask": "kimi_magic.current",
    "chat": "kimi_magic.panel.chat",
    "register": "kimi_magic.content.own",
    "tool": "kimi_magic.tools.declare",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for, so that ``import kimi_magic`` costs nothing."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib

    return getattr(importlib.import_module(_HOMES[name]), name)


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Register ``%%kimi`` and ``%kimi``; what is heavy is imported on a thread after this has returned."""
    from kimi_magic.extension import load

    load(shell)
