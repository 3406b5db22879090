"""What keeping turns costs, and what a long conversation costs that is kept."""

from __future__ import annotations

from statistics import median

from tests.bench.cells import Measured, Place
from tests.bench.peers import KIMI
from tests.bench.plan import Plan
from tests.bench.report import Bound, Part, Table, number

SHORT = Plan("natural", 200)
TURNS = 10_000
PICTURE = 500_000  # bytes
QUESTIONS = 10

_KEEP = """
import time, uuid
from pathlib import Path
from statistics import median
from kimi_magic.conversation import Conversation, Turn, conversation_of
from kimi_magic.messages import Attachment, Image, Message, Text
from kimi_magic.store.sqlite import Store

def turn(number, *parts):
    said = (Message("user", (*parts, Text("Question " * 20))), Message("assistant", f"Answer {number} " * 200))
    attachments = (Attachment("fig", "figure", parts),) if parts else ()
    return Turn(uuid.uuid4().hex, "Question", said, "kimi-k2.6", float(number), "complete", attachments, cell=f"c{number}")

def took(do, runs=20):
    times = []
    for _ in range(runs):
        began = time.perf_counter()
        do()
        times.append((time.perf_counter() - began) * 1e3)
    return median(times)

def fill(name, turns):
    store = Store(Path(FOLDER) / name)
    store.keep_conversation(conversation_of(turns), "bench")
    return store

def keeping(store):
    [conversation] = store.load("bench")
    times = []
    for _ in range(20):
        new = turn(len(conversation.entries))
        conversation.put(new)
        times.append(took(lambda: store.keep(conversation, new, "bench"), 1))
    return median(times)

def loading(store):
    def load():
        fresh = Store(store.path)  # as after a restart
        fresh.load("bench")
        fresh.close()
    return took(load)

def size(store):
    store.close()  # what is in the log goes into the file
    return store.size

def asking(store):
    [conversation] = store.load("bench")
    ids = [entry.id for entry in conversation.entries[-20:]]
    return took(lambda: store.read(conversation.id, ids))

picture = Image("data:image/png;base64," + "iVBORw0KGgo" * (PICTURE // 11))
empty, one = fill("empty.sqlite", []), fill("one.sqlite", [turn(0)])
many = fill("many.sqlite", [turn(number) for number in range(TURNS)])
"""


def measure(place: Place) -> Part:
    """Measure turns kept and read in short and long conversations, and answers with and without the store."""
    with place.fresh() as kernel:
        kernel.run(f"FOLDER, TURNS, PICTURE = {str(place.folder)!r}, {TURNS}, {PICTURE}" + _KEEP)
        costs, above = _long(kernel)
        room = _room(kernel)
    with place.with_peer(KIMI) as kernel:
        kept = _answers(kernel, place.runs)
        kernel.run("%config KimiMagic.store = 'none'")
        kernel.ask(KIMI, SHORT)
        not_kept = _answers(kernel, place.runs)
    answers = [
        ("a whole answer of 200 pieces, kept", number(kept)),
        ('the same with store = "none"', number(not_kept)),
    ]
    return Part(
        [Table("The store", ("", "ms"), [*costs, *answers]), Table("Its size", ("", "kB"), room)],
        [
            Bound("what the store adds to an answer", 15, kept - not_kept, "ms"),
            Bound(f"loading {TURNS:,} turns, above an empty conversation", 100, above, "ms"),
        ],
    )


def _long(kernel: Measured) -> tuple[list[tuple[str, str]], float]:
    """Return what is done with a long conversation, and how much longer than an empty one it takes to load."""
    few, most = (kernel.value(f"keeping({store})") for store in ("one", "many"))
    nothing, everything = (kernel.value(f"loading({store})") for store in ("empty", "many"))
    rows = {
        "keep one turn, 1 before it": few,
        f"keep one turn, {TURNS:,} before it": most,
        "load an empty conversation": nothing,
        f"load one of {TURNS:,} turns": everything,
        "read the last 20 of them": kernel.value("asking(many)"),
    }
    return [(what, number(ms)) for what, ms in rows.items()], everything - nothing


def _room(kernel: Measured) -> list[tuple[str, str]]:
    """Return what the file grows by."""
    each = kernel.value("(size(many) - size(empty)) / TURNS")
    pictures = (kernel.value(f"size(fill('{n}.sqlite', [turn(i, picture) for i in range({n})]))") for n in (1, 50))
    first, fifty = pictures
    return [
        ("a turn of 3,000 characters, among many", number(each / 1e3)),
        (f"a turn with a picture of {PICTURE // 1000:,} kB", number(first / 1e3)),
        ("49 more turns with the same picture", number((fifty - first) / 1e3)),
    ]


def _answers(kernel: Measured, runs: int) -> float:
    cells = [kernel.ask(KIMI, SHORT) for _ in range(QUESTIONS * runs)]
    return median((cell.ended - cell.sent) * 1e3 for cell in cells)
