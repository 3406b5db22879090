"""The values made for a schema really fit it: an independent validator says so."""

from __future__ import annotations

import datetime
import uuid
from ipaddress import IPv4Address, IPv6Network

import jsonschema  # type: ignore[import-untyped]  # it ships no types
import pytest
from pydantic import UUID1, AnyUrl, BaseModel

from kimi_magic.demo.protocol import Json
from kimi_magic.demo.schema import fill_schema
from kimi_magic.schema.target import target_of
from tests.schema.models import Colour

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


@pytest.mark.parametrize(
    ("description", "keys"),
    [
        ('A map. Keys: "red", "two or \\"three\\"" or "1".', ["red", 'two or "three"', "1"]),
        ('Keys: "a".', ["a"]),
        ("Keys: Format: date.", ["2026-01-02"]),
        ("Keys: as you like.", []),
        ("", []),
    ],
)
def test_keys_are_those_that_the_description_names(description: str, keys: list[str]) -> None:
    """What a schema says of keys in words is filled in, each with a value of the kind that the others have."""
    schema: Json = {"type": "object", "description": description, "additionalProperties": {"type": "integer"}}
    assert fill_schema(schema) == dict.fromkeys(keys, 1)


class Visit(BaseModel):
    """What the service's schemas can say only in words."""

    at: datetime.datetime
    day: datetime.date
    hour: datetime.time
    long: datetime.timedelta
    id: uuid.UUID
    id1: UUID1
    by: IPv4Address
    near: IPv6Network
    page: AnyUrl
    spent: dict[Colour, int]
    when: dict[datetime.date, str] | None


@pytest.mark.parametrize("question", QUESTIONS)
def test_formats_in_words_are_filled_in(question: str) -> None:
    """Dates, times, ids and addresses are values of the type, also where their format stands in a description."""
    schema = target_of(Visit, "visit").schema
    visit = Visit.model_validate(fill_schema(schema, question))
    assert visit.spent.keys() == set(Colour)


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
