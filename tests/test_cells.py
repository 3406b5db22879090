"""Cells in a real kernel that names them, as front ends do: run again, they say again what they said, not twice."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import surroundings
from tests.kernels import Kernel, running_kernel
from tests.results import Ran
from tests.scripted import ScriptedKimi
from tests.scripts import Hold, pieces
from tests.test_belonging import asked

LOOP = "import kimi_magic\nfor number in range(3): kimi_magic.ask(f'loop {number}')"
LOOPED = ["loop 0", "loop 1", "loop 2"]


@pytest.fixture
def surrounded(kimi: ScriptedKimi, store: Path, tmp_path: Path) -> dict[str, str]:
    """The environment of a kernel whose notebook was not yet saved."""
    return {**surroundings(kimi, store), "JPY_SESSION_NAME": str(tmp_path / "new.ipynb")}


@pytest.fixture
def kernel(surrounded: dict[str, str], tmp_path: Path) -> Iterator[Kernel]:
    """A kernel of that notebook, with kimi_magic loaded."""
    with running_kernel(str(tmp_path), surrounded) as kernel:
        assert kernel.run("%load_ext kimi_magic").everything.strip() == "[]", "a new notebook has nothing to tell"
        yield kernel


def run_cell(kernel: Kernel, cell: str, code: str) -> Ran:
    """Run ``code`` as the cell of that id."""
    request = {"code": code, "silent": False, "store_history": True, "allow_stdin": False, "stop_on_error": True}
    message = kernel.client.session.msg("execute_request", request, metadata={"cellId": cell})
    kernel.client.shell_channel.send(message)
    ran = kernel.finish(message["header"]["msg_id"])
    assert ran.ok, ran.error
    return ran


@pytest.mark.parametrize(
    ("code", "says"),
    [("%%kimi\none", ["one"]), ("%kimi one\n%kimi two", ["one", "two"]), (LOOP, LOOPED)],
    ids=["one question", "two questions", "a loop"],
)
def test_a_cell_run_again_replaces_what_it_said(code: str, says: list[str], kernel: Kernel, kimi: ScriptedKimi) -> None:
    """Its questions go out as they did the first time, and the next cell finds them once."""
    run_cell(kernel, "a", "%kimi above")
    for _ in range(2):
        run_cell(kernel, "b", code)
        assert asked(kimi) == ["above", *says]
    run_cell(kernel, "c", "%kimi next")
    assert asked(kimi) == ["above", *says, "next"]


def test_a_cell_run_again_in_the_next_kernel_replaces_too(
    kernel: Kernel, kimi: ScriptedKimi, surrounded: dict[str, str], tmp_path: Path
) -> None:
    """A loop that is run again after a restart stands in the conversation once."""
    run_cell(kernel, "a", LOOP)
    run_cell(kernel, "b", "%kimi next")
    with running_kernel(str(tmp_path), surrounded) as restarted:
        told = run_cell(restarted, "0", "%load_ext kimi_magic").stdout
        assert told == "Kimi: 4 turns came back (main 4). %kimi /history shows them, %kimi /new begins anew.\n"
        run_cell(restarted, "a", LOOP)
        assert asked(kimi) == LOOPED
        run_cell(restarted, "c", "%kimi last")
    assert asked(kimi) == [*LOOPED, "next", "last"]


def test_a_cell_run_again_stops_its_answer_in_the_background(kernel: Kernel, kimi: ScriptedKimi) -> None:
    """Run again while its answer arrives, the cell asks anew; the first answer ends and is a part of nothing."""
    kimi.queue(pieces("Half", finish=None, done=False).then(Hold()), pieces("Whole."))
    run_cell(kernel, "a", "%kimi -b one")
    kimi.wait_for_chats(1)
    run_cell(kernel, "a", "%kimi -b -o again one")
    assert kimi.closed[0].wait(5)
    assert "Whole." in run_cell(kernel, "b", "print(again.wait().text)").stdout
    run_cell(kernel, "c", "%kimi next")
    assert asked(kimi) == ["one", "next"]


def test_an_answer_in_the_background_streams_into_its_own_cell(kernel: Kernel, kimi: ScriptedKimi) -> None:
    """While a later cell runs, the display that the first cell made grows: it is updated, and nothing new is shown."""
    kimi.queue(pieces("One ", "two ", "three.", pause=0.1))
    (waiting,) = run_cell(kernel, "a", "%kimi -b -o slow one").shown
    assert "Waiting for" in waiting.html
    ran = run_cell(kernel, "b", "slow.wait(); import time; time.sleep(0.2)")
    assert ran.shown == []


@pytest.mark.parametrize("wait", ["slow.wait()", "await slow"])
def test_an_answer_in_the_background_can_be_waited_for(wait: str, kernel: Kernel, kimi: ScriptedKimi) -> None:
    """``answer.wait()`` and ``await answer`` give it."""
    kimi.queue(pieces("One ", "two.", pause=0.2))
    run_cell(kernel, "a", "%kimi -b -o slow one")
    assert "One two." in run_cell(kernel, "b", f"print({wait})").stdout
