"""Code in colours: inline styles that follow the notebook's theme. Brings Pygments: import it where code is met."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from html import escape
from typing import Any

from pygments import lexers, token, util  # type: ignore[import-untyped]  # Pygments comes without types

LONGEST = 4_000
"""Longer code (characters) stays without colours: they would cost more than they tell."""

LANGUAGES = frozenset(
    {
        "bash",
        "c",
        "c++",
        "cpp",
        "css",
        "diff",
        "dockerfile",
        "go",
        "html",
        "ini",
        "java",
        "javascript",
        "js",
        "json",
        "julia",
    }
    | {"kotlin", "latex", "lua", "makefile", "markdown", "matlab", "md", "php", "py", "py3", "pycon", "pytb", "python"}
    | {"python3", "r", "rb", "ruby", "rs", "rust", "scala", "sh", "shell", "sql", "stata", "swift", "tex", "toml", "ts"}
    | {"typescript", "xml", "yaml", "yml", "zsh"}
)
"""The languages that are coloured. The model chooses among them; some lexers take a minute for a page of line ends."""

# The theme's own colour where there is a theme, else a middle tone that can be read on white and on black.
_COLOURS: dict[tuple[str, ...], str] = {
    token.Comment: "comment-color,#7a8288",
    token.Keyword: "keyword-color,#2e8b57",
    token.Operator.Word: "keyword-color,#2e8b57",
    token.Name.Builtin: "builtin-color,#9a6fb0",
    token.Name.Class: "def-color,#4080d0",
    token.Name.Function: "def-color,#4080d0",
    token.Name.Decorator: "meta-color,#9a6fb0",
    token.Name.Tag: "keyword-color,#2e8b57",
    token.Number: "number-color,#b07020",
    token.String: "string-color,#c05050",
    token.Generic.Inserted: "keyword-color,#2e8b57",
    token.Generic.Deleted: "string-color,#c05050",
    token.Generic.Subheading: "comment-color,#7a8288",
}


@lru_cache(maxsize=256)
def coloured(code: str, language: str) -> str:
    """Return ``code`` as HTML, coloured where the language is known and the code not too long.

    The same code is coloured once: redraws cost nothing.

    >>> coloured("x < 1", "no such language")
    'x &lt; 1'
    """
    lexer = _lexer(language)
    if lexer is None or len(code) > LONGEST:
        return escape(code, quote=False)
    return "".join(_span(colour, text) for colour, text in _merged(lexer.get_tokens(code)))


@lru_cache(maxsize=64)
def _lexer(language: str) -> Any:
    if language.lower() not in LANGUAGES:
        return None
    try:
        return lexers.get_lexer_by_name(language, stripnl=False, ensurenl=False)
    except util.ClassNotFound:
        return None


def _merged(tokens: Iterable[tuple[Any, str]]) -> Iterator[tuple[str, str]]:
    """Join neighbours of one colour; blanks have none of their own and go along."""
    last, pieces = "", list[str]()
    for kind, text in tokens:
        colour = last if text.isspace() else _colour(kind)
        if colour != last and pieces:
            yield last, "".join(pieces)
            pieces = []
        last = colour
        pieces.append(text)
    yield last, "".join(pieces)


def _colour(kind: Any) -> str:
    while kind is not None:
        if kind in _COLOURS:
            return _COLOURS[kind]
        kind = kind.parent
    return ""


def _span(colour: str, text: str) -> str:
    shown = escape(text, quote=False)
    return f'<span style="color:var(--jp-mirror-editor-{colour})">{shown}</span>' if colour else shown
