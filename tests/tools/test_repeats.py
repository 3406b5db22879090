"""Which calls count as the same."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kimi_magic.messages import ToolCall
from kimi_magic.tools.functions import Function, function_of
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
    keys = [repeats.key(ToolCall(text, "look", text)) for text in (one, two)]
    assert (keys[0] == keys[1]) is are_same


def test_a_look_is_another_one_after_something_ran() -> None:
    """What sees the state is compared only until something ran that may have changed it; looks change nothing."""
    repeats, function = Repeats(), function_of(look)
    looking = replace(function, sees_state=True)
    assert [came(repeats, "look", looking), came(repeats, "other look", looking), came(repeats, "look", looking)] == [
        1,
        1,
        2,
    ]
    came(repeats, "step", function)
    assert came(repeats, "look", looking) == 1


@pytest.mark.parametrize(
    ("names", "comings"),
    [
        (["page", "page", "page"], [1, 2, 3]),
        (["page", "show", "page", "page"], [1, 1, 1, 2]),
        (["again", "again", "again"], [1, 1, 1]),
    ],
)
def test_a_call_is_new_when_another_ran_in_between(names: list[str], comings: list[int]) -> None:
    """Only what repeats directly counts as repeated, and of a function that ``repeats`` nothing does."""
    repeats, function = Repeats(), function_of(look)
    assert [came(repeats, name, replace(function, repeats=name == "again")) for name in names] == comings


def test_a_no_stays_for_the_turn() -> None:
    """The user is not asked again about the very same call because others ran meanwhile."""
    repeats, function = Repeats(), function_of(look)
    came(repeats, "drop", function)
    came(repeats, "look", function)
    assert came(repeats, "drop", function, "Denied: no") == 1
    came(repeats, "look", function)
    assert repeats.come(("drop", "{}"), function).given == "Denied: no"


def came(repeats: Repeats, name: str, function: Function, content: str = "done") -> int:
    """Let a call come, and run if it is new; return how often it has come since it was."""
    key = repeats.key(ToolCall("1", name, "{}"))
    past = repeats.come(key, function)
    if past.came == 1:
        repeats.ran(key, function)
        repeats.remember(key, content)
    return past.came
