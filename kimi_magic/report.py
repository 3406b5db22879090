"""Reports in Markdown: tables, and texts of others in which nothing is marked up."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

_LINK = re.compile(r"\]([(\[:])")


class Report(str):
    """A text in Markdown, and pictures that stand under it, as ``data:`` addresses."""

    __slots__ = ("pictures",)

    def __new__(cls, text: str, pictures: Sequence[str] = ()) -> Report:
        """Return the report."""
        report = super().__new__(cls, text)
        report.pictures = tuple(pictures)
        return report

    pictures: tuple[str, ...]


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Return a Markdown table; bars and line ends in the cells are made harmless."""
    lines = [list(head), *map(list, rows)]
    text = ["| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in line) + " |" for line in lines]
    return "\n".join([text[0], "|" + "---|" * len(lines[0]), *text[1:]])


def line(text: str, most: int = 48) -> str:
    r"""Return the beginning of ``text`` as one line of Markdown in which nothing is marked up.

    >>> line("*see* [x+1](y)")
    '\\*see\\* [x+1]&#40;y)'
    """
    text = shortened(" ".join(text.split()), most)
    return unlinked("".join("\\" + c if c in "\\`*_<>#$!~&" else c for c in text))


def shortened(text: str, most: int) -> str:
    """Return ``text`` with at most ``most`` characters, the last of which tells that there are more.

    >>> shortened("one two", 7), shortened("one two", 5)
    ('one two', 'one…')
    """
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def unlinked(marked: str) -> str:
    """Return Markdown without links. A bracket stays, for an escaped one begins a formula; what follows it is disguised."""
    return _LINK.sub(lambda found: f"]&#{ord(found[1])};", marked)


def code(text: str) -> str:
    """Return a name of the service's as code, which it cannot leave."""
    return f"`{' '.join(text.replace('`', ' ').split())[:100] or '?'}`"


def fenced(text: str, language: str = "") -> str:
    """Return ``text`` as a block of code, which it cannot leave.

    >>> fenced("a ``` b")
    '````\\na ``` b\\n````'
    """
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", text)), default=0))
    return f"{fence}{language}\n{text}\n{fence}"


def number(value: int | None) -> str:
    """Return ``value`` for a reader; "unknown" for None."""
    return "unknown" if value is None else f"{value:,}"
