"""Which JSON schemas the service takes: its own subset, "Moonshot flavored JSON schema"."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain
from types import UnionType

from kimi_magic.demo.protocol import Json

KEYWORDS = frozenset(
    {
        "$defs",
        "$ref",
        "additionalProperties",
        "anyOf",
        "default",
        "description",
        "enum",
        "items",
        "maxItems",
        "maxLength",
        "maximum",
        "minItems",
        "minLength",
        "minimum",
        "properties",
        "required",
        "title",
        "type",
    }
)
TYPES = frozenset({"object", "array", "string", "number", "integer", "boolean", "null"})
KINDS: Mapping[str, type | UnionType] = {
    "anyOf": list,
    "enum": list,
    "maxItems": int,
    "maxLength": int,
    "maximum": int | float,
    "minItems": int,
    "minLength": int,
    "minimum": int | float,
    "properties": dict,
    "required": list,
}
"""What must stand behind a keyword."""
FORMATS = ("text", "json_object", "json_schema")


def check_format(response_format: object) -> Iterator[str]:
    """Yield what is wrong with ``response_format``."""
    if response_format is None:
        return
    if not isinstance(response_format, dict) or response_format.get("type") not in FORMATS:
        yield f"Invalid request: response_format.type must be one of {', '.join(FORMATS)}"
        return
    if response_format["type"] != "json_schema":
        return
    given = response_format.get("json_schema")
    if not isinstance(given, dict) or not isinstance(given.get("name"), str) or not given["name"]:
        yield "Invalid request: response_format.json_schema needs a name"
        return
    if not isinstance(given.get("schema"), dict):
        yield "Invalid request: response_format.json_schema needs a schema"
        return
    for complaint in check_schema(given["schema"]):
        yield f"Invalid request: response_format.json_schema is not a valid moonshot flavored json schema, {complaint}"


def check_schema(schema: Json) -> Iterator[str]:
    """Yield what keeps ``schema`` out of the subset.

    >>> next(check_schema({"type": "object", "properties": {"when": {"type": "string", "format": "date"}}}))
    'at path properties.when: format is not allowed'
    """
    defs = schema.get("$defs", {})
    if not isinstance(defs, dict):
        yield "$defs must be an object"
    yield from _check_node(schema, "", defs)
    yield from chain.from_iterable(_check_node(node, f"$defs.{name}", defs) for name, node in defs.items())


def _check_node(node: object, path: str, defs: Json) -> Iterator[str]:
    at = f"at path {path or '(root)'}"
    if not isinstance(node, dict):
        yield f"{at}: expected a schema"
        return
    for keyword in node:
        if keyword not in KEYWORDS or (keyword == "$defs" and path):
            yield f"{at}: {keyword} is not allowed"
    if not node.keys() & {"type", "anyOf", "$ref"}:
        yield f"{at}: type is missing"
    yield from _check_words(node, at, defs)
    for name, child in _children(node):
        yield from _check_node(child, f"{path}.{name}".lstrip("."), defs)


def _check_words(node: Json, at: str, defs: Json) -> Iterator[str]:
    given = node.get("type", "object")
    if not all(isinstance(kind, str) and kind in TYPES for kind in (given if isinstance(given, list) else [given])):
        yield f"{at}: type {given} is unknown"
    reference = node.get("$ref")
    if reference not in (None, "#", *(f"#/$defs/{name}" for name in defs)):
        yield f"{at}: $ref must point into $defs at the root"
    for keyword, kind in KINDS.items():
        if keyword in node and not isinstance(node[keyword], kind):
            yield f"{at}: {keyword} has the wrong type"
    for keyword in ("anyOf", "enum"):
        if keyword in node and not node[keyword]:
            yield f"{at}: {keyword} must not be empty"


def _children(node: Json) -> Iterator[tuple[str, object]]:
    yield from ((f"properties.{name}", child) for name, child in (node.get("properties") or {}).items())
    yield from ((f"anyOf.{place}", child) for place, child in enumerate(node.get("anyOf") or ()))
    for name in ("items", "additionalProperties"):
        if name in node and not isinstance(node[name], bool):
            yield name, node[name]
