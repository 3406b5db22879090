"""Prompts that were written before: ``/fix /explain /doc /test`` and the user's own, and ``/save-prompt``."""

from __future__ import annotations

from collections.abc import Callable, Container

from kimi_magic import prompts
from kimi_magic.errors import UsageError
from kimi_magic.report import code
from kimi_magic.session import Session
from kimi_magic.settings import mask_keys


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
            text = mask_keys(prompts.written(asked.line, asked.prompt))
            path = prompts.save(name.removeprefix("/"), text, taken=taken, again=len(words) == 2)
            return f"`%kimi /{path.stem}` asks this question from now on. It is kept in {code(str(path))}, as text to edit."
    raise UsageError("/save-prompt NAME keeps the question asked last as %kimi /NAME; `again` after it replaces one.")
