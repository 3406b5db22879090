"""A JSON answer for a reader: tables and lists in Markdown, in which nothing that the model wrote is marked up. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

from kimi_magic.amounts import counted
from kimi_magic.render.printable import printable
from kimi_magic.report import fenced, shortened, unlinked
from kimi_magic.schema.misfit import Misfit
from kimi_magic.schema.parsing import value_of
from kimi_magic.schema.partial import part_of
from kimi_magic.schema.target import WRAPPER

MOST_ROWS, MOST_COLUMNS, MOST_LINES = 200, 30, 600
"""Of a table, and of all that is shown; what there is more is counted."""
MOST_SHOWN = 200_000
"""Characters of all that is shown, from which no further line begins: more would take seconds to be rendered."""
MOST_CELL, MOST_TEXT, MOST_KEY = 160, 4_000, 60
"""Characters of a table's cell, of a text outside of tables, and of a name."""
DEEPEST = 8
"""Steps into each other that are shown."""
MOST_BRACKETS = 50
"""Opening brackets of a text up to which they stay as they are: the renderer looks from each for the end of a link."""

_MARKS = re.compile(r"[\\`*<>#$!~&|]|(?<![^\W_])_|_(?![^\W_])")
_BLOCK = re.compile(r"^(\d{0,9})(?=[-+=.)])")
_NOTHING, _EMPTY = "–", "*empty*"

Row = Mapping[str, object]


def readable(text: str, *, is_whole: bool) -> str:
    r"""Return the JSON in ``text`` as Markdown: a table of flat objects, else a list with bold names.

    Of one that still arrives (not ``is_whole``) what can be read so far. Where there is no JSON, ``text`` itself as code.

    >>> print(readable('[{"name": "Ada", "age": 36}, {"name": "Al', is_whole=False))
    | name | age |
    |---|---:|
    | Ada | 36 |
    | Al |  |
    """
    try:
        value = value_of(text) if is_whole else part_of(text)
    except Misfit:
        return fenced(printable(text)) if text.strip() else ""
    if is_whole:
        return encode_value(value)
    if value is None:
        return "" if text.strip("` \n").lower() in ("", "json") else fenced(printable(text))
    shown = encode_value(value)
    return "" if shown in (_EMPTY, f"- {_EMPTY}") else shown


def encode_value(value: object) -> str:
    """Return a JSON value as Markdown. What a wrapped answer holds stands by itself."""
    if isinstance(value, dict) and value.keys() == {WRAPPER}:
        value = value[WRAPPER]
    lines = _block(value, 0) if isinstance(value, (dict, list)) and value else iter([_guarded(_scalar(value))])
    shown: list[str] = []
    left = MOST_SHOWN
    for line in lines:
        if left <= 0 or len(shown) >= MOST_LINES:
            shown += ["", "*… and more, which is not shown here*"]
            break
        shown.append(line)
        left -= len(line)
    return "\n".join(shown)


def _block(value: object, depth: int) -> Iterator[str]:
    """Yield the lines of a list or an object that is not empty."""
    if isinstance(value, list) and _is_table(value):
        return _table(value)
    if isinstance(value, dict):
        return chain.from_iterable(_entry(f"**{_plain(name, MOST_KEY)}:**", one, depth) for name, one in value.items())
    items: list[object] = value if isinstance(value, list) else [value]
    return chain.from_iterable(_item(place, item, depth) for place, item in enumerate(items, 1))


def _entry(name: str, value: object, depth: int) -> Iterator[str]:
    """Yield the lines of one entry of a list: in the line of its name what is short, else below it."""
    if not _has_inside(value):
        yield f"- {name} {_scalar(value)}".replace("\n", "\n  ")
    elif depth >= DEEPEST:
        yield f"- {name} *{_size(value)}*"
    else:
        yield f"- {name}"
        is_table = isinstance(value, list) and _is_table(value)
        if is_table:
            yield ""
        yield from (f"  {line}" if line else "" for line in _block(value, depth + 1))
        if is_table:
            yield ""


def _item(place: int, value: object, depth: int) -> Iterator[str]:
    if _has_inside(value):
        return _entry(f"**{place}:**", value, depth)
    return iter([f"- {_guarded(_scalar(value))}".replace("\n", "\n  ")])


def _has_inside(value: object) -> bool:
    """Whether ``value`` takes lines of its own: an object, or a list that is no short line of scalars."""
    if isinstance(value, list):
        return not _is_short(value)
    return isinstance(value, dict) and bool(value)


def _is_short(values: Sequence[object]) -> bool:
    """Whether ``values`` are few scalars with few characters."""
    few = len(values) <= 20 and not any(isinstance(value, (dict, list)) for value in values)
    return few and sum(len(value) if isinstance(value, str) else 8 for value in values) <= MOST_CELL


def _is_table(values: Sequence[object]) -> bool:
    return any(values) and all(isinstance(value, dict) and _is_flat(value) for value in values)


def _is_flat(row: Row) -> bool:
    return not any(_has_inside(value) for value in row.values())


def _table(rows: Sequence[Row]) -> Iterator[str]:
    """Yield the lines of a table; its columns stand in the order in which they first appear."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    columns = names[:MOST_COLUMNS]
    yield _row(_plain(name, MOST_KEY) for name in columns)
    yield "|" + ("".join("---:|" if _is_numeric(name, rows) else "---|" for name in columns) or "---|")
    for row in rows[:MOST_ROWS]:
        yield _row(_scalar(row[name], MOST_CELL, " ") if name in row else "" for name in columns)
    left_out = [
        counted(len(rows) - MOST_ROWS, "more row") if len(rows) > MOST_ROWS else "",
        counted(len(names) - MOST_COLUMNS, "more column") if len(names) > MOST_COLUMNS else "",
    ]
    if any(left_out):
        yield from ("", f"*… and {' and '.join(filter(None, left_out))}*")


def _is_numeric(name: str, rows: Sequence[Row]) -> bool:
    """Whether a column has nothing but numbers so far, and at least one: its digits stand under each other."""
    found = [row[name] for row in rows if row.get(name) is not None]
    return bool(found) and all(isinstance(value, int | float) and not isinstance(value, bool) for value in found)


def _row(cells: Iterator[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _scalar(value: object, most: int = MOST_TEXT, between: str = "\\\n") -> str:
    """Return a value that takes no lines of its own; ``between`` stands between the lines of a text: a hard line end."""
    match value:
        case str():
            lines = [_plain(line, most) for line in printable(value[: most + 1]).split("\n") if line.strip()]
            more = f" *(… {counted(len(value), 'character')} in all)*" if len(value) > most else ""
            return between.join([*lines[:1], *map(_guarded, lines[1:])]) + more
        case None:
            return _NOTHING
        case bool():
            return "true" if value else "false"
        case list():
            return ", ".join(_scalar(one, most, " ") for one in value) or _EMPTY
        case int() | float():
            return _number(value)
        case _:
            return _EMPTY


def _number(value: float) -> str:
    try:
        shown = str(value)
    except ValueError:  # more digits than Python writes
        return "*a number of very many digits*"
    return _plain(shown, MOST_CELL)


def _plain(text: str, most: int) -> str:
    r"""Return the beginning of ``text`` as one line in which nothing is marked up, wherever in a line it stands but first.

    >>> _plain("a_b *c* _d_", 20)
    'a_b \\*c\\* \\_d\\_'
    """
    text = shortened(" ".join(printable(text[: 4 * most]).split()), most)
    marked = _MARKS.sub(r"\\\g<0>", text)
    return marked.replace("[", "&#91;") if marked.count("[") > MOST_BRACKETS else unlinked(marked)


def _guarded(line: str) -> str:
    r"""Return what `_plain` returned so that it begins no list and no heading where a line begins with it.

    >>> _guarded("- a"), _guarded("1. a"), _guarded("10 a")
    ('\\- a', '1\\. a', '10 a')
    """
    return _BLOCK.sub(r"\1\\", line)


def _size(value: object) -> str:
    return counted(len(value), "item" if isinstance(value, list) else "entry") if isinstance(value, (dict, list)) else ""
