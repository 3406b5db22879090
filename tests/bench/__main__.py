"""``python -m tests.bench [--quick] [--seed N] [PART …]``: how fast kimi_magic is, beside what one would write by hand.

Prints Markdown. No figure fails it: it fails only where something does not run, an answer is not what was sent, or a turn
that was kept is lost.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from tests.bench import doing, figures, first, frames, killing, loading, panel, storing, streaming
from tests.bench.cells import Place, compile_package, keep_apart
from tests.bench.report import Bound, Part, bounds_table
from tests.bench.server import running_server

RUNS = 5
PARTS: dict[str, Callable[[Place], Part]] = {
    "load": loading.measure_load,
    "wire": loading.measure_wire,
    "first": first.measure,
    "stream": streaming.measure,
    "slow": streaming.measure_slow,
    "doing": doing.measure,
    "store": storing.measure,
    "frames": frames.measure,
    "figures": figures.measure,
    "panel": panel.measure,
    "killing": killing.measure,
}


def main() -> None:
    """Measure what the command line asks for, and print it."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="How fast kimi_magic is, beside its peers.")
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"only these: {', '.join(PARTS)}")
    parser.add_argument("--quick", action="store_true", help="one run of everything: does it work? (figures are rough)")
    parser.add_argument("--seed", type=int, default=1, help="where kernels are killed; 1 if it is not said")
    chosen = parser.parse_args()
    if unknown := [name for name in chosen.parts if name not in PARTS]:
        parser.error(f"there is no part {unknown[0]!r}; there are {', '.join(PARTS)}")
    bounds: list[Bound] = []
    failures: list[str] = []
    compile_package()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder, running_server() as server:
        keep_apart(Path(folder))
        place = Place(server, Path(folder), 1 if chosen.quick else RUNS, chosen.seed)
        for name in chosen.parts or PARTS:
            part = PARTS[name](place)
            bounds += part.bounds
            failures += part.failures
            print(part.markdown(), flush=True)
    print(bounds_table(bounds))
    if failures:
        sys.exit("\n".join(f"FAILED: {failure}" for failure in failures))


if __name__ == "__main__":
    main()
