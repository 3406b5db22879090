"""HTML that a cell showed, as words: tables keep their rows and columns. And the pictures embedded in it."""

from __future__ import annotations

import base64
import binascii
import re
from html.parser import HTMLParser

_SKIPPED = frozenset({"script", "style", "head", "svg", "template"})
_CELLS = frozenset({"td", "th"})
_BREAKS = frozenset({"tr", "p", "div", "br", "li", "h1", "h2", "h3", "h4", "table", "pre", "summary", "caption"})
_EMBEDDED = re.compile(r"""<img\b[^>]*?\bsrc\s*=\s*["']data:image/[\w.+-]+;base64,([A-Za-z0-9+/=\s]+)["']""", re.IGNORECASE)
_ICON = 1_000
"""Bytes below which a picture is an icon."""


def text_of(html: str) -> str:
    """Return the words of ``html``, the cells of a table's row apart by bars.

    >>> text_of("<style>b</style><table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>&lt;2</td></tr></table>")
    'a | b\\n1 | <2'
    """
    reader = _Words()
    reader.feed(html)
    reader.close()
    lines = (
        re.sub(r"[ \t\r\f]+", " ", line).strip().removesuffix("|").strip() for line in "".join(reader.words).split("\n")
    )
    return "\n".join(line for line in lines if line)


def pictures_of(html: str) -> list[bytes]:
    """Return the files of the pictures that ``html`` has in itself, without icons."""
    found = (_decoded(match[1]) for match in _EMBEDDED.finditer(html))
    return [data for data in found if len(data) >= _ICON]


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text)
    except binascii.Error:
        return b""


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self._skipping = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 the parent's signature
        self._skipping += tag in _SKIPPED
        if tag in _BREAKS:
            self.words.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self._skipping = max(0, self._skipping - (tag in _SKIPPED))
        if tag in _CELLS:
            self.words.append(" | ")
        elif tag in _BREAKS:
            self.words.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._skipping:
            self.words.append(data.replace("\n", " "))
