"""Any JSON schema -> the subset of it that the service takes; what does not fit goes into descriptions. Pure."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from kimi_magic.errors import UsageError
from kimi_magic.schema.form import TYPES, check_form
from kimi_magic.schema.merging import ABOUT, Schema, without
from kimi_magic.schema.references import References, Seen, as_schema
from kimi_magic.schema.words import KEYWORDS, SAYINGS, in_order, remarks

HINTS: Mapping[str, tuple[str, ...]] = {
    "object": ("properties", "required", "additionalProperties", "patternProperties", "propertyNames", "minProperties"),
    "array": ("items", "prefixItems", "minItems", "maxItems", "uniqueItems", "contains"),
    "string": ("minLength", "maxLength", "pattern", "format"),
    "number": ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
}
"""What gives a type away that is not named."""
QUOTED = {word for words in KEYWORDS.values() for word in words} - SAYINGS.keys() | {"propertyNames"}
"""What is quoted in words, and may hold references: they lead nowhere in a text."""
DEEPEST, MOST_NODES = 60, 4_000
"""Steps into each other, and the nodes, that a schema may have; one with more is written with references first."""


def in_subset(schema: Mapping[str, Any]) -> Schema:
    """Return ``schema`` as the service takes it: what cannot be said there is looser, and said in words.

    References are followed but for those that recur; an object with named properties has no others unless ``schema`` says
    so. Raises `UsageError` where it is no JSON schema.

    >>> in_subset({"type": "object", "properties": {"when": {"type": "string", "format": "date"}}})["properties"]
    {'when': {'type': 'string', 'description': 'Format: date.'}}
    """
    schema = copied(schema)
    for is_inlined in (True, False):
        try:
            return _Subset(schema, is_inlined=is_inlined).root()
        except _TooLargeError:
            continue
        except RecursionError:
            break
    raise UsageError(
        f"The schema is too large: it has more than {MOST_NODES:,} parts, or is nested more than {DEEPEST} deep."
    )


class _TooLargeError(Exception):
    """There are more than `MOST_NODES`."""


class _Subset:
    """Writes one schema anew, node by node."""

    def __init__(self, schema: Schema, *, is_inlined: bool) -> None:
        self._schema = schema
        self._references = References(schema, is_inlined=is_inlined)
        self._nodes = 0

    def root(self) -> Schema:
        """Return the whole."""
        result = self._node(self._schema, frozenset(), 0)
        definitions: Schema = {}
        while missing := [one for one in self._references.kept.items() if one[1] not in definitions]:
            for reference, name in missing:
                definitions[name] = self._definition(reference, name)
        return {**result, "$defs": definitions} if definitions else result

    def _definition(self, reference: str, name: str) -> Schema:
        definition = self._node({"$ref": reference}, frozenset(), 0)
        if definition.get("$ref") == f"#/$defs/{name}":
            raise UsageError(f"The schema's {name!r} refers to itself and to nothing else.")
        return definition

    def _node(self, node: Any, seen: Seen, depth: int) -> Schema:
        self._nodes += 1
        if self._nodes > MOST_NODES:
            raise _TooLargeError
        if depth > DEEPEST:
            raise RecursionError
        flat, seen = self._references.flat(node, seen, may_stay=depth > 0)
        if "$ref" in flat:
            return {"$ref": flat["$ref"], **_about(flat, "")}
        choices = _choices(flat)
        if len(choices) > 1:
            about = _about({keyword: value for keyword, value in flat.items() if keyword in ABOUT}, "")
            return {"anyOf": [self._node(choice, seen, depth + 1) for choice in choices], **about}
        (only,) = choices
        if only is not flat:
            about = {keyword: value for keyword, value in flat.items() if keyword in ABOUT}
            return self._node({"allOf": [only, about]}, seen, depth + 1)
        return self._of_one_kind(flat, seen, depth)

    def _of_one_kind(self, node: Schema, seen: Seen, depth: int) -> Schema:
        (kind,) = _kinds(node)
        result: Schema = {"type": kind}
        extra: list[str] = []
        match kind:
            case "object":
                result |= self._object(node, seen, depth)
            case "array":
                result |= self._array(node, seen, depth)
                extra = [in_order([self._references.flat(item, seen)[0] for item in node.get("prefixItems", [])])]
            case "string":
                result |= _amounts(node, "minLength", "maxLength")
            case "number" | "integer":
                result |= _range(node, is_whole=kind == "integer")
        if "enum" in node and kind != "null":
            result = {"type": kind, "enum": node["enum"]}
        quoted = {keyword: self._references.spelled(node[keyword]) for keyword in QUOTED if keyword in node}
        return result | _about(node | quoted, kind, extra)

    def _object(self, node: Schema, seen: Seen, depth: int) -> Schema:
        required = node.get("required", [])
        given = node.get("properties", {})
        properties = {**{name: True for name in required if name not in given}, **given}
        parts: Schema = {}
        if properties or "properties" in node:
            children = {name: child for name, child in properties.items() if child is not False}
            parts["properties"] = {name: self._property(name, child, seen, depth) for name, child in children.items()}
        if required:
            parts["required"] = required
        patterns = [*node.get("patternProperties", {}).values()]
        others = node.get("additionalProperties", not properties if "propertyNames" not in node else True)
        if patterns and (others is False or "additionalProperties" not in node):
            others = {"anyOf": patterns} if len(patterns) > 1 else patterns[0]
        if isinstance(others, dict) and others:
            parts["additionalProperties"] = self._node(others, seen, depth + 1)
        elif properties or "additionalProperties" in node:
            parts["additionalProperties"] = others is not False
        return parts

    def _property(self, name: str, node: Any, seen: Seen, depth: int) -> Schema:
        """Return a property; a title that only repeats its name is left out."""
        child = self._node(node, seen, depth + 1)
        return without(child, "title") if child.get("title") == name.replace("_", " ").title() else child

    def _array(self, node: Schema, seen: Seen, depth: int) -> Schema:
        first, rest = node.get("prefixItems", []), node.get("items")
        kinds = [*first, *([rest] if rest not in (None, True, False) else [])]
        different = [kind for place, kind in enumerate(kinds) if kind not in kinds[:place]]
        parts = _amounts(node, "minItems", "maxItems")
        if first and rest is False:
            parts["maxItems"] = min(len(first), parts.get("maxItems", len(first)))
        if different and not (first and rest in (None, True) and parts.get("maxItems", math.inf) > len(first)):
            parts["items"] = self._node({"anyOf": different} if len(different) > 1 else different[0], seen, depth + 1)
        return parts


def copied(schema: Mapping[str, Any]) -> Schema:
    """Return ``schema`` as it comes out of a file: no later change reaches it. Raises `UsageError` where it is none."""
    try:
        result: Schema = json.loads(json.dumps(schema))
    except (TypeError, ValueError, RecursionError) as error:
        raise UsageError(f"The schema cannot be written as JSON: {error}.") from None
    check_form(result)
    return result


def _choices(node: Schema) -> list[Schema]:
    """Return what a value may be, each with all that is asked of it; ``node`` itself where there is nothing to choose."""
    for word in ("anyOf", "oneOf"):
        if word in node:
            rest = without(node, word, *ABOUT)
            branches = [branch for branch in node[word] if branch is not False] or [True]
            return [{"allOf": [rest, branch]} if rest else as_schema(branch) for branch in branches]
    if "const" in node:
        return [{**without(node, "const"), "enum": [node["const"]]}]
    if "enum" in node:
        return _by_kind(node)
    kinds = _kinds(node)
    rest = without(node, "type", "nullable", *ABOUT)
    return [{"type": kind, **rest} for kind in kinds] if len(kinds) > 1 else [node]


def _by_kind(node: Schema) -> list[Schema]:
    """Return a choice of values as one of each type."""
    allowed = _kinds(node) if "type" in node else TYPES
    groups: dict[str, list[Any]] = {}
    for value in [*node["enum"], *([None] if node.get("nullable") is True else [])]:
        kind = _kind_of(value)
        kind = "number" if kind == "integer" and "integer" not in allowed else kind
        if kind in allowed:
            groups.setdefault(kind, []).append(value)
    if not groups:
        raise UsageError("The schema has an enum with no value of its type in it.")
    if len(groups) == 1 and node.get("type") == next(iter(groups)) and groups[node["type"]] == node["enum"]:
        return [node]
    return [{"type": kind, "enum": values} for kind, values in groups.items()]


def _kind_of(value: object) -> str:
    kinds = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object"}
    return kinds.get(type(value), "null")


def _kinds(node: Schema) -> list[str]:
    """Return the types that a value may have: as named, else as given away, else all."""
    named = node.get("type")
    kinds = named if isinstance(named, list) else [named] if named else []
    kinds = kinds or [kind for kind, words in HINTS.items() if not node.keys().isdisjoint(words)]
    kinds = kinds or [kind for kind in TYPES if kind != "integer"]
    return [*kinds, "null"] if node.get("nullable") is True and "null" not in kinds else list(dict.fromkeys(kinds))


def _about(node: Schema, kind: str, extra: Iterable[str] = ()) -> Schema:
    """Return title, description and default of ``node``; what else it says goes into the description."""
    about: Schema = {}
    if isinstance(node.get("title"), str):
        about["title"] = node["title"]
    if said := " ".join(filter(None, [str(node.get("description") or "").strip(), *extra, *remarks(node, kind)])):
        about["description"] = said
    if "default" in node and _is_json(node["default"]):
        about["default"] = node["default"]
    return about


def _is_json(value: object) -> bool:
    try:
        json.dumps(value, allow_nan=False)
    except ValueError:
        return False
    return True


def _amounts(node: Schema, *keywords: str) -> Schema:
    given = {keyword: node[keyword] for keyword in keywords if _is_number(node.get(keyword))}
    return {keyword: int(value) for keyword, value in given.items()}


def _range(node: Schema, *, is_whole: bool) -> Schema:
    """Return the bounds of a number; of exclusive ones the nearest that can be said."""
    least = [*_numbers(node, "minimum"), *(_after(value, is_whole) for value in _numbers(node, "exclusiveMinimum"))]
    most = [*_numbers(node, "maximum"), *(-_after(-value, is_whole) for value in _numbers(node, "exclusiveMaximum"))]
    return {**({"minimum": max(least)} if least else {}), **({"maximum": min(most)} if most else {})}


def _after(value: float, is_whole: bool) -> float:
    return math.floor(value) + 1 if is_whole else value


def _numbers(node: Schema, keyword: str) -> Iterator[float]:
    if _is_number(node.get(keyword)):
        yield node[keyword]


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
