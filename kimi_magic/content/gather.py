"""The words of a first line become attachments: names, then expressions, then files."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from pathlib import Path

from kimi_magic.content.attach import attach
from kimi_magic.content.expressions import Namespace, evaluate, in_short, is_known, names_in, near, own, told
from kimi_magic.content.files import find, from_file
from kimi_magic.content.how import How
from kimi_magic.errors import UsageError
from kimi_magic.messages import Attachment

_AS_USUAL = How()


def gather(tokens: Iterable[str], namespace: Namespace, how: How = _AS_USUAL) -> tuple[Attachment, ...]:
    """Return what ``tokens`` name, in their order, as much of it as ``how`` allows.

    Raises `UsageError` for one that is neither a name, nor an expression that evaluates, nor a file; it names near misses.
    """
    return tuple(itertools.chain.from_iterable(_found(token, namespace, how) for token in tokens))


def _found(token: str, namespace: Namespace, how: How) -> Iterator[Attachment]:
    if token in namespace:
        yield attach(token, namespace[token], how)
    elif is_known(token, namespace) or _is_constant(token):
        yield from _evaluated(token, namespace, how)
    elif paths := find(token):
        yield from (from_file(path, how) for path in paths)
    else:
        raise UsageError(_unknown(token, namespace))


def _is_constant(token: str) -> bool:
    """Whether ``token`` is an expression without names, such as ``[1, 2]``, and not the name of a file."""
    return names_in(token) == frozenset() and not find(token)


def _evaluated(token: str, namespace: Namespace, how: How) -> Iterator[Attachment]:
    try:
        value = evaluate(token, namespace)
    except Exception as error:  # noqa: BLE001 the expression is the user's own code
        if paths := find(token):  # data.csv, where data is also a variable
            yield from (from_file(path, how) for path in paths)
            return
        raise UsageError(f"{in_short(token)} raised {told(error)}. Nothing was sent.") from None
    yield attach(token, value, how)


def _unknown(token: str, namespace: Namespace) -> str:
    files = [path.name for path in itertools.islice(Path().iterdir(), 1_000)]
    hint = near(token, [*own(namespace), *files], 0.7)
    hint = f" {hint}" if hint else ""
    quotes = " An expression with blanks stands in quotes." if set(token) & set("()[] ") else ""
    token = in_short(token)
    return f"{token!r} is neither a name in this notebook, nor an expression, nor a file.{hint}{quotes} Nothing was sent."
