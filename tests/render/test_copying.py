"""Code with a button that copies it."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest

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
