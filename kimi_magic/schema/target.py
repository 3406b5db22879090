"""What an answer is to be a value of: its schema for the service, and the way from the reply to the value."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kimi_magic.errors import UsageError
from kimi_magic.schema.misfit import Misfit, echo, misfit, short
from kimi_magic.schema.parsing import value_of, words_of
from kimi_magic.schema.subset import HINTS, copied, in_subset
from kimi_magic.schema.validator import Validator

if TYPE_CHECKING:
    from kimi_magic.schema.typed import Read

WRAPPER = "result"
"""The property in which the service is asked for what is no object: it takes only objects at the root."""
MOST_TITLE = 120
"""Characters of what was asked for, as a message names it."""
_TELLING = {
    "type",
    "$ref",
    "anyOf",
    "oneOf",
    "allOf",
    "enum",
    "const",
    *(word for words in HINTS.values() for word in words),
}
"""Keywords of which a dict has at least one where it is meant as a JSON schema."""


@dataclass(frozen=True, slots=True)
class Target:
    """What an answer is to be. ``schema`` is in the service's subset, ``name`` fits it; ``schema`` is empty for any object.

    ``check`` returns the value that a JSON value stands for, or raises `Misfit`; ``is_wrapped`` tells that the service is
    asked for an object that holds the value as `WRAPPER`. ``columns`` are those of a list of such values, ``title`` is
    what a reader knows it by.
    """

    name: str
    schema: dict[str, object]
    check: Callable[[object], object]
    is_wrapped: bool = False
    columns: tuple[str, ...] = ()
    title: str = "JSON object"

    @property
    def response_format(self) -> dict[str, object]:
        """How the service is told."""
        if not self.schema:
            return {"type": "json_object"}
        return {"type": "json_schema", "json_schema": {"name": self.name, "schema": self.schema, "strict": True}}

    def read(self, text: str) -> object:
        """Return the value in the reply ``text``, which may stand in a fence or among words. Raises `Misfit`."""
        try:
            return self._unwrapped(text) if self.is_wrapped else self.check(value_of(text))
        except RecursionError:
            raise Misfit("The JSON is nested too deep to be read.") from None

    def _unwrapped(self, text: str) -> object:
        """Read a reply that holds the value as `WRAPPER`, or is the value itself, which may be a bare word."""
        try:
            given = value_of(text)
        except Misfit as nothing:
            try:
                return self.check(words_of(text))
            except Misfit:
                raise nothing from None
        if not (isinstance(given, dict) and given.keys() == {WRAPPER}):
            return self.check(given)
        try:
            return self.check(given[WRAPPER])
        except Misfit as wrong:
            try:
                return self.check(given)
            except Misfit:
                raise wrong from None


def json_object() -> Target:
    """Return the target of ``--json``: any JSON object, as a dict."""
    return Target("object", {}, _object)


def target_of(value: object, name: str, names: Mapping[str, Any] | None = None) -> Target:
    """Return what an answer is to be by ``value``: a type that JSON can carry, or a JSON schema as a dict.

    ``names`` are those that may stand in the type in quotes. Raises `UsageError` for anything else.

    >>> target_of(dict[str, int], "ages").read('{"Ada": 36}')
    {'Ada': 36}
    """
    schema, check, columns = _of_schema(value) if isinstance(value, dict) else _of_type(value, names or {})
    asked = in_subset(schema)
    title = short(name, MOST_TITLE)
    name = re.sub(r"[^A-Za-z0-9_-]+", "_", name).strip("_")[:64] or WRAPPER
    if asked.get("type") == "object" and "$ref" not in asked:
        return Target(name, asked, check, title=title)
    definitions = asked.pop("$defs", None)
    wrapped = {"type": "object", "properties": {WRAPPER: asked}, "required": [WRAPPER], "additionalProperties": False}
    whole = {**wrapped, "$defs": definitions} if definitions else wrapped
    return Target(name, whole, check, is_wrapped=True, columns=columns, title=title)


def _of_type(value: object, names: Mapping[str, Any]) -> Read:
    from kimi_magic.schema.typed import read_by  # late: it brings pydantic

    return read_by(value, names)


def _of_schema(value: dict[Any, Any]) -> Read:
    if not value.keys() & _TELLING:
        raise UsageError("The dict is no JSON schema: it says neither type, properties nor anything else of one.")
    schema = copied(value)
    validator = Validator(schema)
    items = schema.get("items")
    columns = items.get("properties", ()) if isinstance(items, dict) else ()
    return schema, lambda given: _validated(validator, given), tuple(columns)


def _validated(validator: Validator, given: object) -> object:
    complaints = [*validator.complaints(given)]
    if complaints:
        raise misfit(complaints)
    return given


def _object(given: object) -> object:
    if isinstance(given, dict):
        return given
    raise Misfit(f"Expected a JSON object, got {echo(given)}.")
