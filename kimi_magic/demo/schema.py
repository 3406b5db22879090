"""Makes a value that fits a JSON schema, out of the numbers and words of a question."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from kimi_magic.demo.protocol import Json

NUMBER = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?(?!\w)")
QUOTED = re.compile(r"[\"“]([^\"”]+)[\"”]|(?<!\w)'([^'\n]+)'(?!\w)")
PROPER = re.compile(r"(?<=[\w,;] )[A-Z][\w-]+")
GENEROUS, DEEPEST = 3, 24
"""Above the first depth optional things are filled in too; the second ends a schema that only an endless value fits."""

FORMATS: Mapping[str, str] = {
    "date-time": "2026-01-02T03:04:05Z",
    "date": "2026-01-02",
    "time": "03:04:05Z",
    "duration": "P1DT2H",
    "email": "ada@example.org",
    "idn-email": "ada@example.org",
    "name-email": "Ada <ada@example.org>",
    "hostname": "example.org",
    "uri": "https://example.org/",
    "uri-reference": "https://example.org/",
    "multi-host-uri": "https://example.org/",
    "ipv4": "192.0.2.1",
    "ipv4network": "192.0.2.0/24",
    "ipv4interface": "192.0.2.1/24",
    "ipv6": "2001:db8::1",
    "ipv6network": "2001:db8::/32",
    "ipv6interface": "2001:db8::1/32",
    "ipvanyaddress": "192.0.2.1",
    "ipvanynetwork": "192.0.2.0/24",
    "ipvanyinterface": "192.0.2.1/24",
    "regex": "^a+$",
    "base64url": "YWJj",
    "uuid": "12345678-1234-4234-8234-123456789abc",
    **{f"uuid{version}": f"12345678-1234-{version}234-8234-123456789abc" for version in range(1, 9)},
}
"""A text of each format that is more than any text."""
_FORMAT = re.compile(r"Format: ([\w-]+)\.")
_KEYS = re.compile(r'Keys: ((?:"(?:\\.|[^"\\])*"(?:, | or )?)+)\.')
"""How a description says what the service's schemas cannot."""


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
        value |= {name: "example" for name in required if name not in properties}
        others = node.get("additionalProperties")
        keys = [] if properties or others is False else _keys(node)
        return value | {
            key: self.fill(others if isinstance(others, dict) else {"type": "string"}, depth + 1) for key in keys
        }

    def _array(self, node: Json, depth: int) -> list[Any]:
        least, most = node.get("minItems", 0), node.get("maxItems", 1)
        count = max(least, min(1, most) if depth < GENEROUS else 0)
        items = node.get("items")
        return [self.fill(items if isinstance(items, dict) else {"type": "string"}, depth + 1) for _ in range(count)]

    def _string(self, node: Json) -> str:
        if form := _form(node):
            return form
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


def _form(node: Json) -> str:
    """Return a text of the format that ``node`` asks for, in a keyword or in words; "" where it asks for none."""
    found = _FORMAT.search(str(node.get("description") or ""))
    return FORMATS.get(node.get("format") or (found[1] if found else ""), "")


def _keys(node: Json) -> list[str]:
    """Return the keys that an object is to have: those that its description names, or one of the format that it says."""
    said = _KEYS.search(str(node.get("description") or ""))
    if said is None:
        return list(filter(None, [_form(node)]))
    return [json.loads(key) for key in re.findall(r'"(?:\\.|[^"\\])*"', said[1])]


def _simplest(choices: Iterable[Json]) -> Json:
    """Return the choice that leads least deep."""
    return min(choices, key=lambda node: ("$ref" in node or "anyOf" in node, node.get("type") in ("object", "array")))
