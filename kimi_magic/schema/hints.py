"""What a user writes for a type, as it is meant: names looked up, lists read at once; and the columns of such lists."""

from __future__ import annotations

import dataclasses
import types
import typing
from collections import abc
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

import typing_extensions

_LAZY = (abc.Iterable, abc.Iterator, abc.Generator, abc.Collection, abc.Container, abc.Reversible)
"""Pydantic reads none of these, or only while somebody iterates: whether they fit would come out too late."""


def meant(value: Any, names: Mapping[str, Any]) -> Any:
    """Return the type ``value`` with the quoted names in it looked up in ``names``, and lists for what has only items.

    Raises NameError, and what the user's own code raises.

    >>> meant(abc.Iterable["Size"] | None, {"Size": int})
    typing.Optional[list[int]]
    """
    holder = types.SimpleNamespace(__annotations__={"it": value})
    found = typing_extensions.get_type_hints(holder, globalns=dict(names), include_extras=True)["it"]
    return _read_at_once(found)


def columns_of(value: Any) -> tuple[str, ...]:
    """Return what the columns of a table of the list type ``value`` are called; none where its items name none.

    >>> from typing import TypedDict
    >>> columns_of(list[TypedDict("City", {"name": str, "people": int})])
    ('name', 'people')
    """
    return tuple(dict.fromkeys(name for item in typing.get_args(value) for name in _names(item)))


def _names(item: Any) -> Iterator[str]:
    """Yield what a row of the type ``item`` has, or of the types that it chooses from."""
    if hasattr(item, "model_fields"):  # pydantic's models
        yield from (*item.model_fields, *item.model_computed_fields)
    elif isinstance(item, type) and dataclasses.is_dataclass(item):
        yield from (field.name for field in dataclasses.fields(item))
    elif typing_extensions.is_typeddict(item):
        yield from item.__annotations__
    elif hasattr(item, "_fields"):  # named tuples
        yield from item._fields
    elif typing.get_origin(item) in (Annotated, typing.Union, types.UnionType):
        yield from (name for one in typing.get_args(item) for name in _names(one))


def _read_at_once(value: Any) -> Any:
    origin, inner = typing.get_origin(value), typing.get_args(value)
    if any((origin or value) is one for one in _LAZY):
        return list[_read_at_once(inner[0])] if inner else list  # type: ignore[misc]  # a type that is known only now
    if not inner or origin in (typing.Literal, abc.Callable):
        return value
    known = tuple(map(_read_at_once, inner))
    if known == inner:
        return value
    make: Any = typing.Union if origin is types.UnionType else origin
    return make[known]
