"""Whether a JSON schema is one: each keyword has a value of its kind, and each reference leads somewhere. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import UnionType
from typing import Any

from kimi_magic.errors import UsageError
from kimi_magic.schema.references import References

TYPES = ("string", "number", "integer", "boolean", "object", "array", "null")
ONE = (
    "items",
    "additionalItems",
    "additionalProperties",
    "propertyNames",
    "contains",
    "not",
    "if",
    "then",
    "else",
)
MANY = ("allOf", "anyOf", "oneOf", "prefixItems")
NAMED = ("properties", "patternProperties", "dependentSchemas", "$defs", "definitions")
"""Keywords behind which stand a schema, a list of schemas, and schemas by name."""

_COUNT, _BOUND, _LIMIT = (int, "a whole number"), (int | float, "a number"), (int | float | bool, "a number")
KINDS: Mapping[str, tuple[type | UnionType, str]] = {
    **dict.fromkeys(MANY, (list, "a list")),
    **dict.fromkeys((*NAMED, "dependentRequired"), (dict, "an object")),
    **dict.fromkeys(("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"), _COUNT),
    **dict.fromkeys(("minimum", "maximum", "multipleOf", "minContains", "maxContains"), _BOUND),
    **dict.fromkeys(("exclusiveMinimum", "exclusiveMaximum"), _LIMIT),
    **dict.fromkeys(("$ref", "pattern", "description"), (str, "a text")),
    **dict.fromkeys(("required", "enum"), (list, "a list")),
    **dict.fromkeys(("uniqueItems", "nullable"), (bool, "true or false")),
}
"""What must stand behind a keyword, and how that is said."""


def check_form(schema: object) -> None:
    """Raise `UsageError`, which names the place, where ``schema`` is no JSON schema.

    >>> check_form({"properties": {"age": {"type": "whole"}}})
    Traceback (most recent call last):
    kimi_magic.errors.UsageError: The schema has the type 'whole' at properties.age; JSON has string, number, integer, …
    """
    references = References(schema if isinstance(schema, dict) else {})
    waiting: list[tuple[str, Any]] = [("", schema)]
    seen: set[int] = set()
    while waiting:
        path, node = waiting.pop()
        if isinstance(node, bool) or id(node) in seen:
            continue
        seen.add(id(node))
        _check_node(node, path)
        if "$ref" in node:
            waiting.append((node["$ref"], references.resolve(node["$ref"])))
        waiting.extend(_children(node, f"{path}." if path else ""))


def _children(node: Mapping[str, Any], path: str) -> Iterator[tuple[str, Any]]:
    tuples = ["items"] if isinstance(node.get("items"), list) else []  # as drafts before 2020-12 have it
    yield from ((path + keyword, node[keyword]) for keyword in ONE if keyword in node and keyword not in tuples)
    for keyword in (*MANY, *tuples):
        yield from ((f"{path}{keyword}.{place}", child) for place, child in enumerate(node.get(keyword, ())))
    for keyword in NAMED:
        yield from ((f"{path}{keyword}.{name}", child) for name, child in node.get(keyword, {}).items())


def _check_node(node: Any, path: str) -> None:
    at = f" at {path[:100]}" if path else ""
    if not isinstance(node, dict):
        raise UsageError(f"The schema has {str(node)[:60]!r}{at}, where a schema is expected.")
    for keyword, (kind, words) in KINDS.items():
        value = node.get(keyword)
        if keyword in node and (not isinstance(value, kind) or (isinstance(value, bool) and kind in (int, int | float))):
            raise UsageError(f"The schema's {keyword}{at} must be {words}.")
    for keyword in ("enum", "anyOf", "oneOf"):
        if node.get(keyword) == []:
            raise UsageError(f"The schema's {keyword}{at} has nothing in it.")
    lists = [node.get("required", []), *node.get("dependentRequired", {}).values()]
    if not all(isinstance(many, list) and all(isinstance(name, str) for name in many) for many in lists):
        raise UsageError(f"The schema's required{at} must be a list of names.")
    kinds = node.get("type", [])
    for kind in kinds if isinstance(kinds, list) else [kinds]:
        if kind not in TYPES:
            raise UsageError(f"The schema has the type {str(kind)[:60]!r}{at}; JSON has {', '.join(TYPES)}.")
