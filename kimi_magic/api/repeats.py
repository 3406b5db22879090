"""A short way through the pieces of a stream, of which thousands differ in one string only. Pure."""

from __future__ import annotations

import json
from collections.abc import Sequence

from kimi_magic.api.wire import decode_words
from kimi_magic.messages import Event, ReasoningPiece, TextPiece

_READ = json.JSONDecoder(strict=False).raw_decode
_KEYS = {TextPiece: '"content":', ReasoningPiece: '"reasoning_content":'}


class Repeats:
    """Reads a payload that is like the last one but for its words, at a third of what JSON and `wire` take.

    Whatever is not exactly like it is None here, and for the long way: what stands before and after the one string is
    compared byte by byte, so the result is the same.

    >>> repeats = Repeats()
    >>> repeats.learn('{"content":"One"}', [TextPiece("One")])
    >>> repeats.piece('{"content":" two"}'), repeats.piece('{"content":" two","more":1}')
    (TextPiece(text=' two'), None)
    """

    def __init__(self) -> None:
        self._kind: type[TextPiece] | type[ReasoningPiece] = TextPiece
        self._before, self._after = "", ""

    def learn(self, payload: str, events: Sequence[Event]) -> None:
        """Take note of the form of ``payload``, where it means one piece of text or thinking: ``events``."""
        self._before = ""
        match events:
            case [TextPiece(words) | ReasoningPiece(words) as event] if payload.count(key := _KEYS[type(event)] + '"') == 1:
                start = payload.index(key) + len(key) - 1
                found, end = _READ(payload, start)
                if found == words:
                    self._kind, self._before, self._after = type(event), payload[:start], payload[end:]
            case _:
                pass

    def piece(self, payload: str) -> Event | None:
        """Return what ``payload`` says if it has the form that was learnt, else None."""
        start = len(self._before)
        if not (start and payload.startswith(self._before) and payload.startswith('"', start)):
            return None
        try:
            words, end = _READ(payload, start)
        except ValueError:
            return None
        return self._kind(decode_words(words)) if words and payload[end:] == self._after else None
