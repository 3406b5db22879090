"""Any schema, written as the service takes it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import TypeAdapter

from kimi_magic.demo.schema_rules import check_schema
from kimi_magic.errors import UsageError
from kimi_magic.schema.subset import MOST_NODES, in_subset
from kimi_magic.schema.target import target_of
from kimi_magic.schema.validator import Validator
from tests.schema.keywords import TABLE
from tests.schema.models import TYPES, Cat, Man, Tree


@pytest.mark.parametrize(("kind", "value"), [one[1:] for one in TYPES], ids=[one[0] for one in TYPES])
def test_the_service_takes_each_type(kind: Any, value: object) -> None:
    """Whatever the type, its schema keeps the service's rules, has an object at its root, and is plain JSON."""
    target = target_of(kind, "it")
    assert list(check_schema(target.schema)) == []
    assert target.schema["type"] == "object"
    json.dumps(target.schema, allow_nan=False)
    given = {"result": value} if target.is_wrapped else value
    assert list(Validator(target.schema).complaints(given)) == [], "what the full type takes may be said"


@pytest.mark.parametrize(("schema", "expected"), [one[1:] for one in TABLE], ids=[one[0] for one in TABLE])
def test_keywords_beyond_the_subset(schema: dict[str, Any], expected: dict[str, Any]) -> None:
    """What the subset has stays, what it can say otherwise is said so, and the rest goes into the description."""
    asked = in_subset(schema)
    assert asked == expected
    assert list(check_schema(asked)) == []


def test_references_are_followed_but_for_those_that_recur() -> None:
    """A schema that does not recur has no definitions; one that does has just those, at its root."""
    assert "$ref" not in json.dumps(in_subset(TypeAdapter(dict[str, list[Cat]]).json_schema()))
    tree = in_subset(TypeAdapter(list[Tree]).json_schema())
    assert tree["$defs"].keys() == {"Tree"}
    assert tree["$defs"]["Tree"]["properties"]["children"]["items"] == {"$ref": "#/$defs/Tree"}
    assert in_subset(TypeAdapter(Man).json_schema())["$defs"].keys() == {"Man"}


def test_a_schema_that_refers_to_its_root() -> None:
    """The root becomes a definition of its own."""
    schema = in_subset({"type": "object", "properties": {"next": {"$ref": "#"}, "name": {"type": "string"}}})
    assert schema["properties"]["next"]["properties"]["next"] == {"$ref": "#/$defs/Root"}
    assert list(check_schema(schema)) == []


def test_a_schema_that_would_double_and_double_keeps_its_references() -> None:
    """Twenty definitions of which each holds the next one twice stay twenty."""
    definitions: dict[str, Any] = {
        f"D{n}": {"type": "object", "properties": {side: {"$ref": f"#/$defs/D{n + 1}"} for side in ("a", "b")}}
        for n in range(20)
    }
    definitions["D20"] = {"type": "integer"}
    schema = in_subset({"$ref": "#/$defs/D0", "$defs": definitions})
    assert list(check_schema(schema)) == []
    assert len(schema["$defs"]) == 20
    assert schema["type"] == "object"


def test_the_given_schema_is_left_alone() -> None:
    """The schema that is given is not changed, and shares nothing with the result."""
    given = TypeAdapter(Man).json_schema()
    before = json.dumps(given)
    asked = in_subset(given)
    asked["properties"]["wife"]["anyOf"][0]["properties"].clear()
    assert json.dumps(given) == before


def _deep(steps: int) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "string"}
    for _ in range(steps):
        schema = {"type": "array", "items": schema}
    return schema


def _circle() -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "object"}
    schema["properties"] = {"a": schema}
    return schema


@pytest.mark.parametrize(
    ("schema", "says"),
    [
        (_deep(100), "nested more than 60 deep"),
        (_deep(5_000), "cannot be written as JSON|nested more than"),
        (_circle(), "Circular reference"),
        ({"type": "object", "properties": {str(n): {"type": "string"} for n in range(MOST_NODES)}}, "more than 4,000 parts"),
        ({"$ref": "#"}, "refers to itself and to nothing else"),
        ({"$ref": "#/$defs/A", "$defs": {"A": {"$ref": "#/$defs/B"}, "B": {"$ref": "#/$defs/A"}}}, "refers to itself"),
        ({"allOf": [{"type": "string"}, {"type": "integer"}]}, "string and integer at once"),
        ({"allOf": [{"enum": [1]}, {"enum": [2]}]}, "share no value"),
        ({"type": "string", "enum": [1]}, "no value of its type"),
        ({"type": "object", "default": {1, 2}}, "cannot be written as JSON"),
    ],
    ids=range(10),
)
def test_what_cannot_be_asked_for(schema: dict[str, Any], says: str) -> None:
    """A schema without an end, without a value, or of no JSON is a UsageError of one sentence."""
    with pytest.raises(UsageError, match=says) as caught:
        in_subset(schema)
    assert len(str(caught.value)) < 200
