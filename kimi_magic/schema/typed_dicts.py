"""TypedDicts of typing's own: before Python 3.12 pydantic refuses them, and takes only those of typing_extensions."""

from __future__ import annotations

import dataclasses
import sys
import threading
import typing
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import typing_extensions

_KIND = type(typing.TypedDict("_", {}))  # type: ignore[operator]  # mypy knows it as a form only
_HOOK = "__get_pydantic_core_schema__"
"""What pydantic asks a type for before it looks at the type itself."""
_LOCK = threading.RLock()


@contextmanager
def typed_dicts(*hints: Any) -> Iterator[None]:
    """Let pydantic read typing's TypedDicts in ``hints``, also those in the fields of dataclasses and of named tuples.

    They are told how for as long as this is entered; afterwards they are as they were.
    """
    if sys.version_info >= (3, 12):
        yield
        return
    with _LOCK:
        told = [one for one in _found(hints) if _HOOK not in vars(one)]
        rebuilt: Callable[[Any], Any] = cache(_rebuilt)  # one for each, or what recurs would have no end
        try:
            for one in told:
                setattr(one, _HOOK, classmethod(lambda cls, _, handler: handler.generate_schema(rebuilt(cls))))
            yield
        finally:
            for one in told:
                delattr(one, _HOOK)


def _found(hints: Iterable[Any]) -> list[Any]:
    """Return the TypedDicts of typing's in ``hints``, each once, whatever stands between."""
    waiting = [*hints]
    seen: dict[int, Any] = {}  # the types themselves, too, or another one could get the same id
    while waiting:
        hint = waiting.pop()
        if id(hint) not in seen:
            seen[id(hint)] = hint
            waiting += [*typing.get_args(hint), *_fields(hint)]
    return [one for one in seen.values() if type(one) is _KIND]


def _fields(hint: Any) -> list[Any]:
    """Return the types of the fields of a dataclass, a named tuple or a TypedDict; none where they cannot be read."""
    has_fields = isinstance(hint, type) and (dataclasses.is_dataclass(hint) or hasattr(hint, "_fields"))
    if not (has_fields or type(hint) is _KIND):
        return []
    try:
        return [*typing_extensions.get_type_hints(hint, include_extras=True).values()]
    except Exception:  # noqa: BLE001 a hint is the user's own code; pydantic says what is wrong with it
        return []


def _rebuilt(value: Any) -> Any:
    """Return a TypedDict of typing's as one of typing_extensions'."""
    hints = typing_extensions.get_type_hints(value, include_extras=True)
    make: Any = typing_extensions.TypedDict  # type checkers know it as a form only
    result = make(value.__name__, {name: _field(hint, name in value.__required_keys__) for name, hint in hints.items()})
    result.__doc__, result.__module__ = value.__doc__, value.__module__
    return result


def _field(hint: Any, is_required: bool) -> Any:
    """Return a TypedDict's field; its own word goes before the class's, which has not read it where it was a text."""
    said = typing.get_origin(hint)
    if said in (typing_extensions.Required, typing_extensions.NotRequired):
        hint, is_required = typing.get_args(hint)[0], said is typing_extensions.Required
    return hint if is_required else typing_extensions.NotRequired[hint]
