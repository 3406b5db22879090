"""Two JSON schemas that both hold -> one schema. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from kimi_magic.errors import UsageError

Schema = dict[str, Any]

ABOUT = frozenset({"title", "description", "default", "deprecated", "readOnly", "writeOnly", "discriminator", "examples"})
"""Keywords that tell about a value and restrict nothing."""


def merged(one: Schema, other: Schema) -> Schema:
    """Return a schema that holds where both do; what ``other`` tells about the value goes before.

    >>> merged({"type": "integer", "minimum": 1}, {"type": "number", "minimum": 3, "title": "N"})
    {'type': 'integer', 'minimum': 3, 'title': 'N'}
    """
    result = dict(one)
    for keyword, value in other.items():
        if keyword not in result or result[keyword] == value:
            result[keyword] = value
        elif keyword in ("anyOf", "oneOf"):
            _add_choice(result, value)
        else:
            result[keyword] = _JOINED.get(keyword, _last)(result[keyword], value)
    return result


def without(node: Mapping[str, Any], *keywords: str) -> Schema:
    """Return ``node`` without those keywords."""
    return {keyword: value for keyword, value in node.items() if keyword not in keywords}


def _add_choice(node: Schema, choices: list[Schema]) -> None:
    """Let ``node`` choose once more: each of its choices is to fit one of the ``choices``, too."""
    word = "anyOf" if "anyOf" in node else "oneOf"
    node[word] = [{"allOf": [choice, {"anyOf": choices}]} for choice in node[word]]


def _last(_: Any, value: Any) -> Any:
    return value


def _kinds(one: Any, other: Any) -> Any:
    """Return the types that both allow; an integer is a number."""
    ones, others = (value if isinstance(value, list) else [value] for value in (one, other))
    both = [kind for kind in ones if kind in others or (kind == "integer" and "number" in others)]
    both += [kind for kind in others if kind == "integer" and "number" in ones and kind not in both]
    if not both:
        raise UsageError(f"The schema asks for {one} and {other} at once: no value is both.")
    return both if len(both) > 1 else both[0]


def _values(one: list[Any], other: list[Any]) -> list[Any]:
    if both := [value for value in one if value in other]:
        return both
    raise UsageError(f"The schema asks for one of {str(one)[:80]} and of {str(other)[:80]} at once: they share no value.")


def _properties(one: Schema, other: Schema) -> Schema:
    shared = {name: _both(one[name], other[name]) for name in one if name in other}
    return {**one, **other, **shared}


def _both(one: Any, other: Any) -> Any:
    if one is False or other is False:
        return False
    rest = [part for part in (one, other) if part is not True]
    return {"allOf": rest} if rest else True


def _required(one: list[str], other: list[str]) -> list[str]:
    return list(dict.fromkeys([*one, *other]))


def _sentences(one: str, other: str) -> str:
    return f"{other} {one}"


_JOINED: Mapping[str, Callable[[Any, Any], Any]] = {
    "type": _kinds,
    "enum": _values,
    "properties": _properties,
    "patternProperties": _properties,
    "required": _required,
    "additionalProperties": _both,
    "items": _both,
    "description": _sentences,
    **dict.fromkeys(("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"), max),
    **dict.fromkeys(("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"), min),
}
"""How two values of a keyword become one; of the other keywords the last one stays."""
