"""Arguments that the user has changed: what stood there masked is what it was."""

from __future__ import annotations

import json

from kimi_magic.tools.functions import parsed
from kimi_magic.tools.keeping import Mask


def unmasked(text: str, before: str, mask: Mask) -> str:
    """Return the arguments in ``text``, which somebody made of ``before`` after ``mask``, with what only the mask changed.

    Raises ValueError where one of them is no JSON.

    >>> unmasked('{"a": "***", "b": 2}', '{"a": "key", "b": 1}', lambda text: text.replace("key", "***"))
    '{"a": "key", "b": 2}'
    """
    values = parsed(text)
    return text if mask(before) == before else json.dumps(_unmasked(values, parsed(before), mask), ensure_ascii=False)


def _unmasked(value: object, before: object, mask: Mask) -> object:
    if isinstance(value, str) and isinstance(before, str):
        return before if value == mask(before) else value
    if isinstance(value, list) and isinstance(before, list):
        return [_unmasked(one, before[at], mask) if at < len(before) else one for at, one in enumerate(value)]
    if isinstance(value, dict) and isinstance(before, dict):
        return {key: _unmasked(one, before.get(key), mask) for key, one in value.items()}
    return value
