"""A function's parameters as a JSON schema, and JSON as its arguments. Pydantic does both."""

from __future__ import annotations

import functools
import inspect
import json
import typing
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from kimi_magic.content.expressions import in_short, told
from kimi_magic.errors import UsageError
from kimi_magic.schema.subset import in_subset
from kimi_magic.tools.keeping import Mask, line

if TYPE_CHECKING:
    from pydantic import BaseModel


@dataclass(frozen=True, slots=True)
class Signature:
    """What a function takes from the model: ``parameters`` is a schema of the service's subset."""

    parameters: dict[str, object]
    model: type[BaseModel]
    fields: Mapping[str, str]
    needed: frozenset[str]

    def read(self, values: object, mask: Mask = str) -> dict[str, object]:
        """Return the arguments that ``values``, fresh from JSON, stand for, each of its hint's type.

        What the model leaves out is not among them, so that the function's own defaults hold. Raises ValueError
        with a text after ``mask``.
        """
        from pydantic import ValidationError  # late: see `signature_of`

        try:
            found = self.model.model_validate(values)
        except ValidationError as error:
            raise ValueError("; ".join(_told(one, mask) for one in error.errors(include_url=False)[:5])) from None
        given = found.model_fields_set
        return {name: getattr(found, at) for name, at in self.fields.items() if at in given or name in self.needed}


def _told(error: Any, mask: Mask) -> str:
    """Return what is wrong with one argument, as pydantic's error says it."""
    place = ".".join(map(str, error["loc"]))
    return line(f"{place}: {error['msg']}" if place else str(error["msg"]), 300, mask)


def plain(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return the function behind a partial, a bound method, a decorator or an object that can be called."""
    while isinstance(function, functools.partial):
        function = function.func
    if not inspect.isroutine(function) and not isinstance(function, type):
        function = type(function).__call__
    behind: Callable[..., Any] = inspect.unwrap(getattr(function, "__func__", function))
    return behind


def signature_of(function: Callable[..., Any], name: str, descriptions: Mapping[str, str]) -> Signature:
    """Return what ``function``, called ``name``, takes.

    A parameter that JSON cannot carry keeps its default. Raises `UsageError` for one that has none, and for those that
    have no name.
    """
    from pydantic import ConfigDict, create_model  # late: the first tool waits for it, and not %load_ext

    from kimi_magic.schema.typed_dicts import typed_dicts

    hints = _hints(function)
    made: dict[str, Any] = {}
    fields: dict[str, str] = {}
    with warnings.catch_warnings(), typed_dicts(*hints.values()):
        warnings.simplefilter("ignore")  # about defaults of the user's models that JSON cannot carry
        for parameter in _parameters(function, name):
            found = _field(parameter, hints, name, descriptions.get(parameter.name, ""))
            if found is not None:
                fields[parameter.name] = f"p{len(fields)}"  # their own names could be a model's methods, or begin with _
                made[fields[parameter.name]] = found
        model = create_model("Arguments", __config__=ConfigDict(extra="forbid"), **made)
        schema = model.model_json_schema()
    needed = {one.name for one in _parameters(function, name) if not _has_default(one)}
    return Signature(in_subset(_untitled(schema)), model, fields, frozenset(needed))


def _parameters(function: Callable[..., Any], name: str) -> list[inspect.Parameter]:
    """Return the parameters that can be given. Raises `UsageError` for those that cannot be told to the model."""
    try:
        known = inspect.signature(function).parameters.values()
    except (ValueError, TypeError):
        raise UsageError(f"{name} does not tell its parameters: write a function around it, with type hints.") from None
    bound = function.keywords if isinstance(function, functools.partial) else {}
    for one in known:
        if one.kind in (one.VAR_POSITIONAL, one.VAR_KEYWORD):
            stars = "*" if one.kind is one.VAR_POSITIONAL else "**"
            what = f"{name} takes {stars}{one.name}"
            raise UsageError(f"{what}, which Kimi cannot fill: name its parameters, with type hints.")
        if one.kind is one.POSITIONAL_ONLY:
            raise UsageError(f"{name} takes {one.name} by its place alone, and Kimi gives names: take away the / behind it.")
    return [one for one in known if one.name not in bound]


@dataclass(frozen=True, slots=True)
class _Unread:
    """A hint that cannot be evaluated, and why."""

    why: str


def _hints(function: Callable[..., Any]) -> dict[str, Any]:
    """Return the hint of each parameter that has one, evaluated by itself: one that cannot be read spoils no other."""
    behind = plain(function)
    written = getattr(behind, "__annotations__", {})
    return {name: _evaluated(behind, written[name]) for name in written if name != "return"}


def _evaluated(behind: Callable[..., Any], written: Any) -> Any:
    from kimi_magic.schema.hints import meant  # late: see `signature_of`

    try:
        return meant(written, getattr(behind, "__globals__", {}))
    except Exception as error:  # noqa: BLE001 a hint is the user's own code
        return _Unread(told(error))


def _has_default(parameter: inspect.Parameter) -> bool:
    """Whether the function can be called without it; pydantic's ``= Field(…)`` is a hint and no value."""
    from pydantic.fields import FieldInfo  # late: see `signature_of`

    return parameter.default is not parameter.empty and not isinstance(parameter.default, FieldInfo)


def _field(parameter: inspect.Parameter, hints: Mapping[str, Any], name: str, description: str) -> tuple[Any, Any] | None:
    """Return a parameter as pydantic takes a field; None for one that keeps its default."""
    from pydantic import Field  # late: see `signature_of`

    has_default = _has_default(parameter)
    wrong = _misfit(hints[parameter.name]) if parameter.name in hints else "no type hint"
    if wrong:
        if has_default:
            return None
        raise UsageError(
            f"The parameter {parameter.name} of {name} has {wrong}, so Kimi cannot fill it: give it a hint that JSON can "
            "carry, such as str, or a default."
        )
    hint = hints[parameter.name]
    hint = typing.Optional[hint] if parameter.default is None else hint  # noqa: UP045 a hint can be what takes no "|"
    about: dict[str, Any] = {"alias": parameter.name}
    if description and not _says_itself(hint, parameter.default):
        about["description"] = description
    if not has_default:
        hint = hint if parameter.default is parameter.empty else Annotated[hint, parameter.default]
        return hint, Field(**about)
    if _is_json(parameter.default):
        about["json_schema_extra"] = {"default": parameter.default}
    return hint, Field(default_factory=lambda: None, **about)


def _misfit(hint: Any) -> str:
    """Return why JSON cannot carry values of the type ``hint``; "" where it can."""
    if isinstance(hint, _Unread):
        return f"a hint that cannot be read ({hint.why})"
    from pydantic import TypeAdapter  # late: see `signature_of`
    from pydantic.errors import PydanticUserError

    try:
        TypeAdapter(hint).json_schema()
    except PydanticUserError as error:
        why = "" if "typing_extensions" not in str(error) else f" ({in_short(str(error).splitlines()[0])})"
        return f"a type that JSON cannot carry{why}"
    except Exception as error:  # noqa: BLE001 a type's own code for pydantic is the user's
        return f"a type that cannot be described ({type(error).__name__})"
    return ""


def _says_itself(hint: Any, default: object) -> bool:
    """Whether ``Annotated[…, Field(description=…)]`` has a description, which goes before the docstring's."""
    about = (*getattr(hint, "__metadata__", ()), default)
    return any(isinstance(getattr(one, "description", None), str) for one in about)


def _is_json(value: object) -> bool:
    try:
        return len(json.dumps(value, allow_nan=False)) < 1_000
    except (TypeError, ValueError, RecursionError):
        return False


def _untitled(schema: dict[str, Any]) -> dict[str, object]:
    """Return ``schema`` without the titles that pydantic makes of the names of parameters."""
    properties = {name: {key: one[key] for key in one if key != "title"} for name, one in schema["properties"].items()}
    return {key: schema[key] for key in schema if key != "title"} | {"properties": properties}
