"""The user is asked before anything runs: in a real kernel, through its own input."""

from __future__ import annotations

import queue
from collections.abc import Iterator
from contextlib import suppress

import pytest

from tests.conftest import KEY, surroundings
from tests.kernels import Kernel, running_kernel
from tests.results import Ran
from tests.scripted import ScriptedKimi
from tests.scripts import pieces
from tests.test_tools import call, results

ADD = "ran = []\ndef add(a: int, b: int = 1) -> int:\n    ran.append((a, b))\n    return a + b"
ONE, TWO = ("add", '{"a": 1}'), ("add", '{"a": 2}')


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Kernel, ScriptedKimi]]:
    """A kernel with a function that notes what it was called with, for all tests here."""
    folder = tmp_path_factory.mktemp("consent")
    with ScriptedKimi() as kimi, running_kernel(str(folder), surroundings(kimi, folder / "store.sqlite")) as kernel:
        assert kernel.run("%load_ext kimi_magic").ok
        yield kernel, kimi


@pytest.fixture
def kernel(shared: tuple[Kernel, ScriptedKimi]) -> Kernel:
    """The kernel, in which nothing has run yet."""
    kernel, kimi = shared
    kimi.forget()
    assert kernel.run(f"{ADD}\n%kimi /new").ok
    return kernel


@pytest.fixture
def kimi(shared: tuple[Kernel, ScriptedKimi]) -> ScriptedKimi:
    """Its service."""
    return shared[1]


def answered(kernel: Kernel, *replies: str, line: str = "-t add") -> tuple[Ran, list[str]]:
    """Run a question, reply to what is asked in its course, and return what came of it and what was asked."""
    prompts = []
    message = kernel.start(f"%%kimi {line}\nhow much?", allow_stdin=True)
    for reply in replies:
        request = kernel.client.get_stdin_msg(timeout=10)
        prompts.append(request["content"]["prompt"])
        kernel.client.input(reply)
    ran = kernel.finish(message)
    with suppress(queue.Empty):
        pytest.fail(f"more was asked: {kernel.client.get_stdin_msg(timeout=0)['content']['prompt']}")
    return ran, prompts


def has_run(kernel: Kernel) -> str:
    return kernel.run("print(ran)").stdout.strip()


def test_yes_runs_one_call(kernel: Kernel, kimi: ScriptedKimi) -> None:
    """Each call is shown with its arguments and asked for; the prompt names the function."""
    kimi.queue(call(ONE, TWO), pieces("Done."))
    ran, prompts = answered(kernel, "y", "n")
    assert "add" in prompts[0]
    assert has_run(kernel) == "[(1, 1)]"
    assert results(kimi)[0] == "2"
    assert results(kimi)[1].startswith("Denied: the user said no")
    assert "add(a=1)" in ran.answer.html
    shown = [str(message["content"]["data"]) for message in ran.messages if message["msg_type"] == "update_display_data"]
    assert any("add(a=1)" in page and "Done." not in page for page in shown), "the call is shown before it is asked for"


def test_always_asks_no_more_about_that_function(kernel: Kernel, kimi: ScriptedKimi) -> None:
    """Said once, it holds for the following calls and questions, until the function is another one."""
    kimi.queue(call(ONE, TWO), pieces("Done."), call(("add", '{"a": 3}')), pieces("Done."))
    answered(kernel, "always")
    answered(kernel)
    assert has_run(kernel) == "[(1, 1), (2, 1), (3, 1)]"
    kernel.run("import kimi_magic\nkimi_magic.tool(add)")
    assert "allowed until the kernel ends" in kernel.run("%kimi /tools").answer.text
    kernel.run(ADD + "\nimport kimi_magic.tools.declare\nkimi_magic.tools.declare.drop('add')")
    kimi.queue(call(ONE), pieces("Done."))
    answered(kernel, "n")
    assert has_run(kernel) == "[]"


def test_edited_arguments_are_those_that_it_runs_with(kernel: Kernel, kimi: ScriptedKimi) -> None:
    """New arguments are checked, asked for again where they do not fit, and the model is told."""
    kimi.queue(call(ONE), pieces("Done."))
    answered(kernel, "edit", '{"a": "many"}', '{"a": 7, "b": 2}')
    assert has_run(kernel) == "[(7, 2)]"
    assert "changed the arguments" in results(kimi)[0]
    assert results(kimi)[0].endswith("9")


def test_what_is_not_understood_is_no_consent(kernel: Kernel, kimi: ScriptedKimi) -> None:
    """Whatever else is typed, three times, nothing runs."""
    kimi.queue(call(ONE), pieces("Done."))
    ran, _ = answered(kernel, "maybe", "", "yeah sure")
    assert ran.ok
    assert has_run(kernel) == "[]"
    assert results(kimi)[0].startswith("Denied: the user said no")


def test_a_cell_is_asked_for_even_with_yes(kernel: Kernel, kimi: ScriptedKimi) -> None:
    """run_python is asked for each time, shown as code, and runs in the user's own variables."""
    code = '{"code": "ran.append(5)\\nprint(len(ran))\\nlen(ran) + 40"}'
    kimi.queue(call(("run_python", code)), call(("run_python", code.replace("5", "6"))), pieces("Done."))
    ran, prompts = answered(kernel, "y", "n", line="-t run_python -y")
    assert prompts[0] == "Kimi wants to run run_python, shown above. y / n / edit? "
    assert has_run(kernel) == "[5]"
    assert results(kimi)[0] == "The last value: 41\nPrinted:\n1"
    assert results(kimi)[1].startswith("Denied")
    assert "ran.append" in ran.answer.html.replace("</span>", "").replace('<span class="n">', "")


def test_nothing_is_asked_where_nobody_can_answer(kernel: Kernel, kimi: ScriptedKimi) -> None:
    """A front end without input gets no prompt: the call is denied, and the cell says how it would run."""
    kimi.queue(call(ONE), pieces("Then not."))
    ran = kernel.run("%%kimi -t add\nhow much?", allow_stdin=False)
    assert ran.ok
    assert has_run(kernel) == "[]"
    assert results(kimi)[0].startswith("Denied: ")
    assert "-y" in ran.answer.html


def test_stop_while_asked_or_running(kernel: Kernel, kimi: ScriptedKimi) -> None:
    """The stop button ends the question at the prompt and in the middle of a call; each call has its answer all the same."""
    kimi.queue(call(ONE, TWO))
    message = kernel.start("%%kimi -t add\nhow much?", allow_stdin=True)
    kernel.client.get_stdin_msg(timeout=10)
    kernel.interrupt()
    assert kernel.finish(message).ename == "Interrupted"
    assert has_run(kernel) == "[]"
    kernel.run("import time\ndef wait() -> int:\n    ran.append('begun'); print('half-way', flush=True); time.sleep(30)")
    kimi.queue(call(("wait", "{}"), ONE))
    message = kernel.start("%%kimi -t wait -t add -y\nhow much?")
    kernel.until(message, "half-way")
    kernel.interrupt()
    assert kernel.finish(message).ename == "Interrupted"
    assert has_run(kernel) == "['begun']"
    kimi.queue(pieces("Fine."))
    assert kernel.run("%kimi and?").ok
    assert [result.startswith("Error: stopped") for result in results(kimi)] == [True] * 4


def test_a_function_that_never_returns_is_ended(kernel: Kernel, kimi: ScriptedKimi) -> None:
    """After its time it is interrupted, and the model is told; so is one that asks for input where there is none."""
    kernel.run(
        "import kimi_magic, time\n@kimi_magic.tool(timeout=0.3)\ndef forever() -> int:\n    while True: time.sleep(0.01)\n"
        "def asks() -> str:\n    return input('?')"
    )
    kimi.queue(call(("forever", "{}"), ("asks", "{}")), pieces("Sorry."))
    ran = kernel.run("%%kimi -t asks -y\nhow much?", allow_stdin=False)
    kernel.run("%kimi /tools drop forever")
    assert ran.ok
    assert "0.3 s" in results(kimi)[0]
    assert results(kimi)[1].startswith("Error: ")


def test_a_function_that_was_redefined_while_asked_about_does_not_run(kernel: Kernel, kimi: ScriptedKimi) -> None:
    """What runs is what was offered: a function that another one replaced meanwhile is not run, nor is the new one."""
    kernel.run("def swap(a: int) -> int:\n    global add\n    add = print\n    return a")
    kimi.queue(call(("swap", '{"a": 1}'), ONE), pieces("Sorry."))
    assert kernel.run("%%kimi -t swap -t add -y\nhow much?").ok
    assert "redefined" in results(kimi)[1]
    assert has_run(kernel) == "[]"


@pytest.mark.parametrize(
    "line", ["%%kimi -q -t add\nhow much?", "import kimi_magic\nkimi_magic.ask('how much?', tools=[add])"]
)
def test_a_call_that_no_view_shows_is_printed_before_it_is_asked_for(line: str, kernel: Kernel, kimi: ScriptedKimi) -> None:
    """Nobody consents to what was not to be seen: with -q and from Python the whole call stands above the prompt."""
    kimi.queue(call(("add", '{"a": 41}')), pieces("Then not."))
    message = kernel.start(line, allow_stdin=True)
    before = kernel.until(message, "add(a=41)")
    kernel.client.get_stdin_msg(timeout=10)
    kernel.client.input("n")
    assert kernel.finish(message, before=before).ok
    assert has_run(kernel) == "[]"


def test_a_second_call_with_the_same_id_is_shown_as_it_is(kernel: Kernel, kimi: ScriptedKimi) -> None:
    """Ids are unique within a round only: what is asked about is what stands there, also in the next round."""
    for number in (1, 2):
        kimi.queue(pieces(calls=[("same", "add", [f'{{"a": {number}}}'])], finish="tool_calls"))
    kimi.queue(pieces("Done."))
    message = kernel.start("%%kimi -t add\nhow much?", allow_stdin=True)
    for number in (1, 2):
        kernel.until(message, f"add(a={number})")
        kernel.client.get_stdin_msg(timeout=10)
        kernel.client.input("y")
    kernel.finish(message)
    assert has_run(kernel) == "[(1, 1), (2, 1)]"


def test_what_runs_in_the_background_cannot_take_a_consent(kernel: Kernel, kimi: ScriptedKimi) -> None:
    """Its ``input()`` fails with a sentence for Kimi, between cells and while one asks: the reply is to what was asked."""
    kernel.run("import time\ndef asks(wait: float) -> str:\n    time.sleep(wait)\n    return input('mine? ')")
    kernel.run("%config KimiMagic.concurrency = 3")
    kimi.queue(call(("asks", '{"wait": 0}'), ("asks", '{"wait": 0.5}')))
    kernel.run("%%kimi -b -c other -t asks -y -o later\nsave")
    kimi.wait_for_chats(1)
    kimi.queue(call(ONE), pieces("Done."), pieces("Done."))
    message = kernel.start("%%kimi -t add\nhow much?\n", allow_stdin=True)
    assert kernel.client.get_stdin_msg(timeout=10)["content"]["prompt"].startswith("Kimi wants to run add")
    kimi.wait_for_chats(3)
    kernel.client.input("n")
    assert kernel.finish(message).ok
    assert kernel.run("answer = later.wait(); print(ran)").stdout == "[]\n"
    told = [
        result for number in range(len(kimi.chats)) for result in results(kimi, number) if "Nobody can be asked" in result
    ]
    assert len(told) == 2
    message = kernel.start("print(input('mine? '))", allow_stdin=True)
    kernel.client.get_stdin_msg(timeout=10)
    kernel.client.input("fine")
    assert kernel.finish(message).stdout == "fine\n"


def test_a_ready_made_tool_cannot_be_replaced_unseen(kernel: Kernel, kimi: ScriptedKimi) -> None:
    """A function called like one is refused at the next question: -y would run it as what the user took it for."""
    kernel.run("def run_python(code: str) -> str:\n    ran.append(code)\n    return code")
    kimi.queue(call(("run_python", '{"code": "1"}')))
    refused = kernel.run("%%kimi -t run_python -y\ngo")
    kernel.run("del run_python")
    assert (refused.ename, len(kimi.chats)) == ("UsageError", 0)
    assert "give yours another one, or `del run_python`" in refused.evalue
    assert has_run(kernel) == "[]"


@pytest.mark.parametrize("line", ["-t say", "-q -t say"])
def test_a_key_among_the_arguments_is_in_no_question(line: str, kernel: Kernel, kimi: ScriptedKimi) -> None:
    """Neither where it is asked whether a call may run, nor where it can be changed, nor where it is printed."""
    kernel.run(
        "def say(text: str) -> str:\n    ran.append(text == os.environ['MOONSHOT_API_KEY'])\n    return text\nimport os"
    )
    kimi.queue(call(("say", f'{{"text": "{KEY}"}}'), ("say", f'{{"text": "{KEY} "}}')), pieces("Done."))
    ran, prompts = answered(kernel, "y", "edit", '{"text": 1}', "", line=line)
    assert len([prompt for prompt in prompts if "***" in prompt]) == 4
    assert KEY not in str(prompts) + str(ran.messages)
    assert has_run(kernel) == "[True]"
