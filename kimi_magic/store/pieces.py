"""Words that stand elsewhere already, as references: a table that goes with a question is a part of what is said, too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

WORTH = 40
"""Texts of fewer characters are not referred to: the reference would be as long."""


def split(words: str, texts: Sequence[str]) -> object:
    """Return ``words`` with the number of each of ``texts`` in its place, where they follow in that order; else ``words``.

    >>> frame = "a table of some length, which is attached"
    >>> split(f"{frame}\\n\\nWhy?", ["short", frame])
    {'pieces': [1, '\\n\\nWhy?']}
    >>> split("Why?", ["short", frame])
    'Why?'
    """
    pieces: list[str | int] = []
    end = 0
    for number, text in enumerate(texts):
        start = words.find(text, end) if len(text) >= WORTH else -1
        if start >= 0:
            pieces += [words[end:start], number]
            end = start + len(text)
    return {"pieces": [piece for piece in [*pieces, words[end:]] if piece != ""]} if pieces else words


def join(content: object, texts: Sequence[str]) -> object:
    """Return the words that `split` made ``content`` of; anything else as it is.

    >>> join({"pieces": [0, "!"]}, ["Hello"]), join("Hello!", [])
    ('Hello!', 'Hello!')
    """
    if isinstance(content, Mapping) and "pieces" in content:
        return "".join(texts[piece] if isinstance(piece, int) else piece for piece in content["pieces"])
    return content
