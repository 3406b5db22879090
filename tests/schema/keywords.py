"""Keywords of JSON schema beyond the service's subset, and what becomes of them."""

from __future__ import annotations

from typing import Any

ANYTHING = {"anyOf": [{"type": kind} for kind in ("string", "number", "boolean", "object", "array", "null")]}

TABLE: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    (
        "no properties, as of a function without parameters",
        {"type": "object", "properties": {}, "additionalProperties": False},
        {"type": "object", "properties": {}, "additionalProperties": False},
    ),
    ("const", {"const": "a"}, {"type": "string", "enum": ["a"]}),
    (
        "an enum without a type",
        {"enum": [1, "a"]},
        {"anyOf": [{"type": "integer", "enum": [1]}, {"type": "string", "enum": ["a"]}]},
    ),
    (
        "an enum with null",
        {"type": ["string", "null"], "enum": ["a", None]},
        {"anyOf": [{"type": "string", "enum": ["a"]}, {"type": "null"}]},
    ),
    ("an enum of numbers", {"type": "number", "enum": [1, 2.5]}, {"type": "number", "enum": [1, 2.5]}),
    ("nullable", {"type": "string", "nullable": True}, {"anyOf": [{"type": "string"}, {"type": "null"}]}),
    (
        "two types",
        {"type": ["integer", "string"], "minimum": 1, "maxLength": 2},
        {"anyOf": [{"type": "integer", "minimum": 1}, {"type": "string", "maxLength": 2}]},
    ),
    (
        "oneOf",
        {"oneOf": [{"type": "string"}, {"type": "null"}], "title": "T"},
        {"anyOf": [{"type": "string"}, {"type": "null"}], "title": "T"},
    ),
    ("anyOf of one", {"anyOf": [{"type": "string"}], "description": "D"}, {"type": "string", "description": "D"}),
    (
        "a format",
        {"type": "string", "format": "date", "description": "When."},
        {"type": "string", "description": "When. Format: date."},
    ),
    ("a pattern", {"pattern": "^a"}, {"type": "string", "description": "Matches the regular expression ^a"}),
    (
        "exclusive bounds of whole numbers",
        {"type": "integer", "exclusiveMinimum": 3, "exclusiveMaximum": 9},
        {"type": "integer", "minimum": 4, "maximum": 8, "description": "Greater than 3. Less than 9."},
    ),
    (
        "an exclusive bound",
        {"type": "number", "exclusiveMinimum": 0.5},
        {"type": "number", "minimum": 0.5, "description": "Greater than 0.5."},
    ),
    ("multipleOf", {"type": "integer", "multipleOf": 5}, {"type": "integer", "description": "A multiple of 5."}),
    (
        "uniqueItems",
        {"type": "array", "items": {"type": "string"}, "uniqueItems": True},
        {"type": "array", "items": {"type": "string"}, "description": "No item twice."},
    ),
    (
        "a tuple",
        {
            "type": "array",
            "prefixItems": [{"type": "integer", "title": "Age"}, {"type": "string"}],
            "minItems": 2,
            "maxItems": 2,
        },
        {
            "type": "array",
            "items": {"anyOf": [{"type": "integer", "title": "Age"}, {"type": "string"}]},
            "minItems": 2,
            "maxItems": 2,
            "description": "In this order: 1. Age (integer), 2. string.",
        },
    ),
    (
        "a tuple of old",
        {"items": [{"type": "string"}], "additionalItems": False},
        {"type": "array", "items": {"type": "string"}, "maxItems": 1, "description": "In this order: 1. string."},
    ),
    ("not", {"type": "string", "not": {"const": "a"}}, {"type": "string", "description": 'not: {"const": "a"}'}),
    (
        "patternProperties",
        {"type": "object", "patternProperties": {"^a": {"type": "string"}}},
        {
            "type": "object",
            "additionalProperties": {"type": "string"},
            "description": 'patternProperties: {"^a": {"type": "string"}}',
        },
    ),
    (
        "keys",
        {"type": "object", "propertyNames": {"$ref": "#/$defs/C"}, "$defs": {"C": {"enum": ["r", "b", 1], "title": "C"}}},
        {"type": "object", "description": 'Keys: "r", "b" or "1".'},
    ),
    (
        "keys of a format",
        {"type": "object", "propertyNames": {"format": "date"}},
        {"type": "object", "description": "Keys: Format: date."},
    ),
    (
        "keys of a length",
        {"type": "object", "propertyNames": {"minLength": 2}},
        {"type": "object", "description": 'propertyNames: {"minLength": 2}'},
    ),
    (
        "references in what is quoted",
        {"type": "string", "not": {"$ref": "#/$defs/A"}, "$defs": {"A": {"anyOf": [{"const": "a"}, {"$ref": "#/$defs/A"}]}}},
        {"type": "string", "description": 'not: {"anyOf": [{"const": "a"}, {}]}'},
    ),
    ("true", {"properties": {"a": True}}, {"type": "object", "properties": {"a": ANYTHING}, "additionalProperties": False}),
    (
        "false",
        {"properties": {"a": False, "b": {"type": "string"}}},
        {"type": "object", "properties": {"b": {"type": "string"}}, "additionalProperties": False},
    ),
    (
        "a required one that is not described",
        {"required": ["a"], "additionalProperties": True, "properties": {}},
        {"type": "object", "properties": {"a": ANYTHING}, "required": ["a"], "additionalProperties": True},
    ),
    (
        "allOf",
        {
            "allOf": [
                {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]},
                {"properties": {"b": {"type": "null"}}, "required": ["b"]},
            ]
        },
        {
            "type": "object",
            "properties": {"a": {"type": "string"}, "b": {"type": "null"}},
            "required": ["a", "b"],
            "additionalProperties": False,
        },
    ),
    (
        "allOf of one property",
        {
            "allOf": [
                {"properties": {"a": {"type": "number", "minimum": 1}}},
                {"properties": {"a": {"type": "integer", "minimum": 3}}},
            ]
        },
        {"type": "object", "properties": {"a": {"type": "integer", "minimum": 3}}, "additionalProperties": False},
    ),
    (
        "anyOf beside properties",
        {"type": "object", "properties": {"a": {"type": "string"}}, "anyOf": [{"required": ["a"]}, {"maxProperties": 0}]},
        {
            "anyOf": [
                {
                    "type": "object",
                    "properties": {"a": {"type": "string"}},
                    "required": ["a"],
                    "additionalProperties": False,
                },
                {
                    "type": "object",
                    "properties": {"a": {"type": "string"}},
                    "additionalProperties": False,
                    "description": "At most 0 entries.",
                },
            ]
        },
    ),
    (
        "anyOf and oneOf",
        {"type": "integer", "anyOf": [{"minimum": 1}], "oneOf": [{"maximum": 5}]},
        {"type": "integer", "minimum": 1, "maximum": 5},
    ),
    (
        "properties that are named like keywords",
        {"properties": {"format": {"type": "string"}, "$ref": {"type": "string"}}},
        {
            "type": "object",
            "properties": {"format": {"type": "string"}, "$ref": {"type": "string"}},
            "additionalProperties": False,
        },
    ),
    (
        "a reference with a description",
        {"$ref": "#/definitions/A", "description": "D", "definitions": {"A": {"type": "string", "description": "A."}}},
        {"type": "string", "description": "D A."},
    ),
    (
        "a reference into a property",
        {"properties": {"a": {"type": "string"}, "b": {"$ref": "#/properties/a"}}},
        {"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "string"}}, "additionalProperties": False},
    ),
    (
        "a title that repeats the name",
        {"properties": {"a_b": {"type": "string", "title": "A B"}}},
        {"type": "object", "properties": {"a_b": {"type": "string"}}, "additionalProperties": False},
    ),
    (
        "what says nothing of the value",
        {"$schema": "https://json-schema.org/", "$id": "x", "$comment": "c", "type": "null", "x-mine": 1},
        {"type": "null"},
    ),
]
"""Name, schema, and how it is asked for."""
