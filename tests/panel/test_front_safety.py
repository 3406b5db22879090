"""The panel in front of hostile text: nothing runs, and nothing is loaded."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Dialog, Page, Request, expect

from kimi_magic.calls import Called, Round
from kimi_magic.messages import ToolCall
from kimi_magic.render.blocks import to_html
from kimi_magic.render.rounds import rounds_html
from tests.panel.fronts import BROKEN
from tests.panel.harness import Pages, turn
from tests.render.hostile import HOSTILE

FORBIDDEN = (
    "script, iframe, object, embed, link, style, video, audio, meta, base, template, math, svg:not(.k-icon > svg), "
    "form:not(.k-inline > form), "
    "img:not([src^='data:image/png'])"
)
GROW_EACH = """async texts => { for (const html of texts) {
    kernel.put({live: {id: 't1', html, thinking: html, thought: html, status: html, phase: 'thinking'}, calls: html,
        consent: {id: html, name: html, html, label: html, text: html, always: true}});
    await new Promise(done => requestAnimationFrame(done)); } kernel.put({live: null, calls: ""}); }"""


def hostile_turn(number: int, text: str, html: str) -> dict[str, object]:
    """Return a turn all of whose texts are ``text``."""
    attachment = {"name": text, "kind": text, "note": text, "thumb": text, "warning": text}
    words = dict.fromkeys(("prompt", "text", "thinking", "thought", "status", "mark", "error"), text)
    code = [{"language": text, "source": text}]
    return turn(number, **words, html=html, attachments=[attachment], state="failed", code=code, badges=[text], calls=html)


def called(text: str) -> str:
    """Return a round in which ``text`` is a tool's name, its arguments, a key and a value of them, and its result."""
    calls = (ToolCall("1", text, text), ToolCall("2", "go", json.dumps({text: text, "code": f"{text}\n"})))
    return rounds_html([Round(text, text, tuple(Called(one, "done", text, (text,), 1.0, text) for one in calls))])


def made(text: str) -> str:
    """Return ``text`` as an answer, and as what was called and returned."""
    return to_html(text) + called(text)


def hostile_traits(texts: list[str], make: Callable[[str], str]) -> dict[str, Any]:
    """Return traits all of whose texts are hostile; ``make`` is what the kernel makes into HTML."""
    about = {
        "conversation": texts[0],
        "conversations": [{"name": text, "turns": 1} for text in texts],
        "models": [{"id": text, "sees": text, "ways": [[text, text]] * 9} for text in texts],
        "model": texts[0],
        "commands": [{"name": "/" + text, "argument": text, "help": text} for text in texts],
    }
    chip = {"kind": "frame", "share": "sample"}
    return {
        "about": about,
        "meter": {"used": 1, "context": 2, "text": texts[0]},
        "turns": [hostile_turn(number, text, make(text)) for number, text in enumerate(texts, 1)],
        "reports": [{"id": str(i), "after": "", "kind": text, "html": make(text)} for i, text in enumerate(texts)],
        "queue": [{"id": text, "text": text} for text in texts],
        "chips": [{**chip, "id": text, "name": text, "note": text, "thumb": text, "warning": text} for text in texts],
    }


@pytest.mark.parametrize("make", [made, str], ids=["as the kernel makes it", "raw"])
def test_nothing_hostile_runs_or_loads(pages: Pages, page: Page, make: Callable[[str], str]) -> None:
    """Hostile text in any field, even as HTML that a broken kernel has not made safe, runs nothing and loads nothing."""
    happened: list[str] = []

    def on_dialog(dialog: Dialog) -> None:
        happened.append(dialog.message)
        dialog.dismiss()

    def on_request(request: Request) -> None:
        if not request.url.startswith((f"http://{pages.host}/", "data:image/png;base64,")):
            happened.append(request.url)

    page.on("dialog", on_dialog)
    page.on("request", on_request)
    texts = [text for _, text in HOSTILE] + BROKEN
    front = pages.open(page, **hostile_traits(texts, make))
    front.input.fill("/")
    expect(front.panel.get_by_role("listbox").get_by_role("option")).to_have_count(len(texts))
    page.evaluate(GROW_EACH, [make(text).encode("utf-8", "replace").decode() for text in texts])
    front.panel.locator("details").evaluate_all("all => all.forEach(e => { e.open = true })")
    front.button("Edit…").press("Enter")
    page.wait_for_timeout(300)
    page.remove_listener("dialog", on_dialog)
    page.remove_listener("request", on_request)
    assert happened == []
    assert page.evaluate("window.pwned") is None
    assert front.panel.locator(FORBIDDEN).count() == 0
    events = "all => all.flatMap(e => e.getAttributeNames()).filter(name => name.startsWith('on'))"
    assert front.panel.locator("*").evaluate_all(events) == []
    links = front.panel.locator("[href]").evaluate_all("all => all.map(e => [e.href, e.rel, e.target])")
    assert {url.partition(":")[0] for url, _, _ in links} <= {"http", "https", "mailto"}
    assert {(rel, target) for _, rel, target in links} == {("noopener noreferrer", "_blank")}
    styles = front.panel.locator(".k-text [style]").evaluate_all("all => all.map(e => e.getAttribute('style'))")
    assert [style for style in styles if "url" in style or "position" in style] == []
