"""Kernels that are killed in the middle of a session: nothing that was kept is lost, doubled or damaged."""

from __future__ import annotations

import os
import random
import sqlite3
from collections import Counter
from dataclasses import dataclass

from kimi_magic.errors import KimiError
from tests.bench.cells import Place
from tests.bench.report import Bound, Part, Table
from tests.conftest import surroundings
from tests.kills import Place as Killed
from tests.kills import Point, run_and_kill
from tests.remains import Remains, examine
from tests.scripted import ScriptedKimi
from tests.story import STEPS

KILLS, QUICKLY = 50, 5


@dataclass(frozen=True, slots=True)
class Kill:
    """One kill: where chance put it, and what was left."""

    where: str
    remains: Remains

    @property
    def row(self) -> tuple[str, ...]:
        """The kill in the table."""
        remains = self.remains
        verdict = f"**FAILED**: {'; '.join(remains.faults)}" if remains.faults else "ok"
        write = "yes" if remains.is_half_written else ""
        return self.where, f"{remains.acknowledged} of {len(STEPS)}", remains.in_flight, write, verdict


def measure(place: Place) -> Part:
    """Kill a session at random points: by turns at a moment of it, and at a byte of what it writes."""
    count = KILLS if place.runs > 1 else QUICKLY
    with ScriptedKimi() as kimi:
        killed = Killed(place.folder / "killed", place.folder / "killed.sqlite", kimi)
        os.environ.update(place.environment() | surroundings(kimi, killed.store))
        seconds = run_and_kill(killed, Point(after=len(STEPS)))
        length = seconds, killed.written
        whole = Kill("not killed", _examined(killed))
        kills = [whole, *(_kill(killed, f"{place.seed}/{number}", number, length) for number in range(1, count + 1))]
    failures = [f"{kill.where}: {fault}" for kill in kills for fault in kill.remains.faults]
    columns = ("seed, and when", "steps acknowledged", "in flight", "within a write", "")
    title = f"{count} kernels killed, in a session of {len(STEPS)} steps and {seconds:.1f} s"
    bound = Bound("killed kernels that lost, doubled or damaged something", 0, sum(bool(k.remains.faults) for k in kills))
    return Part([Table(title, columns, [kill.row for kill in kills]), _summary(kills[1:])], [bound], failures)


def _kill(place: Killed, seed: str, number: int, length: tuple[float, int]) -> Kill:
    """Kill a session somewhere in the ``length`` (seconds, bytes) that it has otherwise; ``seed`` says where."""
    part = random.Random(seed).random()
    seconds, written = length
    point = Point(seconds=part * seconds) if number % 2 else Point(written=round(part * written))
    run_and_kill(place, point)
    return Kill(f"{seed}, {part:.1%} of the {'seconds' if number % 2 else 'bytes'}", _examined(place))


def _examined(place: Killed) -> Remains:
    try:
        return examine(place)
    except (KimiError, sqlite3.Error, LookupError) as error:  # what must not happen either, and must not end the others
        return Remains(place.acknowledged, "", False, [repr(error)])


def _summary(kills: list[Kill]) -> Table:
    """Return how many kills met what."""
    remains = [kill.remains for kill in kills]
    met = Counter(one.in_flight.rpartition(": ")[2] if ": " in one.in_flight else "between two questions" for one in remains)
    rows = [
        *((what, str(count)) for what, count in met.most_common()),
        ("within a write", str(sum(one.is_half_written for one in remains))),
        ("ok", str(sum(not one.faults for one in remains))),
    ]
    return Table("What the kills met", ("what had become of the question", "kills"), rows)
