"""Asking with a client alone: nothing is shown, and every event is kept."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from kimi_magic.api.client import Client
from kimi_magic.api.stream import Stream
from kimi_magic.draft import Draft
from kimi_magic.errors import KimiError
from kimi_magic.messages import Event

BODY = b'{"model":"kimi-k2.6"}'


@dataclass(slots=True)
class Asked:
    """One question under way, and what has come of it."""

    stream: Stream
    events: list[Event] = field(default_factory=list)
    draft: Draft = field(default_factory=Draft)

    @property
    def error(self) -> KimiError | None:
        """What went wrong."""
        return self.stream.error

    @property
    def text(self) -> str:
        """The answer so far."""
        return self.draft.text

    def wait(self) -> Asked:
        """Wait until it is over and its connection is given back."""
        while self.stream.wait():
            pass
        return self


def settle() -> None:
    """Wait until no stream's thread runs any more."""
    for thread in threading.enumerate():
        if thread.name == "kimi-stream":
            thread.join(5)


Connect = Callable[..., Client]
"""Makes a client; its arguments are those of `Settings`, and ``key``."""


def start(client: Client) -> Asked:
    """Ask, and return at once."""
    asked: list[Asked] = []
    ready = threading.Event()

    def take(events: Iterable[Event]) -> None:
        ready.wait()
        asked[0].events.extend(events)
        asked[0].draft.apply(events)

    asked.append(Asked(client.stream(BODY, take)))
    ready.set()
    return asked[0]


def ask(client: Client) -> Asked:
    """Ask, and return when it is over."""
    asked = start(client).wait()
    settle()
    return asked
