"""Replies that the user types: each is for the one who asked, and what runs beside the cell asks for none."""

from __future__ import annotations

import builtins
import contextlib
import functools
import getpass
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from typing import Any
from weakref import WeakSet

from kimi_magic.errors import KimiError

_STEP = 0.05
"""Seconds after which one who waits to ask looks whether it may."""
_NOBODY = (
    "Nobody can be asked here: a function that runs beside the cell (in the background, from the panel, async or parallel) "
    "cannot use input() or getpass()."
)
_BUSY = "another question waits for its reply here"

_is_beside = ContextVar("kimi_magic_is_beside", default=False)
_guarded: WeakSet[Callable[..., str]] = WeakSet()
_lock = threading.Lock()
_readers: list[int] = []
_alone: list[int] = []
"""The threads that read replies now, and those of them that must be the only one."""


class Unasked(KimiError, EOFError):
    """No reply can be had. It is also what a closed input raises, for a function that goes on without a reply then."""


@contextlib.contextmanager
def beside() -> Iterator[None]:
    """Let ``input()`` and ``getpass()`` raise `Unasked` here, and where a copy of this context runs, until the end."""
    token = _is_beside.set(True)
    try:
        yield
    finally:
        _is_beside.reset(token)


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """Let the user's replies be for this thread, until the end: others wait before they ask.

    Raises `Unasked` where another one has asked already, who could get the reply, or this thread the reply to that.
    """
    me = threading.get_ident()
    try:
        with _lock:
            if {*_readers, *_alone} - {me}:
                raise Unasked(_BUSY)
            _alone.append(me)
        yield
    finally:
        _forget(me, _alone)


def guard() -> None:
    """Let whatever asks the user in this process heed `beside` and `alone` from now on; otherwise it asks as before.

    What really asks is wrapped, for users have taken ``getpass`` and others by name before.
    """
    for owner, name in _doors():
        read = getattr(owner, name)
        if read not in _guarded:
            setattr(owner, name, _heeding(read))


def _doors() -> Iterator[tuple[object, str]]:
    """Yield where replies come in: those of Python itself, and the one way of a kernel to its front end."""
    yield from ((builtins, "input"), (getpass, "getpass"))
    if hasattr(getpass, "_raw_input"):  # which getpass calls, but for that of Windows
        yield getpass, "_raw_input"
    base: Any = sys.modules.get("ipykernel.kernelbase")
    if base and base.Kernel.initialized():
        kernel = base.Kernel.instance()
        yield kernel, "_input_request" if hasattr(kernel, "_input_request") else "raw_input"


def _heeding(read: Callable[..., str]) -> Callable[..., str]:
    @functools.wraps(read)
    def ask(*args: Any, **named: Any) -> str:
        __tracebackhide__ = True  # IPython's word for a frame that a traceback need not show
        if _is_beside.get():
            raise Unasked(_NOBODY)
        with _reading():
            return read(*args, **named)

    _guarded.add(ask)
    return ask


@contextlib.contextmanager
def _reading() -> Iterator[None]:
    """Wait until this thread may ask, and let it count as one that does, until the end."""
    me = threading.get_ident()
    try:
        while not _begins(me):
            time.sleep(_STEP)
        yield
    finally:
        _forget(me, _readers)


def _begins(me: int) -> bool:
    with _lock:
        may = not {*_alone} - {me}
        _readers.extend([me] * may)
    return may


def _forget(me: int, threads: list[int]) -> None:
    """Take one entry of this thread out; an interrupt may have come before it was there."""
    with _lock, contextlib.suppress(ValueError):
        threads.remove(me)
