"""When the offline Kimi calls a tool, and with what."""

from __future__ import annotations

import json

from kimi_magic.demo.calls import choose_calls
from kimi_magic.demo.protocol import Call, Json
from tests.demo.asking import ADD, ask, called, result, say, user

SUBTRACT: Json = {"type": "function", "function": {"name": "subtract"}}
SEARCH: Json = {"type": "builtin_function", "function": {"name": "$web_search"}}


def test_a_tool_that_the_question_names_is_called() -> None:
    """The arguments are the question's own numbers."""
    calls = choose_calls(ask("Please add 2 and 40.", tools=[ADD, SUBTRACT]))
    assert calls == (Call("add:0", "add", '{"a": 2, "b": 40}'),)


def test_two_tools_that_the_question_names_are_called_at_once() -> None:
    """Parallel calls have ids of their own."""
    calls = choose_calls(ask("add 1 and 2, then subtract", tools=[ADD, SUBTRACT]))
    assert [call.id for call in calls] == ["add:0", "subtract:1"]


def test_a_part_of_a_word_is_no_name() -> None:
    """A tool called add is not meant by an address."""
    assert choose_calls(ask("What is the address?", tools=[ADD])) == ()


def test_a_result_ends_the_calling() -> None:
    """After a tool has answered, it is not called again."""
    assert choose_calls(say(user("add 1 and 2"), called(), result(), tools=[ADD])) == ()


def test_an_earlier_result_does_not_count() -> None:
    """A new question may call again."""
    request = say(user("add 1 and 2"), called(), result(), user("add 3 and 4"), tools=[ADD])
    assert [json.loads(call.arguments) for call in choose_calls(request)] == [{"a": 3, "b": 4}]


def test_the_choice_is_obeyed() -> None:
    """A call can be forbidden, required, or required of one function."""
    named = {"type": "function", "function": {"name": "subtract"}}
    assert choose_calls(ask("add 1 and 2", tools=[ADD], tool_choice="none")) == ()
    assert [call.name for call in choose_calls(ask("Hi", tools=[ADD], tool_choice="required"))] == ["add"]
    assert [call.name for call in choose_calls(ask("add", tools=[ADD, SUBTRACT], tool_choice=named))] == ["subtract"]


def test_the_builtin_search_is_called_with_the_question() -> None:
    """The name goes without its dollar in a question."""
    (call,) = choose_calls(ask("Use web_search: who won?", tools=[SEARCH]))
    assert (call.name, json.loads(call.arguments)) == ("$web_search", {"query": "Use web_search: who won?"})
