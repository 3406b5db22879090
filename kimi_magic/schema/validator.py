"""Whether a value fits a JSON schema (draft 2020-12), and what is wrong where it does not. Pure.

A schema is checked as it was written, not turned into a type first: a type cannot say ``oneOf``, ``not``, ``if`` or
``dependentRequired``, and would let through what the schema forbids. Patterns that `kimi_magic.schema.patterns` cannot
compute are not checked.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterator, Mapping
from datetime import date, datetime, time
from fractions import Fraction
from typing import Any
from uuid import UUID

from kimi_magic.schema.merging import Schema
from kimi_magic.schema.misfit import Misfit, echo
from kimi_magic.schema.patterns import matches
from kimi_magic.schema.references import References, as_schema

Path = tuple[object, ...]
Complaints = Iterator[tuple[Path, str]]

FORMATS: Mapping[str, Callable[[str], object]] = {
    "date": date.fromisoformat,
    "date-time": datetime.fromisoformat,
    "time": time.fromisoformat,
    "uuid": UUID,
}
"""The formats that are checked; the others are said to the model and taken as they come."""

MOST_CHECKS = 1_000_000
"""Values that are held against a schema, some seconds' work: one that recurs on two ways can ask for it without an end."""


class Validator:
    """Holds values against one schema.

    >>> list(Validator({"type": "object", "properties": {"n": {"type": "integer"}}}).complaints({"n": "one"}))
    [(('n',), 'expected integer, got "one"')]
    """

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self._references = References(schema)
        self._left = 0

    def complaints(self, value: object) -> Complaints:
        """Yield what is wrong with ``value``, and where. Raises `Misfit` where that is more work than `MOST_CHECKS`."""
        self._left = MOST_CHECKS
        return self._check(value, self._schema, ())

    def _fits(self, value: object, schema: Any) -> bool:
        return next(self._check(value, schema, ()), None) is None

    def _check(self, value: object, node: Any, path: Path) -> Complaints:
        self._left -= 1
        if self._left < 0:
            raise Misfit("There is too much in the reply to be checked against the schema.")
        if node is False:
            yield path, "nothing may stand here"
            return
        node = as_schema(node)
        if "$ref" in node:
            yield from self._check(value, self._references.resolve(node["$ref"]), path)
        yield from _check_kind(value, node, path)
        yield from self._check_combined(value, node, path)
        match value:
            case dict():
                yield from self._check_object(value, node, path)
            case list():
                yield from self._check_array(value, node, path)
            case str():
                yield from _check_text(value, node, path)
            case int() | float() if not isinstance(value, bool):
                yield from _check_number(value, node, path)
            case _:
                pass

    def _check_combined(self, value: object, node: Schema, path: Path) -> Complaints:
        for member in node.get("allOf", ()):
            yield from self._check(value, member, path)
        if "anyOf" in node:
            yield from self._check_choice(value, node["anyOf"], path)
        if "oneOf" in node:
            yield from self._check_choice(value, node["oneOf"], path, most=1)
        if "not" in node and self._fits(value, node["not"]):
            yield path, "is of the kind that is not allowed"
        if "if" in node:
            branch = "then" if self._fits(value, node["if"]) else "else"
            yield from self._check(value, node.get(branch, True), path)

    def _check_choice(self, value: object, choices: list[Any], path: Path, most: float = math.inf) -> Complaints:
        """Complain where nothing fits, or more than ``most`` do.

        Of what fits none it is told how it fits the nearest, the one with the fewest complaints. Each choice is looked at
        once: twice would double with every step into a schema that recurs.
        """
        found, fitting = [], 0
        for choice in choices:
            complaints = [*self._check(value, choice, path)]
            found.append(complaints)
            fitting += not complaints
            if fitting and most > 1:
                return
        if fitting > most:
            yield path, f"fits {fitting} of the alternatives, where exactly one is expected"
        elif not fitting:
            nearest = min(found, key=lambda one: (one[0][0] == path and one[0][1].startswith("expected "), len(one)))
            yield path, f"fits none of the {len(choices)} alternatives; of the nearest one:"
            yield from nearest

    def _check_object(self, value: dict[str, object], node: Schema, path: Path) -> Complaints:
        yield from ((path, f"{name!r} is missing") for name in node.get("required", ()) if name not in value)
        yield from _check_size(len(value), node, path, "Properties", "entries")
        for name, needed in node.get("dependentRequired", {}).items():
            if name in value:
                yield from ((path, f"{one!r} is missing beside {name!r}") for one in needed if one not in value)
        for name, dependent in node.get("dependentSchemas", {}).items():
            if name in value:
                yield from self._check(value, dependent, path)
        properties, patterns = node.get("properties", {}), node.get("patternProperties", {})
        for name, child in value.items():
            schemas = [properties[name]] if name in properties else []
            schemas += [schema for pattern, schema in patterns.items() if matches(pattern, name)]
            for schema in schemas or [node.get("additionalProperties", True)]:
                if schema is False:
                    yield (*path, name), "is not one of the names that are expected"
                else:
                    yield from self._check(child, schema, (*path, name))
            if "propertyNames" in node:
                yield from self._check(name, node["propertyNames"], (*path, name))

    def _check_array(self, value: list[object], node: Schema, path: Path) -> Complaints:
        yield from _check_size(len(value), node, path, "Items", "items")
        first = node.get("prefixItems", ())
        for place, item in enumerate(value):
            schema = first[place] if place < len(first) else node.get("items", True)
            yield from self._check(item, schema, (*path, place))
        if node.get("uniqueItems") is True:
            seen: set[Hashable] = set()
            for place, key in enumerate(map(_key, value)):
                if key in seen:
                    yield (*path, place), "stands there a second time"
                seen.add(key)
        if "contains" in node:
            count = sum(self._fits(item, node["contains"]) for item in value)
            if not node.get("minContains", 1) <= count <= node.get("maxContains", math.inf):
                yield path, f"has {count} items of the kind that it must contain"


def _check_kind(value: object, node: Schema, path: Path) -> Complaints:
    kinds = node.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else [*kinds]
    if kinds and node.get("nullable") is True:
        kinds.append("null")
    if kinds and not any(_is_a(value, kind) for kind in kinds):
        yield path, f"expected {' or '.join(kinds)}, got {echo(value)}"
    for allowed in (node.get("enum"), [node["const"]] if "const" in node else None):
        if allowed is not None and _key(value) not in map(_key, allowed):
            yield path, f"expected {'one of ' * (len(allowed) > 1)}{', '.join(map(echo, allowed))}, got {echo(value)}"


def _check_text(value: str, node: Schema, path: Path) -> Complaints:
    yield from _check_size(len(value), node, path, "Length", "characters")
    if "pattern" in node and not matches(node["pattern"], value):
        yield path, f"does not match {node['pattern']}"
    if read := FORMATS.get(str(node.get("format"))):
        try:
            read(value)
        except ValueError:
            yield path, f"expected a {node['format']}, got {echo(value)}"


def _check_number(value: float, node: Schema, path: Path) -> Complaints:
    least, most, step = node.get("minimum", -math.inf), node.get("maximum", math.inf), node.get("multipleOf")
    above, below = node.get("exclusiveMinimum", -math.inf), node.get("exclusiveMaximum", math.inf)
    above, below = least if above is True else above, most if below is True else below  # as draft 4 has it
    if value < least or value > most:
        yield (
            path,
            f"expected {'at least' if value < least else 'at most'} {least if value < least else most}, got {echo(value)}",
        )
    elif (above not in (False, -math.inf) and value <= above) or (below not in (False, math.inf) and value >= below):
        yield path, f"expected a number between {above} and {below}, these left out, got {echo(value)}"
    if step and not _is_multiple(value, step):
        yield path, f"expected a multiple of {step}, got {echo(value)}"


def _check_size(count: int, node: Schema, path: Path, of: str, words: str) -> Complaints:
    least, most = node.get(f"min{of}", 0), node.get(f"max{of}", math.inf)
    if count < least:
        yield path, f"expected at least {least} {words}, got {count}"
    elif count > most:
        yield path, f"expected at most {most} {words}, got {count}"


def _is_a(value: object, kind: str) -> bool:
    match kind:
        case "integer":
            return not isinstance(value, bool) and (
                isinstance(value, int) or (isinstance(value, float) and value.is_integer())
            )
        case "number":
            return isinstance(value, (int, float)) and not isinstance(value, bool)
        case _:
            kinds = {"string": str, "boolean": bool, "object": dict, "array": list, "null": type(None)}
            return isinstance(value, kinds[kind])


def _is_multiple(value: float, step: float) -> bool:
    try:
        return _exactly(value) % _exactly(step) == 0
    except ValueError:  # one of them is infinite
        return False


def _exactly(number: float) -> Fraction:
    """Return ``number`` as it is written: 0.3 is a multiple of 0.1 then, and no whole number is too large."""
    return Fraction(number) if isinstance(number, int) else Fraction(repr(number))


def _key(value: object) -> Hashable:
    """Return what is equal for equal JSON values and no others: 1 is 1.0, and true is not 1."""
    match value:
        case dict():
            return "object", frozenset((name, _key(child)) for name, child in value.items())
        case list():
            return "array", *map(_key, value)
        case bool() | str() | None:
            return type(value).__name__, value
        case _:
            return "number", value
