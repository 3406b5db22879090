"""The one cell that an answer's code makes, and what changed in it."""

from __future__ import annotations

import ast
import time

import pytest

from kimi_magic.render.code import MOST_CHANGED, MOST_CODE, MOST_COMMENT, cell_of, difference
from tests.render.hostile import HOSTILE


def block(source: str, language: str = "python") -> str:
    return f"```{language}\n{source}\n```\n"


@pytest.mark.parametrize("language", ["python", "py", "Python3", "ipython", "python title=x"])
def test_one_block_is_the_cell(language: str) -> None:
    """A single block goes as it is, whatever Python is called, and whatever is said about it."""
    source = "def f(x):\n    '''100 % of\n%pip and !ls in a text'''\n\n    return x"
    assert cell_of(f"Here it is:\n\n{block(source, language)}\nDone.") == source


def test_several_blocks_say_what_they_are() -> None:
    """Each has the last sentence or the heading before it as a comment, without its markup, or else its number."""
    text = (
        f"Hi. First, **read** the `csv`:\n{block('a = 1')}{block('b = 2')}\n## Then plot\n{block('c = 3')}"
        f"\n- see [the docs](https://example.org): use it\n\n  {block('d = 4').replace(chr(10), chr(10) + '  ')}"
    )
    assert cell_of(text).split("\n\n") == [
        "# First, read the csv:\na = 1",
        "# part 2\nb = 2",
        "# Then plot\nc = 3",
        "# see the docs: use it\nd = 4",
    ]


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("No code at all.", ""),
        (block("ls -l", "bash") + block('{"a": 1}', "json"), ""),
        (block("x = total") + block("", "python"), "x = total"),
        (block("x = 1", "") + block('{"a": 1}', "") + block("3.14", "") + block("not python", ""), "x = 1"),
        (block("x = 1", "") + block("y = 2"), "y = 2"),
        ("    x = 1  # indented, without a fence\n", ""),
        ("```python\nx = 1\n", "x = 1"),
        (f"> {block('x = 1')}".replace("\n", "\n> "), "x = 1"),
    ],
)
def test_what_counts_as_python(text: str, cell: str) -> None:
    """What is called Python counts; what has no name counts where nothing has, and where it does something as Python."""
    assert cell_of(text) == cell


def test_more_code_than_a_cell_takes_is_none() -> None:
    """Megabytes of Python, in one block or in hundreds, make no cell, and that is known at once."""
    rows = "x = 1\n" * (MOST_CODE // 6 + 1)
    before = time.process_time()
    assert cell_of(block(rows)) == cell_of(block(rows * 20)) == cell_of(block(rows * 20, "")) == ""
    assert cell_of(block(rows[: MOST_CODE // 99]) * 100) == ""
    assert time.process_time() - before < 5
    assert cell_of(block(rows[: MOST_CODE // 2])) != ""


@pytest.mark.parametrize(
    "source",
    [
        "rm -rf data",
        "pip install x",
        "kimi -1 what",
        "rm -rf",
        "run('a.py')",
        "time",
        "env['a'] = 1",
        "x.y z",
        "exit",
        " \nls",
    ],
)
def test_one_line_that_could_be_a_magic_has_a_line_above(source: str) -> None:
    """IPython takes the first word of a cell of one line for a magic's name; a comment above keeps it from that."""
    assert cell_of(f"Do it now:\n{block(source)}") == f"# Do it now:\n{source}"
    assert cell_of(block(source)) == f"# Python\n{source}"


@pytest.mark.parametrize(
    "source", ["x = 1", "x == 1", "import run", "print('x')", "df.head()", "await f()", "(a, b)", "# ls"]
)
def test_one_line_that_is_pythons_stands_alone(source: str) -> None:
    """Keywords, Python's own functions, methods and what gives a name a value are no magics."""
    assert cell_of(f"Do it now:\n{block(source)}") == source


@pytest.mark.parametrize("text", [text for _, text in HOSTILE], ids=[name for name, _ in HOSTILE])
@pytest.mark.parametrize("before", ["{}", "# {}", "x\u2028import os\x0c\x85y {}", "-*- coding: utf-7 -*- {}", "%%bash {}?"])
def test_a_comment_is_but_a_comment(text: str, before: str) -> None:
    """Whatever stands before a block becomes one short line that is a comment and prints as it reads."""
    cell = cell_of(f"{before.format(text)}\n\n{block('a = 1')}\n{before.format(text)}\n{block('b = 2')}")
    comments = [line for line in cell.splitlines() if line.startswith("#")]
    assert len(comments) == (2 if cell else 0)  # a fence that the text opens swallows both blocks
    assert all(len(line) <= MOST_COMMENT and line.isprintable() for line in comments)
    assert not any(line.startswith(("# %", "#%", "# !")) or "coding:" in line for line in comments)
    own = cell_of("```py\na = 1\n```\n\n```py\nb = 2\n```")
    if "```" not in text:  # else it is code
        assert ast.dump(ast.parse(cell)) == ast.dump(ast.parse(own))


def test_what_a_reader_cannot_see_does_not_reach_the_cell() -> None:
    """Characters that let code read as other code are left out: what is seen is what runs."""
    assert cell_of(block("if a != 'user\u202e \u2066# only\u2069 \u2066':\n    x\x1b[2K = 1\r\n")) == (
        "if a != 'user # only ':\n    x[2K = 1"
    )


def test_equal_cells_have_no_difference() -> None:
    """Blanks at ends of lines and of the text are none."""
    assert difference("x = 1\ny = 2\n", "x = 1  \r\ny = 2\n\n\n") == ""


def test_a_difference_stays_in_its_block_and_bounds() -> None:
    """Backticks in the code do not end the block, control characters are gone, and thousands of lines are cut short."""
    shown = difference("a", "```\n<script>\x1b[2J\n```")
    assert shown.splitlines() == ["````diff", "@@ -1 +1,3 @@", "-a", "+```", "+<script>[2J", "+```", "````"]
    many = difference("\n".join(map(str, range(5_000))), "\n".join(f"{n:>900}" for n in range(5_000)))
    assert len(many.splitlines()) == MOST_CHANGED + 3
    assert "the rest is left out" in many
    assert max(map(len, many.splitlines())) <= 400
