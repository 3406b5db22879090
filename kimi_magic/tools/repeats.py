"""Identical calls within a turn: a model that repeats itself is answered from memory, and then no more."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from kimi_magic.messages import Content, ToolCall
from kimi_magic.tools.functions import Function, parsed

Key = tuple[str, str, int]

AGAIN = "(The same call was made before, and did not run again. This is what it gave then.)"
TOO_OFTEN = "the same call was made twice before: it does not run again. Use what it gave, call something else, or answer."


@dataclass(slots=True)
class Repeats:
    """What was called in this turn, how often, and what it gave.

    What looks at the state of the program may look again once something else ran.
    """

    _counts: dict[Key, int] = field(default_factory=dict)
    _given: dict[Key, Content] = field(default_factory=dict)
    _runs: int = 0

    def key(self, call: ToolCall, function: Function | None) -> Key:
        """Return what ``call`` has in common with those that are the same."""
        try:
            arguments = json.dumps(parsed(call.arguments), sort_keys=True)
        except ValueError:
            arguments = call.arguments
        return (call.name, arguments, self._runs if function and function.sees_state else 0)

    def count(self, key: Key) -> int:
        """Note that a call came once more; return how often it has come."""
        self._counts[key] = self._counts.get(key, 0) + 1
        return self._counts[key]

    def given(self, key: Key) -> Content | None:
        """Return what the call gave when it came first; None where nothing is known."""
        return self._given.get(key)

    def remember(self, key: Key, content: Content) -> None:
        """Keep what the call gave when it came first."""
        self._given.setdefault(key, content)

    def ran(self, function: Function) -> None:
        """Note that ``function`` ran, which may have changed what others look at."""
        self._runs += not function.sees_state
