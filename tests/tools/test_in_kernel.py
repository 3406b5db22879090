"""Tools in a real kernel: its stop button, its input, and cells that a cell runs."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kernels import Kernel, running_kernel

SETUP = """
import json, time
from kimi_magic.messages import ToolCall
from kimi_magic.tools.consent import Yes, by_input
from kimi_magic.tools.functions import function_of
from kimi_magic.tools.ready import READY
from kimi_magic.tools.surroundings import Surroundings
from kimi_magic.tools.toolbox import Toolbox
import matplotlib.pyplot as plt

ran = []

def nap(seconds: float) -> str:
    ran.append(seconds)
    print("asleep", flush=True)
    time.sleep(seconds)
    return "slept"

def carry_out(consent, *calls):
    functions = [function_of(nap), READY["run_python"](Surroundings(globals(), shell=get_ipython()))]
    calls = [ToolCall(str(place), name, json.dumps(given)) for place, (name, given) in enumerate(calls)]
    outcome = Toolbox(functions, consent).carry_out(calls, lambda called: None)
    parts = [type(part).__name__ for message in outcome.messages for part in message.content if not isinstance(part, str)]
    print([message.text for message in outcome.messages], parts, outcome.is_stopped)

def yes(called, function):
    return Yes()
"""


@pytest.fixture(scope="module")
def kernel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    """One kernel for all of them, with the tools at hand."""
    folder: Path = tmp_path_factory.mktemp("kernel")
    with running_kernel(str(folder), {}) as kernel:
        assert kernel.run(SETUP).ok
        yield kernel


def test_the_stop_button_stops_the_calls_and_nothing_else(kernel: Kernel) -> None:
    """The call that runs and the one after it are answered with the stop; the cell ends well, and so does the next one."""
    cell = kernel.start("carry_out(yes, ('nap', {'seconds': 30}), ('nap', {'seconds': 31}))")
    before = kernel.until(cell, "asleep")
    begun = time.monotonic()
    kernel.interrupt()
    ran = kernel.finish(cell, before=before)
    assert ran.ok
    assert "['Error: stopped by the user', 'Error: stopped by the user'] [] True" in ran.stdout
    assert time.monotonic() - begun < 5
    assert kernel.run("print(ran)").stdout == "[30.0]\n"


def test_without_an_input_nothing_runs(kernel: Kernel) -> None:
    """A front end that cannot ask is a denial; the count stays at nothing."""
    ran = kernel.run("ran.clear(); carry_out(by_input(input), ('nap', {'seconds': 1})); print(len(ran))", allow_stdin=False)
    assert "Denied: nobody can be asked for consent here" in ran.stdout
    assert ran.stdout.endswith("\n0\n")


def test_the_users_yes_comes_by_the_cells_input(kernel: Kernel) -> None:
    """The question stands in the cell, and its reply lets the call run."""
    cell = kernel.start("carry_out(by_input(input), ('nap', {'seconds': 0}))", allow_stdin=True)
    question = kernel.client.get_stdin_msg(timeout=10)
    kernel.client.input("y")
    choices = "y / n / always (until the kernel ends) / edit"
    assert question["content"]["prompt"] == f'Kimi wants to run nap {{"seconds": 0}}. {choices}? '
    assert "['slept'] [] False" in kernel.finish(cell).stdout


OTHER = """
import threading, time
from kimi_magic.tools.replies import guard
guard()
got = []
other = threading.Timer({delay}, lambda: got.append(input('mine? ')))
other.start(); time.sleep(0.2)
carry_out(by_input(input), ('nap', {{'seconds': 0}}))
other.join(); print(got)
"""


def test_a_reply_to_another_question_is_no_consent(kernel: Kernel) -> None:
    """While a thread waits for a reply a call is denied and not asked about: one reply could count for the other."""
    cell = kernel.start(OTHER.format(delay=0), allow_stdin=True)
    assert kernel.client.get_stdin_msg(timeout=10)["content"]["prompt"] == "mine? "
    before = kernel.until(cell, "another question waits for its reply here")
    kernel.client.input("y")
    assert kernel.finish(cell, before=before).stdout.endswith("False\n['y']\n")


def test_a_consent_is_no_reply_to_another_question(kernel: Kernel) -> None:
    """What else would ask waits until the user has said something about the call."""
    cell = kernel.start(OTHER.format(delay=0.4), allow_stdin=True)
    assert kernel.client.get_stdin_msg(timeout=10)["content"]["prompt"].startswith("Kimi wants to run nap")
    time.sleep(0.5)
    kernel.client.input("y")
    assert kernel.client.get_stdin_msg(timeout=10)["content"]["prompt"] == "mine? "
    kernel.client.input("fine")
    assert kernel.finish(cell).stdout.endswith("['slept'] [] False\n['fine']\n")


def test_a_cell_of_the_models_that_fails_is_no_failure_of_the_users(kernel: Kernel) -> None:
    """Its error goes to the model alone: the kernel sends none, and the cell that asked ends well."""
    ran = kernel.run("carry_out(yes, ('run_python', {'code': '1 / 0'}))")
    assert ran.ok
    assert "Error: ZeroDivisionError: division by zero (line 1)" in ran.stdout
    assert [message["msg_type"] for message in ran.messages if message["msg_type"] == "error"] == []


def test_a_plot_of_the_models_cell_is_one_picture(kernel: Kernel) -> None:
    """Whether its last value is the plot or nothing, the model sees it once."""
    for code in ("plt.plot([1, 2])", "plt.plot([1, 2]);"):
        ran = kernel.run(f"carry_out(yes, ('run_python', {{'code': {code!r}}}))")
        assert "['Text', 'Image'] False" in ran.stdout
