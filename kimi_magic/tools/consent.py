"""What the user says to a call before it runs."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kimi_magic.calls import Called
from kimi_magic.content.expressions import in_short
from kimi_magic.tools.replies import Busy, alone

if TYPE_CHECKING:
    from kimi_magic.tools.functions import Function  # much to import, and here only a name

_TRIES = 3
_MOST_SHOWN, _MOST_EDITED = 100, 1_000
_NO = re.compile(r"(?:n|no)(?:[\s,;:.!]+(.*))?", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Yes:
    """This call may run; with ``always`` each later call of the very same function, too."""

    always: bool = False


@dataclass(frozen=True, slots=True)
class No:
    """This call must not run. ``reason`` is told to the model."""

    reason: str = ""


@dataclass(frozen=True, slots=True)
class NotAsked:
    """The user was not asked about this call, which must not run. ``why`` is told to the model and the user."""

    why: str = "nobody can be asked for consent here"


NOBODY = NotAsked()
"""What is decided where there is no way to ask."""


@dataclass(frozen=True, slots=True)
class Edited:
    """This call may run with other arguments, which are this JSON text."""

    arguments: str


Decision = Yes | No | NotAsked | Edited


Consent = Callable[[Called, "Function"], Decision]
"""Asks the user about a call, which has been shown with its arguments, and returns what the user decides.

The call's ``note`` is what was wrong with the arguments that were given before.
"""


@dataclass(slots=True)
class Allowed:
    """The functions that the user allowed until the kernel ends, as long as they are the same objects."""

    functions: list[Function] = field(default_factory=list)

    def add(self, function: Function) -> None:
        """Ask no more about ``function``; one that is always asked about stays so."""
        if not function.is_always_asked and function not in self:
            self.functions.append(function)

    def __contains__(self, function: Function) -> bool:
        return any(one.name == function.name and one.is_same(function) for one in self.functions)


def by_input(read: Callable[[str], str]) -> Consent:
    """Return a consent that asks by ``read``, such as ``input``; where that cannot ask, nothing runs.

    What is not understood is asked again, and is a no in the end. Nobody else gets the user's reply, nor is theirs taken.
    """

    def ask(called: Called, function: Function) -> Decision:
        if called.note:
            return _asked(lambda: _edited(read, called))
        return _asked(lambda: _decided(read, called, function))

    return ask


def _asked(decide: Callable[[], Decision]) -> Decision:
    try:
        with alone():
            return decide()
    except Busy as error:
        return NotAsked(str(error))
    except (EOFError, NotImplementedError):  # no input, or a front end without: IPython's error is one of the latter
        return NOBODY


def _decided(read: Callable[[str], str], called: Called, function: Function) -> Decision:
    choices = "y / n / edit" if function.is_always_asked else "y / n / always (until the kernel ends) / edit"
    call = _in_words(called, function)
    question = f"Kimi wants to run {call}. {choices}? "
    for _ in range(_TRIES):
        reply = read(question).strip()
        word = reply.lower()
        if word in ("y", "yes"):
            return Yes()
        if word in ("a", "always") and not function.is_always_asked:
            return Yes(always=True)
        if word in ("e", "edit"):
            return _edited(read, called)
        if refusal := _NO.fullmatch(reply):
            return No((refusal[1] or "").strip())
        why = "Each call of it is asked for" if word in ("a", "always") else "Not understood"
        question = f"{why}. Run {call}? {choices}: "
    return No()


def _in_words(called: Called, function: Function) -> str:
    """Return the call in one line: of several, the one that is meant; without code, of which one line is hard to read."""
    arguments = called.call.arguments
    if function.is_always_asked or "\\n" in arguments or "\n" in arguments:
        return f"{function.name}, shown above"
    return in_short(f"{function.name} {arguments}", _MOST_SHOWN)


def _edited(read: Callable[[str], str], called: Called) -> Decision:
    before = in_short(called.call.arguments, _MOST_EDITED)
    reason = f"{called.note} " if called.note else ""
    text = read(f"{reason}Arguments instead of {before} (nothing: do not run): ")
    return Edited(text) if text.strip() else No()
