"""The decorator ``@kimi_magic.tool``: functions that are offered with every question."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar, overload

from kimi_magic.tools.functions import TIMEOUT, Function, check_name, function_of

F = TypeVar("F", bound=Callable[..., Any])

_declared: dict[str, Function] = {}


@overload
def tool(function: F, /) -> F: ...


@overload
def tool(*, name: str = "", parallel: bool = False, repeats: bool = False, timeout: float = TIMEOUT) -> Callable[[F], F]: ...


def tool(
    function: F | None = None,
    /,
    *,
    name: str = "",
    parallel: bool = False,
    repeats: bool = False,
    timeout: float = TIMEOUT,
) -> F | Callable[[F], F]:
    """Offer a function to Kimi with every question that follows, and return it unchanged.

    Kimi reads its name, docstring and type hints, and each call of it is asked for. ``parallel`` declares that several
    calls may run at the same time, on threads, where no input can be asked for; ``repeats`` that the same call gives
    something else each time, as a next page does: else one that repeats is answered from memory. A call may take ``timeout``
    seconds. Declaring a function of the same name again replaces it. Raises `UsageError` for a function that Kimi could not
    call, and for the name of a ready-made tool.

    >>> @tool(timeout=5)
    ... def double(number: int) -> int:
    ...     '''Double a number.'''
    ...     return 2 * number
    >>> double(4), registered()["double"].description, drop("double")
    (8, 'Double a number.', True)
    """

    def declare(function: F) -> F:
        made = replace(function_of(function, name, parallel=parallel, timeout=timeout), repeats=repeats)
        check_name(made)
        _declared[made.name] = made
        return function

    return declare if function is None else declare(function)


def registered() -> dict[str, Function]:
    """Return the functions that are declared now, by their names."""
    return dict(_declared)


def drop(name: str) -> bool:
    """Offer the function called ``name`` no more; return whether there was one."""
    return _declared.pop(name, None) is not None
