"""Which JSON schemas are taken."""

from __future__ import annotations

import pytest

from kimi_magic.demo.protocol import Json
from kimi_magic.demo.schema_rules import check_format, check_schema

REFUSED: list[tuple[Json, str]] = [
    ({}, "(root): type is missing"),
    ({"type": "thing"}, "type thing is unknown"),
    ({"type": "object", "properties": []}, "properties has the wrong type"),
    ({"type": "object", "properties": {"a": {}}}, "properties.a: type is missing"),
    ({"type": "object", "properties": {"a": {"enum": [1]}}}, "properties.a: type is missing"),
    ({"oneOf": [{"type": "string"}]}, "oneOf is not allowed"),
    ({"allOf": [{"type": "string"}]}, "allOf is not allowed"),
    ({"type": "string", "not": {}}, "not is not allowed"),
    ({"type": "string", "const": "x"}, "const is not allowed"),
    ({"type": "string", "pattern": "x"}, "pattern is not allowed"),
    ({"type": "string", "format": "date"}, "format is not allowed"),
    ({"type": "array", "prefixItems": []}, "prefixItems is not allowed"),
    ({"type": "object", "patternProperties": {}}, "patternProperties is not allowed"),
    ({"type": "number", "exclusiveMinimum": 0}, "exclusiveMinimum is not allowed"),
    ({"type": "number", "minimum": "0"}, "minimum has the wrong type"),
    ({"type": "array", "items": {"$defs": {}, "type": "string"}}, "items: $defs is not allowed"),
    ({"anyOf": []}, "anyOf must not be empty"),
    ({"type": "string", "enum": []}, "enum must not be empty"),
    ({"anyOf": [{"type": "string"}, {"format": "date"}]}, "anyOf.1: format is not allowed"),
    ({"$ref": "#/$defs/a"}, "$ref must point into $defs at the root"),
    ({"$ref": "https://example.org/a"}, "$ref must point into $defs at the root"),
    ({"$ref": "#/$defs/a", "$defs": {"a": {"const": 1}}}, "$defs.a: const is not allowed"),
    ({"type": "object", "additionalProperties": {"const": 1}}, "additionalProperties: const is not allowed"),
]

TAKEN: list[Json] = [
    {"type": "object"},
    {"type": ["string", "null"], "title": "A", "description": "b", "default": "c", "minLength": 1, "maxLength": 9},
    {"type": "object", "properties": {"title": {"type": "string"}}, "required": [], "additionalProperties": False},
    {"type": "array", "items": {"type": "integer", "minimum": 0, "maximum": 2.5}, "minItems": 1, "maxItems": 2},
    {"anyOf": [{"type": "string", "enum": ["a"]}, {"type": "null"}]},
    {"$ref": "#/$defs/node", "$defs": {"node": {"type": "object", "properties": {"next": {"$ref": "#/$defs/node"}}}}},
]

FORMATS: list[tuple[object, str]] = [
    ("json", "type must be one of"),
    ({"type": "xml"}, "type must be one of"),
    ({"type": "json_schema"}, "needs a name"),
    ({"type": "json_schema", "json_schema": {"schema": {"type": "object"}}}, "needs a name"),
    ({"type": "json_schema", "json_schema": {"name": "a"}}, "needs a schema"),
    ({"type": "json_schema", "json_schema": {"name": "a", "schema": {}}}, "type is missing"),
]


@pytest.mark.parametrize(("schema", "words"), REFUSED, ids=[row[1] for row in REFUSED])
def test_complains(schema: Json, words: str) -> None:
    """The first complaint names the place and the word."""
    assert words in next(check_schema(schema), "")


@pytest.mark.parametrize("schema", TAKEN, ids=str)
def test_does_not_complain(schema: Json) -> None:
    """Schemas of the subset pass; a property may be called like a keyword."""
    assert list(check_schema(schema)) == []


@pytest.mark.parametrize(("given", "words"), FORMATS, ids=str)
def test_complains_about_a_response_format(given: object, words: str) -> None:
    """A response format needs a known type, and a schema its name and itself."""
    assert words in next(check_format(given), "")


@pytest.mark.parametrize("given", [None, {"type": "text"}, {"type": "json_object"}])
def test_takes_a_response_format(given: object) -> None:
    """The simple formats pass."""
    assert list(check_format(given)) == []
