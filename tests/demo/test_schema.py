"""The values made for a schema really fit it: an independent validator says so."""

from __future__ import annotations

import jsonschema  # type: ignore[import-untyped]  # it ships no types
import pytest

from kimi_magic.demo.protocol import Json
from kimi_magic.demo.schema import fill_schema

NODE: Json = {
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "left": {"anyOf": [{"$ref": "#/$defs/node"}, {"type": "null"}]},
        "more": {"type": "array", "items": {"$ref": "#/$defs/node"}},
    },
    "required": ["name", "left", "more"],
}

SCHEMAS: list[Json] = [
    {"type": "object"},
    {"type": "object", "required": ["unknown"]},
    {"type": "string", "minLength": 30, "maxLength": 31},
    {"type": "string", "maxLength": 2},
    {"type": "string", "enum": ["red", "green"]},
    {"type": "integer", "minimum": 10, "maximum": 10.5},
    {"type": "integer", "minimum": 2.5},
    {"type": "integer", "maximum": -3},
    {"type": "number", "maximum": -0.5, "minimum": -0.6},
    {"type": "boolean"},
    {"type": "null"},
    {"type": ["null", "string"]},
    {"type": "array", "items": {"type": "number"}, "minItems": 3, "maxItems": 4},
    {"type": "array", "maxItems": 0},
    {"anyOf": [{"type": "number"}, {"type": "null"}]},
    {"$ref": "#/$defs/node", "$defs": {"node": NODE}},
    {**NODE, "$defs": {"node": NODE}},
]
QUESTIONS = ["", "Anna is 31 and has 2.5 cats", "'quoted' words and -7 things, 12 of them green"]


@pytest.mark.parametrize("schema", SCHEMAS, ids=str)
@pytest.mark.parametrize("question", QUESTIONS)
def test_the_value_fits(schema: Json, question: str) -> None:
    """Whatever the question says, the value is valid, also where a schema contains itself."""
    assert list(jsonschema.Draft202012Validator(schema).iter_errors(fill_schema(schema, question))) == []


def test_what_the_question_says_is_used_where_it_fits() -> None:
    """Numbers, quoted words, names and enumerated words are taken over, each once and in order."""
    city: Json = {
        "city": {"type": "string"},
        "days": {"type": "integer"},
        "unit": {"type": "string", "enum": ["C", "K"]},
    }
    schema: Json = {"type": "object", "properties": city}
    assert fill_schema(schema, "Weather for 3 days in Oslo, in K?") == {"city": "Oslo", "days": 3, "unit": "K"}
    assert fill_schema(schema, 'Weather in "New York", 1.5 or 2 days?')["city"] == "New York"
    assert fill_schema(schema, "Weather in Oslo, 1.5 or 2 days?")["days"] == 2
