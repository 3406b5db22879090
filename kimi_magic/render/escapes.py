"""IPython's own syntax in a model's Python: shell commands, magics and help become comments.

An answer's code is put into a cell, where one key runs it. Its reader looks at Python there: a line that leaves it (``!rm``,
``%pip install``, ``%%bash`` above what seems to be Python, ``%kimi``, which asks and pays) is easily overlooked, and
`-x` promises Python. So such a line stays where it was, to be read, and runs only after its ``#`` was taken away by hand.
Python itself is not looked at: that is for who presses Run, and could not be told harmless anyway.

What parses as Python has no such syntax in it, so it is returned as it is. Pure.
"""

from __future__ import annotations

import ast
import re
import textwrap
import warnings

_PYTHON_BELOW = re.compile(r"%%(?:time|timeit|capture|prun)\b")
"""The cell magics below which there is Python that can as well run without them."""
_PROMPT = re.compile(r"^\s*(?:>>>|\.\.\.:?|In \[\d+\]:)(?: |$)")
_ESCAPED = re.compile(
    r"""\s*[%!?,;/]                                        # a magic, a command, help, and IPython's ways to call
    | .*\?\s*$                                            # help
    | (?:[^'"] | \[\w*(?:'[^']*'|"[^"]*")\])* = \s*[%!]    # what a command gives, by a name; "a=%d" in a text is none
    """,
    re.VERBOSE,
)
_MOST_TRIES, _LONG = 40, 50_000  # each parses the whole block again; one with more such lines is no program


def tamed(source: str) -> str:
    r"""Return ``source`` without IPython's syntax being live in it.

    >>> print(tamed("import os\n%pip install x\nif True:\n    !ls\n"))
    import os
    # %pip install x
    if True:
        pass  # !ls
    <BLANKLINE>
    >>> print(tamed("%%bash\nrm -r data"))
    # %%bash
    # rm -r data
    """
    if _wrong(source) is None:
        return source
    source = textwrap.dedent(source)
    first = source.lstrip()
    if first.startswith("%%") and not _PYTHON_BELOW.match(first):
        return _all_comments(source)
    rows = source.split("\n")
    for _ in range(_MOST_TRIES if len(source) < _LONG else 1):
        place = _wrong("\n".join(rows))
        if place is None:
            return "\n".join(rows)
        if place >= len(rows) or not _ESCAPED.match(rows[place]):
            break
        _comment_out(rows, place)
    return _safest(rows)


def parsed(source: str) -> ast.Module:
    """Return ``source`` as Python; raise SyntaxError, and nothing else, where it is none."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # nobody runs it here: no word about its escapes
            return ast.parse(source)
    except (ValueError, RecursionError, MemoryError) as error:  # a null character, or a thousand brackets
        raise SyntaxError(str(error)) from None


def _wrong(source: str) -> int | None:
    """Return the index of the line at which ``source`` is no Python; None where it is Python."""
    try:
        parsed(source)
    except SyntaxError as error:
        return max((error.lineno or 1) - 1, 0)
    return None


def _comment_out(rows: list[str], place: int) -> None:
    """Make a comment of the line at ``place`` and of those that a backslash adds to it; a block keeps a statement."""
    goes_on = True
    while goes_on and place < len(rows):
        row = rows[place]
        goes_on = row.rstrip().endswith("\\")
        text = row.lstrip()
        indent = row[: len(row) - len(text)]
        rows[place] = f"{indent}pass  # {text}" if indent else f"# {text}"
        place += 1


def _all_comments(source: str) -> str:
    return "\n".join(f"# {row}".rstrip() for row in source.split("\n"))


def _safest(rows: list[str]) -> str:
    """Return a block that is no Python, with or without such lines: whatever looks like one of them is made a comment.

    Where it begins like a transcript with prompts, which IPython would take off, all of it is.
    """
    if any(_PROMPT.match(row) for row in rows):
        return _all_comments("\n".join(rows))
    for place, row in enumerate(rows):
        if _ESCAPED.match(row) and not row.lstrip().startswith("#"):
            _comment_out(rows, place)
    return "\n".join(rows)
