"""Where a reply ends, and what it begins with."""

from __future__ import annotations

import json

import pytest

from kimi_magic.demo.protocol import Json
from kimi_magic.demo.reply import completion_tokens, compose
from tests.demo.asking import ADD, ask, say, user

SCHEMA: Json = {"type": "object", "properties": {"age": {"type": "integer"}}, "required": ["age"]}


def test_a_model_that_thinks_sends_its_thinking() -> None:
    """Unless it is told not to, or the partial reply brings its thinking along."""
    begun = {"role": "assistant", "content": "I", "partial": True, "reasoning_content": "Hm."}
    assert compose(ask("Hi"), {}).reasoning
    assert compose(ask("Hi", thinking={"type": "disabled"}), {}).reasoning is None
    assert compose(say(user(), begun), {}).reasoning is None


def test_a_call_comes_without_an_answer() -> None:
    """The thinking stays."""
    reply = compose(ask("add 1 and 2", tools=[ADD]), {})
    assert (reply.content, reply.finish_reason, len(reply.calls)) == ("", "tool_calls", 1)
    assert reply.reasoning


def test_only_the_continuation_of_a_prefix_is_sent() -> None:
    """Prefix and continuation together are the whole answer."""
    whole = compose(ask("Hi"), {}).content
    rest = compose(say(user("Hi"), {"role": "assistant", "content": whole[:40], "partial": True}), {}).content
    assert rest.startswith(whole[40:100])


@pytest.mark.parametrize("stop", ["arrived", ["never said", "arrived"]])
def test_a_stop_word_ends_the_answer_before_it(stop: object) -> None:
    """The word itself is not sent."""
    reply = compose(ask("Hi", stop=stop), {})
    assert reply.content.endswith("### What ")
    assert reply.finish_reason == "stop"


@pytest.mark.parametrize("field", ["max_completion_tokens", "max_tokens"])
@pytest.mark.parametrize("cap", [1, 10, 34, 40, 80])
def test_a_cap_covers_thinking_and_answer(field: str, cap: int) -> None:
    """Not more than the cap is used, thinking first, and the reason is length."""
    whole, reply = compose(ask("Hi"), {}), compose({**ask("Hi"), field: cap}, {})
    assert reply.finish_reason == "length"
    assert completion_tokens(reply) == cap
    assert ((whole.reasoning or "") + whole.content).startswith((reply.reasoning or "") + reply.content)


def test_a_small_cap_leaves_no_answer() -> None:
    """All of it went into thinking."""
    reply = compose(ask("Hi", max_completion_tokens=5), {})
    assert (reply.content, bool(reply.reasoning)) == ("", True)


def test_a_large_cap_changes_nothing() -> None:
    """The reply is what it would have been."""
    assert compose(ask("Hi", max_completion_tokens=100_000), {}) == compose(ask("Hi"), {})


def test_json_is_json() -> None:
    """In JSON mode an object, by a schema a value that fits."""
    by_schema = {"type": "json_schema", "json_schema": {"name": "person", "schema": SCHEMA}}
    assert json.loads(compose(ask("Hi", response_format={"type": "json_object"}), {}).content)["question"] == "Hi"
    assert json.loads(compose(ask("She is 31", response_format=by_schema), {}).content) == {"age": 31}
