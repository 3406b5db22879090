"""Markdown of a model's is harmless to every reader of Markdown, and says the same as before."""

from __future__ import annotations

import re
from random import Random

import mistune
import pytest
from markdown_it import MarkdownIt

from kimi_magic.export.inert import blocks, inert
from kimi_magic.export.writer import escape, fence
from kimi_magic.render.blocks import to_html
from tests.export.reader import Reader
from tests.render.hostile import HOSTILE
from tests.render.test_blocks import MIXED

CASES = [text for _, text in HOSTILE]
NAMES = [name for name, _ in HOSTILE]


def _follow(url: str) -> bool:
    return bool(url)


def _careless() -> MarkdownIt:
    """Return a reader of Markdown that passes raw HTML on and follows any link."""
    reader = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    reader.validateLink = _follow  # type: ignore[method-assign]  # markdown-it's documented way to set it
    return reader


MARKDOWN_IT = _careless()
MISTUNE = mistune.create_markdown(escape=False, plugins=["table", "strikethrough", "math"])


def harm(markdown: str) -> list[str]:
    """Return what careless readers find in ``markdown`` that could run, load, or lead elsewhere than to the web."""
    return Reader(MARKDOWN_IT.render(markdown)).harm() + Reader(str(MISTUNE(markdown))).harm("div", "del")


@pytest.mark.parametrize("text", CASES, ids=NAMES)
def test_hostile_text_is_harmless_to_careless_readers(text: str) -> None:
    """Two readers that pass raw HTML on, one of which follows any link, find nothing that runs or loads."""
    assert harm(inert(text)) == []


@pytest.mark.parametrize("seed", range(30))
def test_hostile_lines_in_any_order_are_harmless(seed: int) -> None:
    """Lines of hostile and of ordinary Markdown, mixed and cut anywhere, stay harmless and swallow nothing below."""
    text = _mixture(seed)
    written = f"{inert(text)}\n\n## Below"
    assert harm(written) == []
    assert MARKDOWN_IT.render(written).rstrip().endswith("<h2>Below</h2>")


@pytest.mark.parametrize("seed", range(30))
def test_a_mixture_reads_as_before(seed: int) -> None:
    """What our own renderer shows of the written text is what it shows of the original."""
    text = _mixture(seed)
    assert _shown(inert(text)) == _shown(text)


@pytest.mark.parametrize("text", [*CASES, MIXED], ids=[*NAMES, "mixed"])
def test_a_text_reads_as_before(text: str) -> None:
    """The same for each of the texts as a whole."""
    assert _shown(inert(text)) == _shown(text)


def _mixture(seed: int) -> str:
    random = Random(seed)
    lines = [line for text in [*CASES, MIXED] if len(text) < 2_000 for line in text.splitlines(keepends=True)]
    chosen = [random.choice(lines) for _ in range(40)]
    marks = ["", "", "", "- ", "> ", "    ", "1. ", "`", "``` ", "~~~\n", "\\", "| ", "*", "\n\n"]
    return "".join(random.choice(marks) + line + random.choice(["", "\n"]) for line in chosen)


def _shown(markdown: str) -> tuple[list[str], list[str], str]:
    """Return elements, addresses and words as a reader sees them: colours, kinds of delimiters and blanks left aside."""
    read = Reader(to_html(markdown))
    words = re.sub(r"\\[][()]|\$+|\s", "", read.text)
    return [tag for tag in read.tags if tag != "span"], read.addresses, words


PLAIN = {
    "prose": "Some *text*, a ~~word~~, `code` and $x^2$.",
    "a comparison": "x < y and a<5, 1 << 2",
    "a list": "* one\n* two\n  - nested",
    "a table": "| a | b |\n|---|:-:|\n| 1 | 2 |",
    "headings": "# One\n\nTwo\n===",
    "a fence": "```python\nif a<b:\n    pass\n```",
    "another alphabet": "因为 **这样**。",
}


@pytest.mark.parametrize("text", PLAIN.values(), ids=PLAIN)
def test_harmless_text_stays_letter_by_letter(text: str) -> None:
    """A text in which nothing is dangerous is not touched."""
    assert inert(text) == text


WRITTEN = {
    "raw HTML": ("a <b>bold</b> c", "a &lt;b>bold&lt;/b> c"),
    "a remote picture": ("![x](https://e.org/x.png)", "[x (https://e.org/x.png)](https://e.org/x.png)"),
    "a script link": ("[x](javascript:a)", "&#91;x&#93;(javascript:a)"),
    "a good link": ('[x](https://e.org/a_(b) "t")', '[x](https://e.org/a_%28b%29 "t")'),
    "a link by reference": ("[x]\n\n[x]: https://e.org", "[x](https://e.org)"),
    "HTML as code": ("Use `<br>` or `` a`<b> ``", "Use `<br>` or ``a`<b>``"),
    "a fence in a list": ("- a\n  ```html\n  <b>\n  ```", "- a\n  ```html\n  <b>\n  ```"),
    "a fence that is cut": ("```py\nx", "```py\nx\n```"),
    "a fence that others could end": ("~~~~\n```\n~~~~", "````\n```\n````"),
    "raw output of pandoc": ("`a`{=html}", "`a`\\{=html}"),
    "attributes of kramdown": ('a\n{: onclick="b"}', 'a\n\\{: onclick="b"}'),
    "pandoc's raw fence": ("```{=html}\n<b>\n```", "```\n<b>\n```"),
    "a formula in brackets": (r"\(x\) and \[y\]", "$x$ and $$y$$"),
    "a formula that looks like a tag": ("$a<b$", "$a< b$"),
    "an unsafe formula": (r"$\href{a}{b}$", r"`$\href{a}{b}$`"),
    "code in a table": ("| `<a\\|b>` |\n|--:|", "| `<a\\|b>` |\n| --: |"),
    "an escaped line": ("\\# no <b>\n\\- no", "\\# no &lt;b>\n\\- no"),
    "a number at the start": ("1\\. <b>", "1\\. &lt;b>"),
}


@pytest.mark.parametrize(("text", "written"), WRITTEN.values(), ids=WRITTEN)
def test_doubtful_text_is_written_anew(text: str, written: str) -> None:
    """Each construct comes out as the Markdown beside it."""
    assert inert(text) == written


def test_only_closed_fences_hand_over_their_code() -> None:
    """A fence that was closed is code in its language; one that was cut is but text."""
    first, text, last = blocks("```Python\nx\n```\ntext\n```python\ny")
    assert (first.language, first.code, text.code, last.code) == ("python", "x\n", None, None)


def test_nothing_gets_out_of_a_fence() -> None:
    """A fence is longer than any run of backticks in it, and its language is but a name."""
    assert fence("````", '"><b') == "`````\n````\n`````"
    assert fence("", "py\nx") == "```py\n```"


@pytest.mark.parametrize(
    "text", ["# a", "1) a", "> a", "--- b", "a\\*b", "[a](b)", "a|b", "~~a~~", "$a$ <b> &lt; `c`", "_a_"]
)
def test_escaped_text_is_text(text: str) -> None:
    """What is escaped reads as it was typed, in whatever it could have been taken for."""
    assert Reader(MARKDOWN_IT.render(escape(text))).text.strip() == text
