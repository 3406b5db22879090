"""What keeping turns costs."""

from __future__ import annotations

from statistics import median

from tests.bench.cells import Measured, Place
from tests.bench.peers import KIMI
from tests.bench.plan import Plan
from tests.bench.report import Bound, Part, Table, number

SHORT = Plan("natural", 200)
TURNS = 1_000
QUESTIONS = 10

_KEEP = """
import time, uuid
from pathlib import Path
from kimi_magic.conversation import Conversation, Turn
from kimi_magic.messages import Message
from kimi_magic.store.sqlite import Store
def turn(number):
    said = (Message("user", "Question " * 20), Message("assistant", "Answer " * 200))
    return Turn(uuid.uuid4().hex, "Question", said, "kimi-k2.6", float(number), "complete")
def milliseconds(turns):
    conversation, store, took = Conversation("bench", turns=[turn(n) for n in range(turns)]), Store(Path(PATH)), []
    store.keep(conversation, conversation.turns[-1] if turns else turn(0))
    for number in range(20):
        new = turn(turns + number)
        conversation.put(new)
        began = time.perf_counter()
        store.keep(conversation, new)
        took.append((time.perf_counter() - began) * 1e3)
    store.close()
    return took
"""


def measure(place: Place) -> Part:
    """Measure one turn kept in short and long conversations, and answers with and without the store."""
    with place.fresh() as kernel:
        path = str(place.folder / "long.sqlite")
        kernel.run(f"PATH = {path!r}" + _KEEP)
        few, many = (median(kernel.value(f"milliseconds({turns})")) for turns in (1, TURNS))
    with place.with_peer(KIMI) as kernel:
        kept = _answers(kernel, place.runs)
        kernel.run("%config KimiMagic.store = 'none'")
        kernel.ask(KIMI, SHORT)
        not_kept = _answers(kernel, place.runs)
    rows = [
        ("keep one turn, 1 before it", number(few)),
        (f"keep one turn, {TURNS:,} before it", number(many)),
        ("a whole answer of 200 pieces, kept", number(kept)),
        ('the same with store = "none"', number(not_kept)),
    ]
    return Part(
        [Table("The store", ("", "ms"), rows)], [Bound("what the store adds to an answer", 15, kept - not_kept, "ms")]
    )


def _answers(kernel: Measured, runs: int) -> float:
    cells = [kernel.ask(KIMI, SHORT) for _ in range(QUESTIONS * runs)]
    return median((cell.ended - cell.sent) * 1e3 for cell in cells)
