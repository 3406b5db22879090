"""The chat panel in JupyterLab and Notebook 7, as a person uses it."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.conftest import KEY
from tests.labs import MILLISECONDS, TOKEN, Lab, Notebook
from tests.render.hostile import HOSTILE
from tests.scripted import ScriptedKimi
from tests.scripts import Hold, Stream, WaitFor, pieces
from tests.test_lab import STORY, THOUGHTS, TOKENS, words
from tests.test_lab_hostile import Watch, hostile

PICTURE = Path(__file__).parent.parent / ".github" / "images" / "panel.png"
IS_WANTED = os.environ.get("KIMI_MAGIC_PICTURES") == "1"
LOAD = "%load_ext kimi_magic"
FORBIDDEN = "script, iframe, object, embed, link, style, meta, base, video, audio, :is(svg, img):not(button *)"
"""What may stand nowhere in a panel; icons stand in its own buttons."""
SALES = 'sales = {"north": {"February": 1204, "March": 811}, "south": {"February": 977, "March": 1002}}'


@pytest.fixture(autouse=True)
def watch(lab: Lab, lab_kimi: ScriptedKimi, page: Page) -> Iterator[Watch]:
    """Nothing was asked before; at the end nothing was loaded from elsewhere, and the key stands nowhere."""
    lab_kimi.forget()
    watch = Watch(page, urlsplit(lab.url).netloc)
    yield watch
    assert watch.happened == []
    assert all(KEY not in request.body.decode() for request in lab_kimi.requests)


def panel(notebook: Notebook, number: int) -> Locator:
    """Return the panel under cell ``number``, once it is there."""
    found = notebook.cell(number).locator(".kimi-panel")
    expect(found).to_have_count(1, timeout=MILLISECONDS)
    return found


def say(shown: Locator, text: str) -> None:
    """Type into the panel and send."""
    shown.get_by_label("Question", exact=True).fill(text)
    shown.page.keyboard.press("Enter")


def asked(kimi: ScriptedKimi) -> list[str]:
    """Return the questions that the last request carried."""
    return [one["content"] for one in kimi.chats[-1].json["messages"] if one["role"] == "user"]


def test_cells_and_panel_go_on_with_one_conversation(lab: Lab, lab_kimi: ScriptedKimi, page: Page, tmp_path: Path) -> None:
    """What a cell asks is in the panel and the other way round, live; it survives a reload and a kernel."""
    lab.write(
        "panel.ipynb", f"{LOAD}\n{SALES}", "%%kimi sales\nWhy did the north drop in March?", "%kimi /chat", "%kimi three"
    )
    notebook = lab.open(page, "panel.ipynb")
    lab_kimi.queue(pieces(*words(STORY), thinking=THOUGHTS, tokens=TOKENS))
    notebook.run(0)
    notebook.run(1)
    notebook.run(2)
    shown = panel(notebook, 2)
    expect(shown.locator("table")).to_contain_text("1,204")
    expect(notebook.cell(2).locator(".kimi-transcript").last).to_be_hidden()

    go = threading.Event()
    script = pieces("The south gained a little: ", "**25 orders**, or 3 %, most of them from new customers.")
    lab_kimi.queue(Stream((*script.steps[:2], WaitFor(go), *script.steps[2:])))
    say(shown, "And the south?")
    expect(shown).to_contain_text("The south gained a little:")
    assert "25 orders" not in shown.inner_text()
    go.set()
    expect(shown).to_contain_text("The south gained a little: 25 orders")
    assert len(asked(lab_kimi)) == 2
    shown.screenshot(path=PICTURE if IS_WANTED else tmp_path / "panel.png", animations="disabled")

    notebook.run(3)
    assert [text.split("\n")[-1] for text in asked(lab_kimi)] == [
        "Why did the north drop in March?",
        "And the south?",
        "three",
    ]
    expect(shown).to_contain_text("Forty-two.")

    lab_kimi.queue(pieces("Half of it", finish=None, done=False).then(Hold()))
    say(shown, "a long story")
    expect(shown).to_contain_text("Half of it")
    shown.get_by_role("button", name="Stop").click()
    assert lab_kimi.closed[-1].wait(5)
    expect(shown).to_contain_text("Interrupted")

    say(shown, "/history 1")
    expect(shown).to_contain_text("Turn 1")
    notebook.cell(0).locator(".cm-content").click()
    notebook.save()
    notebook.reload()
    expect(panel(notebook, 2)).to_contain_text("Half of it")
    saved = next(cell for cell in json.loads(notebook.path.read_text())["cells"] if "/chat" in "".join(cell["source"]))
    transcript = "".join("".join(output["data"].get("text/html", "")) for output in saved["outputs"])
    assert "kimi-transcript" in transcript
    assert "<strong>25 orders</strong>" in transcript

    page.evaluate(SHUT_DOWN)
    page.goto(f"{lab.url}/lab/tree/panel.ipynb?token={TOKEN}&reset", timeout=MILLISECONDS)
    notebook.wait_for_kernel()
    expect(notebook.cell(2).locator(".kimi-transcript", has_text="25 orders")).to_be_visible()
    notebook.run(0)
    notebook.start(2)
    expect(panel(notebook, 2)).to_contain_text("The south gained a little: 25 orders")
    say(panel(notebook, 2), "still there?")
    expect(panel(notebook, 2)).to_contain_text("still there?")
    lab_kimi.wait_for_chats(5)
    assert asked(lab_kimi)[1:3] == ["And the south?", "three"]


SHUT_DOWN = """async () => {
    const options = { credentials: "same-origin", headers: {} };
    const xsrf = document.cookie.match(/_xsrf=([^;]+)/);
    if (xsrf) options.headers["X-XSRFToken"] = xsrf[1];
    for (const session of await (await fetch("/api/sessions", options)).json())
        await fetch("/api/sessions/" + session.id, { ...options, method: "DELETE" });
}"""
"""Ends all kernels, as a person does who closes the notebook for the night."""


def test_notebook_7_has_the_panel_too(lab: Lab, lab_kimi: ScriptedKimi, page: Page) -> None:
    """In Notebook 7 the panel asks and answers, and a second one beside it shows the same."""
    lab.write("panel7.ipynb", LOAD, "%kimi /chat", "%kimi /chat")
    notebook = lab.open_in_notebook_7(page, "panel7.ipynb")
    notebook.run(0)
    notebook.run(1)
    notebook.run(2)
    say(panel(notebook, 1), "seven")
    expect(panel(notebook, 1)).to_contain_text("Forty-two.")
    expect(panel(notebook, 2)).to_contain_text("Forty-two.")
    assert asked(lab_kimi) == ["seven"]


def test_nothing_hostile_runs_in_the_panel(lab: Lab, lab_kimi: ScriptedKimi, page: Page) -> None:
    """Each hostile text as answer and thinking, live and after a reload, is but text in the panel."""
    lab_kimi.queue(*(hostile(text) for _, text in HOSTILE))
    ask = f"for number in range({len(HOSTILE)}):\n    get_ipython().run_cell_magic('kimi', '-q', str(number))"
    lab.write("panel-hostile.ipynb", LOAD, "%kimi /chat", ask)
    notebook = lab.open(page, "panel-hostile.ipynb")
    for number in range(3):
        notebook.run(number)
    for _ in range(2):
        shown = panel(notebook, 1)
        expect(shown).to_contain_text(str(len(HOSTILE) - 1))
        page.wait_for_timeout(500)
        assert page.evaluate("window.pwned") is None
        assert shown.locator(FORBIDDEN).count() == 0
        addresses = shown.locator("[href], [src]").evaluate_all("all => all.map(e => e.getAttribute('href') || e.src)")
        assert {urlsplit(address).scheme for address in addresses} <= {"http", "https", "mailto"}
        notebook.cell(0).locator(".cm-content").click()
        notebook.save()
        notebook.reload()
