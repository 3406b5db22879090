"""What a call says so that a reader can judge it: nobody consents to what cannot be seen."""

from __future__ import annotations

import json
from dataclasses import replace

from kimi_magic.messages import ToolCall

MOST_CHARACTERS = 20_000
"""How long arguments may be that somebody is asked to read."""

_UNSEEN = frozenset(
    (0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0, *range(0x180B, 0x1810), *range(0xFE00, 0xFE10))
)
"""Characters that count as printable and show nothing: fillers, joiners, variation selectors."""


def readable(call: ToolCall, values: dict[str, object]) -> ToolCall:
    r"""Return ``call`` as a reader should see it: ``values``, which it runs with, as JSON without unseen characters.

    >>> readable(ToolCall("1", "go", ""), {"to": "a\u202eb"}).arguments
    '{"to": "a\\u202eb"}'
    """
    return replace(call, arguments=seen(json.dumps(values, ensure_ascii=False)))


def seen(text: str) -> str:
    r"""Return ``text`` with what cannot be seen in it (controls, bidi overrides, fillers) escaped as JSON has it.

    >>> seen("a\tb\u200bc")
    'a\\u0009b\\u200bc'
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(c if _is_seen(c) else json.dumps(c)[1:-1] if ord(c) > 0x7E else f"\\u{ord(c):04x}" for c in text)


def _is_seen(character: str) -> bool:
    code = ord(character)
    return character.isprintable() and code not in _UNSEEN and not 0xE0100 <= code <= 0xE01EF
