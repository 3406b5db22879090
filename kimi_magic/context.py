"""How much of a conversation fits into the model's context, and how many tokens things are. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from kimi_magic.messages import Message, Text, Tool

BYTES = 3.5
"""Bytes of text that a token has, by rule of thumb: the beginning of `Scale.text`."""
PER_MESSAGE = 4
"""Tokens that each message takes beside its content, about."""


class Weight(NamedTuple):
    """What messages weigh before anybody counted them: guessed tokens of text, and a number of pictures and videos."""

    text: float
    pictures: int


@dataclass(frozen=True, slots=True)
class Scale:
    """How many tokens the service counts: for a guessed token of text, and for a picture.

    The service counts each request; `learned` from two or three of them, the scale is right to some percent.

    >>> scale = Scale().learned(Weight(100.0, 0), prompt_tokens=130)
    >>> scale.of(Weight(200.0, 0))
    260
    """

    text: float = 1.0
    picture: float = 1_000.0

    def of(self, weight: Weight) -> int:
        """Return the tokens of what has ``weight``."""
        return round(self.text * weight.text + self.picture * weight.pictures)

    def learned(self, weight: Weight, prompt_tokens: int, *, has_new_pictures: bool = False) -> Scale:
        """Return the scale by which ``weight`` has ``prompt_tokens``.

        New pictures explain what the text does not; without new ones it is the text that was guessed wrong.
        """
        if has_new_pictures and weight.pictures:
            rest = prompt_tokens - self.text * weight.text
            return replace(self, picture=min(max(rest / weight.pictures, 1.0), 100_000.0))
        rest = prompt_tokens - self.picture * weight.pictures
        return replace(self, text=min(max(rest / max(weight.text, 1.0), 0.1), 10.0))


def weigh(messages: Iterable[Message], *, reasoning: bool = True) -> Weight:
    """Return what ``messages`` weigh; without ``reasoning`` for a model that does not read it again.

    >>> weigh([Message("user", "What is it?")])
    Weight(text=7.142857142857142, pictures=0)
    """
    text, pictures = 0.0, 0
    for message in messages:
        parts = (Text(message.content),) if isinstance(message.content, str) else message.content
        words = [part.text for part in parts if isinstance(part, Text)]
        pictures += len(parts) - len(words)
        words += [call.name + call.arguments for call in message.tool_calls]
        words += [message.reasoning or ""] if reasoning else []
        text += PER_MESSAGE + sum(len(word.encode("utf-8", "replace")) for word in words) / BYTES
    return Weight(text, pictures)


def together(*weights: Weight) -> Weight:
    """Return what ``weights`` are together."""
    return Weight(sum(weight.text for weight in weights), sum(weight.pictures for weight in weights))


def weigh_tools(tools: Iterable[Tool]) -> Weight:
    """Return what the descriptions of ``tools`` weigh, which are sent with each request."""
    words = (tool.name + tool.description + json.dumps(tool.parameters) for tool in tools)
    return Weight(sum(PER_MESSAGE + len(word.encode("utf-8", "replace")) / BYTES for word in words), 0)


def fit(sizes: Sequence[int], pinned: Sequence[bool], room: int) -> list[int]:
    """Return the places of the turns that stay when ``room`` tokens are there for turns of those ``sizes``, in order.

    The last one is the question and stays. Whenever the line outgrew the room, the oldest went until half of it was free:
    one large step, after which what is sent begins with the same turns for a long time, and the service's cache holds. The
    steps follow from the sizes alone, so that the next question comes to the same ones. Pinned turns always stay.

    >>> fit([40, 40, 40, 10], [False] * 4, room=100)
    [2, 3]
    >>> fit([40, 40, 40, 10], [True, False, False, False], room=100)
    [0, 2, 3]
    """
    start, total = 0, 0
    for place, size in enumerate(sizes):
        total += size
        if total <= room:
            continue
        while start < place and total > room // 2:
            total -= 0 if pinned[start] else sizes[start]
            start += 1
    return [place for place in range(len(sizes)) if place >= start or pinned[place]]
