"""What is refused in tools and in the choice among them."""

from __future__ import annotations

import pytest

from kimi_magic.api.catalog import find_model
from kimi_magic.demo.protocol import Json
from kimi_magic.demo.tool_rules import check_choice, check_tools
from tests.demo.asking import ADD, ask

SEARCH: Json = {"type": "builtin_function", "function": {"name": "$web_search"}}


def tool(name: object, **fields: object) -> Json:
    return {"type": "function", "function": {"name": name, **fields}}


REFUSED: list[tuple[object, str]] = [
    ("add", "tools must be a list"),
    ([tool(f"tool_{number}") for number in range(129)], "129 tools, at most 128"),
    (["add"], "a tool needs a type and a function with a name"),
    ([tool(None)], "a tool needs a type and a function with a name"),
    ([{"type": "plugin", "function": {"name": "add"}}], "type must be function or builtin_function"),
    ([tool("ad")], "function name ad is invalid"),
    ([tool("x" * 65)], "is invalid"),
    ([tool("add numbers")], "function name add numbers is invalid"),
    ([tool("$web_search")], "function name $web_search is invalid"),
    ([{"type": "builtin_function", "function": {"name": "$dream"}}], "builtin function $dream is not found"),
    ([tool("add", parameters={"type": "string"})], "parameters of add must be a schema of type object"),
    (
        [tool("add", parameters={"type": "object", "properties": {"a": {"type": "string", "format": "date"}}})],
        "at path properties.a: format is not allowed",
    ),
]


@pytest.mark.parametrize(("tools", "words"), REFUSED, ids=[row[1] for row in REFUSED])
def test_complains(tools: object, words: str) -> None:
    """The first complaint names what is wrong with the tools."""
    assert words in next(check_tools(ask("Hi", tools=tools)), "")


@pytest.mark.parametrize("tools", [[], [ADD], [SEARCH], [tool("add")], [tool(f"tool_{n}") for n in range(128)]])
def test_does_not_complain(tools: list[Json]) -> None:
    """Tools in the service's forms pass."""
    assert list(check_tools(ask("Hi", tools=tools))) == []


def test_a_required_call_is_a_matter_of_the_model() -> None:
    """K3 alone can be made to call some tool."""
    request = ask("Hi", tools=[ADD], tool_choice="required")
    assert list(check_choice(request, find_model("kimi-k3"), thinks=True)) == []
    assert "not supported by kimi-k2.6" in next(check_choice(request, find_model("kimi-k2.6"), thinks=False))


def test_a_named_function_must_exist() -> None:
    """A choice that is no word of the service, or names no tool, is refused."""
    model = find_model("kimi-k2.6")
    named = ask("Hi", tools=[ADD], tool_choice={"type": "function", "function": {"name": "subtract"}})
    assert "names subtract, which is not among the tools" in next(check_choice(named, model, thinks=False))
    other = ask("Hi", tools=[ADD], tool_choice="maybe")
    assert "none, auto, required or a named function" in next(check_choice(other, model, thinks=False))
