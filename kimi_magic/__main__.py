"""``python -m kimi_magic``: what can be done with kimi_magic from a terminal."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path


def main(arguments: Sequence[str]) -> int:
    """Do what the command line says, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m kimi_magic", description="Kimi, inside the notebook.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_demo(commands)
    _add_export(commands)
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


def _add_export(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    about = "write a notebook's conversation as Markdown, HTML, JSONL or a notebook of its own"
    export = commands.add_parser("export", help=about, description=about)
    export.add_argument("notebook", type=Path, help="the notebook in which Kimi was asked")
    export.add_argument("file", nargs="?", type=Path, help="where to write (NOTEBOOK.md): .md, .html, .jsonl or .ipynb")
    export.add_argument("-c", "--conversation", default="main", help="another conversation than main")
    export.add_argument("-f", "--force", action="store_true", help="write over an existing file")
    export.set_defaults(run=_export)


def _export(chosen: argparse.Namespace, _: Sequence[str]) -> int:
    from kimi_magic.belonging import Notebook  # late: as above
    from kimi_magic.errors import KimiError, UsageError
    from kimi_magic.export.file import write_file

    try:
        if not chosen.notebook.is_file():
            raise UsageError(f"There is no notebook {chosen.notebook}.")
        notebook = Notebook(str(chosen.notebook.resolve()))
        notebook.bring_back("local")
        conversation = notebook.conversations.get(chosen.conversation)
        path = chosen.file or chosen.notebook.with_suffix(".md")
        print(write_file(conversation, path, overwrite=chosen.force))
    except KimiError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _split(arguments: Sequence[str]) -> tuple[Sequence[str], Sequence[str]]:
    """Return what stands before ``--``, and what stands after it.

    >>> _split(["demo", "--", "--no-browser"])
    (['demo'], ['--no-browser'])
    """
    place = arguments.index("--") if "--" in arguments else len(arguments)
    return arguments[:place], arguments[place + 1 :]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
