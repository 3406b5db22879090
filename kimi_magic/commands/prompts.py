"""Prompts that were written before: ``/fix /explain /doc /test`` and the user's own, and ``/save-prompt``."""

from __future__ import annotations

import re
from collections.abc import Callable, Container
from dataclasses import replace

from kimi_magic import prompts
from kimi_magic.errors import UsageError
from kimi_magic.options import parse
from kimi_magic.report import code
from kimi_magic.request import Question
from kimi_magic.session import Session

_RAW = re.compile(r"(?<!\S)--raw(?!\S)")
_YES = re.compile(r"(?<!\S)(?:-y|--yes)(?!\S)")


def prompt(name: str) -> Callable[[Session, str], str]:
    """Return the command that asks the prompt ``name``; it shows its answer itself, so there is nothing to report."""

    def ask(session: Session, argument: str) -> str:
        if session.door is None:
            raise UsageError(f"/{name} needs a cell to ask from: `%kimi /{name}`.")
        session.door.ask_prompt(name, argument)
        return ""

    return ask


def save_prompt(session: Session, argument: str, taken: Container[str] = ()) -> str:
    """Keep the question asked last as a prompt of the user's own; it cannot be called like one of the commands ``taken``."""
    match argument.split():
        case [name] | [name, "again"] as words:
            asked = session.last_question
            if asked is None:
                raise UsageError("Nothing was asked in this kernel yet, so there is no question to keep.")
            text = session.masking()(_file(asked, has_panel=session.door is None or session.door.show_panel is not None))
            path = prompts.save(name.removeprefix("/"), text, taken=taken, again=len(words) == 2)
            return f"`%kimi /{path.stem}` asks this question from now on. It is kept in {code(str(path))}, as text to edit."
    raise UsageError("/save-prompt NAME keeps the question asked last as %kimi /NAME; `again` after it replaces one.")


def _file(asked: Question, *, has_panel: bool) -> str:
    r"""Return the prompt that asks what was asked: nothing in it is code or a place that was none then.

    Only in a cell the user has typed all of it: any cell has a first line, or a ``run`` where there can be a panel.
    """
    if asked.goes_on is not None:
        raise UsageError("The last question went on with an answer (/continue): ask it as a whole, then it can be kept.")
    line = _without(asked.line, _YES, "-y", yes=False)  # it is for the user to say, each time
    if asked.options.raw:  # a prompt's braces are told apart by a backslash instead
        return prompts.written(_without(line, _RAW, "--raw", raw=False), prompts.literal(asked.prompt))
    is_typed = bool(asked.line or asked.run) or not has_panel
    is_code = is_typed and not ("{{" in asked.prompt and asked.prompt == asked.text)
    return prompts.written(line, asked.prompt if is_code else prompts.literal(asked.prompt))


def _without(line: str, option: re.Pattern[str], name: str, **instead: bool) -> str:
    """Return a first line without the ``option`` called ``name``: it says the same, but for ``instead``."""
    line = line.removeprefix("%%kimi")
    left = option.sub("", line)
    if line and parse(left) != replace(parse(line), **instead):  # type: ignore[arg-type]  # mypy: any field could be meant
        raise UsageError(
            f"This question cannot be kept with its options: ask it without {name}, or without {name} in a text."
        )
    return left
