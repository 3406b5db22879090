"""What ``%load_ext kimi_magic`` does."""

from __future__ import annotations

import contextlib
import importlib
import threading

from IPython.core.interactiveshell import InteractiveShell

from kimi_magic.completion import register
from kimi_magic.errors import KimiError
from kimi_magic.magic import KimiMagic

_FIRST_NEEDED = ("kimi_magic.session", "kimi_magic.content.gather", "kimi_magic.content.template", "kimi_magic.current")
_THEN_NEEDED = ("kimi_magic.render.cell", "kimi_magic.render.blocks", "kimi_magic.commands")


def load(shell: InteractiveShell) -> None:
    """Register magics and completion with ``shell``; loading again keeps the session that is there."""
    if isinstance(shell.magics_manager.registry.get("KimiMagic"), KimiMagic):
        return
    magic = KimiMagic(shell)
    shell.register_magics(magic)
    register(shell)
    threading.Thread(target=warm_up, args=(magic,), name="kimi-warm-up", daemon=True).start()


def warm_up(magic: KimiMagic) -> None:
    """Do beforehand, on a thread, what the first question would have to wait for: imports, certificates."""
    for name in _FIRST_NEEDED:
        importlib.import_module(name)
    with contextlib.suppress(KimiError):  # no key yet, or an address that is refused: the first question says so
        magic.session().client.warm_up()
    importlib.import_module("kimi_magic.current").use(magic.session)
    for name in _THEN_NEEDED:
        importlib.import_module(name)
