r"""``{{expression}}`` in a question becomes the value; ``\{{`` stays ``{{``; single braces and dollars are never touched."""

from __future__ import annotations

import re

from kimi_magic.content.expressions import Namespace, evaluate, in_short, is_known, told
from kimi_magic.content.values import cut
from kimi_magic.errors import UsageError

_BRACES = re.compile(r"\\\{\{|\{\{((?:(?!\{\{|\}\})[^\n])+)\}\}")


def expand(text: str, namespace: Namespace) -> str:
    r"""Return ``text`` with the values of its expressions.

    An expression with names that are not in ``namespace`` stays as typed. Raises `UsageError` for one that fails.

    >>> expand(r"Why {{region.upper()}}? {{unknown}} \{{region}} {x} $5", {"region": "west"})
    'Why WEST? {{unknown}} {{region}} {x} $5'
    """
    return _BRACES.sub(lambda match: _value(match, namespace), text)


def _value(match: re.Match[str], namespace: Namespace) -> str:
    expression = match[1]
    if expression is None:
        return "{{"
    if not is_known(expression, namespace):
        return match[0]
    try:
        return cut(str(evaluate(expression, namespace)))
    except Exception as error:  # noqa: BLE001 the expression is the user's own code
        raise UsageError(
            f"{in_short(match[0])} raised {told(error)}. Nothing was sent; --raw leaves braces alone."
        ) from None
