"""Hears what a shell formats, publishes, clears and prints, by taps on the very objects that do it."""

from __future__ import annotations

import functools
import sys
from collections.abc import Iterator
from typing import Any, Protocol

from kimi_magic.content.outputs import Bundle
from kimi_magic.content.taps import Around, Tap

_OURS = "kimi_magic"
"""The key in the metadata of displays that are answers: they are not told."""


class Ear(Protocol):
    """What a listener tells."""

    def on_shown(self, value: object, bundle: Bundle, display_id: str, *, is_update: bool) -> None:
        """Hear that ``bundle`` was shown; ``value`` is the object that it shows, None if only the bundle came."""

    def on_text(self, stream: str, text: str) -> None:
        """Hear that ``text`` went to "stdout" or "stderr"."""

    def on_clear(self, *, wait: bool) -> None:
        """Hear that the outputs are cleared, now or when the next one comes."""


class Listener:
    """Taps ``shell``. What ``%%capture`` catches is not heard: it puts other streams and publishers in their place."""

    def __init__(self, shell: Any, ear: Ear) -> None:
        self._shell, self._ear = shell, ear
        self._taps: list[Tap] = []
        self._stream_taps: list[Tap] = []
        self._inside: object = None  # what is just being formatted: it may show itself, as plotly's figures do
        self._formatted: tuple[object, Bundle] | None = None  # the last object with its bundle, until that is shown
        self._is_showing = False

    def attach(self) -> None:
        """Tap what shows things, as it is now: publishers are exchanged at times."""
        self._formatted = None
        places = [place for place in self._displays() if hasattr(place[0], "__dict__")]
        if [(id(tap.owner), tap.name) for tap in self._taps] != [(id(owner), name) for owner, name, _ in places]:
            self.detach()
            self._taps = [Tap(*place) for place in places]

    def attach_streams(self) -> None:
        """Tap stdout and stderr for one cell: IPython 9 has a tap of its own about each, which takes away a longer one."""
        self.detach_streams()
        places = [place for place in self._streams() if hasattr(place[0], "__dict__")]
        self._stream_taps = [Tap(*place) for place in places]

    def detach_streams(self) -> None:
        """Take the taps of the streams off."""
        while self._stream_taps:
            self._stream_taps.pop().remove()

    def detach(self) -> None:
        """Take all taps off."""
        self.detach_streams()
        while self._taps:
            self._taps.pop().remove()

    def _displays(self) -> Iterator[tuple[object, str, Around]]:
        shell = self._shell
        yield shell.display_formatter, "format", self._format
        yield shell.display_pub, "publish", self._publish
        yield shell.display_pub, "clear_output", self._clear
        yield shell.displayhook, "write_format_data", self._result
        yield shell, "_showtraceback", self._quietly  # a terminal prints it; a cell's error is kept by itself

    def _streams(self) -> Iterator[tuple[object, str, Around]]:
        yield sys.stdout, "write", functools.partial(self._write, "stdout")
        yield sys.stderr, "write", functools.partial(self._write, "stderr")

    def _format(self, method: Around, *args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        value = args[0] if args else kwargs.get("obj")
        outer, self._inside = self._inside, value
        try:
            formatted = method(*args, **kwargs)
        finally:
            self._inside = outer
        self._formatted = (value, formatted[0])
        return formatted

    def _publish(self, method: Around, *args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        result = self._quietly(method, *args, **kwargs)
        given = dict(zip(("data", "metadata"), args, strict=False)) | kwargs
        if _OURS not in (given.get("metadata") or {}):
            display_id = (given.get("transient") or {}).get("display_id") or ""
            self._tell(given.get("data") or {}, display_id, is_update=bool(given.get("update")))
        return result

    def _result(self, method: Around, *args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        result = self._quietly(method, *args, **kwargs)
        self._tell(args[0] if args else kwargs["format_dict"], "", is_update=False)
        return result

    def _tell(self, bundle: Bundle, display_id: str, *, is_update: bool) -> None:
        value = self._inside
        if self._formatted and self._formatted[1] is bundle:
            value, self._formatted = self._formatted[0], None
        self._ear.on_shown(value, bundle, display_id, is_update=is_update)

    def _clear(self, method: Around, *args: Any, **kwargs: Any) -> Any:
        self._ear.on_clear(wait=bool(args[0] if args else kwargs.get("wait", False)))
        return self._quietly(method, *args, **kwargs)

    def _write(self, stream: str, method: Around, *args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        result = method(*args, **kwargs)
        if args and not self._is_showing:
            self._ear.on_text(stream, args[0])
        return result

    def _quietly(self, method: Around, *args: Any, **kwargs: Any) -> Any:
        """Call ``method``; what it prints, as in a terminal, is no output of its own."""
        __tracebackhide__ = True
        outer, self._is_showing = self._is_showing, True
        try:
            return method(*args, **kwargs)
        finally:
            self._is_showing = outer
