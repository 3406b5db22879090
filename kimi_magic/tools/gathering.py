"""The words behind ``-t`` become functions: of the user's, else ready-made."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from kimi_magic.content.expressions import in_short, near, own, told
from kimi_magic.errors import UsageError
from kimi_magic.tools.declare import registered
from kimi_magic.tools.functions import Function, function_of
from kimi_magic.tools.ready import READY
from kimi_magic.tools.same import is_same
from kimi_magic.tools.surroundings import Surroundings


def gather(names: Iterable[str], around: Surroundings) -> list[Function]:
    """Return the functions that ``names`` name, and those that are declared by the decorator.

    A name is that of a function in the namespace or of a method, such as ``model.predict``, or that of a ready-made tool;
    no call is made and no expression evaluated. What is named goes before what was declared under the same name. Raises
    `UsageError` for a name that is nothing of that, with near misses, for one that is both, and for what Kimi cannot call.
    """
    named = [_named(name, around) for name in dict.fromkeys(name.removeprefix("$") for name in names)]
    taken = {function.name for function in named}
    return [*named, *(function for name, function in registered().items() if name not in taken)]


def is_current(function: Function, namespace: Mapping[str, Any]) -> bool:
    """Return whether ``function``, which `gather` returned, is still what the user calls so."""
    if function.is_ready_made:
        return True
    declared = registered().get(function.name)
    is_declared = declared is not None and declared.is_same(function)
    return is_declared or (bool(function.origin) and _is_there(function, namespace))


def _is_there(function: Function, namespace: Mapping[str, Any]) -> bool:
    try:
        return function.is_same(Function(function.name, "", _found(function.origin, namespace)))
    except UsageError:
        return False


def _named(name: str, around: Surroundings) -> Function:
    if name in READY and name in around.namespace:
        raise UsageError(
            f"{name} is a ready-made tool, and you have something of that name: give yours another one, or `del {name}`."
        )
    if name.partition(".")[0] in around.namespace:
        found = _found(name, around.namespace)
        declared = next((one for one in registered().values() if is_same(one.call, found)), None)
        return declared or function_of(found, origin=name)
    if make := READY.get(name):
        return make(around)
    known = [*_functions(around.namespace), *READY]
    hint = near(name, known) or f"The ready-made ones are {', '.join(READY)}."
    raise UsageError(f"{in_short(name)!r} is neither a function in this notebook nor a ready-made tool. {hint}")


def _found(name: str, namespace: Mapping[str, Any]) -> Any:
    """Return what ``name``, with dots perhaps, is in ``namespace``. Raises `UsageError`."""
    first, *rest = name.split(".")
    if first not in namespace:
        raise UsageError(f"There is no {in_short(first)} any more.")
    found = namespace[first]
    for place, attribute in enumerate(rest, 1):
        try:
            found = getattr(found, attribute)
        except Exception as error:  # noqa: BLE001 an attribute can be the user's own code
            before = ".".join([first, *rest[: place - 1]])
            raise UsageError(f"{in_short(before)} has no {in_short(attribute)}: it raised {told(error)}.") from None
    return found


def _functions(namespace: Mapping[str, Any]) -> Iterator[str]:
    for name in own(namespace):
        value = namespace.get(name)
        if callable(value) and not isinstance(value, type):
            yield name
