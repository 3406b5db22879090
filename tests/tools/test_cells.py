"""Cells that the model wrote, in a real IPython."""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Iterator

import pytest

from kimi_magic.content.how import How
from kimi_magic.messages import Image, ToolCall
from kimi_magic.tools.consent import No, Yes
from kimi_magic.tools.ready import READY
from kimi_magic.tools.surroundings import Surroundings
from kimi_magic.tools.toolbox import Outcome, Toolbox
from tests.shells import Shell, running_shell

AS_USUAL = How()


@pytest.fixture(scope="module")
def ip() -> Iterator[Shell]:
    """One shell for all cells."""
    with running_shell() as shell:
        yield shell


def run(ip: Shell, code: str, how: How = AS_USUAL) -> Outcome:
    box = Toolbox([READY["run_python"](Surroundings(ip.ip.user_ns, how, shell=ip.ip))], lambda *_: Yes(), how=how)
    return box.carry_out([ToolCall("a", "run_python", json.dumps({"code": code}))], lambda _: None)


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("print('a'); 1 + 1", "The last value: 2\nPrinted:\na"),
        ("value = 3", "The cell ran. It printed and showed nothing."),
        ("1\n2", "The last value: 2"),
        ("2;", "The cell ran. It printed and showed nothing."),
        ("import sys; print('oh', file=sys.stderr)", "oh"),
        ("%%writefile /dev/null\nx", "Overwriting /dev/null"),
        ("display({'a': 1})", "{'a': 1}"),
    ],
)
def test_what_a_cell_prints_and_gives_is_told(ip: Shell, code: str, text: str) -> None:
    """Printed text, displays and the last value, in this order."""
    assert run(ip, code).messages[0].text == text


def test_a_cell_is_one_of_the_users(ip: Shell) -> None:
    """Its variables stay, and it takes no number."""
    before = ip.ip.execution_count
    run(ip, "answer = 42")
    assert (ip.ip.user_ns["answer"], ip.ip.execution_count) == (42, before)


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("print('so far')\n1 / 0", "Error: so far\nZeroDivisionError: division by zero (line 2)"),
        ("def f():\n    raise ValueError('no')\n\nf()", "Error: ValueError: no (line 2)"),
        ("x = (", "Error: SyntaxError: "),
        ("await thing()", "Error: Top-level await does not work here"),
        pytest.param(
            "raise SystemExit(2)",
            "Error: SystemExit: 2",
            marks=pytest.mark.filterwarnings("ignore:To exit:UserWarning"),  # IPython's own, which a user reads
        ),
    ],
)
def test_a_cell_that_fails_tells_its_last_lines(ip: Shell, code: str, text: str) -> None:
    """What it printed, and the exception with its line; what cannot run here is a sentence."""
    outcome = run(ip, code)
    assert outcome.messages[0].text.startswith(text)
    assert outcome.called[0].state == "failed"


KEY = "sk-not-a-real-key-0123456789abcdef"


@pytest.mark.parametrize(
    "code",
    [
        "print('x' * {before} + key + 'y' * 9_000)",
        "print('x' * {before} + key + 'y' * 9_000)\n1 / 0",
        "from IPython.display import Pretty, display\ndisplay(Pretty('x' * {before} + key + 'y' * 9_000))",
        "['x' * {before} + key + 'y' * 20_000]",
    ],
    ids=["printed", "printed before an error", "shown", "last value"],
)
@pytest.mark.parametrize("before", [985, 3_990, 7_990])
def test_no_piece_of_a_key_is_left_where_a_text_is_cut(ip: Shell, code: str, before: int) -> None:
    """Each of them is as long as the cell's texts may be: the key is taken out before that is seen to."""
    ip.ip.user_ns["key"] = KEY
    around = Surroundings(ip.ip.user_ns, shell=ip.ip, mask=lambda text: text.replace(KEY, "***"))
    box = Toolbox([READY["run_python"](around)], lambda *_: Yes(), mask=around.mask)
    source = json.dumps({"code": code.format(before=before)})
    text = box.carry_out([ToolCall("a", "run_python", source)], lambda _: None).messages[0].text
    assert "xxx" in text
    assert KEY[:4] not in text


def test_an_error_of_a_cell_is_told_without_keys(ip: Shell) -> None:
    """Its message is cut after the key was taken out, and what stands under a secret's name is taken out, too."""
    ip.ip.user_ns["key"] = KEY
    around = Surroundings(ip.ip.user_ns, shell=ip.ip, mask=lambda text: text.replace(KEY, "***"))
    box = Toolbox([READY["run_python"](around)], lambda *_: Yes(), mask=around.mask)
    for code in ("raise ValueError('x' * 990 + key)", "raise ValueError(\"password='hunter2hunter2'\")"):
        text = box.carry_out([ToolCall("a", "run_python", json.dumps({"code": code}))], lambda _: None).messages[0].text
        assert text.startswith("Error: ValueError: ")
        assert KEY[:4] not in text
        assert "hunter2" not in text


def test_figures_and_frames_come_along(ip: Shell) -> None:
    """A picture that a cell shows is a part, a frame as its last value is described."""
    code = "from PIL import Image\nimport pandas as pd\ndisplay(Image.new('RGB', (8, 8)))\npd.DataFrame({'a': [1]})"
    message = run(ip, code).messages[0]
    assert sum(isinstance(part, Image) for part in message.content) == 1
    assert 'kind="frame"' in message.text


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("print(df)", "[left out: what a cell prints and shows can hold rows"),
        ("display(df)\n{'df': df}", "The last value: dict with 1 items (what is in it is not shared)\nPrinted:\n[left"),
        ("df", '<attachment name="value" kind="frame">'),
        ("{'df': df}", "The last value: dict with 1 items (what is in it is not shared)"),
        ("df.to_dict('records')", "The last value: list with 1 items (what is in it is not shared)"),
        ("df.to_string()", "The last value: str with"),
        ("len(df)", "The last value: 1"),
        ("print(df)\nraise ValueError(df.to_string())", "Error: [left out: what a cell prints"),
        ("raise ValueError(df.to_string())", "Error: ValueError (line 1)"),
        ("raise SyntaxError(df.to_string())", "Error: SyntaxError (line "),
    ],
)
def test_a_cell_tells_no_rows_where_rows_stay(ip: Shell, code: str, text: str) -> None:
    """With ``--share schema``, of the model's own code no output, no message and no text goes; a frame is its columns."""
    ip.ip.run_cell("import pandas as pd\ndf = pd.DataFrame({'region': ['PLANTED']})")
    told = run(ip, code, How("schema")).messages[0].text
    assert told.startswith(text)
    assert "PLANTED" not in told


def test_figures_in_a_last_value_come_along(ip: Shell) -> None:
    """A dict of them is words and pictures."""
    message = run(ip, "from PIL import Image\n{'one': Image.new('RGB', (8, 8)), 'n': 2}").messages[0]
    assert sum(isinstance(part, Image) for part in message.content) == 1
    assert message.text.startswith('The last value: {"one": "(Image, follows as value 1)", "n": 2}\n<attachment ')


def test_a_cell_that_takes_too_long_is_ended_and_all_is_put_back(ip: Shell) -> None:
    """An interrupt reaches the cell, and the notebook's streams and displays are as before."""
    before = (sys.stdout, sys.stderr, sys.displayhook, ip.ip.display_pub)
    box = Toolbox([READY["run_python"](Surroundings({}, shell=ip.ip))], lambda *_: Yes())
    threading.Timer(0.2, box.stop).start()
    begun = time.monotonic()
    outcome = box.carry_out([ToolCall("a", "run_python", '{"code": "import time; time.sleep(20)"}')], lambda _: None)
    assert (outcome.is_stopped, outcome.messages[0].text) == (True, "Error: stopped by the user")
    assert time.monotonic() - begun < 3
    assert (sys.stdout, sys.stderr, sys.displayhook, ip.ip.display_pub) == before


def test_a_cell_is_always_asked_for(ip: Shell) -> None:
    """With yes, and after always, each one is asked about; without anybody to ask it is denied."""
    made = READY["run_python"](Surroundings({}, shell=ip.ip))
    calls = [ToolCall(id_, "run_python", f'{{"code": "ran = {id_}"}}') for id_ in ("1", "2")]
    replies = iter((Yes(always=True), No()))
    box = Toolbox([made], lambda *_: next(replies), yes=True)
    assert [called.state for called in box.carry_out(calls, lambda _: None).called] == ["done", "denied"]
    assert ip.ip.user_ns["ran"] == 1
    outcome = Toolbox([made], yes=True).carry_out(calls, lambda _: None)
    assert [called.state for called in outcome.called] == ["denied", "denied"]


def test_cells_run_on_the_main_thread_alone(ip: Shell) -> None:
    """Asked for elsewhere, as from a panel, a sentence says so."""
    outcomes: list[Outcome] = []
    thread = threading.Thread(target=lambda: outcomes.append(run(ip, "elsewhere = 1")))
    thread.start()
    thread.join()
    assert outcomes[0].messages[0].text.startswith("Error: Cells run only where questions are asked in cells")
    assert "elsewhere" not in ip.ip.user_ns
