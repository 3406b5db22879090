"""Answers that do things: values that grow while they arrive, and functions that are called on the way."""

from __future__ import annotations

from tests.bench.cells import Measured, Place
from tests.bench.peers import KIMI_CALLING, KIMI_TYPED, OPENAI_CALLING, RAW_TYPED, Peer
from tests.bench.plan import Plan
from tests.bench.report import Bound, Part, Table, middle, number
from tests.bench.streaming import flows, kernels_of, runs_of, table_of

ORDERS = Plan("records", 20_000)
"""100 kB of JSON: 1,400 orders."""
SLOW = Plan("records", 1_000, rate=100)
QUICK_SLOW = Plan("records", 200, rate=100)
CALLS = Plan("calls", 8)
"""One after the other: each is a request of its own."""


def measure(place: Place) -> Part:
    """Measure orders sent as fast as possible, the same slowly, and the way from a call to the request that follows it."""
    slowly = SLOW if place.runs > 1 else QUICK_SLOW
    with kernels_of(place, (RAW_TYPED, KIMI_TYPED), Plan("records", 100)) as kernels:
        orders, slow = runs_of(place, ORDERS, kernels), runs_of(place, slowly, kernels)
    with kernels_of(place, (OPENAI_CALLING, KIMI_CALLING), Plan("calls", 1)) as kernels:
        calls = {peer.name: [_each(kernel, peer) for _ in range(place.runs)] for peer, kernel in kernels.items()}
    by_hand, ours = (middle(times, float) for times in calls.values())
    rows = [(name, number(middle(times, float)), number(max(times))) for name, times in calls.items()]
    columns = ("ms from a call's sending to the next request", "median", "worst")
    return Part(
        [
            table_of("A list of orders, 100 kB", orders),
            table_of(f"A list of orders, {slowly.pieces:,} pieces at {slowly.rate} a second", slow),
            Table(f"{CALLS.pieces} calls of a function", columns, rows),
        ],
        [
            Bound("100 kB of orders, times the raw loop's time", 2, orders[-1].ms / orders[0].ms, "×"),
            Bound("the same: bytes on iopub, times the final output", 12, orders[-1].times_output, "×"),
            *flows(slow[-1], "orders that come slowly"),
            Bound("a call, above a loop by hand", 15, ours - by_hand, "ms"),
        ],
    )


def _each(kernel: Measured, peer: Peer) -> float:
    """Return the milliseconds that each call takes, from its request's arrival to that of the next."""
    kernel.ask(peer, CALLS)
    return kernel.server.rounds() * 1e3 / CALLS.pieces
