"""What goes into the next cell is inert to the very IPython that is there."""

from __future__ import annotations

import pytest
from IPython.core.inputtransformer2 import TransformerManager

from kimi_magic.next_cell import inert
from kimi_magic.render.code import cell_of
from tests.scripted import ScriptedKimi
from tests.scripts import pieces
from tests.shells import Shell

ROW = 'a\' """; y = {}; \''
HIDDEN = {
    "command": '"""\n' + ROW.format("!touch a"),
    "magic": '"""\n' + ROW.format("%sx touch a"),
}


@pytest.mark.parametrize("source", HIDDEN.values(), ids=HIDDEN)
def test_what_only_ipython_finds_becomes_a_comment(source: str) -> None:
    """Where a text over lines hides a command that IPython finds, all is comments, and each line is there to be read."""
    cell = cell_of(f"```python\n{source}\n```\n")
    assert cell == source
    left = inert(cell)
    assert all(line.startswith("# ") for line in left.splitlines())
    made = TransformerManager().transform_cell(left)  # type: ignore[no-untyped-call]  # IPython leaves it untyped
    assert made.strip() == left
    assert left.replace("# ", "") == cell


@pytest.mark.parametrize(
    "code",
    [
        "",
        "x = 1",
        "def f():\n    x = 1\n\n    return x",
        "ip = get_ipython()\nip.run_line_magic('pwd', '')",
        "x = '''\n>>> f()\n    \n'''",
        "print('",
    ],
)
def test_python_is_left_alone(code: str) -> None:
    """Python goes as it is, also where it has prompts in a text, names IPython itself, or is broken."""
    assert inert(code) == code


@pytest.mark.parametrize("line", ["pwd", "system touch made", "touch -c made", "who", "run('made.py')", "env['a'] = 1"])
def test_a_line_alone_is_no_magic_to_a_shell(shell: Shell, line: str) -> None:
    """What IPython would run as a magic without its sign is read as Python in the cell that is made of it."""
    shell.run("%alias touch touch")
    assert "run_line_magic" in shell.ip.transform_cell(line)
    assert "run_line_magic" not in shell.ip.transform_cell(inert(cell_of(f"```python\n{line}\n```\n")))


def test_too_much_code_is_said(shell: Shell, kimi: ScriptedKimi) -> None:
    """Where an answer has more code than a cell takes, no cell is made, and the user is told where the code is."""
    kimi.queue(pieces("```python\n" + "x = 1\n" * 20_000 + "```\n"))
    ran = shell.run("%%kimi -x\nall of it")
    assert "more than 100,000 characters of code. Its `.code` has them all." in str(ran.shown)
    assert not hasattr(shell.ip, "rl_next_input")
