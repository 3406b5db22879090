"""``python -m kimi_magic``: what can be done with kimi_magic from a terminal."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path


def main(arguments: Sequence[str]) -> int:
    """Do what the command line says, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m kimi_magic", description="Kimi, inside the notebook.")
    _add_demo(parser.add_subparsers(required=True, metavar="COMMAND"))
    own, others = _split(arguments)
    chosen = parser.parse_args(own)
    code: int = chosen.run(chosen, others)
    return code


def _add_demo(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    about = "start the offline Kimi and open the first lesson in JupyterLab: no key, no network"
    demo = commands.add_parser("demo", help=about, description=about, epilog="What follows -- goes to JupyterLab.")
    demo.add_argument("notebook", nargs="?", type=Path, help="another notebook instead of the first lesson")
    demo.add_argument("--headless", action="store_true", help="run it at once, print questions and answers, and end")
    demo.add_argument("--port", type=int, help="the port of JupyterLab")
    demo.set_defaults(run=_demo)


def _demo(chosen: argparse.Namespace, others: Sequence[str]) -> int:
    from kimi_magic.demo.run import run_demo  # late: other commands do not need what it brings

    return run_demo(chosen.notebook, headless=chosen.headless, port=chosen.port, others=others)


def _split(arguments: Sequence[str]) -> tuple[Sequence[str], Sequence[str]]:
    """Return what stands before ``--``, and what stands after it.

    >>> _split(["demo", "--", "--no-browser"])
    (['demo'], ['--no-browser'])
    """
    place = arguments.index("--") if "--" in arguments else len(arguments)
    return arguments[:place], arguments[place + 1 :]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
