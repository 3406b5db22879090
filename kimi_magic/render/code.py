"""The blocks of code in an answer."""

from __future__ import annotations

from dataclasses import dataclass

from markdown_it import MarkdownIt

_MARKDOWN = MarkdownIt("commonmark").disable("inline")  # fences are blocks


@dataclass(frozen=True, slots=True)
class Code:
    """A fenced block: its language in lower case ("" where none is named) and its source."""

    language: str
    source: str

    def __str__(self) -> str:
        return self.source


def code_blocks(markdown: str) -> list[Code]:
    r"""Return the fenced blocks of ``markdown``, in order.

    >>> code_blocks("Try\n\n```Python\nx = 1\n```\n")
    [Code(language='python', source='x = 1\n')]
    """
    fences = [token for token in _MARKDOWN.parse(markdown) if token.type == "fence"]
    return [Code((token.info.split() or [""])[0].lower(), token.content) for token in fences]
