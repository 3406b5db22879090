"""Who gets the replies that the user types."""

from __future__ import annotations

import builtins
import getpass
from collections.abc import Callable
from pathlib import Path

import pytest

from kimi_magic.tools.replies import Unasked, beside, guard
from tests.terminals import running_terminal

ASKING = """
import asyncio, getpass, threading
from getpass import getpass as taken_before
from kimi_magic.messages import ToolCall
from kimi_magic.tools.functions import function_of
from kimi_magic.tools.toolbox import Toolbox
async def one() -> str: return input("one? ")
async def two() -> str: return taken_before("two? ")
async def three() -> str: return await asyncio.to_thread(getpass.getpass, "three? ")
def four() -> str: return input("four? ")
def told(*functions):
    calls = [ToolCall(function.__name__, function_of(function).name, "") for function in functions]
    box = Toolbox(map(function_of, functions), yes=True)
    return [message.text[:14] for message in box.carry_out(calls, lambda called: None).messages]

"""


@pytest.mark.parametrize("ask", [lambda: builtins.input("?"), lambda: getpass.getpass("?")], ids=["input", "getpass"])
def test_what_runs_beside_the_cell_cannot_ask(ask: Callable[[], str]) -> None:
    """Asking raises at once, as a closed input does, with a sentence; nothing is read."""
    guard()
    with beside(), pytest.raises(EOFError, match="Nobody can be asked here") as refused:
        ask()
    assert refused.type is Unasked


def test_in_a_terminal_only_the_cell_itself_asks(tmp_path: Path) -> None:
    """Coroutines and what they start are refused, whichever way they ask; a plain function and the user's own cell ask."""
    with running_terminal(str(tmp_path)) as terminal:
        terminal.enter(ASKING)
        terminal.prompt(2)
        terminal.enter("print(told(one, two, three, four), input('mine? '))")
        terminal.wait_for(r"four\?$")
        terminal.type("4\r")
        terminal.wait_for(r"mine\?$")
        terminal.type("5\r")
        refused = "'Error: Nobody ', " * 3
        assert f"[{refused}'4'] 5" in terminal.prompt(3)
        assert not [words for words in ("one?", "two?", "three?") if f"\n{words}" in terminal.screen]
