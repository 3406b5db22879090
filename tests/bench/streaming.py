"""Long answers as fast as they can be sent, and one that comes slowly."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import pairwise

from tests.bench.cells import SHORTEST, Cell, Measured, Place
from tests.bench.peers import EACH, KIMI, OPENAI, RAW, SSE, Peer
from tests.bench.plan import Plan
from tests.bench.report import Bound, Part, Table, middle, number, ratios

SHORT, LONG = Plan("natural", 2_000), Plan("natural", 20_000)
PARAGRAPH = Plan("plain", 20_000)
"""One paragraph of 100 kB: nothing in it is finished before its end."""
SLOW = Plan("natural", 1_000, rate=100)
QUICK_SLOW = Plan("natural", 200, rate=100)


@dataclass(frozen=True, slots=True)
class Taken:
    """One answer: its cell, how long it took from the server's first piece on, and what it cost the kernel."""

    cell: Cell
    ms: float
    cpu: float
    memory: float


@dataclass(frozen=True, slots=True)
class Runs:
    """The answers to one plan that one peer gave in its kernel; ``before`` is the memory (MB) before the first."""

    peer: Peer
    kernel: Measured
    before: float
    taken: list[Taken] = field(default_factory=list)

    def ask(self, plan: Plan) -> None:
        """Ask once more."""
        cpu = self.kernel.cpu
        cell = self.kernel.run(self.peer.ask(plan))
        spent = self.kernel.cpu - cpu
        self.kernel.check(self.peer, plan)
        _, began = self.kernel.server.last()
        self.taken.append(Taken(cell, (cell.ended - began) * 1e3, spent, self.kernel.memory))

    @property
    def ms(self) -> float:
        """Milliseconds from the server's first piece to the cell's end."""
        return middle(self.taken, lambda taken: taken.ms)

    @property
    def bytes(self) -> float:
        """Bytes that the kernel sent to the front end."""
        return middle(self.taken, lambda taken: taken.cell.bytes)

    @property
    def times_output(self) -> float:
        """How many times the final output that is; 0 where there is none."""
        return middle(self.taken, lambda taken: taken.cell.bytes / taken.cell.output if taken.cell.output else 0)

    @property
    def peak(self) -> float:
        """The most messages a second."""
        return max(taken.cell.peak for taken in self.taken)

    @property
    def cpu(self) -> float:
        """Seconds of the kernel's processor time."""
        return middle(self.taken, lambda taken: taken.cpu)

    @property
    def longest_gap(self) -> float:
        """Milliseconds between two redraws, at the most."""
        times = [[message.at for message in taken.cell.redraws] for taken in self.taken]
        return max((after - before for each in times for before, after in pairwise(each)), default=0) * 1e3

    @property
    def growth(self) -> float:
        """Megabytes that the kernel has grown by since the first answer."""
        return self.taken[-1].memory - self.taken[0].memory


def measure(place: Place) -> Part:
    """Measure 2,000 and 20,000 pieces, sent as fast as possible."""
    with kernels_of(place, (RAW, SSE, OPENAI, EACH, KIMI)) as kernels:
        short = runs_of(place, SHORT, kernels)
        long = runs_of(place, LONG, {peer: kernel for peer, kernel in kernels.items() if peer != EACH})
        paragraph = runs_of(place, PARAGRAPH, {peer: kernels[peer] for peer in (RAW, KIMI)})
    ours = long[-1]
    return Part(
        [
            table_of("2,000 pieces", short),
            table_of("20,000 pieces", long),
            table_of("20,000 pieces that are one paragraph", paragraph),
        ],
        [
            Bound("20,000 pieces, times the raw loop's time", 1.3, ours.ms / long[0].ms, "×"),
            Bound("20,000 pieces in one paragraph, the same", 1.3, paragraph[-1].ms / paragraph[0].ms, "×"),
            *(
                Bound(f"{name}: bytes on iopub, times the final output", 12, runs[-1].times_output, "×")
                for name, runs in (("2,000 pieces", short), ("20,000 pieces", long), ("one paragraph", paragraph))
            ),
            Bound("messages a second in any 3 s", 1_000, max(r[-1].peak for r in (short, long, paragraph))),
            Bound(f"memory, from the first to the last of {place.runs} answers", 5, ours.growth, "MB"),
        ],
    )


def measure_slow(place: Place) -> Part:
    """Measure an answer that comes at 100 pieces a second."""
    plan = SLOW if place.runs > 1 else QUICK_SLOW
    with kernels_of(place, (RAW, OPENAI, KIMI)) as kernels:
        found = runs_of(place, plan, kernels)
    cpu = ratios({runs.peer.name: runs.cpu for runs in found}, RAW.name)
    columns = (f"{plan.pieces:,} pieces at {plan.rate} a second", "kernel CPU s", "messages", "kB on iopub", "× output")
    rows = [
        (runs.peer.name, cpu[runs.peer.name], *_traffic(runs), number(runs.longest_gap) if runs.peer.shows else "–")
        for runs in found
    ]
    return Part(
        [Table("A slow answer", (*columns, "longest gap ms"), rows)],
        flows(found[-1], "a slow answer"),
    )


def flows(runs: Runs, what: str) -> list[Bound]:
    """Return the bounds of what comes slowly: it is seen soon, on any line."""
    return [
        Bound(f"{what}: the longest time between two redraws", 500, runs.longest_gap, "ms"),
        Bound(f"{what}: kB a second on iopub", 100, runs.bytes / runs.ms),
    ]


@contextmanager
def kernels_of(place: Place, peers: Iterable[Peer], plan: Plan = SHORTEST) -> Iterator[dict[Peer, Measured]]:
    """Yield a kernel for each of ``peers``, which has answered ``plan`` before."""
    with ExitStack() as stack:
        yield {peer: stack.enter_context(place.with_peer(peer, plan)) for peer in peers}


def runs_of(place: Place, plan: Plan, kernels: Mapping[Peer, Measured]) -> list[Runs]:
    """Let each peer answer ``plan``, turn by turn, so that whatever else the machine does meets all of them."""
    found = [Runs(peer, kernel, kernel.memory) for peer, kernel in kernels.items()]
    for _ in range(place.runs):
        for runs in found:
            runs.ask(plan)
    return found


def table_of(title: str, found: Sequence[Runs]) -> Table:
    """Return what was measured of ``found``, beside the first of them."""
    times = ratios({runs.peer.name: runs.ms for runs in found}, found[0].peer.name)
    columns = ("", "total ms", "messages", "kB on iopub", "× output", "messages/s", "MB before", "first", "last")
    rows = [(runs.peer.name, times[runs.peer.name], *_traffic(runs), number(runs.peak), *_memory(runs)) for runs in found]
    return Table(title, columns, rows)


def _traffic(runs: Runs) -> tuple[str, ...]:
    messages = middle(runs.taken, lambda taken: len(taken.cell.messages))
    return f"{messages:,.0f}", number(runs.bytes / 1e3), number(runs.times_output) if runs.peer.shows else "–"


def _memory(runs: Runs) -> tuple[str, ...]:
    return tuple(map(number, (runs.before, runs.taken[0].memory, runs.taken[-1].memory)))
