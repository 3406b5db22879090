"""The panel's widget: its traits are the truth, and what a front end draws. The only place that imports anywidget."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from kimi_magic.panel.slots import Slots
from kimi_magic.panel.transcript import Shown

STATIC = Path(__file__).parent / "static"
_AT_FIRST = 40
"""Traits for turns that there are from the beginning."""

Take = Callable[[Any, Sequence[Any]], None]
"""Takes a message of the front end: its content, and its buffers."""
Mask = Callable[[str], str]
"""Takes keys out of a text."""


class Panel(anywidget.AnyWidget):
    """What stands in the panel, as traits; ``turns`` names the traits that hold the turns of the window, in order.

    May be written from any thread. What is written together is sent in one message. ``mask`` returns what takes keys out of
    a text at that moment: a notebook may be saved with the traits.
    """

    _esm = STATIC / "panel.js"
    _css = STATIC / "panel.css"

    about = traitlets.Dict().tag(sync=True)
    meter = traitlets.Dict().tag(sync=True)
    turns = traitlets.List(traitlets.Any()).tag(sync=True)
    earlier = traitlets.Int().tag(sync=True)
    live = traitlets.Dict(default_value=None, allow_none=True).tag(sync=True)
    grown = traitlets.Unicode().tag(sync=True)
    calls = traitlets.Unicode().tag(sync=True)
    consent = traitlets.Dict(default_value=None, allow_none=True).tag(sync=True)
    queue = traitlets.List(traitlets.Any()).tag(sync=True)
    reports = traitlets.List(traitlets.Any()).tag(sync=True)
    chips = traitlets.List(traitlets.Any()).tag(sync=True)
    completions = traitlets.Dict().tag(sync=True)
    ack = traitlets.Dict().tag(sync=True)

    def __init__(self, mask: Callable[[], Mask]) -> None:
        self._mask, self._writing = mask, threading.RLock()
        self._slots, self._many = Slots(), 0
        self._room_for(_AT_FIRST)
        super().__init__()

    def __repr__(self) -> str:
        return "The chat panel: a notebook with widgets shows it."

    def listen(self, take: Take) -> None:
        """Give the messages of the front end to ``take``."""
        self.on_msg(lambda _, content, buffers: take(content, buffers))

    def write(self, **values: object) -> None:
        """Change traits; only what is another value than before is sent."""
        mask = self._mask()
        with self._writing, self.hold_sync():
            for name, value in values.items():
                setattr(self, name, _masked(value, mask))

    def write_turns(self, turns: Sequence[Shown], **values: object) -> None:
        """Let ``turns`` be the window, and change other traits together with it."""
        with self._writing:
            places = self._slots.place([turn["id"] for turn in turns])
            self._room_for(max(places, default=-1) + 1)
            held: dict[str, object] = {f"t{place}": {} for place in range(self._many)}
            held |= {f"t{place}": turn for place, turn in zip(places, turns, strict=True)}
            self.write(turns=[f"t{place}" for place in places], **held, **values)

    def _room_for(self, count: int) -> None:
        """Make sure that there are traits for ``count`` turns; some more each time, for each time makes a class."""
        if count > self._many:
            more = range(self._many, max(count, 2 * self._many))
            self.add_traits(**{f"t{place}": traitlets.Dict().tag(sync=True) for place in more})
            self._many = more.stop


def _masked(value: object, mask: Mask) -> object:
    """Return a trait's value with each text in it as ``mask`` leaves it."""
    match value:
        case str():
            return mask(value)
        case list() | tuple():
            return [_masked(one, mask) for one in value]
        case dict():
            return {name: _masked(one, mask) for name, one in value.items()}
    return value
