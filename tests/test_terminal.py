"""Asking from IPython in a real terminal: what a person reads on the screen."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import IPython
import pytest

from tests.conftest import KEY
from tests.scripted import ScriptedKimi
from tests.scripts import Hold, pieces
from tests.terminals import CTRL_C, TAB, Terminal, running_terminal
from tests.test_tools import call

COMPLETES = IPython.version_info[:2] >= (8, 39)
"""Older ones have no matchers that could be added: there Tab quietly offers nothing of ours."""


@pytest.fixture
def loaded(terminal: Terminal) -> Iterator[Terminal]:
    """A terminal in which the extension is loaded; whatever happens there, the key is never written to it."""
    terminal.enter("%load_ext kimi_magic")
    terminal.prompt(2)
    yield terminal
    assert KEY.encode() not in terminal.written


def test_an_answer_is_shown_once(loaded: Terminal, kimi: ScriptedKimi) -> None:
    """The words that streamed in stand on the screen once, with the status line under them."""
    kimi.queue(pieces("The answer ", "is **forty", "-two**.", pause=0.15))
    loaded.enter("%%kimi\nwhat is it?")
    screen = loaded.prompt(3)
    assert screen.count("The answer is") == 1
    assert "forty-two" in screen
    assert "**" not in screen
    assert "kimi-k2.6" in screen


def test_a_long_answer_is_shown_once_and_whole(loaded: Terminal, kimi: ScriptedKimi) -> None:
    """An answer longer than the screen leaves no copies of itself behind, and none of it is lost."""
    kimi.queue(pieces(*[f"Line {number} of many.\n\n" for number in range(60)], pause=0.01))
    loaded.enter("%%kimi\ncount")
    screen = loaded.prompt(3)
    assert [screen.count(f"Line {number} of many.") for number in range(60)] == [1] * 60


def test_the_line_magic_answers(loaded: Terminal) -> None:
    """``%kimi QUESTION`` asks in one line."""
    loaded.enter("%kimi what is it?")
    assert "Forty-two." in loaded.prompt(3)


def test_help_is_the_table_of_options(loaded: Terminal) -> None:
    """``%%kimi?`` prints the options."""
    loaded.enter("%%kimi?")
    screen = loaded.wait_for("--dry-run")
    assert "--model ID" in screen
    assert "--out NAME" in screen


@pytest.mark.parametrize(
    ("typed", "completed"), [("%kimi --mo", "--model"), ("%kimi -m kimi-k2.7-code-h", "kimi-k2.7-code-highspeed")]
)
def test_tab_completes(typed: str, completed: str, loaded: Terminal) -> None:
    """Tab completes the options, and the values that are known."""
    loaded.type(typed + TAB)
    if COMPLETES:
        loaded.wait_for(completed)
    else:
        time.sleep(0.3)
    loaded.type(" # end")
    assert (completed if COMPLETES else typed) in loaded.wait_for("# end")


def test_ctrl_c_stops_and_keeps(loaded: Terminal, kimi: ScriptedKimi) -> None:
    """Ctrl-C in the middle closes the connection, leaves what has come on the screen, and the next question works."""
    kimi.queue(pieces("Half of ", "an answer", finish=None, done=False).then(Hold()))
    loaded.enter("%%kimi\na long story")
    loaded.wait_for("Half of an answer")
    loaded.type(CTRL_C)
    screen = loaded.prompt(3, 3)
    assert kimi.closed[0].wait(2)
    assert screen.count("Half of an answer") == 1
    assert "interrupted" in screen
    assert "Traceback" not in screen
    loaded.enter("%kimi go on")
    assert "Forty-two." in loaded.prompt(4)


def test_an_error_is_one_message(loaded: Terminal) -> None:
    """What was typed wrongly is answered by one line, without frames."""
    loaded.enter("%%kimi --modle kimi-k3\nwhat?")
    screen = loaded.prompt(3)
    assert "did you mean --model?" in screen
    assert "Cell In" not in screen


def test_a_folder_remembers(loaded: Terminal, kimi: ScriptedKimi, tmp_path: Path) -> None:
    """IPython started again in the same folder knows what was said there; in another folder nothing is known."""
    loaded.enter("%kimi one")
    loaded.prompt(3)
    loaded.enter("exit")
    (tmp_path / "other").mkdir()
    for folder, known in ((tmp_path, ["one"]), (tmp_path / "other", [])):
        with running_terminal(str(folder)) as terminal:
            terminal.enter("%load_ext kimi_magic")
            assert ("Kimi: 1 turn came back (main 1)." in terminal.prompt(2)) == bool(known)
            terminal.enter("%kimi two")
            terminal.prompt(3)
        said = [message["content"] for message in kimi.chats[-1].json["messages"] if message["role"] == "user"]
        assert said == [*known, "two"]


def test_a_call_is_asked_for_below_what_it_is(loaded: Terminal, kimi: ScriptedKimi) -> None:
    """The call stands on the screen with its arguments before anything runs; after y its result and the answer follow."""
    loaded.enter("def add(a: int, b: int = 1) -> int: return a + b")
    loaded.prompt(3)
    kimi.queue(call(("add", '{"a": 41}')), pieces("It is ", "**42**."))
    loaded.enter("%%kimi -t add\nhow much?")
    screen = loaded.wait_for("/ edit")
    assert screen.count("add(a=41)") == 1
    assert len(kimi.chats) == 1
    loaded.type("y\r")
    screen = loaded.prompt(4)
    assert screen.count("add(a=41)") <= 2
    assert "It is 42." in screen
    assert kimi.chats[1].json["messages"][-1]["content"] == "42"


def test_an_answer_in_the_background_is_shown_after_the_next_input(loaded: Terminal, kimi: ScriptedKimi) -> None:
    """``-b`` gives the prompt back at once, and the answer stands below the first input that ends when it is there."""
    kimi.queue(pieces("Slow ", "answer."))
    loaded.enter("%kimi -b -o slow what?")
    loaded.prompt(3)
    loaded.enter("len(slow.wait().text)")
    screen = loaded.prompt(4)
    assert "Out[3]: 12" in screen
    assert screen.count("Slow answer.") == 1


def test_code_stands_at_the_next_prompt(loaded: Terminal, kimi: ScriptedKimi) -> None:
    """``-x`` fills the next input with the answer's Python, which runs when Enter is pressed and not before."""
    kimi.queue(pieces("Do:\n\n```python\nprint(6 * 7 * 100)\n```\n"))
    loaded.enter("%kimi -x how?")
    screen = loaded.wait_for(r"In \[3\]: print\(6 \* 7 \* 100\)")
    assert "4200" not in screen
    loaded.type("\r")
    assert "4200" in loaded.prompt(4)
