"""What is no JSON schema."""

from __future__ import annotations

from typing import Any

import pytest

from kimi_magic.errors import UsageError
from kimi_magic.schema.form import check_form
from kimi_magic.schema.subset import in_subset


@pytest.mark.parametrize(
    ("schema", "says"),
    [
        (5, "has '5', where a schema is expected"),
        ({"type": "objekt"}, "type 'objekt'; JSON has"),
        ({"type": [["string"]]}, "JSON has"),
        ({"properties": {"a": {"type": "whole"}}}, "'whole' at properties.a"),
        ({"properties": []}, "a properties that is not an object"),
        ({"properties": {"a": 5}}, "'5' at properties.a, where a schema"),
        ({"items": 5}, "'5' at items"),
        ({"items": [5]}, "'5' at items.0"),
        ({"anyOf": {}}, "a anyOf that is not a list"),
        ({"anyOf": []}, "an anyOf with nothing in it"),
        ({"enum": []}, "an enum with nothing in it"),
        ({"anyOf": [{"oneOf": [{"minimum": "1"}]}]}, "a minimum at anyOf.0.oneOf.0 that is not a number"),
        ({"minimum": True}, "a minimum that is not a number"),
        ({"minLength": 1.5}, "a minLength that is not a whole number"),
        ({"required": "a"}, "a required that is not a list"),
        ({"required": [1]}, "not a list of names"),
        ({"dependentRequired": {"a": "b"}}, "not a list of names"),
        ({"$ref": 5}, "a \\$ref that is not a text"),
        ({"$ref": "https://example.org/schema"}, "put what is meant there under \\$defs"),
        ({"$ref": "#/$defs/Gone"}, "there is nothing of that name"),
        ({"not": {"$ref": "#/other"}, "other": {"type": "whole"}}, "'whole' at #/other"),
    ],
    ids=range(21),
)
def test_a_schema_that_is_none(schema: Any, says: str) -> None:
    """A keyword with a value of another kind, and a reference to nothing, is a UsageError that names the place."""
    with pytest.raises(UsageError, match=says):
        check_form(schema)


def test_a_schema_that_recurs_is_one() -> None:
    """References in a circle are looked at once; keywords that nobody knows are passed over."""
    schema = {"$defs": {"A": {"items": {"$ref": "#/$defs/A"}}}, "items": {"$ref": "#/$defs/A"}, "x-mine": {"type": 5}}
    check_form(schema)
    assert in_subset(schema)["$defs"] == {"A": {"type": "array", "items": {"$ref": "#/$defs/A"}}}
