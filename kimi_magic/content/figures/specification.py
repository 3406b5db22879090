"""The specification of a figure, shortened: what is said of it where no picture goes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

MOST_CHARACTERS = 4_000
"""How long a specification may be: about 1,200 tokens."""

_MOST_ITEMS = 6
_MOST_STRING = 120
_UNSEEN = frozenset(
    {"template", "datasets", "customdata", "hovertext", "ids", "meta", "config", "usermeta", "$schema", "uid"}
)
"""What shapes no picture, or carries data that a picture does not show."""


def shortened(specification: Any) -> str:
    """Return ``specification`` as JSON with its lists cut short, at most about `MOST_CHARACTERS` long.

    >>> shortened({"mark": "bar", "datasets": {}, "y": list(range(100))})
    '{"mark": "bar", "y": [0, 1, 2, 3, 4, 5, "… 94 more"]}'
    """
    text = json.dumps(_short(specification, 8), ensure_ascii=False, default=lambda value: str(value)[:_MOST_STRING])
    left = len(text) - MOST_CHARACTERS
    return text if left <= 0 else f"{text[:MOST_CHARACTERS]} [… {left:,} characters left out]"


def _short(value: Any, depth: int) -> Any:
    if isinstance(value, str):
        return value if len(value) <= _MOST_STRING else value[:_MOST_STRING] + "…"
    if isinstance(value, Mapping):
        if "bdata" in value:
            return f"numbers of the type {value.get('dtype')}"
        return {key: _short(one, depth - 1) for key, one in value.items() if key not in _UNSEEN} if depth else "…"
    if hasattr(value, "tolist"):
        value = value.tolist() if value.size <= 10_000 else [*value[:_MOST_ITEMS].tolist(), *value[_MOST_ITEMS:]]
    if isinstance(value, Sequence):
        more = [f"… {len(value) - _MOST_ITEMS:,} more"] if len(value) > _MOST_ITEMS else []
        return [_short(one, depth - 1) for one in value[:_MOST_ITEMS]] + more if depth else "…"
    return value
