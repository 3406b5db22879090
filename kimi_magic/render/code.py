"""The blocks of code in an answer, and the one cell that they make."""

from __future__ import annotations

import ast
import difflib
import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass

from markdown_it import MarkdownIt

from kimi_magic.render.escapes import is_open, parsed, tamed
from kimi_magic.render.printable import printable
from kimi_magic.report import fenced

PYTHON = frozenset({"python", "py", "python3", "py3", "ipython", "ipython3"})
MOST_CODE = 100_000
"""Characters of all the code that one cell is made of: each line that is not Python has all of it read again."""
MOST_COMMENT = 100
"""Characters of the line above a block that says what it is."""
MOST_COMPARED = 3_000
"""Lines of each side that `difference` looks at."""
MOST_CHANGED = 400
"""Lines that `difference` shows."""
_LONGEST = 400
"""Characters of a line that `difference` shows."""

_MARKDOWN = MarkdownIt("commonmark", {"html": False}).disable("inline")  # as answers are shown; fences are blocks
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=\S)")
_MARKUP = re.compile(r"[*_`#]{1,3}(?=\w)|(?<=[\w.!?:)])[*_`#]{1,3}|!?\[([^\]]*)\]\([^)]*\)")
_COOKIE = re.compile(r"coding[:=]")


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
    return [code for code, _ in _blocks(markdown)]


def cell_of(markdown: str) -> str:
    r"""Return the Python in ``markdown`` as one cell, "" where there is none; see `kimi_magic.render.escapes` for IPython's.

    One block goes as it is; of several each has a line above that says what it is, and so has a line that IPython could take
    for a magic if it stood alone. Blocks that name no language count where none is called Python, and where they do
    something that only Python says so. What a reader could not see is left out. More than `MOST_CODE` is no cell.

    >>> print(cell_of("First read it:\n```python\nx = 1\n```\nThen use it.\n```py\nprint(x)\n```\n"))
    # First read it:
    x = 1
    <BLANKLINE>
    # Then use it.
    print(x)
    """
    found = [*_blocks(markdown)]
    named = [one for one in found if one[0].language in PYTHON]
    chosen = named or [one for one in found if not one[0].language]
    if sum(len(code.source) for code, _ in chosen) > MOST_CODE:
        return ""
    chosen = named or [one for one in chosen if _is_python(one[0].source)]
    cells = [(tamed(printable(code.source).rstrip()).strip("\n"), above) for code, above in chosen]
    cells = [(cell, above) for cell, above in cells if cell]
    match cells:
        case []:
            return ""
        case [(cell, above)]:
            return f"{_comment(above, 'Python')}\n{cell}" if is_open(cell) else cell
    return "\n\n".join(f"{_comment(above, f'part {number}')}\n{cell}" for number, (cell, above) in enumerate(cells, 1))


def difference(before: str, after: str) -> str:
    r"""Return what changes from ``before`` to ``after`` as a Markdown block, "" where nothing does.

    >>> print(difference("x = 1\ny = 2", "x = 1\ny = 3\n"))
    ```diff
    @@ -1,2 +1,2 @@
     x = 1
    -y = 2
    +y = 3
    ```
    """
    old, new = _rows(before), _rows(after)
    if old == new:
        return ""
    changes = difflib.unified_diff(old[:MOST_COMPARED], new[:MOST_COMPARED], lineterm="")
    rows = [row[:_LONGEST] for row in itertools.islice(changes, 2, 3 + MOST_CHANGED)]  # 2: without the names of files
    if len(rows) > MOST_CHANGED or max(len(old), len(new)) > MOST_COMPARED:
        rows = [*rows[:MOST_CHANGED], "… the rest is left out …"]
    return fenced("\n".join(rows), "diff")


def _rows(text: str) -> list[str]:
    return [row.rstrip() for row in printable(text).rstrip().split("\n")]


def _blocks(markdown: str) -> Iterator[tuple[Code, str]]:
    """Yield each fenced block with the text or heading that stood before it, since the last block."""
    above = ""
    for token in _MARKDOWN.parse(markdown):
        if token.type == "inline":
            above = token.content
        elif token.type == "fence":
            yield Code((token.info.split() or [""])[0].lower(), token.content), above
            above = ""


def _is_python(source: str) -> bool:
    """Whether ``source`` is Python that does something: a word, a number or a list alone may be any output."""
    try:
        statements = parsed(source).body
    except SyntaxError:
        return False
    return any(not isinstance(one, ast.Expr) or isinstance(one.value, ast.Call | ast.Await) for one in statements)


def _comment(above: str, otherwise: str) -> str:
    """Return the last sentence of ``above`` as a comment, or ``otherwise``: one line, and nothing but a comment."""
    text = " ".join(above[-1_000:].split())
    text = _MARKUP.sub(lambda match: match[1] or "", text)
    said = (_SENTENCE_END.split(text) or [""])[-1]
    said = "".join(c for c in said if c.isprintable()).lstrip(" #%!?-*>").rstrip(" ?")  # no `# %%`: it would divide the cell
    said = _COOKIE.sub("coding", said)  # else a file of this could be read as another encoding
    return f"# {said or otherwise}"[:MOST_COMMENT].rstrip()
