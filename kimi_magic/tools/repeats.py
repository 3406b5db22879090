"""Identical calls within a turn: a model that repeats itself is answered from memory, and then no more."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from kimi_magic.calls import state_of
from kimi_magic.messages import Content, ToolCall
from kimi_magic.tools.functions import Function, parsed

Key = tuple[str, str]

MOST_RUNS = 5
"""How often the very same call runs in a turn, each time after others."""
AGAIN = "(The same call was made before, and did not run again. This is what it gave then.)"
TOO_OFTEN = "the same call was made twice before: it does not run again. Use what it gave, call something else, or answer."
RAN_OFTEN = f"the same call ran {MOST_RUNS} times: it does not run again. Use what it gave, call something else, or answer."


@dataclass(slots=True)
class Past:
    """How often a call came since it last was a new one, what it gave then, how often it ran, and what it saw of changes."""

    came: int = 0
    given: Content | None = None
    runs: int = 0
    seen: int = 0


@dataclass(slots=True)
class Repeats:
    """What was called in this turn, how often, and what it gave.

    A call that ran is a new one as soon as another has run: what it gives may be different then. What only looks at the
    state of the program is no such other for what looks, too. One of a function that ``repeats`` is always new.
    """

    _past: dict[Key, Past] = field(default_factory=dict)
    _last: Key | None = None
    _changes: int = 0

    def key(self, call: ToolCall) -> Key:
        """Return what ``call`` has in common with those that are the same."""
        try:
            return (call.name, json.dumps(parsed(call.arguments), sort_keys=True))
        except ValueError:
            return (call.name, call.arguments)

    def come(self, key: Key, function: Function | None) -> Past:
        """Note that a call came once more; return what became of it till now."""
        past = self._past.setdefault(key, Past())
        if function and self._is_new(key, past, function):
            past.came, past.given = 0, None
        past.came += 1
        return past

    def remember(self, key: Key, content: Content) -> None:
        """Keep what the call gave, the first time since it was new."""
        past = self._past[key]
        past.given = content if past.given is None else past.given

    def ran(self, key: Key, function: Function) -> None:
        """Note that ``function`` ran, which may have changed what others give."""
        self._changes += not function.sees_state
        self._last, past = key, self._past[key]
        past.runs, past.seen = past.runs + 1, self._changes

    def _is_new(self, key: Key, past: Past, function: Function) -> bool:
        """Whether a call that came before may give something else now; a no of the user's stays for the turn."""
        if not past.runs or past.given is None or state_of(past.given) == "denied":
            return False
        if function.sees_state:
            return past.seen != self._changes
        return function.repeats or key != self._last
