"""What the service refuses in tools and in the choice among them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kimi_magic.api.catalog import Model
from kimi_magic.demo.protocol import Json
from kimi_magic.demo.schema_rules import check_schema

TOOLS = 128
NAME = re.compile(r"[A-Za-z0-9_-]{3,64}")
BUILTINS = ("$web_search",)


def check_tools(request: Json) -> Iterator[str]:
    """Yield what is wrong with the tools."""
    tools = request.get("tools")
    if not isinstance(tools, list | None):
        yield "Invalid request: tools must be a list"
    if len(tools or ()) > TOOLS:
        yield f"Invalid request: {len(tools or ())} tools, at most {TOOLS} are allowed"
    for tool in tools or ():
        yield from _check_tool(tool)


def _check_tool(tool: object) -> Iterator[str]:
    function = tool.get("function") if isinstance(tool, dict) else None
    if not isinstance(tool, dict) or not isinstance(function, dict) or not isinstance(function.get("name"), str):
        yield "Invalid request: a tool needs a type and a function with a name"
        return
    name = function["name"]
    if tool.get("type") == "builtin_function":
        if name not in BUILTINS:
            yield f"Invalid request: builtin function {name} is not found"
        return
    if tool.get("type") != "function":
        yield "Invalid request: a tool's type must be function or builtin_function"
    if not NAME.fullmatch(name):
        yield f"Invalid request: function name {name} is invalid, must be 3 to 64 letters, digits, _ and -"
    parameters = function.get("parameters")
    if parameters is None:
        return
    if not isinstance(parameters, dict) or parameters.get("type") != "object":
        yield f"Invalid request: parameters of {name} must be a schema of type object"
    for complaint in check_schema(parameters):
        yield f"Invalid request: parameters of {name} is not a valid moonshot flavored json schema, {complaint}"


def check_choice(request: Json, model: Model, *, thinks: bool) -> Iterator[str]:
    """Yield what is wrong with ``tool_choice``."""
    choice = request.get("tool_choice")
    if choice in (None, "none", "auto"):
        return
    if choice == "required":
        if not model.efforts:
            yield (
                "tool_choice 'required' is incompatible with thinking enabled"
                if thinks
                else (f"tool_choice 'required' is not supported by {model.id}")
            )
        return
    name = chosen_name(choice)
    if name is None:
        yield "Invalid request: tool_choice must be none, auto, required or a named function"
    if thinks:
        yield "tool_choice 'specified' is incompatible with thinking enabled"
    if name not in [tool["function"]["name"] for tool in request.get("tools") or ()]:
        yield f"Invalid request: tool_choice names {name}, which is not among the tools"


def chosen_name(choice: object) -> str | None:
    """Return the function that ``tool_choice`` names, None where it names none."""
    function = choice.get("function") if isinstance(choice, dict) else None
    name = function.get("name") if isinstance(function, dict) else None
    return name if isinstance(name, str) else None
