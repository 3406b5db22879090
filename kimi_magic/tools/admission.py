"""Whether a call may run, and with which arguments: nothing runs but what comes out of here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from kimi_magic.calls import DENIED, FAILED
from kimi_magic.content.how import How
from kimi_magic.messages import Content, ToolCall
from kimi_magic.tools.consent import NOBODY, Allowed, Consent, Decision, Edited, No, NotAsked, Yes
from kimi_magic.tools.edited import unmasked
from kimi_magic.tools.functions import Function, parsed
from kimi_magic.tools.keeping import Mask, line
from kimi_magic.tools.readable import MOST_CHARACTERS, readable
from kimi_magic.tools.repeats import AGAIN, MOST_RUNS, RAN_OFTEN, TOO_OFTEN, Key, Repeats
from kimi_magic.tools.results import bounded
from kimi_magic.tools.running import Runner
from kimi_magic.tools.standing import Standing, under

T = TypeVar("T")
TOLD = "It did not run, and Kimi was told why."
"""A sentence for the user about a call that did not run."""
_ASKED = 3
"""How often one call is asked about, when its new arguments do not fit."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds for the calls of a turn.

    With ``yes`` only what is always asked about is asked about. ``mask`` takes secrets out of a text, ``is_current`` tells
    whether a function is still what the user calls so.
    """

    functions: Mapping[str, Function]
    consent: Consent | None
    yes: bool
    how: How
    mask: Mask
    allowed: Allowed
    is_current: Callable[[Function], bool]
    repeats: Repeats = field(default_factory=Repeats)


@dataclass(frozen=True, slots=True)
class Ready:
    """A call that may run, with the text of its arguments and what they stand for."""

    place: int
    key: Key
    function: Function
    text: str
    values: dict[str, object]
    is_edited: bool = False


class NotRun(Exception):
    """A call must not run: what it is answered with, and a sentence for the user."""

    def __init__(self, content: Content, note: str, *, is_repetition: bool = False) -> None:
        super().__init__(note)
        self.content, self.note, self.is_repetition = content, note, is_repetition


class Admission:
    """Decides on the calls of a round, on the thread that asked the question."""

    def __init__(self, terms: Terms, standing: Standing, on: Runner) -> None:
        self._terms, self._standing, self._on = terms, standing, on

    def admit(self, place: int, call: ToolCall, key: Key) -> Ready:
        """Return the call if it may run. Raises `NotRun`, and KeyboardInterrupt when somebody stopped it."""
        function = self._terms.functions.get(call.name)
        self._check_repetition(key, function)
        if function is None:
            there = ", ".join(dict.fromkeys(one.name for one in self._terms.functions.values())) or "none"
            raise _failed(f"there is no tool {line(call.name, 120, self._terms.mask)!r}; there are: {there}.")
        self._told(lambda: function.check(call.arguments, self._terms.mask))
        ready = self._consented(Ready(place, key, function, call.arguments, {}))
        if not self._terms.is_current(function):
            raise _failed(f"{function.name} was redefined while the call waited: not run.")
        return ready if ready.is_edited else replace(ready, values=self._told(lambda: self._values(function, ready.text)))

    def _check_repetition(self, key: Key, function: Function | None) -> None:
        past = self._terms.repeats.come(key, function)
        if past.came > 1 and past.given is not None:
            if past.came == 2:
                raise NotRun(under(AGAIN, past.given), "The same call as before: answered from memory, not run again.")
            raise NotRun(FAILED + TOO_OFTEN, "The same call again and again: not run.", is_repetition=True)
        if past.runs >= MOST_RUNS and function and not function.repeats and not function.sees_state:
            why = f"The same call ran {MOST_RUNS} times before: not run. @kimi_magic.tool(repeats=True) allows more."
            raise NotRun(FAILED + RAN_OFTEN, why, is_repetition=True)

    def _values(self, function: Function, text: str) -> dict[str, object]:
        """Return what the arguments stand for. A type's own code makes that of them: only once the user has consented."""
        return self._on.ask(lambda: function.arguments(text, self._terms.mask))

    def _told(self, read: Callable[[], T]) -> T:
        """Return what ``read`` returns; where it raises ValueError, the call must not run, and the model is told why."""
        try:
            return read()
        except ValueError as error:
            raise _failed(self._terms.mask(str(error))) from None

    def _consented(self, ready: Ready) -> Ready:
        """Return ``ready`` if the user says yes to it, with the arguments that the user wants."""
        function, note = ready.function, ""
        if not function.is_always_asked and (self._terms.yes or function in self._terms.allowed):
            self._write(ready)
            return ready
        for _ in range(_ASKED):
            self._write(ready)
            self._check_readable(ready)
            self._standing.wait(ready.place, note)
            match self._decision(ready):
                case Yes(always):
                    if always:
                        self._terms.allowed.add(function)
                    return ready
                case No(reason):
                    raise _denied(reason, self._terms.mask)
                case NotAsked(why):
                    raise _not_asked(why)
                case Edited(text):
                    try:
                        text = unmasked(text, ready.text, self._terms.mask)
                        ready = replace(ready, text=text, values=self._values(function, text), is_edited=True)
                    except ValueError as error:
                        note = f"These do not fit: {line(str(error), 400, self._terms.mask)}"
                    else:
                        self._write(ready)
                        return ready
        raise _denied("", self._terms.mask)

    def _decision(self, ready: Ready) -> Decision:
        consent, called = self._terms.consent, self._standing.called[ready.place]
        if consent is None:
            return NOBODY
        try:
            return self._on.ask(lambda: consent(called, ready.function))
        except Exception as error:  # noqa: BLE001 whatever goes wrong with asking, it is no yes
            return NotAsked(f"asking for consent failed ({type(error).__name__})")

    def _write(self, ready: Ready) -> None:
        """Let the call be seen with the arguments that it runs with."""
        call = self._standing.called[ready.place].call
        self._standing.write(ready.place, readable(call, parsed(ready.text)))

    def _check_readable(self, ready: Ready) -> None:
        if len(self._standing.called[ready.place].call.arguments) > MOST_CHARACTERS:
            raise _failed(f"nobody can read that much: the arguments may have {MOST_CHARACTERS:,} characters.")


def _failed(text: str) -> NotRun:
    return NotRun(bounded(FAILED + text), TOLD)


def _denied(reason: str, mask: Mask) -> NotRun:
    why = f": {bounded(reason, mask)}" if reason else "."
    return NotRun(f"{DENIED}the user said no to this call{why}", "It did not run.")


def _not_asked(why: str) -> NotRun:
    note = f"It did not run, for {why}; with -y all tools but run_python run unasked."
    return NotRun(f"{DENIED}{why}, so it did not run. Go on without it.", note)
