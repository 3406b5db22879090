"""Which notebook is this kernel's, and where is it now."""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Callable, Mapping

from kimi_magic.notebook import servers

PAUSE = 10.0
"""Seconds after which to ask for a lost notebook again: no question should wait for that each time."""

# VS Code names the session of a notebook that lies elsewhere after the notebook, this mark and one or two uuids.
_VS_CODE = re.compile(r"-jvsc-[0-9a-fA-F-]{32,}(?=\.ipynb$)")
_KERNEL = re.compile(r"kernel-(.+)\.json")
_NOT_BEFORE: dict[str, float] = {}
"""By notebook, when to ask for it again."""


def find(environ: Mapping[str, str], namespace: Mapping[str, object], *, is_terminal: bool, is_batch: bool) -> str:
    """Return the absolute path of the kernel's notebook; "" where it is not known.

    For a terminal it is the working folder with a separator at its end: that is where its conversation belongs. A batch
    run has none: nothing of one run may leak into the next. ``environ`` is the kernel's environment, ``namespace`` has the
    user's variables.
    """
    if is_batch:
        return ""
    if is_terminal:  # first: one that was started from a notebook's cell has that notebook's environment
        return _folder()
    given = namespace.get("__vsc_ipynb_file__")
    if given and isinstance(given, str):  # VS Code set it in this very kernel; an environment can be inherited
        return os.path.abspath(given)
    return _from_server(environ.get("JPY_SESSION_NAME", ""))


def located(path: str, kernel_id: str, clock: Callable[[], float] = time.monotonic, *, is_other: bool = False) -> str:
    """Return where the notebook that was at ``path`` is now: its session's path, where it was renamed under its kernel.

    The Jupyter server of the kernel is asked only where the file is gone, or ``is_other`` than it was, and after a vain
    attempt not again for `PAUSE` seconds of ``clock``; ``path`` is returned where nothing better is known.
    """
    if not path or not kernel_id or path.endswith(os.sep) or clock() < _NOT_BEFORE.get(path, 0.0):
        return path
    if os.path.exists(path) and not is_other:
        return path
    found = {place for place in servers.paths_of(kernel_id) if os.path.isfile(place)}
    if len(found) == 1:  # two notebooks can share a kernel: then it is not known which of them this one is
        return found.pop()
    _NOT_BEFORE[path] = clock() + PAUSE
    return path


def identity(path: str) -> tuple[int, int] | None:
    """Return what tells the file at ``path`` from another one that gets this name later; None where there is none."""
    try:
        about = os.stat(path)
    except (OSError, ValueError):
        return None
    return about.st_dev, about.st_ino


def kernel_id() -> str:
    """Return the name under which a Jupyter server knows this kernel; "" where there is no kernel or no server."""
    if "ipykernel" not in sys.modules:
        return ""
    try:
        from ipykernel.connect import get_connection_file  # late: a terminal may be without ipykernel

        match = _KERNEL.fullmatch(os.path.basename(get_connection_file()))
    except (ImportError, RuntimeError, OSError):  # imported, but no kernel runs; the file is gone
        return ""
    return match[1] if match else ""


def _folder() -> str:
    try:
        return os.path.join(os.getcwd(), "")
    except OSError:  # it was removed
        return ""


def _from_server(session: str) -> str:
    """Return the notebook that a server's ``session`` is named after; "" for one that is a console, of whatever name.

    A console that joined a notebook's kernel has that kernel's environment, and so its notebook. A notebook can be a text
    (jupytext). Programs that give no name make jupyter_server tell the path below its root instead; it starts each kernel
    in its notebook's folder.
    """
    name = _VS_CODE.sub("", session)
    path = os.path.abspath(name if os.path.isabs(name) else os.path.basename(name)) if name else ""
    return path if path.endswith(".ipynb") or os.path.isfile(path) else ""
