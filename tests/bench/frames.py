"""What describing a frame costs, beside pandas' own ``describe``, in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from statistics import median

from tests.bench.cells import Place
from tests.bench.report import Bound, Part, Table, number

LONG, SHORTER = 10_000_000, 1_000_000
COLUMNS = 5_000
_RUNS = 3

_PROGRAM = """
import gc, json, sys, threading, time
import numpy as np, pandas as pd, psutil
from kimi_magic.content.frames.attach import from_frame
from kimi_magic.content.how import How

ROWS, COLUMNS, RUNS = map(int, sys.argv[1:])
random, process = np.random.default_rng(0), psutil.Process()
words = np.array(["north", "south", "east", "west"])

def mixed(rows):
    return pd.DataFrame({
        "id": np.arange(rows),
        "small": random.integers(0, 1_000, rows, dtype=np.int32),
        "real": random.normal(size=rows),
        "holes": np.where(random.random(rows) < 0.1, np.nan, random.normal(size=rows)),
        "single": random.random(rows, dtype=np.float32),
        "flag": random.random(rows) < 0.5,
        "time": pd.Timestamp("2020-01-01") + pd.to_timedelta(random.integers(0, 10**8, rows), unit="s"),
        "category": pd.Categorical.from_codes(random.integers(0, 5, rows), list("abcde")),
        "text": pd.Series(words[random.integers(0, 4, rows)]),
        "object": pd.Series(words.astype(object)[random.integers(0, 4, rows)], dtype=object),
    })

def measured(work):
    gc.collect()
    start = peak = process.memory_info().rss
    done = threading.Event()
    def watch():
        nonlocal peak
        while not done.wait(0.002):
            peak = max(peak, process.memory_info().rss)
    watcher = threading.Thread(target=watch)
    watcher.start()
    began = time.perf_counter()
    work()
    took = time.perf_counter() - began
    done.set()
    watcher.join()
    return took, peak - start

frame, wide = mixed(ROWS), pd.DataFrame(random.normal(size=(1_000, COLUMNS)))
for warm in (frame.head(1_000), wide.iloc[:, :50]):
    from_frame("warm", warm, How())
    warm.describe(include="all")
ours = [measured(lambda: from_frame("frame", frame, How())) for _ in range(RUNS)]
theirs = [measured(lambda: frame.describe(include="all")) for _ in range(RUNS)]
across = [measured(lambda: from_frame("wide", wide, How())) for _ in range(RUNS)]
print(json.dumps({"bytes": int(frame.memory_usage(index=True).sum()), "ours": ours, "theirs": theirs, "wide": across}))
"""


@dataclass(frozen=True, slots=True)
class _Found:
    """Seconds, and bytes above what the process had before."""

    seconds: float
    bytes: float


def measure(place: Place) -> Part:
    """Measure a long mixed frame against ``describe(include="all")``, in time and peak memory, and a wide frame."""
    rows, runs = (SHORTER, 1) if place.runs == 1 else (LONG, _RUNS)
    command = [sys.executable, "-c", _PROGRAM, *map(str, (rows, COLUMNS, runs))]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found = json.loads(done.stdout.splitlines()[-1])
    whole = found["bytes"]
    ours, theirs, wide = (_middle(found[what]) for what in ("ours", "theirs", "wide"))
    table = Table(
        f"A pandas frame of {rows:,} rows and 10 mixed columns ({number(whole / 1e6)} MB)",
        ("", "seconds", "peak memory, MB", "of the frame"),
        [
            _row('`describe(include="all")`', theirs, whole),
            _row("described for Kimi", ours, whole),
            _row(f"described for Kimi, {COLUMNS:,} columns of 1,000 rows", wide, COLUMNS * 8_000),
        ],
    )
    part = Bound('describing a long frame, part of describe(include="all")', 0.2, ours.seconds / theirs.seconds)
    return Part(
        [table],
        [
            *([part] if rows == LONG else []),  # a shorter frame takes a tenth of a second, whatever describe takes
            Bound("its peak memory, part of the frame", 0.05, ours.bytes / whole),
            Bound(f"describing {COLUMNS:,} columns", 1, wide.seconds, "s"),
        ],
    )


def _middle(runs: list[list[float]]) -> _Found:
    return _Found(median(run[0] for run in runs), max(run[1] for run in runs))


def _row(name: str, found: _Found, whole: float) -> tuple[str, ...]:
    return name, number(found.seconds), number(found.bytes / 1e6), f"{100 * found.bytes / whole:.1f} %"
