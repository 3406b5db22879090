"""Decides which tools to call: those that the question names, or the first where a call is required."""

from __future__ import annotations

import json
import re

from kimi_magic.demo import reading
from kimi_magic.demo.protocol import Call, Json
from kimi_magic.demo.schema import fill_schema
from kimi_magic.demo.tool_rules import chosen_name


def choose_calls(request: Json) -> tuple[Call, ...]:
    """Return the calls that answer the last question; none where a tool has answered it already."""
    tools, choice = request.get("tools") or [], request.get("tool_choice")
    if choice == "none" or reading.tool_results(request):
        return ()
    question = reading.question(reading.last_user(request))
    wanted = [tool for tool in tools if _is_wanted(tool["function"]["name"], question, choice)]
    if not wanted and choice == "required":
        wanted = tools[:1]
    return tuple(_call(tool, place, question) for place, tool in enumerate(wanted))


def _is_wanted(name: str, question: str, choice: object) -> bool:
    chosen = chosen_name(choice)
    if chosen is not None:
        return name == chosen
    return re.search(rf"(?<!\w){re.escape(name.removeprefix('$'))}(?!\w)", question, re.IGNORECASE) is not None


def _call(tool: Json, place: int, question: str) -> Call:
    function = tool["function"]
    if tool["type"] == "builtin_function":
        arguments: object = {"query": reading.shorten(question)}
    else:
        said = question.replace(function["name"], " ")
        arguments = fill_schema(function.get("parameters") or {"type": "object"}, said)
    return Call(f"{function['name']}:{place}", function["name"], json.dumps(arguments, ensure_ascii=False))
