"""IPython's own syntax in a model's Python: shell commands, magics and help become comments.

An answer's code is put into a cell, where one key runs it. Its reader looks at Python there: a line that leaves it (``!rm``,
``%pip install``, ``%%bash`` above what seems to be Python, ``%kimi``, which asks and pays) is easily overlooked, and
`-x` promises Python. So such a line stays where it was, to be read, and runs only after its ``#`` was taken away by hand.
Python itself is not looked at: that is for who presses Run, and could not be told harmless anyway.

What parses as Python has no such syntax in it, but for rows that begin like prompts, which some IPythons take off, and for a
cell of one line, which can be a magic without its ``%``: see `is_open`. Pure: `kimi_magic.next_cell` asks IPython itself.
"""

from __future__ import annotations

import ast
import builtins
import keyword
import re
import textwrap
import warnings

_PYTHON_BELOW = re.compile(r"%%(?:time|timeit|capture|prun)\b")
"""The cell magics below which there is Python that can as well run without them."""
_PROMPT = re.compile(r"^\s*(?:>>>|\.\.\.:?|In \[\d+\]:)(?: |$)")
_PROMPTED = re.compile(r"\s*(?:>>>|\.\.\.:?)\s+[^\s#]")
"""A row of Python that is another one without its beginning: ``... %sx`` is a remainder to Python."""
_ESCAPED = re.compile(
    r"""\s*[%!?,;/]     # a magic, a command, help, and IPython's ways to call
    | .*\?\s*$         # help
    """,
    re.VERBOSE,
)
_TEXT = re.compile(r"""'(?:\\.|[^'\\])*+('|\\?$)|"(?:\\.|[^"\\])*+("|\\?$)""")
"""A text, or what begins like one and has no end in its row: then nothing is looked for behind its beginning again."""
_ASSIGNED = re.compile(r"=\s*[%!]")
"""What a magic or a command gives, by a name; "a=%d" in a text is none."""
_LONG_ROW = 2_000  # in a longer one a text may hold what looks like such a line
_BREAKS = re.compile("[\u2028\u2029]")  # ends of lines to IPython, which begin no line that a reader sees
_FIRST_WORD = re.compile(r"[^\W\d]\w*")
_CALLED_ALONE = frozenset({"exit", "quit"})
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
    source = _BREAKS.sub(" ", source)
    if _wrong(source) is None:
        return _without_prompts(source)
    source = textwrap.dedent(source)
    first = source.lstrip()
    if first.startswith("%%") and not _PYTHON_BELOW.match(first):
        return commented(source)
    rows = source.split("\n")
    for _ in range(_MOST_TRIES if len(source) < _LONG else 1):
        place = _wrong("\n".join(rows))
        if place is None:
            return _without_prompts("\n".join(rows))
        if place >= len(rows) or not _is_escaped(rows[place]):
            break
        _comment_out(rows, place)
    return _safest(rows)


def commented(source: str) -> str:
    """Return ``source`` with a ``#`` before each of its lines."""
    return "\n".join(f"# {row}".rstrip() for row in source.split("\n"))


def is_open(cell: str) -> bool:
    """Whether ``cell`` is one line that IPython could take for a magic or an alias without its ``%``.

    It does not where the word that begins the line is Python's own, is a name that gets a value, or has a dot behind it.

    >>> [is_open(cell) for cell in ("rm -rf data", "run(x)", "x = run(x)", "print(x)", "import run", "df.head()", "run\\nx")]
    [True, True, False, False, False, False, False]
    """
    rows = cell.strip().splitlines()
    if len(rows) != 1 or rows[0].startswith("#"):
        return False
    first = _FIRST_WORD.match(rows[0])
    if first is None or _wrong(rows[0]) is not None:
        return _wrong(rows[0]) is not None
    word, rest = first[0], rows[0][first.end() :]
    is_own = keyword.iskeyword(word) or (hasattr(builtins, word) and word not in _CALLED_ALONE)
    return not (is_own or rest.startswith(".") or rest.lstrip().startswith("="))


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


def _is_escaped(row: str) -> bool:
    """Whether ``row``, at which Python cannot go on, is IPython's."""
    if _ESCAPED.match(row):
        return True
    code = row if len(row) > _LONG_ROW else _TEXT.sub(_without_text, row).partition("#")[0]
    return _ASSIGNED.search(code) is not None


def _without_text(match: re.Match[str]) -> str:
    """Return nothing for a text; of one without an end all but what would make a comment of the rest."""
    return "''" if (match[1] or match[2]) in ("'", '"') else match[0].replace("#", " ")


def _without_prompts(source: str) -> str:
    """Return Python as it is, or as comments where a row of it begins like a prompt, and not in a text."""
    found = {place for place, row in enumerate(source.split("\n"), 1) if _PROMPTED.match(row)}
    return commented(source) if found and found - _in_texts(source) else source


def _in_texts(source: str) -> set[int]:
    """Return the numbers of the lines that begin within a text."""
    texts = (node for node in ast.walk(parsed(source)) if isinstance(node, ast.Constant | ast.JoinedStr))
    return {place for text in texts for place in range(text.lineno + 1, (text.end_lineno or text.lineno) + 1)}


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


def _safest(rows: list[str]) -> str:
    """Return a block that is no Python, with or without such lines: whatever looks like one of them is made a comment.

    Where it begins like a transcript with prompts, which IPython would take off, all of it is.
    """
    if any(_PROMPT.match(row) for row in rows):
        return commented("\n".join(rows))
    for place, row in enumerate(rows):
        if _is_escaped(row) and not row.lstrip().startswith("#"):
            _comment_out(rows, place)
    return "\n".join(rows)
