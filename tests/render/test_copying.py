"""Code with a button that copies it, to a parser and in a real browser."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from playwright.sync_api import Page, expect

from kimi_magic.render.copying import copyable
from kimi_magic.render.printable import printable
from tests.render.hostile import HOSTILE


class Reader(HTMLParser):
    """Reads HTML as a browser does: the elements with their attributes, and the text of ``code``."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, list[tuple[str, str | None]]]] = []
        self.open: list[str] = []
        self.code = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        self.elements.append((tag, attrs))
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Check that what ends is what is open."""
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Keep the text of the code."""
        self.code += data if "code" in self.open else ""


PLAIN = Reader(copyable("x"))


@pytest.mark.parametrize("code", [text for _, text in HOSTILE], ids=[name for name, _ in HOSTILE])
def test_code_is_never_more_than_text(code: str) -> None:
    """Whatever the code is, elements and attributes are those of any other code, and its text is all there."""
    found = Reader(copyable(code))
    assert found.elements == PLAIN.elements
    assert found.code == printable(code)


def test_without_the_button_the_code_is_there() -> None:
    """A front end that strips what could act leaves the code, to be selected."""
    import nh3

    left = nh3.clean(copyable("a < b"))
    assert "onclick" not in left
    assert Reader(left).code == "a < b"


@pytest.mark.parametrize("address", ["http://127.0.0.1/", "http://example.org/"], ids=["secure", "not secure"])
def test_the_button_copies(page: Page, address: str) -> None:
    """One press puts the code, as it is, on the clipboard, also where the page may not reach the clipboard itself."""
    code = "a = \"<b>\" if 1 < 2 else '&amp;'\n\n    print(a)  # €\n"
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    body = f"<!doctype html><meta charset=utf-8>{copyable(code)}<textarea></textarea>"
    page.route("**/*", lambda route: route.fulfill(body=body, content_type="text/html"))
    page.goto(address)
    assert page.evaluate("navigator.clipboard !== undefined") == (address == "http://127.0.0.1/")
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    page.locator("textarea").focus()
    page.keyboard.press("Control+v")
    assert page.locator("textarea").input_value().rstrip("\n") == code.rstrip("\n")


def test_nothing_of_the_code_is_active_in_a_browser(page: Page) -> None:
    """All hostile texts as code, and their buttons pressed: no script of theirs runs, and nothing is loaded."""
    loaded: list[str] = []
    page.on("request", lambda request: loaded.append(request.url))
    page.set_content("".join(copyable(text) for _, text in HOSTILE if text.isascii()))
    page.get_by_role("button").first.click()
    page.get_by_role("button").evaluate_all("all => all.forEach(button => button.click())")
    assert page.get_by_role("button", name="Copied").count() == sum(text.isascii() for _, text in HOSTILE)
    assert page.evaluate("window.pwned") is None
    assert loaded == []
