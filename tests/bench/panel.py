"""The chat panel over the wire: how long opening it takes, what a growing answer sends, and what its front end weighs."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from kimi_magic.panel.board import AT_ONCE
from kimi_magic.panel.widget import STATIC
from tests.bench.cells import DISPLAYS, Cell, Measured, Place, WrongAnswerError
from tests.bench.plan import Plan
from tests.bench.report import Bound, Part, Table, middle, number
from tests.kernels import Kernel
from tests.panel.wire import Wire
from tests.results import Ran

TURNS, EARLIER = 1_000, 5
SHORT = Plan("natural", 400)  # 2,000 characters
PLANS = {
    "300 pieces over 3 s": Plan("natural", 300, 100),
    "2,000 in a burst": Plan("natural", 2_000),
    "20,000 in a burst": Plan("natural", 20_000),
}
SLOW = {"2,000 over 10 s": Plan("natural", 2_000, 200)}
WEIGHT = 61_440  # bytes
_QUIET = 0.5  # seconds in which nothing comes any more: the transcript stands there, too
CONVERSATIONS = {"main": 0, "short": AT_ONCE, "long": TURNS}
"""Turns of each. The short one tells what the turns cost that are drawn at once, however many stand before them."""
PARTS = ("growing", "turns", "transcript", "other traits", "envelopes")

_LOAD = "%load_ext kimi_magic\nimport kimi_magic"
_FILL = """
from kimi_magic.conversation import Turn, conversation_of, new_id
from kimi_magic.messages import Message
def said(number):
    return Message("user", f"Question {number}?"), Message("assistant", TEXT)
def turn(number):
    return Turn(new_id(), f"Question {number}?", said(number), "kimi-k2.6", float(number), "complete", tokens=400)
session = get_ipython().magics_manager.registry["KimiMagic"].session()
for name, count in CONVERSATIONS.items():
    session.conversations.add(conversation_of([turn(number) for number in range(count)], name))
"""
_AS_KEPT = """
session.conversations.take(session.store.load(session.conversations.key))
for conversation in session.conversations:
    conversation._turns.clear()
"""
"""Let the conversations be as after a restart: turns are read when they are wanted."""


@dataclass(frozen=True, slots=True)
class Opening:
    """A cell that opened the panel: milliseconds until it ended, and until all of the first state had come."""

    ended: float
    drawn: float


class Counting(Wire):
    """A front end that counts the bytes of everything that the kernel says, by what it is about."""

    def __init__(self, kernel: Kernel, ran: Ran) -> None:
        self.sent = Counter[str]()
        super().__init__(kernel, ran)

    def ask(self, plan: Plan) -> None:
        """Ask for ``plan``, and wait until the whole answer stands there."""
        number = len(self.turns) + 1
        self.send("ask", text=plan.prompt)
        self.until(lambda _: len(self.turns) == number and self.last["state"] == "complete" and not self.traits["live"], 60)
        if self.last["text"].strip() != plan.text.strip():
            raise WrongAnswerError(f"the panel has lost something of {plan.prompt!r}")

    def begin(self, conversation: str) -> None:
        """Go on with a conversation of a few turns, and count from there on."""
        self.send("choose", conversation=conversation)
        self.until(lambda _: self.traits["about"]["conversation"] == conversation and not self.turns)
        for _ in range(EARLIER):
            self.ask(SHORT)
        self.rest(_QUIET)
        self.sent.clear()

    def _take(self, message: dict[str, Any]) -> None:
        super()._take(message)
        whole = sum(map(len, self._kernel.client.session.serialize(message)))
        parts = _parts(message)
        self.sent.update(parts)
        self.sent["envelopes"] += whole - sum(parts.values())


def measure(place: Place) -> Part:
    """Measure the panel's opening on a long conversation and on an empty one, answers that grow in it, and its files."""
    cold, warm, opening = _openings(place)
    answers, worst = _answers(place)
    files = {name: (STATIC / name).stat().st_size for name in ("panel.js", "panel.css")}
    weights = [(name, f"{size:,}") for name, size in files.items()]
    columns = ("answer, after 5 turns", "finished, kB", "sent, kB", "times", *(f"{part}, kB" for part in PARTS))
    return Part(
        [
            Table(
                "Opening the panel, until the cell has ended (until its first state is there)",
                ("", *(f"{count:,} turns" for count in CONVERSATIONS.values())),
                opening,
            ),
            Table("What an answer in the panel sends", columns, answers),
            Table("The panel's files", ("", "bytes"), weights),
        ],
        [
            Bound(f"opening the panel on {TURNS:,} turns, beside an empty one", 1.5, cold, "×"),
            Bound("the same once it has been open in this kernel", 1.5, warm, "×"),
            Bound("bytes of an answer in the panel, beside the finished turn", 12, worst, "×"),
            Bound("the panel's JavaScript and CSS", WEIGHT, sum(files.values()), "bytes"),
        ],
    )


def _openings(place: Place) -> tuple[float, float, list[tuple[str, ...]]]:
    """Return the ratios of opening it for the first time in a kernel and later, and the rows."""
    first: dict[str, list[Opening]] = {name: [] for name in CONVERSATIONS}
    later: dict[str, list[Opening]] = {name: [] for name in CONVERSATIONS}
    for _ in range(place.runs):
        for name in CONVERSATIONS:
            with _filled(place) as kernel:
                first[name].append(_opened(kernel, name))
    with _filled(place) as kernel:
        for name in [*CONVERSATIONS] * (4 * place.runs + 2):
            later[name].append(_opened(kernel, name))
    later = {name: openings[2:] for name, openings in later.items()}  # the first ones make classes and compile patterns
    rows = [_opening_row("first in a kernel, ms", first), _opening_row("later, ms", later)]
    return _ratio(first), _ratio(later), rows


@contextmanager
def _filled(place: Place) -> Iterator[Measured]:
    """Yield a kernel that has a long conversation, and has not opened the panel."""
    with place.fresh() as kernel:
        kernel.run(_LOAD)
        kernel.run(f"CONVERSATIONS, TEXT = {CONVERSATIONS}, {SHORT.text!r}" + _FILL)
        yield kernel


def _opened(kernel: Measured, name: str) -> Opening:
    """Open the panel on a conversation, as it is after a restart, and close it again."""
    kernel.run(_AS_KEPT)
    cell = kernel.run(f"panel = kimi_magic.chat({name!r})")
    drawn = _drawn_at(cell, min(AT_ONCE, CONVERSATIONS[name]))
    kernel.run("panel.close()")
    return Opening((cell.ended - cell.sent) * 1e3, (drawn - cell.sent) * 1e3)


def _drawn_at(cell: Cell, count: int) -> float:
    """Return when a front end had all that it draws at first: ``count`` turns, and what stands around them."""
    traits: dict[str, Any] = {}
    panel = ""
    for message in cell.messages:
        if message.kind == "comm_open" and "_esm" in message.content["data"]["state"]:
            panel = message.content["comm_id"]
        if message.kind in ("comm_open", "comm_msg") and message.content["comm_id"] == panel:
            traits |= message.content["data"].get("state", {})
            if traits["about"] and len(traits["turns"]) == count and all(traits[name] for name in traits["turns"]):
                return message.at
    raise WrongAnswerError(f"the panel opened without its {count} turns")


def _answers(place: Place) -> tuple[list[tuple[str, ...]], float]:
    """Return a row for each way in which an answer comes, and the most times its size that was sent."""
    plans = PLANS | (SLOW if place.runs > 1 else {})
    rows, times = list[tuple[str, ...]](), list[float]()
    with place.fresh() as kernel:
        kernel.run(_LOAD)
        front = Counting(kernel.kernel, kernel.kernel.run("panel = kimi_magic.chat()"))
        for name, plan in plans.items():
            front.begin(name)
            front.ask(plan)
            front.rest(_QUIET)
            whole, sent = len(json.dumps(front.last, ensure_ascii=False).encode()), front.sent.total()
            times.append(sent / whole)
            parts = (number(front.sent[part] / 1e3) for part in PARTS)
            rows.append((name, number(whole / 1e3), number(sent / 1e3), number(times[-1]), *parts))
    return rows, max(times)


def _parts(message: dict[str, Any]) -> Counter[str]:
    """Return the bytes of what a message tells, by what that is about."""
    content, parts = message["content"], Counter[str]()
    for name, value in (content.get("data", {}).get("state") or {}).items() if message["msg_type"] == "comm_msg" else ():
        about = "growing" if name == "live" else "turns" if name == "turns" or name[1:].isdigit() else "other traits"
        parts[about] += _size(value)
    if message["msg_type"] in DISPLAYS:
        parts["transcript"] += _size(content["data"])
    return parts


def _size(value: object) -> int:
    return len(json.dumps(value, ensure_ascii=False).encode())


def _ratio(openings: dict[str, list[Opening]]) -> float:
    empty, long = (middle(openings[name], lambda one: max(one.ended, one.drawn)) for name in ("main", "long"))
    return long / empty


def _opening_row(what: str, openings: dict[str, list[Opening]]) -> tuple[str, ...]:
    medians = ((middle(ones, lambda one: one.ended), middle(ones, lambda one: one.drawn)) for ones in openings.values())
    return what, *(f"{number(ended)} ({number(drawn)})" for ended, drawn in medians)
