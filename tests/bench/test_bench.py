"""The benchmark runs, and shows every row; how fast anything is decides nothing here."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.bench.peers import EACH, KIMI, OPENAI, RAW, SSE

ROOT = Path(__file__).parents[2]


def test_the_benchmark_shows_all_its_rows() -> None:
    """A quick run of two parts ends well, with a row for each peer and for each bound."""
    command = [sys.executable, "-m", "tests.bench", "--quick", "stream", "store"]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=100, check=False)
    assert ran.returncode == 0, ran.stderr
    rows = [line.split(" | ")[0].removeprefix("| ") for line in ran.stdout.splitlines() if line.startswith("| ")]
    short, long = (RAW, SSE, OPENAI, EACH, KIMI), (RAW, SSE, OPENAI, KIMI)
    assert [rows.count(peer.name) for peer in short] == [3, 2, 2, 1, 3]
    assert ran.stdout.count("| yes |") + ran.stdout.count("| **no** |") == 9
    assert [peer.name for peer in long] == [name for name in rows if name in {peer.name for peer in long}][4:8]


def test_an_unknown_part_is_named() -> None:
    """A part that does not exist is refused with the names of those that do."""
    command = [sys.executable, "-m", "tests.bench", "speed"]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode == 2
    assert "load, wire, first, stream, slow, doing, store" in ran.stderr
