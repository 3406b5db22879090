"""Reports in Markdown: tables, and texts of others in which nothing is marked up."""

from __future__ import annotations

from collections.abc import Iterable


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Return a Markdown table; bars and line ends in the cells are made harmless."""
    lines = [list(head), *map(list, rows)]
    text = ["| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in line) + " |" for line in lines]
    return "\n".join([text[0], "|" + "---|" * len(lines[0]), *text[1:]])


def line(text: str, most: int = 48) -> str:
    """Return the beginning of ``text`` as one line of Markdown in which nothing is marked up."""
    text = " ".join(text.split())
    text = text if len(text) <= most else text[: most - 1].rstrip() + "…"
    return "".join("\\" + c if c in "\\`*_[]<>#$!~&" else c for c in text)


def code(text: str) -> str:
    """Return a name of the service's as code, which it cannot leave."""
    return f"`{' '.join(text.replace('`', ' ').split())[:100] or '?'}`"


def number(value: int | None) -> str:
    """Return ``value`` for a reader; "unknown" for None."""
    return "unknown" if value is None else f"{value:,}"
