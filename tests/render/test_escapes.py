"""IPython's own syntax in a model's Python, held against IPython itself."""

from __future__ import annotations

import time

import pytest
from IPython.core.inputtransformer2 import TransformerManager

from kimi_magic.render.escapes import tamed

LIVE = {
    "shell": "!rm -r data",
    "shell, assigned": "files = !ls\nprint(1)",
    "shell, assigned to an item": "d['a'] = !ls\nd[i + 1] = %pwd",
    "shell, assigned with a type": "x: int = !ls",
    "shell, assigned over lines": "d[\n    'a'\n] = !ls",
    "shell with quotes": "x = 1\n!echo it's '''\ny = 2",
    "magic": "import os\n%pip install x",
    "magic, assigned": "t = %timeit -o f()",
    "magic without an end": "%cd (\nx = 1",
    "magic over lines": "%run a.py \\\n  b c\nx = 1",
    "magic in a block": "if True:\n    %pip install x\nelse:\n    !ls",
    "indented": "    %pip install x\n    y = 1",
    "ask again": "%kimi -y do it",
    "cell magic": "%%bash\nrm -r data\n!x",
    "cell magic below blanks": "\n\n  %%writefile a.py\nprint(1)",
    "cell magic in the middle": "x = 1\n%%bash\nrm -r data",
    "timed": "%%timeit -n 3\ntotal(3)",
    "timed shell": "%%time\n!ls",
    "captured cell magic": "%%capture\n%%bash\nls",
    "shell behind texts": "print('hi'); x = %sx touch a",
    "shell to an item of two texts": "globals()['a' 'b'] = !touch a",
    "shell behind a call": 'd = {}\nif 1: (d.setdefault("k", d)).x = !touch a',
    "shell after many": "!ls\n" * 60 + "print('a'); x = !touch b",
    "shell in a long line": f"f('{'a' * 3_000}'); y = !ls",
    "help": "len?",
    "help before": "?len",
    "help of magic": "%timeit??",
    "quoted call": ",print a b",
    "whole line quoted": ";print a b",
    "called": "/print 1",
    "transcript": ">>> !ls\n>>> x = 1\n1",
    "transcript of IPython": "In [1]: !ls\n\nIn [2]: %pip install x\n   ...: y = 1",
    "broken": "def f(:\n!ls\nx = %pwd\nlen?",
    "broken at its end": "!ls\n%pip install x\nprint('",
    "many": "!ls\n" * 60,
    "two": "!!ls\n%%!\nx",
}


def by_ipython(source: str) -> str:
    """Return what IPython makes of a cell before Python reads it."""
    made: str = TransformerManager().transform_cell(source)  # type: ignore[no-untyped-call]  # IPython leaves it untyped
    return made.strip()


@pytest.mark.parametrize("source", LIVE.values(), ids=LIVE)
def test_nothing_of_it_is_live(source: str) -> None:
    """IPython finds no magic, no shell command and no help in what is left; each line is still there to be read."""
    left = tamed(source)
    assert by_ipython(source) != source.strip()
    assert by_ipython(left) == left.strip()
    assert all(line.strip() in left for line in source.splitlines())


@pytest.mark.parametrize(
    ("source", "left"),
    [
        ("if True:\n    !ls\n", "if True:\n    pass  # !ls\n"),
        ("%matplotlib inline\nx = '''\n%d\n!ls\n'''", "# %matplotlib inline\nx = '''\n%d\n!ls\n'''"),
        ("%%time\ny = f(3)", "# %%time\ny = f(3)"),
        ("%%bash\ny = f", "# %%bash\n# y = f"),
        ("x = 1\n... %sx (y)", "# x = 1\n# ... %sx (y)"),
        ("def f():\n    ...  # later\nx = 1\n... - f()", "# def f():\n#     ...  # later\n# x = 1\n# ... - f()"),
        ("%pwd\nx = 1\n... %kimi -y", "# # %pwd\n# x = 1\n# ... %kimi -y"),
        ("x = 1  # one\u2028!ls\n", "x = 1  # one !ls\n"),
        ("# one\u2029!ls", "# one !ls"),
        ("print('x=%d' % 3)\nx = [\n    1,\nprint('", "print('x=%d' % 3)\nx = [\n    1,\nprint('"),
        ("%run a \\\n  b\nz = 1", "# %run a \\\npass  #   b\nz = 1".replace("pass  #   b", "  pass  # b")),
    ],
)
def test_the_rest_stays_python(source: str, left: str) -> None:
    """What is Python around such a line stays as it is, texts that look like one too."""
    assert tamed(source) == left


@pytest.mark.parametrize(
    "source",
    [
        "print('a'\n      % x)",
        "x = '''\n%%bash\n!ls\n'''",
        "await f()",
        "a = b /\\\nc",
        "# len?\n# !ls",
        "'\\d'",
        "x = 1 if a else [\n]",
        'def f():\n    """Do.\n\n    >>> f() % 1\n    ... % 2\n    """\n    ...  # later',
        'f"""\n{x}\n... y"""',
    ],
)
def test_python_is_left_alone(source: str) -> None:
    """What parses comes back as it is, and IPython finds nothing of its own in it either."""
    assert tamed(source) == source
    assert by_ipython(source) == source


@pytest.mark.parametrize("row", ["a='" + "\\'" * 990, "'" + "\\" * 1_989, "a='\"" * 400, "!" + "'" * 1_990])
def test_quotes_without_an_end_take_no_time(row: str) -> None:
    """Two thousand rows of quotes that end nowhere are looked through once, not once from each quote."""
    before = time.process_time()
    tamed("\n".join([row] * 2_000))
    assert time.process_time() - before < 3


@pytest.mark.parametrize("row", ["it's # x = !ls", 'it\'s "#"; x = !ls', "x = 'a\\' # = !ls"])
def test_behind_a_quote_without_an_end_all_is_looked_at(row: str) -> None:
    """A text that does not end hides no command, neither by a quote nor by a sharp in it."""
    assert tamed(row).startswith("# ")


@pytest.mark.parametrize(
    "source",
    ["!ls\0\n%pip x", "(" * 5_000 + "\n!ls", "!ls\nx = 1\n" * 9_000, "\\'" * 60_000 + "\n!ls", "['a'" * 9_000 + "\n!ls"],
    ids=["null", "deep", "long", "quotes", "brackets"],
)
def test_what_no_parser_takes_is_tamed_line_by_line(source: str) -> None:
    """Null characters, thousands of brackets and very long blocks end soon, and leave no such line either."""
    assert not any(line.lstrip().startswith(("!", "%")) for line in tamed(source).splitlines())
