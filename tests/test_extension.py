"""What ``%load_ext kimi_magic`` does."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest

from tests.scripted import ScriptedKimi
from tests.shells import Shell
from tests.test_layers import HEAVY

QUESTIONS = [
    ("%kimi what is this?", "what is this?"),
    ("%kimi why??", "why??"),
    ("%kimi what's this?", "what's this?"),
    ("%kimi is x[0] > y[1?", "is x[0] > y[1?"),
    ("%kimi what does `a = {'b': 1}` do?  ", "what does `a = {'b': 1}` do?"),
    ("%kimi -1 really?", "really?"),
    ("x = 1\n%kimi why?\ny = 2", "why?"),
    ("if True:\n    %kimi why?", "why?"),
    ("if True:\n    pass\n    %kimi why?\n    x = 1", "why?"),
    ('"""%kimi\nnothing?"""\n%kimi why?', "why?"),
    ("# why?\n%kimi why?", "why?"),
    ("%kimi 日本?", "日本?"),
    ("%kimi ¿qué es esto?", "¿qué es esto?"),
    ("%kimi why not", "why not"),
    ("%kimi {x} costs $5?", "{x} costs $5?"),
]


@pytest.mark.parametrize(("cell", "question"), QUESTIONS, ids=[cell for cell, _ in QUESTIONS])
def test_a_question_may_end_with_its_mark(shell: Shell, kimi: ScriptedKimi, cell: str, question: str) -> None:
    """The mark at the end of a question is part of it, and no call for help."""
    ran = shell.run(cell)
    assert ran.ok, ran.evalue
    assert [chat.json["messages"][-1]["content"] for chat in kimi.chats] == [question]


def test_two_questions_in_one_cell(shell: Shell, kimi: ScriptedKimi) -> None:
    """Each line asks."""
    assert shell.run("%kimi one?\n%kimi two?").ok
    assert [chat.json["messages"][-1]["content"] for chat in kimi.chats] == ["one?", "two?"]


@pytest.mark.parametrize("cell", ["%kimi?", "%%kimi?", "?%kimi", "?%%kimi"])
def test_help_is_still_help(shell: Shell, kimi: ScriptedKimi, cell: str) -> None:
    """A mark right after the name asks IPython, which shows the options, and sends nothing."""
    ran = shell.run(cell)
    assert ran.ok
    assert kimi.requests == []
    shown = str(shell.ip.payload_manager.read_payload()) + ran.everything
    assert "Ask Kimi" in shown


@pytest.mark.parametrize("cell", ["len?", "x = 1\nx?", "'%kimi why?'", "f = '''\n%kimi why?\n'''"])
def test_other_marks_are_not_ours(shell: Shell, kimi: ScriptedKimi, cell: str) -> None:
    """Help on other names, and text that only looks like a question, work as without us."""
    assert shell.run(cell).ok
    assert kimi.requests == []


def test_loading_twice_keeps_the_session(shell: Shell, kimi: ScriptedKimi) -> None:
    """Loading again, or reloading, registers nothing twice and forgets nothing."""
    assert shell.run("%%kimi\nfirst").ok
    manager = shell.ip.input_transformer_manager
    before = (len(manager.token_transformers), len(shell.ip.Completer.custom_matchers))
    shell.load()
    assert shell.run("%reload_ext kimi_magic").ok
    assert (len(manager.token_transformers), len(shell.ip.Completer.custom_matchers)) == before
    assert shell.run("%%kimi\nsecond").ok
    assert [message["content"] for message in kimi.chats[1].json["messages"][1:]] == ["first", "Forty-two.", "second"]


def test_loading_waits_for_nothing_heavy() -> None:
    """What %load_ext imports before it returns has no HTTP, no Markdown and no database in it."""
    code = f"import sys, kimi_magic.extension; print(*sorted(set({(*HEAVY, 'sqlite3')!r}) & set(sys.modules)))"
    bare = "import sys, IPython.core.interactiveshell, IPython.core.completer; " + code.replace(", kimi_magic.extension", "")
    ours, without = (
        subprocess.run([sys.executable, "-c", one], capture_output=True, text=True, check=True).stdout
        for one in (code, bare)
    )
    assert set(ours.split()) <= set(without.split())


def test_loading_shows_and_sends_nothing(shell: Shell, kimi: ScriptedKimi) -> None:
    """Loading is silent, also to the service."""
    ran = shell.run("%reload_ext kimi_magic")
    assert (ran.shown, ran.stdout, ran.stderr, kimi.requests) == ([], "", "", [])


LOADING = """
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config
config = Config()
config.HistoryManager.hist_file = ":memory:"
shell = InteractiveShell.instance(config=config)
shell.run_line_magic("load_ext", "kimi_magic")
import threading
[thread.join() for thread in threading.enumerate() if thread.name == "kimi-warm-up"]
print("loaded")
"""


@pytest.mark.parametrize("address", ["http://example.com/v1", "nonsense", "https://[::1"])
def test_loading_never_fails(address: str) -> None:
    """Without a key and with an address that is refused, loading works and says nothing; the first question will."""
    import os

    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", LOADING],
        env=os.environ | {"MOONSHOT_BASE_URL": address},
        capture_output=True,
        text=True,
        check=True,
    )
    assert (done.stdout, done.stderr) == ("loaded\n", "")
    assert time.monotonic() - began < 20
