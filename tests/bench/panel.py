"""The chat panel over the wire: how long opening it takes, what a growing answer sends, and what its front end weighs."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median
from typing import Any

from kimi_magic.panel.board import AT_ONCE
from kimi_magic.panel.widget import STATIC
from kimi_magic.render.redraws import ENVELOPE
from tests.bench.cells import Cell, Measured, Place
from tests.bench.plan import Plan
from tests.bench.report import Bound, Part, Table, number
from tests.panel.wire import Wire

TURNS, EARLIER = 1_000, 5
SHORT = Plan("natural", 400)  # 2,000 characters
BURSTS = {"300 pieces over 3 s": Plan("natural", 300, 100), **{f"{n:,} in a burst": Plan("natural", n) for n in (2_000, 20_000)}}
SLOW = {"2,000 over 10 s": Plan("natural", 2_000, 200)}
WEIGHT = 61_440  # bytes

_LOAD = "%load_ext kimi_magic\nimport kimi_magic"
_FILL = """
from kimi_magic.conversation import Turn, conversation_of, new_id
from kimi_magic.messages import Message
def said(number):
    return Message("user", f"Question {number}?"), Message("assistant", TEXT)
def turn(number):
    return Turn(new_id(), f"Question {number}?", said(number), "kimi-k2.6", float(number), "complete", tokens=400)
session = get_ipython().magics_manager.registry["KimiMagic"].session()
session.conversations.add(conversation_of([turn(number) for number in range(TURNS)], "long"))
"""
_AS_KEPT = """
session.conversations.take(session.store.load(session.conversations.key))
session.conversations.find("long")._turns.clear()
"""
"""Let the long conversation be as it is after a restart: its turns are read when they are wanted."""


@dataclass(frozen=True, slots=True)
class Opening:
    """A cell that opened the panel: milliseconds until it ended, and until all of the first state had come."""

    ended: float
    drawn: float


class Counting(Wire):
    """A front end that counts the bytes of everything that the kernel says, by what it is about."""

    sent: Counter[str]

    def ask(self, plan: Plan) -> None:
        """Ask for ``plan``, and wait until the answer and the transcript stand there."""
        count = len(self.turns)
        self.send("ask", text=plan.prompt)
        self.until(lambda _: len(self.turns) > count and self.last["state"] == "complete" and not self.traits["live"], 60)
        self.rest(0.5)

    def begin(self, conversation: str) -> None:
        """Go on with a conversation of a few turns; count from there on."""
        self.send("choose", conversation=conversation)
        self.until(lambda _: self.traits["about"]["conversation"] == conversation)
        for _ in range(EARLIER):
            self.ask(SHORT)
        self.sent = Counter()

    def _take(self, message: dict[str, Any]) -> None:
        super()._take(message)
        if not hasattr(self, "sent"):
            self.sent = Counter()
        frames = self._kernel.client.session.serialize(message)
        self.sent[_about(message)] += sum(map(len, frames))


def _about(message: dict[str, Any]) -> str:
    if message["msg_type"] in ("display_data", "update_display_data"):
        return "transcript"
    state = message["content"].get("data", {}).get("state", {}) if message["msg_type"] == "comm_msg" else {}
    return "growing" if state.get("live") else "turns" if "turns" in state or any(name[1:].isdigit() for name in state) else "rest"
