"""Markdown that a model wrote -> safe HTML, in one go or while it grows. The one renderer for everything that is shown.

Importing this module brings markdown-it and nh3; Pygments comes with the first code.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from kimi_magic.render.markdown import encode_html, parse
from kimi_magic.render.printable import printable

if TYPE_CHECKING:
    from markdown_it.token import Token
    from markdown_it.utils import EnvType


def to_html(markdown: str) -> str:
    r"""Return ``markdown`` as safe HTML.

    >>> to_html("**bold** <script>")
    '<p><strong>bold</strong> &lt;script&gt;</p>\n'
    """
    env: EnvType = {}
    return encode_html(parse(printable(markdown), env), env)


def finished(text: str) -> int:
    r"""Return where the last block of ``text`` begins: what stands before will not change however ``text`` goes on.

    (But for link references, which reach back.) ``text`` is what `printable` returns.

    >>> finished("One.\n\nTwo.\n- three")
    6
    """
    tokens = parse(text, {})
    return _offset(text, _last_start(tokens, text))


class Blocks:
    r"""The HTML of a text that grows: what is finished is rendered once and kept.

    >>> blocks = Blocks()
    >>> blocks.update("# Ti")
    '<h1>Ti</h1>\n'
    >>> blocks.update("# Title\n\nText\n")
    '<h1>Title</h1>\n<p>Text</p>\n'
    >>> blocks.finished
    '<h1>Title</h1>\n'
    """

    def __init__(self) -> None:
        self._begin()

    def _begin(self) -> None:
        self._source = ""
        self._html = ""
        self._has_references = False

    @property
    def finished(self) -> str:
        """The HTML of what is finished: the text can go on as it likes. Not with link references, which reach back."""
        return "" if self._has_references else self._html

    def update(self, text: str) -> str:
        """Return ``text`` as safe HTML, the same as `to_html`. A text that is not the last one grown starts anew."""
        text = printable(text)
        if not text.startswith(self._source):
            self._begin()
        if self._has_references:
            return to_html(text)
        env: EnvType = {}
        tail = text[len(self._source) :]
        tokens = parse(tail, env)
        if env.get("references"):
            # A definition gives a meaning to brackets anywhere above it.
            self._has_references = True
            return to_html(text)
        return self._keep(tokens, tail) + encode_html(tokens[_index(tokens, _last_start(tokens, tail)) :], env)

    def _keep(self, tokens: list[Token], tail: str) -> str:
        """Take in the finished blocks of ``tail``, and return the HTML of all that are finished."""
        start = _last_start(tokens, tail)
        self._html += encode_html(tokens[: _index(tokens, start)], {})
        self._source += tail[: _offset(tail, start)]
        return self._html


def _last_start(tokens: Sequence[Token], text: str) -> int:
    """Return the first line of the last block that surely is one: its first line is complete."""
    complete = text.count("\n")
    starts = [token.map[0] for token in tokens if token.level == 0 and token.map and token.nesting >= 0]
    return max((start for start in starts if start < complete), default=0)


def _index(tokens: Sequence[Token], line: int) -> int:
    """Return the index of the first token that begins at ``line`` or later."""
    starts = (i for i, token in enumerate(tokens) if token.level == 0 and token.map and token.map[0] >= line)
    return next(starts, len(tokens))


def _offset(text: str, line: int) -> int:
    offset = 0
    for _ in range(line):
        offset = text.index("\n", offset) + 1
    return offset
