r"""``{{expression}}`` in a question becomes the value; ``\{{`` stays ``{{``; single braces and dollars are never touched."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from kimi_magic.content.expressions import Namespace, evaluate, in_short, is_known, told
from kimi_magic.content.values import cut
from kimi_magic.errors import UsageError

_BRACES = re.compile(r"\\\{\{|\{\{((?:(?!\{\{|\}\})[^\n])+)\}\}")


def expand(text: str, namespace: Namespace, may: Callable[[str], bool] = lambda _: True) -> str:
    r"""Return ``text`` with the values of its expressions.

    An expression with names that are not in ``namespace`` stays as typed, and so does one that ``may`` not be evaluated.
    Raises `UsageError` for one that fails.

    >>> expand(r"Why {{region.upper()}}? {{unknown}} \{{region}} {x} $5", {"region": "west"})
    'Why WEST? {{unknown}} {{region}} {x} $5'
    """
    return _BRACES.sub(lambda match: _value(match, namespace, may), text)


def expressions(text: str) -> Iterator[str]:
    r"""Yield what stands in the double braces of ``text``.

    >>> list(expressions(r"{{a}} {b} {{ {{max(c)}} \{{d}}"))
    ['a', 'max(c)']
    """
    return (match[1] for match in _BRACES.finditer(text) if match[1] is not None)


def _value(match: re.Match[str], namespace: Namespace, may: Callable[[str], bool]) -> str:
    expression = match[1]
    if expression is None:
        return "{{"
    if not (is_known(expression, namespace) and may(expression)):
        return match[0]
    try:
        return cut(str(evaluate(expression, namespace)))
    except Exception as error:  # noqa: BLE001 the expression is the user's own code
        raise UsageError(
            f"{in_short(match[0])} raised {told(error)}. Nothing was sent; --raw leaves braces alone."
        ) from None
