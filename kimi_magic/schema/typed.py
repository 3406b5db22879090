"""Python's types: their JSON schema, and JSON values read into them. Importing this brings pydantic."""

from __future__ import annotations

import json
import types
import typing
from collections.abc import Callable, Mapping
from typing import Any

from pydantic import TypeAdapter, ValidationError
from pydantic.json_schema import GenerateJsonSchema

from kimi_magic.errors import UsageError
from kimi_magic.schema.hints import columns_of, meant
from kimi_magic.schema.misfit import Misfit, echo, misfit
from kimi_magic.schema.typed_dicts import typed_dicts

_ENOUGH = 50
"""Complaints that are looked at; a few of them are said."""


class _Quiet(GenerateJsonSchema):
    """A default that is no JSON is left out without a warning."""

    ignored_warning_kinds = {"skipped-choice", "non-serializable-default"}  # noqa: RUF012 pydantic declares it so


Read = tuple[dict[str, Any], Callable[[object], object], tuple[str, ...]]
"""A schema, what reads a JSON value by it, raising `Misfit`, and the columns of a table of such values."""


def read_by(value: object, names: Mapping[str, Any]) -> Read:
    """Return how the type ``value`` is read; ``names`` are those that may stand in it in quotes.

    Raises `UsageError` where ``value`` is no type, or one that JSON cannot carry.
    """
    _check_is_type(value)
    try:
        kind = meant(value, names)
        with typed_dicts(kind):
            adapter: TypeAdapter[Any] = TypeAdapter(kind)
            schema = adapter.json_schema(schema_generator=_Quiet)
    except Exception as error:  # noqa: BLE001 the user's own types take part in it, with whatever code they have
        raise UsageError(f"{_name(value)} cannot be a schema: {_reason(error)}") from None
    return schema, lambda given: _read(adapter, given), columns_of(kind)


def _read(adapter: TypeAdapter[Any], given: object) -> object:
    try:
        return adapter.validate_json(json.dumps(given))
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False)[:_ENOUGH]
        raise misfit((one["loc"], _words(one["msg"], one["input"], one["type"])) for one in found) from None
    except Exception as error:  # the user's own validators run in it
        raise Misfit(f"The type's own check failed: {type(error).__name__}: {str(error)[:150]}") from error


def _words(message: str, given: object, kind: str) -> str:
    shows_input = kind not in ("missing", "json_invalid") and not isinstance(given, (dict, list))
    return f"{message} (got {echo(given)})" if shows_input else message


def _check_is_type(value: object) -> None:
    """Raise `UsageError` for what is surely no type, without asking pydantic, which takes a function for one."""
    if isinstance(value, types.ModuleType):
        raise UsageError(f"{value.__name__} is a module; a schema is a type or a JSON schema.")
    if isinstance(value, (types.FunctionType, types.BuiltinFunctionType, types.MethodType)):
        raise UsageError(f"{_name(value)} is a function; a schema is a type or a JSON schema.")
    if isinstance(value, str):
        raise UsageError("A text is no schema: give the type itself, or a JSON schema as a dict.")
    is_described = isinstance(value, type) or type(value).__module__ in ("typing", "typing_extensions", "types")
    if value is not None and not is_described:
        raise UsageError(
            f"A value of {type(value).__name__} is no schema: give the type itself, or a JSON schema as a dict."
        )


def _name(value: object) -> str:
    plain = not typing.get_args(value) and getattr(value, "__name__", None)
    return str(plain or value).removeprefix("typing.")[:60]


def _reason(error: Exception) -> str:
    """Return why, in a sentence: pydantic's own words hold the values themselves, and advice that is of no use here."""
    said = str(error).split("\n")[0].split(". ")[0].rstrip(".")
    match type(error).__name__:
        case "PydanticSchemaGenerationError" | "PydanticInvalidForJsonSchema":
            return "it holds what JSON cannot carry."
        case "RecursionError":
            return "it recurses without an end."
        case "NameError":
            return f"{said}."
        case "PydanticUserError" if "not fully defined" in said:
            return "it names a type that is not defined."
        case _:
            return f"{said[:150]}."
