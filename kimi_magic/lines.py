"""The questions of one conversation wait for each other: the second one sees the first one's answer."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from kimi_magic.errors import Interrupted, UsageError
from kimi_magic.jobs import AHEAD
from kimi_magic.options import Options
from kimi_magic.render.view import View
from kimi_magic.tools.nesting import is_carrying

_SLICE = 0.3  # seconds after which a stop is heard on every system


class Lines:
    """A line for each conversation; who asks once has one of its own."""

    def __init__(self) -> None:
        self._lines: dict[str, threading.RLock] = {}

    @contextmanager
    def stand(self, options: Options, view: View, is_wanted: Callable[[], bool]) -> Iterator[None]:
        """Stand in the line of a question with these ``options``, and be served while the block runs.

        ``view`` shows that the question waits. Raises `Interrupted` where it is not wanted any more, and `UsageError` where
        it would wait for itself.
        """
        line = threading.RLock() if options.once else self._lines.setdefault(options.conversation, threading.RLock())
        while not line.acquire(timeout=_SLICE):
            if is_carrying():
                raise UsageError(
                    "A function that Kimi called cannot ask in the conversation that waits for it: use once=True."
                )
            if not is_wanted():
                raise Interrupted("Stopped before it was sent.")
            view.wait(AHEAD)
        try:
            yield
        finally:
            line.release()
