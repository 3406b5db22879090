"""The code of an answer goes where the next cell is; errors are sent, and their cell comes back corrected."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.kernels import Kernel
from tests.scripted import ScriptedKimi
from tests.scripts import pieces
from tests.shells import Shell

FIXED = "It divided by zero.\n\n```python\nparts = {'north': 2}\nprint('ran')\n100 / parts['north']\n```\n"
BROKEN = "parts = {'north': 0}\nprint('ran')\n100 / parts['north']"


def texts(kimi: ScriptedKimi) -> list[str]:
    return [message["content"] for message in kimi.chats[-1].json["messages"][1:]]


def test_code_goes_into_the_next_cell_and_does_not_run(shell: Shell, kimi: ScriptedKimi) -> None:
    """``-x`` hands the answer's Python to the front end, and to nobody else."""
    kimi.queue(pieces("Do this:\n\n```python\nran = True\n```\n"))
    assert shell.run("%%kimi -x\nhow?").ok
    assert shell.ip.rl_next_input == "ran = True"
    assert "ran" not in shell.ip.user_ns


def test_an_answer_without_code_makes_no_cell(shell: Shell, kimi: ScriptedKimi) -> None:
    """Where the answer has no Python, one sentence says so; where it was cut, no half of a program goes anywhere."""
    kimi.queue(pieces("No."), pieces("```python\nx = 1", finish=None, done=False))
    assert "no Python" in shell.run("%%kimi -x\nhow?").shown[-1].text
    assert not shell.run("%%kimi -x\nhow?").ok
    assert not hasattr(shell.ip, "rl_next_input")


def test_what_failed_comes_back_corrected(kernel: Kernel, kimi: ScriptedKimi) -> None:
    """/fix sends the exception with its cell, shows the difference, and puts the corrected cell below or in its place."""
    assert not kernel.run(BROKEN).ok
    for line, is_in_place in (("%kimi /fix", False), ("%kimi /fix --replace", True)):
        kimi.queue(pieces(FIXED))
        ran = kernel.run(line)
        assert ran.ok
        assert "ZeroDivisionError" in texts(kimi)[-1]
        assert "print('ran')" in texts(kimi)[-1]
        assert "-parts = {'north': 0}" in ran.shown[-1].text
        assert "+parts = {'north': 2}" in ran.shown[-1].text
        (told,) = ran.payload
        assert told["source"] == "set_next_input"
        assert told["text"] == "parts = {'north': 2}\nprint('ran')\n100 / parts['north']"
        assert told["replace"] is is_in_place
        assert "ran" not in ran.stdout


def test_the_other_prompts_send_what_they_are_about(shell: Shell, kimi: ScriptedKimi) -> None:
    """/explain, /doc and /test send the source of what they name; /explain alone the cell above."""
    shell.run("def area(side):\n    return side * side")
    for line in ("%kimi /doc area", "%kimi /test area", "%kimi /explain area"):
        kimi.queue(pieces("```python\npass\n```"))
        assert shell.run(line).ok
        assert "return side * side" in texts(kimi)[-1]
    shell.run("total = 41 + 1")
    assert shell.run("%kimi /explain").ok
    assert "total = 41 + 1" in texts(kimi)[-1]


def test_a_question_becomes_a_command(
    shell: Shell, kimi: ScriptedKimi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """/save-prompt keeps the last question with its first line; its name is a command from then on, also in the help."""
    monkeypatch.setenv("KIMI_MAGIC_PROMPTS", str(tmp_path / "prompts"))
    shell.run("sales = [1, 2]")
    shell.run("%%kimi sales --no-think\nWhat stands out?")
    assert shell.run("%kimi /save-prompt odd").ok
    assert shell.run("%kimi /odd").ok
    assert texts(kimi)[-1].endswith("What stands out?")
    assert "[1, 2]" in texts(kimi)[-1]
    assert kimi.chats[-1].json["thinking"] == {"type": "disabled"}
    assert "/odd" in shell.run("%kimi /help").answer.text
    assert "already" in shell.run("%kimi /save-prompt odd").evalue
    assert "is a command" in shell.run("%kimi /save-prompt usage").evalue


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("%kimi /fix", "No cell has failed"),
        ("%kimi /doc", "needs to know"),
        ("%kimi /doc nowhere", "nowhere"),
        ("%kimi /save-prompt it", "asked"),
        ("%kimi /nonsense", "There is no command"),
        ("%kimi /jobs stop 7", "7"),
    ],
)
def test_what_cannot_be_done_says_so(shell: Shell, kimi: ScriptedKimi, line: str, says: str) -> None:
    """One sentence, and nothing is sent."""
    ran = shell.run(line)
    assert ran.ename == "UsageError"
    assert says in ran.evalue
    assert kimi.chats == []
