"""Replies that the user types: each is for the one who asked, and what runs beside the cell asks for none."""

from __future__ import annotations

import builtins
import contextlib
import functools
import getpass
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from contextvars import ContextVar
from dataclasses import dataclass, field
from types import FrameType
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
_lock = threading.RLock()
if hasattr(os, "register_at_fork"):  # else a child could be born while a thread has the lock that is not born with it
    os.register_at_fork(before=_lock.acquire, after_in_parent=_lock.release, after_in_child=_lock.release)


class Unasked(KimiError, EOFError):
    """No reply can be had. It is also what a closed input raises, for a function that goes on without a reply then."""


class Busy(Unasked):
    """No reply can be had now: somebody else waits for one."""


@dataclass(frozen=True, slots=True, eq=False)
class _Asker:
    """One that asks, for as long as its thread is in the call that ``frame`` is.

    An interrupt comes at any place, also where the end of a block would take this out, and a child that was forked has
    none of the other threads: so what counts is where the threads are.
    """

    frame: FrameType
    thread: int = field(default_factory=threading.get_ident)

    @property
    def is_there(self) -> bool:
        frame = sys._current_frames().get(self.thread)
        while frame is not None and frame is not self.frame:
            frame = frame.f_back
        return frame is not None


_readers: list[_Asker] = []
_alone: list[_Asker] = []
"""Those that read replies now, and those that must be the only ones on whose thread that is done."""


@contextlib.contextmanager
def beside() -> Iterator[None]:
    """Let ``input()`` and ``getpass()`` raise `Unasked` here, and where a copy of this context runs, until the end."""
    token = _is_beside.set(True)
    try:
        yield
    finally:
        _is_beside.reset(token)


def alone() -> AbstractContextManager[None]:
    """Let the user's replies be for this thread, until the end: others wait before they ask.

    Raises `Busy` where another one has asked already, who could get the reply, or this thread the reply to that.
    """
    return _only(_Asker(sys._getframe(1)))


@contextlib.contextmanager
def _only(me: _Asker) -> Iterator[None]:
    try:
        if not _begins(me, _alone, (_readers, _alone)):
            raise Busy(_BUSY)
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
    """Yield where replies come in: those of Python itself, or the one way of a kernel to its front end.

    A kernel puts its own in the place of Python's for each cell, and this may be another thread while a cell begins or
    ends. So those are left alone there but where they are kept meanwhile: they are put back when the cell has ended.
    """
    if hasattr(getpass, "_raw_input"):  # which getpass calls, but for that of Windows
        yield getpass, "_raw_input"
    base: Any = sys.modules.get("ipykernel.kernelbase")
    if not (base and base.Kernel.initialized()):
        yield from ((builtins, "input"), (getpass, "getpass"))
        return
    kernel = base.Kernel.instance()
    yield kernel, "_input_request" if hasattr(kernel, "_input_request") else "raw_input"
    yield from ((kernel, kept) for kept in ("_sys_raw_input", "_save_getpass") if callable(getattr(kernel, kept, None)))


def _heeding(read: Callable[..., str]) -> Callable[..., str]:
    @functools.wraps(read)
    def ask(*args: Any, **named: Any) -> str:
        __tracebackhide__ = True  # IPython's word for a frame that a traceback need not show
        if _is_beside.get():
            raise Unasked(_NOBODY)
        with _reading(_Asker(sys._getframe())):
            return read(*args, **named)

    _guarded.add(ask)
    return ask


@contextlib.contextmanager
def _reading(me: _Asker) -> Iterator[None]:
    """Wait until this thread may ask, and let it count as one that does, until the end."""
    try:
        while not _begins(me, _readers, (_alone,)):
            time.sleep(_STEP)
        yield
    finally:
        _forget(me, _readers)


def _begins(me: _Asker, among: list[_Asker], others: tuple[list[_Asker], ...]) -> bool:
    """Put this one ``among`` those that ask, where no other thread is among the ``others``, and return whether it is."""
    with _lock:
        for askers in others:
            askers[:] = [one for one in askers if one.is_there]
        may = all(one.thread == me.thread for askers in others for one in askers)
        among.extend([me] * may)
    return may


def _forget(me: _Asker, askers: list[_Asker]) -> None:
    """Take this one out; it may not have come in."""
    with _lock, contextlib.suppress(ValueError):
        askers.remove(me)
