"""The conversation belongs to the notebook, in JupyterLab and Notebook 7 in a real browser."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import nbformat
import pytest
from nbconvert import NotebookExporter
from playwright.sync_api import Browser, Page, expect

from tests.conftest import KEY
from tests.labs import MILLISECONDS, TOKEN, Lab, Notebook
from tests.results import METADATA
from tests.scripted import Received, ScriptedKimi
from tests.scripts import Hold, pieces

LOAD = "%load_ext kimi_magic\nimport os; print(os.getpid())"
VALUES = """import pandas as pd, matplotlib.pyplot as plt
sales = pd.DataFrame({"region": ["north", "south"], "orders": [811, 1002]})
plt.figure(figsize=(3, 2)); plt.plot([1, 4, 9]);"""
STORY = (LOAD, VALUES, "%%kimi --plot\nfirst", "%kimi second", "%%kimi sales\nthird", "%kimi fourth", "%kimi /history")
TOLD = "Kimi: {} came back (main {}). %kimi /history shows them, %kimi /new begins anew."


@pytest.fixture(autouse=True)
def forgetful(lab_kimi: ScriptedKimi) -> Iterator[None]:
    """Each test begins with nothing asked and nothing queued."""
    lab_kimi.forget()
    yield
    assert all(KEY not in request.body.decode() for request in lab_kimi.requests)


def asked(kimi: ScriptedKimi, chat: int = -1) -> list[str]:
    """Return the last words of each question that a request carried, the new one last."""
    said = [one["content"] for one in kimi.chats[chat].json["messages"] if one["role"] == "user"]
    return [(one if isinstance(one, str) else one[-1]["text"]).split()[-1] for one in said]


def bytes_until(request: Received, word: str) -> bytes:
    """Return the request's messages as they went over the wire, up to ``word``."""
    body = request.body
    return body[body.index(b'"messages"') : body.index(word.encode()) + len(word)]


def ask(notebook: Notebook, cell: int, kimi: ScriptedKimi) -> list[str]:
    """Run the cell, and return the questions that its request carried."""
    before = len(kimi.chats)
    notebook.start(cell)
    kimi.wait_for_chats(before + 1)
    notebook.wait_for_end(cell)
    return asked(kimi)


def restart(notebook: Notebook) -> None:
    """Restart the kernel by the toolbar's button."""
    page = notebook.page
    with page.expect_response(lambda response: response.url.split("?")[0].endswith("/restart")):
        page.locator('.jp-NotebookPanel-toolbar [data-command="notebook:restart-kernel"]').first.click()
        page.locator(".jp-Dialog .jp-mod-accept").click()
    notebook.wait_for_kernel()


def rename(notebook: Notebook, name: str) -> None:
    """Rename the open notebook by the menu."""
    page = notebook.page
    page.get_by_role("menuitem", name="File", exact=True).click()
    page.get_by_text("Rename Notebook…").click()
    page.locator(".jp-Dialog input").last.fill(name)
    with page.expect_response(lambda response: "/api/sessions/" in response.url):
        page.locator(".jp-Dialog .jp-mod-accept").click()
    notebook.path = notebook.path.with_name(name)


def kill_in_mid_answer(notebook: Notebook, cell: int, kimi: ScriptedKimi) -> None:
    """Kill the kernel while the answer to that cell arrives; JupyterLab starts a new one by itself."""
    kimi.queue(pieces("Half of ", "an answer", finish=None, done=False).then(Hold()))
    notebook.start(cell)
    expect(notebook.output(cell)).to_contain_text("Half of an answer")
    os.kill(int(notebook.output(0).inner_text().split()[-1]), signal.SIGKILL)
    notebook.page.locator(".jp-Dialog .jp-mod-accept").click(timeout=MILLISECONDS)


def load_again(notebook: Notebook, count: int) -> None:
    """Load the extension in a new kernel, which says what came back."""
    notebook.start(0)
    expect(notebook.output(0)).to_contain_text(TOLD.format(f"{count} turns", count), timeout=MILLISECONDS)
    notebook.wait_for_end(0)


def provenance(notebook: Notebook, *, converted: bool = False) -> list[dict[str, Any]]:
    """Return what the outputs in the saved file say of their turns; it is valid, also ``converted``."""
    document = nbformat.read(notebook.path, as_version=4)  # type: ignore[no-untyped-call]  # nbformat leaves it untyped
    if converted:
        exporter: Any = NotebookExporter
        text, _ = exporter().from_notebook_node(document)
        document = nbformat.reads(text, as_version=4)  # type: ignore[no-untyped-call]  # the same
    nbformat.validate(document)
    outputs = [output for cell in document.cells for output in cell.outputs]
    found = [output.get("metadata", {}).get(METADATA, {}) for output in outputs]
    return [dict(about) for about in found if "turn" in about]


def test_a_restarted_renamed_and_killed_notebook_goes_on(lab: Lab, lab_kimi: ScriptedKimi, page: Page) -> None:
    """A notebook that was not yet saved knows all after a restart, under another name, and after its kernel was killed."""
    lab.write("story.ipynb", *STORY)
    notebook = lab.open(page, "story.ipynb")
    for cell in range(5):
        notebook.run(cell)
    restart(notebook)
    load_again(notebook, 3)
    assert ask(notebook, 5, lab_kimi) == ["first", "second", "third", "fourth"]
    third, fourth = lab_kimi.chats[2:]
    assert bytes_until(third, "third") == bytes_until(fourth, "third")
    assert b"data:image/png;base64," in fourth.body
    assert b"811" in fourth.body
    assert third.json["prompt_cache_key"] == fourth.json["prompt_cache_key"]
    assert ask(notebook, 3, lab_kimi) == ["first", "second"], "its own turn is replaced, and it sees what stands above"
    rename(notebook, "renamed.ipynb")
    lab.write("story.ipynb")  # another notebook gets the old name
    assert ask(notebook, 5, lab_kimi) == ["first", "second", "third", "fourth"]
    kill_in_mid_answer(notebook, 3, lab_kimi)
    load_again(notebook, 4)
    rows = notebook.run(6).locator("tbody tr")
    expect(rows).to_have_count(5)
    assert next(row for row in rows.all_inner_texts() if "no answer came" in row).split()[1] == "second"
    with closing(sqlite3.connect(lab.folder.parent / "conversations.sqlite")) as db:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    check_file(notebook, lab)


def check_file(notebook: Notebook, lab: Lab) -> None:
    """The saved file says of each answer where it comes from, in few bytes, also after the page was loaded anew."""
    notebook.save()
    saved = provenance(notebook)
    assert [about["finish_reason"] for about in saved] == ["stop", "", "stop", "stop"]
    assert [[one["name"] for one in about["attachments"]] for about in saved] == [["plot 1"], [], ["sales"], []]
    for about in saved:
        assert len(json.dumps(about)) < 2_000
        assert "base64" not in json.dumps(about)
        assert about["model"] == "kimi-k2.6"
    assert KEY not in notebook.path.read_text()
    notebook = lab.open(notebook.page, notebook.path.name)  # a reloaded page may open the old name's notebook too
    notebook.run(6)
    notebook.save()
    assert provenance(notebook) == provenance(notebook, converted=True) == saved


def test_a_copy_in_a_second_tab_goes_its_own_way(lab: Lab, lab_kimi: ScriptedKimi, page: Page, browser: Browser) -> None:
    """The copy knows what was said before, and neither it nor the original hears what the other says afterwards."""
    lab.write("origin.ipynb", LOAD, "%kimi one", "%kimi ours", "%kimi next")
    origin = lab.open(page, "origin.ipynb")
    assert origin.run(0).inner_text().split()[1:] == [], "a new notebook has nothing to tell"
    origin.run(1)
    origin.save()
    body = json.dumps({"copy_from": "origin.ipynb"}).encode()
    url = f"{lab.url}/api/contents?token={TOKEN}"
    with urllib.request.urlopen(urllib.request.Request(url, body, method="POST")) as reply:  # noqa: S310 on loopback
        name = json.loads(reply.read())["path"]
    copy = lab.open(browser.new_page(), name)
    copy.start(0)
    expect(copy.output(0)).to_contain_text(TOLD.format("1 turn", 1))
    assert ask(copy, 2, lab_kimi) == ["one", "ours"]
    assert ask(origin, 3, lab_kimi) == ["one", "next"]
    assert ask(copy, 3, lab_kimi) == ["one", "ours", "next"]
    assert lab_kimi.chats[1].json["prompt_cache_key"] != lab_kimi.chats[2].json["prompt_cache_key"]


def test_notebook_7_brings_it_back_too(lab: Lab, lab_kimi: ScriptedKimi, page: Page) -> None:
    """In Notebook 7 a restarted kernel knows what was said."""
    lab.write("seven.ipynb", LOAD, "%kimi seven", "%kimi eight")
    notebook = lab.open_in_notebook_7(page, "seven.ipynb")
    notebook.run(0)
    notebook.run(1)
    restart(notebook)
    notebook.start(0)
    expect(notebook.output(0)).to_contain_text(TOLD.format("1 turn", 1))
    assert ask(notebook, 2, lab_kimi) == ["seven", "eight"]
