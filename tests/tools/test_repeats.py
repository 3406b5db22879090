"""Which calls count as the same."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kimi_magic.messages import ToolCall
from kimi_magic.tools.functions import function_of
from kimi_magic.tools.repeats import Repeats


def look(name: str) -> str:
    """Look."""
    return name


@pytest.mark.parametrize(
    ("one", "two", "are_same"),
    [
        ('{"a": 1, "b": 2}', '{"b":2,"a":1}', True),
        ("", "{}", True),
        ("no JSON", "no JSON", True),
        ('{"a": 1}', '{"a": 2}', False),
        ("no JSON", "nor this", False),
    ],
)
def test_calls_are_compared_by_what_they_say(one: str, two: str, are_same: bool) -> None:
    """The order of the arguments and blanks between them make no other call; ids never do."""
    repeats = Repeats()
    keys = [repeats.key(ToolCall(text, "look", text), None) for text in (one, two)]
    assert (keys[0] == keys[1]) is are_same


def test_a_look_is_another_one_after_something_ran() -> None:
    """What sees the state is compared only until something ran that may have changed it; looks change nothing."""
    repeats, function = Repeats(), function_of(look)
    looking, call = replace(function, sees_state=True), ToolCall("1", "look", "{}")
    first = repeats.key(call, looking)
    repeats.ran(looking)
    assert repeats.key(call, looking) == first
    repeats.ran(function)
    assert repeats.key(call, looking) != first
    assert repeats.key(call, function) == Repeats().key(call, function)
