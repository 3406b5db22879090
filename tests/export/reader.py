"""Reads HTML as a browser would: what is in it that could run, load or lead somewhere."""

from __future__ import annotations

from html.parser import HTMLParser

from kimi_magic.render.markdown import SCHEMES, TAGS


class Reader(HTMLParser):
    """Remembers the tags, the attributes and the words of ``html``."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.words: list[str] = []
        self.others: list[str] = []
        self.feed(html)
        self.close()

    @property
    def text(self) -> str:
        """All words."""
        return "".join(self.words)

    @property
    def addresses(self) -> list[str]:
        """The addresses that are followed or loaded."""
        return [value for _, name, value in self.attributes if name in {"href", "src", "srcset", "action", "data", "poster"}]

    @property
    def handlers(self) -> list[str]:
        """The attributes that run something."""
        return [name for _, name, _ in self.attributes if name.startswith("on")]

    def harm(self, *own: str) -> list[str]:
        """Return what is in it beside the renderer's elements, those called ``own``, and links to the web."""
        schemes = {address.partition(":")[0] for address in self.addresses}
        return [*set(self.tags) - TAGS - set(own), *self.handlers, *self.others, *schemes - SCHEMES]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take note of an element."""
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        """Take note of words."""
        self.words.append(data)

    def handle_comment(self, data: str) -> None:
        """Take note of what is no element."""
        self.others.append(data)

    def handle_pi(self, data: str) -> None:
        """Take note of what is no element."""
        self.others.append(data)
