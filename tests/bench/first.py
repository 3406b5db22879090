"""How soon the first words that arrive are on the screen."""

from __future__ import annotations

from statistics import median

from tests.bench.cells import Measured, Place
from tests.bench.peers import KIMI, OPENAI, RAW, Peer
from tests.bench.plan import Plan
from tests.bench.report import Bound, Part, Table, number

PAUSES = (50, 20, 130, 80, 210)
"""Milliseconds between the stream's opening and its first piece: they must not fit to anybody's clock."""
PIECES, RATE = 12, 20


def measure(place: Place) -> Part:
    """Measure the milliseconds from the first piece's sending to its being read (raw) or shown."""
    found: dict[str, list[float]] = {peer.name: [] for peer in (RAW, OPENAI, KIMI)}
    with place.with_peer(RAW) as raw, place.with_peer(OPENAI) as openai, place.with_peer(KIMI) as kimi:
        kernels = ((RAW, raw), (OPENAI, openai), (KIMI, kimi))
        for pause in PAUSES[: max(2, place.runs)]:
            for peer, kernel in kernels:
                found[peer.name].append(_delay(kernel, peer, Plan("natural", PIECES, RATE, pause)))
    rows = [(name, number(median(delays)), number(max(delays))) for name, delays in found.items()]
    arrived = median(found[RAW.name])
    late = median(delay - arrived for delay in found[KIMI.name])
    latest = max(delay - arrived for delay in found[KIMI.name])
    return Part(
        [Table("First words", ("ms after they were sent (raw: read, else: shown)", "median", "worst"), rows)],
        [
            Bound("the first words shown, after they arrived", 20, late, "ms"),
            Bound("the same, at worst", 20, latest, "ms"),
        ],
    )


def _delay(kernel: Measured, peer: Peer, plan: Plan) -> float:
    if not peer.shows:
        kernel.run("came.clear()")
    cell = kernel.ask(peer, plan)
    _, began = kernel.server.last()
    seen = cell.shown_at(plan.parts[0]) if peer.shows else kernel.value("came[0]")
    return (float(seen) - began) * 1e3
