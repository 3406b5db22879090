"""The short way through a stream says what the long way says, or nothing."""

from __future__ import annotations

import json

import pytest

from kimi_magic.api import wire
from kimi_magic.api.repeats import Repeats
from kimi_magic.messages import Event


def chunk(words: str, *, key: str = "content", finish: str | None = None, **more: object) -> str:
    choice = {"index": 0, "delta": {key: words}, "finish_reason": finish}
    return json.dumps({"id": "1", "choices": [choice], **more}, separators=(",", ":"), ensure_ascii=False)


def long_way(payload: str) -> list[Event]:
    return wire.decode_chunk(json.loads(payload))


@pytest.mark.parametrize("key", ["content", "reasoning_content"])
@pytest.mark.parametrize("words", ["two", 'a "quoted" word', "line\nend", "\\", "你好", "\u2028", '"},"finish_reason":"x'])
def test_a_piece_like_the_last_is_read(key: str, words: str) -> None:
    """A payload that differs in its words alone is read as the long way reads it."""
    repeats = Repeats()
    repeats.learn(chunk("one", key=key), long_way(chunk("one", key=key)))
    payload = chunk(words, key=key)
    assert [repeats.piece(payload)] == long_way(payload)


@pytest.mark.parametrize(
    "payload",
    [
        chunk("two", finish="stop"),
        chunk("two", usage={"prompt_tokens": 1}),
        chunk("two", error={"message": "no"}),
        chunk("two", key="reasoning_content"),
        chunk(""),
        chunk("two")[:-1],
        "[DONE]",
        "",
        chunk("two").replace('"two"', "null"),
        chunk("two").replace('"two"', '"two","tool_calls":[]'),
    ],
)
def test_anything_else_is_left_to_the_long_way(payload: str) -> None:
    """What differs in more than its words is not read here."""
    repeats = Repeats()
    repeats.learn(chunk("one"), long_way(chunk("one")))
    assert repeats.piece(payload) is None


@pytest.mark.parametrize("payload", [chunk('say "content":"x"'), chunk("one", content="two"), chunk("", finish="stop")])
def test_a_form_that_could_be_mistaken_is_not_learnt(payload: str) -> None:
    """Where the words cannot be told from the rest for sure, nothing is learnt."""
    repeats = Repeats()
    repeats.learn(payload, long_way(payload))
    found = repeats.piece(payload)
    assert found is None or [found] == long_way(payload)


def test_nothing_is_known_at_first() -> None:
    """Before a piece was seen nothing has the form of the last one."""
    assert Repeats().piece(chunk("one")) is None
