"""Makes a value that fits a JSON schema, out of the numbers and words of a question."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from kimi_magic.demo.protocol import Json

NUMBER = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?(?!\w)")
QUOTED = re.compile(r"[\"“]([^\"”]+)[\"”]|(?<!\w)'([^'\n]+)'(?!\w)")
PROPER = re.compile(r"(?<=[\w,;] )[A-Z][\w-]+")
GENEROUS, DEEPEST = 3, 24
"""Above the first depth optional things are filled in too; the second ends a schema that only an endless value fits."""


def fill_schema(schema: Json, question: str = "") -> Any:
    """Return a value that fits ``schema``, with what ``question`` says where the types allow it.

    >>> fill_schema({"type": "object", "properties": {"a": {"type": "number"}, "b": {"type": "integer"}}}, "2.5 and 3?")
    {'a': 2.5, 'b': 3}
    """
    return Filler(schema, question).fill(schema, 0)


class Filler:
    """Fills one schema. What it takes from the question it uses once, in the order in which it was said."""

    def __init__(self, schema: Json, question: str) -> None:
        self._root = schema
        self._words = question
        self._numbers = [float(found) if "." in found else int(found) for found in NUMBER.findall(question)]
        quoted = ["".join(found) for found in QUOTED.findall(question)]
        self._strings = quoted or PROPER.findall(question)

    def fill(self, node: Json, depth: int) -> Any:
        """Return a value for ``node``, which stands ``depth`` steps under the root."""
        if depth > DEEPEST:
            return None
        if "enum" in node:
            return self._choose(node["enum"])
        if "$ref" in node:
            return self.fill(self._resolve(node["$ref"]), depth + 1)
        if "anyOf" in node:
            return self.fill(_simplest(node["anyOf"]) if depth >= GENEROUS else node["anyOf"][0], depth + 1)
        kinds = node.get("type", "object")
        return self._fill_type(kinds[0] if isinstance(kinds, list) else kinds, node, depth)

    def _fill_type(self, kind: str, node: Json, depth: int) -> Any:
        match kind:
            case "object":
                return self._object(node, depth)
            case "array":
                return self._array(node, depth)
            case "string":
                return self._string(node)
            case "number" | "integer":
                return self._number(node, whole=kind == "integer")
            case "boolean":
                return True
            case _:
                return None

    def _object(self, node: Json, depth: int) -> Json:
        required = node.get("required") or ()
        properties: Json = node.get("properties") or {}
        wanted = [name for name in properties if depth < GENEROUS or name in required]
        value = {name: self.fill(properties[name], depth + 1) for name in wanted}
        return value | {name: "example" for name in required if name not in properties}

    def _array(self, node: Json, depth: int) -> list[Any]:
        least, most = node.get("minItems", 0), node.get("maxItems", 1)
        count = max(least, min(1, most) if depth < GENEROUS else 0)
        items = node.get("items")
        return [self.fill(items if isinstance(items, dict) else {"type": "string"}, depth + 1) for _ in range(count)]

    def _string(self, node: Json) -> str:
        least, most = node.get("minLength", 0), node.get("maxLength")
        said = self._strings.pop(0) if self._strings else str(node.get("default") or self._words or "example")
        return said[:most].ljust(least, ".")

    def _number(self, node: Json, *, whole: bool) -> int | float:
        least, most = node.get("minimum", float("-inf")), node.get("maximum", float("inf"))
        for place, number in enumerate(self._numbers):
            if least <= number <= most and not (whole and isinstance(number, float)):
                return self._numbers.pop(place)
        number = min(max(1, least), most)
        return -int(-number // 1) if whole else number

    def _choose(self, allowed: list[Any]) -> Any:
        said = self._words.lower()
        return next((one for one in allowed if isinstance(one, str) and one and one.lower() in said), allowed[0])

    def _resolve(self, reference: str) -> Json:
        node: Json = self._root if reference == "#" else self._root["$defs"][reference.removeprefix("#/$defs/")]
        return node


def _simplest(choices: Iterable[Json]) -> Json:
    """Return the choice that leads least deep."""
    return min(choices, key=lambda node: ("$ref" in node or "anyOf" in node, node.get("type") in ("object", "array")))
