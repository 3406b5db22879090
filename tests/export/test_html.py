"""The HTML file: one that needs nothing else, in which nothing runs and nothing is loaded."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from kimi_magic.conversation import conversation_of
from kimi_magic.export.file import write_file
from kimi_magic.export.formats import exported
from kimi_magic.export.html import POLICY
from tests.export.reader import Reader
from tests.export.samples import JSON, PICTURE, STOPPED, everything, hostile
from tests.render.hostile import HOSTILE

if TYPE_CHECKING:
    from playwright.sync_api import Page

OWN = {
    "html",
    "head",
    "meta",
    "title",
    "style",
    "body",
    "header",
    "main",
    "article",
    "div",
    "figure",
    "figcaption",
    "img",
} | {"details", "summary"}


@pytest.fixture(scope="module")
def read() -> Reader:
    return Reader(exported(hostile(), ".html").decode())


def test_no_place_is_broken_out_of(read: Reader) -> None:
    """With all hostile texts in all places the page's own elements are there as often as it means them."""
    assert [read.tags.count(tag) for tag in ("html", "style", "title", "article", "img")] == [1, 1, 1, len(HOSTILE), 0]


def test_nothing_runs_or_loads(read: Reader) -> None:
    """No element but the renderer's and the page's own, no handler, no address but of the web, no style that fetches."""
    assert read.harm(*OWN) == []
    assert not [value for _, name, value in read.attributes if name == "style" and "url" in value]
    assert not re.search(r"url\(|@import", exported(everything(), ".html").decode().split("</style>")[0])


def test_the_second_wall_stands_first() -> None:
    """The page forbids everything but its own style and pictures in itself, before anything else is read."""
    read = Reader(exported(everything(), ".html").decode())
    metas = [value for tag, name, value in read.attributes if tag == "meta" and name == "content"]
    assert metas[0] == POLICY
    assert POLICY.startswith("default-src 'none'")


def test_pictures_are_in_the_page() -> None:
    """Safe kinds are shown with their names, each once; others are named."""
    text = exported(everything(), ".html").decode()
    assert f'<figure><img src="{PICTURE.url}" alt="fig"><figcaption>fig</figcaption></figure>' in text
    assert text.count("<img") == 2
    assert "svg+xml" not in text
    assert "Not shown: far, which lies on the service as ms://file-1" in text


def test_calls_are_told_with_what_they_returned() -> None:
    """A turn that was stopped after a call shows the call, its code as it is, its result, and its picture beside that."""
    text = exported(conversation_of([STOPPED, JSON]), ".html").decode()
    words = Reader(text).text
    places = ["Question 1", "Let me look.", "run_python(code=↓)", "code:x = 1\nx", "result:21 °C"]
    assert [words.index(one) for one in places] == sorted(words.index(one) for one in places)
    assert text.index("<img") > text.index("21 °C")
    assert "Interrupted: the answer stops here." in words
    assert 'class="language-json"' in text


def test_a_page_tells_all_of_a_turn() -> None:
    """Thinking and calls are folded, and mark, figures and attachments stand below."""
    text = exported(everything(), ".html").decode()
    words = Reader(text).text
    assert "<summary><code>weather(city=&quot;Oslo&quot;)</code></summary>" in text
    assert ">Hm, a picture.</div></details>" in text
    assert "Interrupted: the answer stops here.kimi-k2.6 · 3.2 s · interrupted" in words
    assert "1,200 tokens in (640 cached), 85 out · $0.0001Sent along: fig (figure, 1 × 1)" in words
    assert '<div class="prompt" dir="auto">为什么\n第二行</div>' in text


class Watch:
    """What happened in a page beside showing it."""

    def __init__(self, page: Page) -> None:
        self.happened: list[str] = []
        page.on("dialog", lambda dialog: self.happened.append(f"dialog {dialog.message}"))
        page.on("request", lambda request: self.happened.append(f"request {request.url[:100]}"))
        page.on("popup", lambda popup: self.happened.append(f"popup {popup.url}"))
        page.on("console", lambda message: self.happened.append(f"console {message.text}"))
        page.on("pageerror", lambda error: self.happened.append(f"error {error}"))


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    return iter(
        [write_file(hostile(), tmp_path / "all.html").as_uri(), write_file(everything(), tmp_path / "some.html").as_uri()]
    )


def test_in_a_browser_nothing_happens(page: Page, address: Iterator[str]) -> None:
    """A real browser that opens the file shows all texts and their pictures, and does nothing else."""
    watch, (every, some) = Watch(page), address
    page.emulate_media(color_scheme="dark")
    page.goto(every)
    for fold in page.locator("summary").all()[:20]:
        fold.click()
    page.wait_for_timeout(300)  # what runs late runs
    assert page.locator("article").count() == len(HOSTILE)
    assert page.evaluate("window.pwned") is None
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(22, 25, 29)"
    page.goto(some)
    assert page.locator("img").first.evaluate("image => image.naturalWidth") == 1
    assert [what for what in watch.happened if not what.startswith("request data:image/")] == [
        f"request {every[:100]}",
        f"request {some[:100]}",
    ]
