"""What ``%load_ext kimi_magic`` does."""

from __future__ import annotations

import contextlib
import importlib
import re
import threading
from token import DEDENT, INDENT
from tokenize import TokenInfo

from IPython.core.inputtransformer2 import EscapedCommand
from IPython.core.interactiveshell import InteractiveShell

from kimi_magic.completion import register
from kimi_magic.errors import KimiError
from kimi_magic.magic import KimiMagic
from kimi_magic.provider import provide

_FIRST_NEEDED = ("kimi_magic.session", "kimi_magic.door")
_THEN_NEEDED = ("kimi_magic.render.cell", "kimi_magic.render.blocks", "kimi_magic.commands.table")
_ASKS = re.compile(r"%kimi[ \t]+[^?\s].*\?\s*", re.DOTALL)


def load(shell: InteractiveShell) -> None:
    """Register magics and completion with ``shell``; loading again keeps the session that is there."""
    if "KimiMagic" in shell.magics_manager.registry:
        return
    magic = KimiMagic(shell)
    shell.register_magics(magic)
    magic.watcher.start()
    magic.show_panel = show_panel
    provide(magic.session)
    register(shell)
    shell.input_transformer_manager.token_transformers.append(Question)
    if came_back := magic.bring_back():
        print(came_back)  # noqa: T201 the one line that the user is to read
    threading.Thread(target=warm_up, args=(magic,), name="kimi-warm-up", daemon=True).start()


def show_panel(conversation: str, side: bool) -> None:
    """Show the chat panel."""
    from kimi_magic.panel.chat import chat  # late: it brings the widgets, which are optional

    chat(conversation, side=side)


def warm_up(magic: KimiMagic) -> None:
    """Do beforehand, on a thread, what the first question would have to wait for: imports, certificates."""
    threading.Thread(target=_read_certificates, name="kimi-certificates", daemon=True).start()
    for name in _FIRST_NEEDED:
        importlib.import_module(name)
    with contextlib.suppress(KimiError):  # no key yet, or an address that is refused: the first question says so
        magic.session().client.warm_up()
    for name in _THEN_NEEDED:
        importlib.import_module(name)


def _read_certificates() -> None:
    """Read them while the rest is imported: it is done in C, and holds nobody up."""
    from kimi_magic.api.connection import tls_context  # late: see `kimi_magic.magic`

    with contextlib.suppress(OSError, ValueError):  # the first question says so
        tls_context()


class Question(EscapedCommand):
    """Let ``%kimi what is this?`` be a question: IPython would take the mark at its end for a call for help on ``this``."""

    priority = 1  # before HelpEnd, which has 5

    @classmethod
    def find(cls, tokens_by_line: list[list[TokenInfo]]) -> Question | None:
        """Return the first line that asks Kimi something and ends with a question mark."""
        for tokens in tokens_by_line:
            first = next((token for token in tokens if token.type not in (INDENT, DEDENT)), None)
            if first and _ASKS.fullmatch(first.line[first.start[1] :]):
                return cls(first.start)
        return None
