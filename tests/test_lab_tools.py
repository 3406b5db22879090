"""Answers that do things, in JupyterLab in a real browser: values, calls that are asked for, code for the next cell."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.labs import Lab, Notebook
from tests.render.hostile import HOSTILE
from tests.scripted import ScriptedKimi
from tests.scripts import Stream, WaitFor, pieces
from tests.test_lab import picture, words
from tests.test_lab_hostile import Watch
from tests.test_lab_restart import bytes_until, restart
from tests.test_tools import call

PICTURE = Path(__file__).parent.parent / ".github" / "images" / "tools.png"
IS_WANTED = os.environ.get("KIMI_MAGIC_PICTURES") == "1"
"""Whether the README's picture is made anew; read before the environment is cleared for the tests."""
LOAD = "%load_ext kimi_magic"
ORDERS = """from dataclasses import dataclass

@dataclass
class Order:
    customer: str
    item: str
    count: int
"""
FOUND = [
    {"customer": "Ann", "item": "lamp", "count": 3},
    {"customer": "Ben", "item": "chair", "count": 2},
    {"customer": "Cem", "item": "table", "count": 1},
]
TOOL = """import kimi_magic

@kimi_magic.tool
def price_of(item: str, count: int = 1) -> float:
    "Return what some things cost together."
    return {"lamp": 59.5, "chair": 80.25, "table": 310.0}[item] * count
"""
STORY = "The lamps of Ann cost **178.50**, the chairs of Ben **160.50**: together 339.00."


@pytest.fixture(autouse=True)
def forgetful(lab_kimi: ScriptedKimi) -> None:
    """Each test begins with nothing asked and nothing queued."""
    lab_kimi.forget()


def reply(notebook: Notebook, words: str) -> None:
    """Type ``words`` into the input below the running cell."""
    box = notebook.page.locator(".jp-Stdin-input")
    box.wait_for()
    box.fill(words)
    box.press("Enter")


def test_a_value_grows_as_a_table(lab: Lab, lab_kimi: ScriptedKimi, page: Page) -> None:
    """What has arrived of a list stands there as rows, and never as JSON; in the end it is a value."""
    go = threading.Event()
    text = json.dumps({"result": FOUND})
    script = pieces(text[:70], text[70:])
    lab_kimi.queue(Stream((*script.steps[:2], WaitFor(go), *script.steps[2:])))
    lab.write("typed.ipynb", f"{LOAD}\n{ORDERS}", "%%kimi --schema list[Order]\nwhich?", "print(_kimi.parsed[2].item)")
    notebook = lab.open(page, "typed.ipynb")
    notebook.run(0)
    notebook.start(1)
    expect(notebook.output(1).locator("td").first).to_have_text("Ann")
    assert "{" not in notebook.output(1).inner_text()
    assert "Cem" not in notebook.output(1).inner_text()
    go.set()
    expect(notebook.output(1).locator("tbody tr")).to_have_count(3)
    notebook.wait_for_end(1)
    expect(notebook.run(2)).to_have_text("table")


def test_calls_are_asked_for_and_shown(lab: Lab, lab_kimi: ScriptedKimi, page: Page, tmp_path: Path) -> None:
    """A person reads each call, says yes or no below it, and sees its result; the README's picture is made of it."""
    calls = [("price_of", '{"item": "lamp", "count": 3}'), ("price_of", '{"item": "chair", "count": 2}')]
    lab_kimi.queue(call(*calls), pieces(*words(STORY), pause=0.002))
    lab.write("calls.ipynb", f"{LOAD}\n{TOOL}", "%%kimi\nWhat do Ann's 3 lamps and Ben's 2 chairs cost?")
    notebook = lab.open(page, "calls.ipynb")
    notebook.run(0)
    notebook.start(1)
    expect(notebook.output(1)).to_contain_text('price_of(item="lamp", count=3)')
    expect(notebook.output(1)).to_contain_text("waiting for your answer")
    assert len(lab_kimi.chats) == 1
    reply(notebook, "always")
    expect(notebook.output(1)).to_contain_text("together 339.00")
    notebook.wait_for_end(1)
    assert [one["content"] for one in lab_kimi.chats[1].json["messages"] if one["role"] == "tool"] == ["178.5", "160.5"]
    picture(notebook, PICTURE if IS_WANTED else tmp_path / "tools.png")


def test_a_call_of_before_a_restart_is_sent_again_as_it_was(lab: Lab, lab_kimi: ScriptedKimi, page: Page) -> None:
    """After a restart the next question carries calls, results and thinking byte for byte: nothing is refused."""
    lab_kimi.queue(call(("price_of", '{"item": "lamp"}'), thinking=("Hm.",)), pieces("59.5.", thinking=["So."]))
    lab.write("again.ipynb", f"{LOAD}\n{TOOL}", "%%kimi -y\nprice?", "%kimi second", "%kimi third")
    notebook = lab.open(page, "again.ipynb")
    notebook.run(0)
    notebook.run(1)
    notebook.run(2)
    notebook.save()
    before = bytes_until(lab_kimi.chats[-1], "second")
    restart(notebook)
    notebook.run(0)
    notebook.run(3)
    assert bytes_until(lab_kimi.chats[-1], "second") == before
    assert b"tool_calls" in before
    assert b"Hm." in before


def test_code_goes_into_the_next_cell_and_an_answer_comes_meanwhile(lab: Lab, lab_kimi: ScriptedKimi, page: Page) -> None:
    """``-x`` makes one cell below, which has not run; with ``-b`` another cell runs while the answer grows in its own."""
    go = threading.Event()
    slow = pieces("Slow ", "answer.")
    lab_kimi.queue(pieces("Do:\n\n```python\nprint('it ran')\n```\n"))
    lab_kimi.queue(Stream((*slow.steps[:2], WaitFor(go), *slow.steps[2:])))
    lab.write("next.ipynb", LOAD, "%kimi -x how?", "%kimi -b -o slow what?", "print(6 * 7)", "print(len(slow.wait().text))")
    notebook = lab.open(page, "next.ipynb")
    notebook.run(0)
    notebook.run(1)
    expect(notebook.cell(2).locator(".cm-content")).to_have_text("print('it ran')")
    expect(notebook.cell(2).locator(".jp-InputPrompt")).to_have_text("[ ]:")
    notebook.run(3)
    expect(notebook.output(3)).to_contain_text("Slow")
    expect(notebook.run(4)).to_have_text("42")
    assert "answer." not in notebook.output(3).inner_text()
    go.set()
    expect(notebook.output(3)).to_contain_text("Slow answer.")
    expect(notebook.run(5)).to_have_text("12")
    assert "it ran" not in page.locator(".jp-OutputArea").all_inner_texts()


def test_hostile_calls_and_values_run_nothing(lab: Lab, lab_kimi: ScriptedKimi, page: Page) -> None:
    """Names and arguments of calls, results that repeat them, keys and values of JSON: none of it is more than text."""
    watch = Watch(page, lab.url.removeprefix("http://"))
    every = [text for _, text in HOSTILE if text.isascii()][:60]
    calls = [call(*[(text[:60], json.dumps({"text": text})) for text in every[start : start + 30]]) for start in (0, 30)]
    echoed = call(*[("echo", json.dumps({"text": text})) for text in every[:30]])
    lab_kimi.queue(*calls, echoed, pieces("Done."), pieces(json.dumps([{text: text} for text in every])))
    echo = "def echo(text: str) -> str:\n    return text"
    lab.write("hostile-calls.ipynb", f"{LOAD}\n{echo}", "%%kimi -t echo -y\nwhat?", "%%kimi --schema list\nwhat?")
    notebook = lab.open(page, "hostile-calls.ipynb")
    notebook.run(0)
    expect(notebook.run(1)).to_contain_text("Done.")
    notebook.run(2)
    expect(
        page.locator(".kimi-answer").locator("script, iframe, object, embed, form, svg, a[href^='javascript']")
    ).to_have_count(0)
    page.wait_for_timeout(300)
    assert watch.happened == []
