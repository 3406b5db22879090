"""Fresh kernels: what loading costs, and how soon the first question and the following ones are on the wire."""

from __future__ import annotations

import time
from dataclasses import dataclass
from statistics import median

from tests.bench.cells import Cell, Measured, Place
from tests.bench.peers import KIMI, OPENAI, RAW, Peer
from tests.bench.plan import Plan
from tests.bench.report import Bound, Part, Table, number, ratios

PEERS = (RAW, OPENAI, KIMI)
SHORT = Plan("natural", 20)
QUESTIONS = 9  # warm ones, in each kernel
LATER = 2.0  # seconds after which whatever is done beside has been done


@dataclass(frozen=True, slots=True)
class Load:
    """Milliseconds and megabytes above an empty cell: when the loading cell ends, and a second later."""

    ms: float
    mb: float
    mb_later: float


@dataclass(frozen=True, slots=True)
class Wire:
    """Milliseconds from the cell's start to the question's arrival: at once after loading, 2 s after that, and warm."""

    first: float
    later: float
    warm: float


def measure_load(place: Place) -> Part:
    """Measure what loading adds to a kernel."""
    found: dict[str, list[Load]] = {peer.name: [] for peer in PEERS}
    for _ in range(place.runs):
        for peer in PEERS:
            with place.fresh() as kernel:
                found[peer.name].append(_load(kernel, peer))
    rows = [_load_row(peer, found[peer.name]) for peer in PEERS]
    columns = ("above an empty cell of a fresh kernel", "ms", "MB when the cell ends", "MB a second later")
    ours = found[KIMI.name]
    return Part(
        [Table("Loading", columns, rows)],
        [
            Bound("%load_ext, above an empty cell", 60, median(load.ms for load in ours), "ms"),
            Bound("%load_ext, memory when the cell ends", 15, median(load.mb for load in ours), "MB"),
        ],
    )


def _load(kernel: Measured, peer: Peer) -> Load:
    empty = median(_ms(kernel.run("pass")) for _ in range(5))
    before = kernel.memory
    took = _ms(kernel.run(peer.load)) - empty
    added = kernel.memory - before
    time.sleep(1)
    return Load(took, added, kernel.memory - before)


def _ms(cell: Cell) -> float:
    return (cell.ended - cell.sent) * 1e3


def _load_row(peer: Peer, loads: list[Load]) -> tuple[str, ...]:
    figures = (
        median(load.ms for load in loads),
        median(load.mb for load in loads),
        median(load.mb_later for load in loads),
    )
    return (f"`{peer.load}`", *map(number, figures))


def measure_wire(place: Place) -> Part:
    """Measure how soon a question is on the wire."""
    found: dict[str, list[Wire]] = {peer.name: [] for peer in PEERS}
    for _ in range(place.runs):
        for peer in PEERS:
            found[peer.name].append(_wire(place, peer))
    firsts, laters, warms = (
        {name: median(getattr(wire, moment) for wire in wires) for name, wires in found.items()}
        for moment in ("first", "later", "warm")
    )
    shown = [ratios(values, RAW.name) for values in (warms, firsts, laters)]
    rows = [(name, *(values[name] for values in shown)) for name in found]
    columns = ("ms from the cell's start to the wire", "warm", "first, right after loading", "first, 2 s after loading")
    return Part(
        [Table("On the wire", columns, rows)],
        [
            Bound("a warm question on the wire, above the raw loop", 15, warms[KIMI.name] - warms[RAW.name], "ms"),
            Bound("the first question, above a warm one", 120, firsts[KIMI.name] - warms[KIMI.name], "ms"),
            Bound("the first question 2 s after loading, above a warm one", 120, laters[KIMI.name] - warms[KIMI.name], "ms"),
        ],
    )


def _wire(place: Place, peer: Peer) -> Wire:
    with place.fresh() as kernel:
        first = _first(kernel, peer)
        warm = median(_to_the_wire(kernel, peer) for _ in range(QUESTIONS))
    with place.fresh() as kernel:
        return Wire(first, _first(kernel, peer, LATER), warm)


def _first(kernel: Measured, peer: Peer, pause: float = 0.0) -> float:
    """Load, wait for ``pause`` seconds and ask; what a peer needs besides counts as a part of the first question."""
    kernel.run(peer.load)
    time.sleep(pause)
    sent = time.monotonic()
    if peer.ready:
        kernel.run(peer.ready)
    kernel.ask(peer, SHORT)
    return (kernel.server.last()[0] - sent) * 1e3


def _to_the_wire(kernel: Measured, peer: Peer) -> float:
    cell = kernel.ask(peer, SHORT)
    return (kernel.server.last()[0] - cell.sent) * 1e3
