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
        ({"properties": []}, "properties must be an object"),
        ({"properties": {"a": 5}}, "'5' at properties.a, where a schema"),
        ({"items": 5}, "'5' at items"),
        ({"items": [5]}, "'5' at items.0"),
        ({"anyOf": {}}, "anyOf must be a list"),
        ({"anyOf": []}, "anyOf has nothing in it"),
        ({"enum": []}, "enum has nothing in it"),
        ({"anyOf": [{"oneOf": [{"minimum": "1"}]}]}, "minimum at anyOf.0.oneOf.0 must be a number"),
        ({"minimum": True}, "minimum must be a number"),
        ({"minLength": 1.5}, "minLength must be a whole number"),
        ({"required": "a"}, "required must be a list"),
        ({"required": [1]}, "must be a list of names"),
        ({"dependentRequired": {"a": "b"}}, "must be a list of names"),
        ({"$ref": 5}, "ref must be a text"),
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
