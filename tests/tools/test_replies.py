"""Who gets the replies that the user types."""

from __future__ import annotations

import builtins
import getpass
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from kimi_magic.tools.replies import Busy, Unasked, alone, beside, guard
from tests.kernels import running_kernel
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


def can_be_alone() -> bool:
    """Return whether another thread can have the replies for itself now."""
    can: list[bool] = []

    def ask() -> None:
        try:
            with alone():
                can.append(True)
        except Busy:
            can.append(False)

    asking = threading.Thread(target=ask)
    asking.start()
    asking.join(10)
    return can == [True]


def begun() -> AbstractContextManager[None]:
    """Return a block that was begun here and not ended, as by an interrupt at its last line."""
    block = alone()
    block.__enter__()
    assert not can_be_alone()
    return block


def test_what_an_interrupt_has_left_keeps_nobody_waiting() -> None:
    """The replies are for one thread as long as it is in the call that asked, whether or not the block was ended."""
    block = begun()
    assert can_be_alone()
    with alone():
        block.__exit__(None, None, None)
        assert not can_be_alone(), "the end of one block is not that of another"
    assert can_be_alone()


FORKING = """
import os, signal, threading, time
from kimi_magic.tools import replies
replies.guard()
def hold(has):
    with replies._lock:
        has.set()
        time.sleep(0.2)
has = threading.Event()
threading.Thread(target=hold, args=[has]).start()
has.wait()
child = os.fork()
if not child:
    signal.alarm(5)
    print(input())
    with replies.alone():
        os._exit(7)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


def test_a_child_that_was_forked_meanwhile_can_ask() -> None:
    """Whatever another thread did with the replies when it was forked, the child does not wait for that."""
    ran = subprocess.run(
        [sys.executable, "-W", "ignore", "-u", "-c", FORKING],
        input="mine\n",
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    assert ran.stdout == "mine\n7\n"


IN_CELL = """
from kimi_magic.tools.replies import Unasked, beside, guard
pythons_own = get_ipython().kernel._save_getpass
guard()
def told(*reads):
    for read in reads:
        try:
            with beside():
                read("?")
        except Unasked:
            yield "refused"
print(builtins.input == get_ipython().kernel.raw_input, getpass.getpass == get_ipython().kernel.getpass)
"""


def test_a_kernel_exchanges_the_doors_of_python_itself(tmp_path: Path) -> None:
    """What it puts there for a cell stays as it is; what was taken by name before heeds all the same."""
    with running_kernel(str(tmp_path), {}) as kernel:
        kernel.run("import builtins, getpass\nfrom getpass import getpass as taken_before")
        assert kernel.run(IN_CELL).stdout == "True True\n"
        asking = "print(*told(input, getpass.getpass, taken_before, pythons_own, get_ipython().kernel._sys_raw_input))"
        assert kernel.run(asking, allow_stdin=True).stdout == "refused " * 4 + "refused\n"
