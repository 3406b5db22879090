"""A called function that asks Kimi: it may, but nothing that Kimi calls then is carried out, and stops and limits hold."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from kimi_magic.calls import Called
from kimi_magic.errors import Interrupted
from kimi_magic.messages import ToolCall
from kimi_magic.tools.consent import Yes
from kimi_magic.tools.declare import drop, registered
from kimi_magic.tools.functions import Function, function_of
from kimi_magic.tools.nesting import is_carrying
from kimi_magic.tools.ready import READY
from kimi_magic.tools.surroundings import Surroundings
from kimi_magic.tools.toolbox import NESTED, Outcome, Toolbox
from tests.scripted import ScriptedKimi
from tests.scripts import Hold, Stream, pieces
from tests.shells import Shell

OUTER = ToolCall("a", "outer", "{}")
NEXT = ToolCall("b", "note", "{}")


@pytest.fixture(autouse=True)
def nothing_declared() -> Iterator[None]:
    """What a test declares is declared in the whole process: it is taken back."""
    yield
    for name in registered():
        drop(name)


def elsewhere(work: Callable[[], None]) -> None:
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()


def here(work: Callable[[], None]) -> None:
    work()


def two(outer: Callable[[], Any], ran: list[str], **changes: Any) -> list[Function]:
    """Return a function that is called, and one that is called after it."""

    def note() -> str:
        ran.append("note")
        return "noted"

    return [replace(function_of(outer, "outer"), **changes), function_of(note)]


@pytest.mark.parametrize("where", [here, elsewhere], ids=["main", "panel"])
@pytest.mark.parametrize("parallel", [False, True], ids=["alone", "parallel"])
def test_a_called_function_cannot_let_kimi_call_functions(
    where: Callable[[Callable[[], None]], None], parallel: bool
) -> None:
    """On whatever thread it runs: each call of the question that it asks is refused, seen once, and no more are wanted."""
    ran: list[str] = []
    shown: list[tuple[Called, ...]] = []
    outcomes: list[Outcome] = []
    inner = Toolbox(two(lambda: ran.append("inner"), ran), yes=True)

    def outer() -> str:
        outcomes.append(inner.carry_out([OUTER, NEXT], shown.append))
        return "asked"

    def work() -> None:
        box = Toolbox(two(outer, ran, parallel=parallel), yes=True)
        outcomes.append(box.carry_out([OUTER, replace(OUTER, id="c", arguments=""), NEXT], lambda _: None))

    where(work)
    assert [message.text for message in outcomes[0].messages] == [NESTED, NESTED]
    assert [[one.state for one in calls] for calls in shown] == [["failed", "failed"]]
    assert outcomes[0].is_looping
    assert (outcomes[-1].messages[0].text, ran) == ("asked", ["note"])
    assert not is_carrying()


def stops() -> None:
    raise KeyboardInterrupt


def stopped_inside() -> None:
    raise Interrupted("Stopped.")


@pytest.mark.parametrize("where", [here, elsewhere], ids=["main", "panel"])
@pytest.mark.parametrize("parallel", [False, True], ids=["alone", "parallel"])
@pytest.mark.parametrize("outer", [stops, stopped_inside])
def test_a_stop_that_comes_out_of_a_function_stops_the_round(
    where: Callable[[Callable[[], None]], None], parallel: bool, outer: Callable[[], None]
) -> None:
    """Whoever heard it first, the function or a question that it asked: nothing more runs, and the turn ends."""
    ran: list[str] = []
    outcomes: list[Outcome] = []
    box = Toolbox(two(outer, ran, parallel=parallel), yes=True)
    where(lambda: outcomes.append(box.carry_out([OUTER, NEXT], lambda _: None)))
    assert outcomes[0].is_stopped
    assert [message.text for message in outcomes[0].messages] == ["Error: stopped by the user"] * 2
    assert ran == []


@pytest.mark.parametrize("where", [here, elsewhere], ids=["main", "panel"])
def test_a_time_limit_that_a_question_takes_for_a_stop_is_a_time_limit(where: Callable[[Callable[[], None]], None]) -> None:
    """A question makes `Interrupted` of what interrupts it: the call was late, and the one after it runs."""
    ran: list[str] = []
    outcomes: list[Outcome] = []

    def outer() -> None:
        try:
            for _ in range(200):
                time.sleep(0.1)
        except KeyboardInterrupt:
            raise Interrupted("Stopped.") from None

    box = Toolbox(two(outer, ran, timeout=0.2), yes=True)
    where(lambda: outcomes.append(box.carry_out([OUTER, NEXT], lambda _: None)))
    assert not outcomes[0].is_stopped
    assert outcomes[0].messages[0].text == "Error: it took longer than 0.2 s and was stopped."
    assert ran == ["note"]


def calling(name: str, number: int) -> Stream:
    return pieces(calls=[(f"{name}:{number}", name, [json.dumps({"q": str(number)})])], finish="tool_calls")


def results(kimi: ScriptedKimi) -> list[str]:
    return [message["content"] for message in kimi.chats[-1].json["messages"] if message["role"] == "tool"]


DECLARED = """
import kimi_magic
ran = []
@kimi_magic.tool(timeout={timeout})
def sub(q: str) -> str:
    ran.append(q)
    return kimi_magic.ask(q, once=True, yes=True).text
"""


def test_a_function_that_asks_does_not_call_itself(shell: Shell, kimi: ScriptedKimi) -> None:
    """A question asked by a tool that is always offered comes to an end after one more request."""
    assert shell.run(DECLARED.format(timeout=20)).ok
    kimi.queue(calling("sub", 1), calling("sub", 2), pieces("INNER"), pieces("OUTER"))
    assert shell.run("%%kimi -y -1\nhi").ok
    assert (shell.ip.user_ns["ran"], results(kimi), len(kimi.chats)) == (["1"], ["INNER"], 4)


def test_the_limit_of_a_function_ends_the_question_that_it_asks(shell: Shell, kimi: ScriptedKimi) -> None:
    """The answer within hangs: the call is ended after its time, and the turn goes on."""
    assert shell.run(DECLARED.format(timeout=1)).ok
    slow = pieces("slow ", finish=None, done=False)
    kimi.queue(calling("sub", 1), Stream((*slow.steps, Hold())), pieces("OUTER"))
    begun = time.monotonic()
    assert shell.run("%%kimi -y -1\nhi").ok
    assert time.monotonic() - begun < 5
    assert results(kimi) == ["Error: it took longer than 1 s and was stopped."]


def test_one_stop_ends_the_question_within_and_the_one_without(shell: Shell, kimi: ScriptedKimi) -> None:
    """The user presses stop while the answer within arrives: neither question sends or runs anything after that."""
    assert shell.run(DECLARED.format(timeout=20)).ok
    slow = pieces("slow ", finish=None, done=False)
    kimi.queue(calling("sub", 1), calling("sub", 2), Stream((*slow.steps, Hold())))
    kimi.default = calling("sub", 3)

    def press_stop() -> None:
        while len(kimi.chats) < 3:
            time.sleep(0.02)
        time.sleep(0.1)
        os.kill(os.getpid(), signal.SIGINT)

    stopping = threading.Thread(target=press_stop)
    stopping.start()
    ran = shell.run("%%kimi -y -1\nhi")
    stopping.join()
    assert ran.ename == "Interrupted"
    assert (shell.ip.user_ns["ran"], len(kimi.chats)) == (["1"], 3)


@pytest.mark.parametrize("cell", ["%time %kimi -1 sub", "import kimi_magic\nkimi_magic.ask('sub', once=True)"])
def test_a_cell_of_kimis_may_ask_kimi(shell: Shell, kimi: ScriptedKimi, cell: str) -> None:
    """However it does that, the answer is what the cell shows; the user has read the cell before."""
    kimi.queue(pieces("WITHIN"))
    box = Toolbox([READY["run_python"](Surroundings(shell.ip.user_ns, shell=shell.ip))], lambda *_: Yes())
    outcome = box.carry_out([ToolCall("a", "run_python", json.dumps({"code": cell}))], lambda _: None)
    assert "WITHIN" in outcome.messages[0].text
