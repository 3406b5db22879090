"""Values held against JSON schemas: the verdict is that of the reference implementation."""

from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]  # it comes without types

from kimi_magic.schema.misfit import Misfit
from kimi_magic.schema.validator import Validator

NAMES = st.sampled_from(["a", "b", "ab"])
NUMBERS = st.sampled_from([-1, 0, 1, 2, 3, 1.0, 1.5])
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.sampled_from(["", "a", "ab", "abc"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=6,
)
COUNTS = st.integers(0, 3)


def _schemas(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    many, named = st.lists(inner, min_size=1, max_size=3), st.dictionaries(NAMES, inner, max_size=2)
    return st.fixed_dictionaries(
        {},
        optional={
            **dict.fromkeys(("allOf", "anyOf", "oneOf", "prefixItems"), many),
            **dict.fromkeys(("properties", "patternProperties", "dependentSchemas"), named),
            **dict.fromkeys(
                ("not", "if", "then", "else", "items", "contains", "additionalProperties", "propertyNames"), inner
            ),
        },
    )


KINDS = ["object", "array", "string", "number", "integer", "boolean", "null"]
PLAIN = st.booleans() | st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from(KINDS) | st.lists(st.sampled_from(KINDS), min_size=1, max_size=2, unique=True),
        "enum": st.lists(VALUES, min_size=1, max_size=3),
        "const": VALUES,
        "required": st.lists(NAMES, max_size=2, unique=True),
        "dependentRequired": st.dictionaries(NAMES, st.lists(NAMES, max_size=2, unique=True), max_size=2),
        "uniqueItems": st.booleans(),
        "pattern": st.sampled_from(["^a", "b$", "c"]),
        "multipleOf": st.sampled_from([1, 2, 0.5]),
        **dict.fromkeys(("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"), COUNTS),
        **dict.fromkeys(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"), NUMBERS),
    },
)
SCHEMAS = st.recursive(PLAIN, _schemas, max_leaves=5)


@settings(max_examples=250, deadline=None, derandomize=True, database=None)
@given(schema=SCHEMAS, value=VALUES)
def test_the_verdict_is_that_of_the_reference(schema: Any, value: Any) -> None:
    """A value fits where the reference implementation of JSON schema says so, and only there."""
    assert (next(Validator(schema).complaints(value), None) is None) == Draft202012Validator(schema).is_valid(value)


@pytest.mark.parametrize(
    ("schema", "value", "says"),
    [
        ({"type": "integer"}, "ten", ['expected integer, got "ten"']),
        ({"type": ["integer", "null"]}, {"a": 1}, ["expected integer or null, got an object"]),
        ({"type": "string", "nullable": True}, None, []),
        ({"enum": ["a", "b"]}, "c", ['expected one of "a", "b", got "c"']),
        ({"required": ["a"]}, {}, ["'a' is missing"]),
        ({"properties": {}, "additionalProperties": False}, {"a": 1}, ["is not one of the names that are expected"]),
        ({"minimum": 3}, 1, ["expected at least 3, got 1"]),
        ({"minimum": 3, "exclusiveMinimum": True}, 3, ["expected a number between 3 and inf, these left out, got 3"]),
        ({"multipleOf": 0.1}, 0.3, []),
        ({"maxItems": 1}, [1, 2], ["expected at most 1 items, got 2"]),
        ({"type": "string", "format": "date"}, "2026-02-30", ['expected a date, got "2026-02-30"']),
        ({"type": "string", "format": "date-time"}, "2026-02-03T04:05:06Z", []),
        ({"type": "string", "format": "uuid"}, "1", ['expected a uuid, got "1"']),
        ({"type": "string", "format": "made-up"}, "1", []),
        ({"pattern": "\\p{L}"}, "1", ["does not match \\p{L}"]),
        ({"pattern": "(?=b)a"}, "1", []),
        ({"pattern": "a"}, "a\ud800", []),
        ({"multipleOf": 0.1}, 10**4_000, []),
        ({"multipleOf": 0.1}, 1e-300, ["expected a multiple of 0.1, got 1e-300"]),
        (
            {"anyOf": [{"type": "integer"}, {"type": "object", "required": ["x"]}]},
            {},
            ["fits none of the 2 alternatives; of the nearest one:", "'x' is missing"],
        ),
        ({"oneOf": [{"type": "integer"}, {"minimum": 0}]}, 1, ["fits 2 of the alternatives, where exactly one is expected"]),
    ],
    ids=range(21),
)
def test_what_is_wrong_is_said(schema: dict[str, Any], value: object, says: list[str]) -> None:
    """Each complaint says what was expected and what came."""
    assert [words for _, words in Validator(schema).complaints(value)] == says


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"pattern": r"^(\w+\s?)+$"}, "a" * 100_000 + "!"),
        ({"patternProperties": {r"^(\w+\s?)+$": False}}, {"a" * 100_000 + "!": 1}),
        ({"propertyNames": {"pattern": r"^(a|aa)+$"}}, {"a" * 100_000 + "!": 1}),
    ],
    ids=["a text", "a name among patterns", "a name"],
)
def test_no_text_makes_a_pattern_wait(schema: dict[str, Any], value: object) -> None:
    """An expression that looks back and back in Python is through at once, whatever the model writes."""
    before = time.process_time()
    list(Validator(schema).complaints(value))
    assert time.process_time() - before < 1


def test_a_choice_that_recurs_is_looked_at_once() -> None:
    """Sixty steps into a choice that holds itself are sixty looks, not two to the power of sixty."""
    choice = {"oneOf": [{"type": "integer"}, {"type": "array", "items": {"$ref": "#/$defs/n"}}]}
    complaints = [*Validator({"$ref": "#/$defs/n", "$defs": {"n": choice}}).complaints(_nested(60))]
    assert len(complaints) < 100


def test_a_check_without_an_end_is_given_up() -> None:
    """A schema that recurs on two ways could be checked for years: it is given up with a sentence."""
    both = {"if": {"items": {"$ref": "#/$defs/n"}}, "then": {"items": {"$ref": "#/$defs/n"}}}
    with pytest.raises(Misfit, match="too much in the reply"):
        list(Validator({"$ref": "#/$defs/n", "$defs": {"n": both}}).complaints(_nested(60)))


def _nested(steps: int) -> object:
    value: object = 1.5
    for _ in range(steps):
        value = [value]
    return value


def test_references_are_followed_into_what_recurs() -> None:
    """A tree is checked down to its leaves, and the place of the mistake is known."""
    tree = {"type": "object", "properties": {"kids": {"type": "array", "items": {"$ref": "#"}}, "n": {"type": "integer"}}}
    assert list(Validator(tree).complaints({"kids": [{"kids": [{"n": 1}]}]})) == []
    assert [path for path, _ in Validator(tree).complaints({"kids": [{"kids": [{"n": "x"}]}]})] == [
        ("kids", 0, "kids", 0, "n")
    ]
