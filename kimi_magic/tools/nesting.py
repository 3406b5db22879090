"""Whether a call is being carried out here: what it asks Kimi in turn must not let Kimi call anything."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextvars import ContextVar

_is_carrying = ContextVar("kimi_magic_is_carrying", default=False)


def is_carrying() -> bool:
    """Return whether this code runs because Kimi called a function, on the thread of the question or on a worker's.

    >>> with carrying():
    ...     is_carrying()
    True
    >>> is_carrying()
    False
    """
    return _is_carrying.get()


@contextlib.contextmanager
def carrying() -> Iterator[None]:
    """Let `is_carrying` be true here, and where a copy of this context runs, until the end."""
    token = _is_carrying.set(True)
    try:
        yield
    finally:
        _is_carrying.reset(token)
