"""Whether two functions are the same, also where an object makes its methods anew each time that it is asked for them."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from types import CellType, FunctionType, MethodType

_ALIKE = (str, bytes, int, bool)
"""Types whose equal values no function can tell from each other."""
_DEEPEST = 8
_EMPTY = object()


def is_same(one: object, two: object, left: int = _DEEPEST) -> bool:
    """Return whether both are one object, or run the very same code with the very same objects.

    A function that was defined anew has another code, be its source the same.

    >>> def scaled(by):
    ...     return lambda number: by * number
    >>> is_same(scaled(2), scaled(2)), is_same(scaled(2), scaled(3)), is_same(lambda: 2, lambda: 2)
    (True, False, False)
    """
    if one is two:
        return True
    if type(one) is not type(two) or left == 0:
        return False
    if type(one) in _ALIKE:
        return bool(one == two)
    these, those = [*_parts(one)], [*_parts(two)]
    return 0 < len(these) == len(those) and all(map(is_same, these, those, [left - 1] * len(these)))


def _parts(call: object) -> Iterator[object]:
    """Yield what makes ``call`` what it is; nothing for what is itself alone."""
    if isinstance(call, MethodType):
        yield from (call.__self__, call.__func__)
    elif type(call) is functools.partial:
        yield from (call.func, *call.args, *call.keywords, *call.keywords.values())
    elif isinstance(call, FunctionType):
        named = call.__kwdefaults__ or {}
        yield from (call.__code__, call.__globals__, *(call.__defaults__ or ()), *named, *named.values())
        yield from map(_content, call.__closure__ or ())


def _content(cell: CellType) -> object:
    try:
        return cell.cell_contents
    except ValueError:  # nothing is in it yet
        return _EMPTY
