"""Which beginnings count as cached."""

from __future__ import annotations

from kimi_magic.demo.cache import PromptCache
from kimi_magic.demo.tokens import count_prompt
from tests.demo.asking import ADD, ask

LONG = "word " * 400


def test_a_conversation_that_goes_on_is_cached_up_to_where_it_went_on() -> None:
    """The next request finds all of the one before."""
    cache, first, second = PromptCache(), ask(LONG), ask(LONG, "And then?")
    assert cache.use(first) == 0
    assert cache.use(second) == count_prompt(first["messages"])


def test_short_prompts_are_not_cached() -> None:
    """Up to 256 tokens nothing is reported."""
    cache = PromptCache()
    assert [cache.use(ask("Hi")), cache.use(ask("Hi", "And?"))] == [0, 0]


def test_what_stands_before_must_be_the_same() -> None:
    """Another beginning, effort, set of tools or conversation misses; the choice of tool and the format do not."""
    cache = PromptCache()
    cache.use(ask(LONG, model="kimi-k3", prompt_cache_key="a"))
    for fields in ({"reasoning_effort": "low"}, {"tools": [ADD]}, {"prompt_cache_key": "b"}):
        assert cache.use(ask(LONG, model="kimi-k3", **{"prompt_cache_key": "a", **fields})) == 0
    assert cache.use(ask("Other. " + LONG, model="kimi-k3", prompt_cache_key="a")) == 0
    same = ask(LONG, model="kimi-k3", prompt_cache_key="a", tool_choice="auto", response_format={"type": "text"})
    assert cache.use(same) > 256
