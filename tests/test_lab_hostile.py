"""A hostile model in JupyterLab: nothing that it writes runs, loads, or leads anywhere unasked."""

from __future__ import annotations

import json
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Dialog, Page, Request, expect

from tests.labs import Lab
from tests.render.hostile import HOSTILE
from tests.scripted import ScriptedKimi
from tests.scripts import Pause, Step, Stream, chunk, event

LOAD = "%load_ext kimi_magic"
AT_ONCE = 40
"""Questions in one cell: JupyterLab shows 50 outputs of a cell and hides the others."""
ASK = "for number in range({}):\n    get_ipython().run_cell_magic('kimi', '-1', str(number))"
FORBIDDEN = "script, img, iframe, object, embed, link, style, form, button, video, audio, svg, meta, base, template"
SCHEMES = {"http", "https", "mailto"}


class Watch:
    """What happened in a page that nobody asked for."""

    def __init__(self, page: Page, host: str) -> None:
        self.happened: list[str] = []
        self._host = host
        page.on("dialog", self._on_dialog)
        page.on("request", self._on_request)
        page.on("popup", lambda popup: self.happened.append(f"popup {popup.url}"))

    def _on_dialog(self, dialog: Dialog) -> None:
        if dialog.type != "beforeunload":  # that one is JupyterLab's own question, about what is not saved
            self.happened.append(f"dialog {dialog.message}")
        dialog.accept()

    def _on_request(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme not in {"data", "blob"} and address.netloc != self._host:
            self.happened.append(f"request {request.url}")


def hostile(text: str) -> Stream:
    """Return an answer that is ``text`` in two halves, so that the first half is shown by itself for a moment."""
    half = len(text) // 2
    deltas = [{"content": text[:half], "reasoning_content": text}, {"content": text[half:]}]
    first, second = (event(json.dumps(chunk(delta))) for delta in deltas)  # ASCII: half a character is among them
    steps: tuple[Step, ...] = (first, Pause(0.03), second, event(chunk({}, finish="stop")), event("[DONE]"))
    return Stream(steps)


@pytest.fixture
def watch(page: Page, lab: Lab) -> Iterator[Watch]:
    """A watch over the page; at the end nothing has happened that nobody asked for."""
    watch = Watch(page, urlsplit(lab.url).netloc)
    yield watch
    assert watch.happened == []


@pytest.mark.usefixtures("watch")
def test_nothing_that_a_model_writes_runs_or_loads(lab: Lab, lab_kimi: ScriptedKimi, page: Page) -> None:
    """Each hostile text, shown in a trusted cell and again after a reload, is but text."""
    lab_kimi.forget()
    lab_kimi.queue(*(hostile(text) for _, text in HOSTILE))
    cells = [ASK.format(min(AT_ONCE, len(HOSTILE) - asked)) for asked in range(0, len(HOSTILE), AT_ONCE)]
    lab.write("hostile.ipynb", LOAD, *cells)
    notebook = lab.open(page, "hostile.ipynb")
    for number in range(1 + len(cells)):
        notebook.run(number)
    check_page(page)
    notebook.save()
    notebook.reload()
    check_page(page)


def check_page(page: Page) -> None:
    """All answers are there; no mark of a script is, no element that could load or run, no link but to the outside."""
    answers = page.locator(".kimi-answer")
    expect(answers).to_have_count(len(HOSTILE))
    page.wait_for_timeout(1_000)  # formulas are typeset, and what runs late runs
    assert page.evaluate("window.pwned") is None
    assert answers.locator(FORBIDDEN).count() == 0
    addresses = answers.locator("[href], [src]").evaluate_all("all => all.map(e => e.getAttribute('href') || e.src)")
    assert {urlsplit(address).scheme for address in addresses} <= SCHEMES
    events = "all => all.flatMap(e => e.getAttributeNames()).filter(name => name.startsWith('on'))"
    assert answers.locator("*").evaluate_all(events) == []
    styles = answers.locator("[style]").evaluate_all("all => all.map(e => e.getAttribute('style'))")
    assert [style for style in styles if "url" in style] == []
