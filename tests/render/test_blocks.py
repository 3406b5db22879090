"""Markdown becomes safe HTML, the same in one go and piece by piece."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from html.parser import HTMLParser
from random import Random

import pytest

from kimi_magic.render.blocks import Blocks, finished, to_html
from kimi_magic.render.markdown import ATTRIBUTES, SCHEMES, TAGS
from tests.render.hostile import HOSTILE

FIXED = {("a", "target", "_blank"), ("a", "rel", "noopener noreferrer nofollow")}
"""Attributes that the renderer sets itself."""


class _Reader(HTMLParser):
    """Reads HTML as a browser would, and remembers tags, attributes and text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.others: list[str] = []
        self.formulas: list[str] = []
        self._open: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in {"br", "hr"}:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not {"code", "pre"} & set(self._open) and any(mark in data for mark in ("$", "\\")):
            self.formulas.append(data)

    def handle_comment(self, data: str) -> None:
        self.others.append(data)

    def handle_decl(self, decl: str) -> None:
        self.others.append(decl)

    def handle_pi(self, data: str) -> None:
        self.others.append(data)


@pytest.mark.parametrize(("name", "markdown"), HOSTILE, ids=[name for name, _ in HOSTILE])
def test_hostile_markdown_leaves_only_what_is_allowed(name: str, markdown: str) -> None:
    """Whatever is written, the HTML holds only known tags and attributes, and no address that runs or loads."""
    read = _Reader(to_html(markdown))
    assert set(read.tags) <= TAGS, name
    assert not read.others, "comments and declarations are text"
    for tag, attribute, value in read.attributes:
        assert attribute in ATTRIBUTES.get(tag, set()) or (tag, attribute, value) in FIXED
        assert attribute != "href" or value.partition(":")[0].lower() in SCHEMES
        assert attribute != "class" or (value.startswith("language-") and " " not in value)
        assert attribute != "style" or ("url" not in value and "expression" not in value)


@pytest.mark.parametrize(("name", "markdown"), HOSTILE, ids=[name for name, _ in HOSTILE])
def test_hostile_formulas_are_not_left_to_mathjax(name: str, markdown: str) -> None:
    """No text node that MathJax reads holds a macro that links, styles, loads or redefines."""
    for formula in _Reader(to_html(markdown)).formulas:
        is_single = formula in {"$", "\\"}
        assert is_single or not any(
            macro in formula
            for macro in ("\\href", "\\style", "\\bbox", "\\class", "\\cssId", "\\require", "\\unicode", "\\csname")
        ), name
        assert is_single or not any(macro in formula for macro in ("\\def", "\\let", "\\newcommand"))


FACTS = [
    ("a heading", "# Hello", "<h1>Hello</h1>"),
    ("emphasis", "**a** *b* ~~c~~", "<strong>a</strong> <em>b</em> <s>c</s>"),
    ("a list that starts at three", "3. x", '<ol start="3">\n<li>x</li>'),
    ("an aligned table", "| a |\n|--:|\n| 1 |", '<td style="text-align:right">1</td>'),
    ("raw HTML as typed", "<b>x</b>", "&lt;b&gt;x&lt;/b&gt;"),
    ("a link that opens apart", "[a](https://example.org)", 'target="_blank" rel="noopener noreferrer nofollow">a</a>'),
    ("an e-mail address", "<mailto:a@example.org>", 'href="mailto:a@example.org"'),
    ("a bare address is no link", "https://example.org", "<p>https://example.org</p>"),
    ("a picture as a link", "![cat](https://e.org/c.png)", ">cat (https://e.org/c.png)</a>"),
    ("a picture without words", "![](https://e.org/c.png)", ">image (https://e.org/c.png)</a>"),
    ("a data picture as text", "![x](data:image/png;base64,AA)", "<p>![x](data:image/png;base64,AA)</p>"),
    ("a relative link as text", "[x](/lab)", "<p>[x](/lab)</p>"),
    ("plain code", "```\na < b\n```", 'inherit">a &lt; b\n</code></pre>'),
    (
        "code of an unknown language",
        "```no-such\nif x\n```",
        '<code class="language-no-such" style="background-color:inherit">if x\n</code>',
    ),
    ("code in colours", "```python\nif x:\n    pass\n```", ">if </span>x:"),
    (
        "code that is not finished",
        "```python\nif x:",
        '<code class="language-python" style="background-color:inherit">if x:</code>',
    ),
    ("a formula", "so $E=mc^2$.", "so <span>$E=mc^2$</span>."),
    ("a formula in brackets", r"\(x\) \[y\]", r"<span>\(x\)</span> <span>\[y\]</span>"),
    ("stars in a formula", "$a*b*c$ and $d_1 e_2$", "<span>$a*b*c$</span> and <span>$d_1 e_2$</span>"),
    ("a formula with less than", "$a<b$", "<span>$a&lt;b$</span>"),
    ("a displayed formula", "$$x$$", "<p><span>$$x$$</span></p>"),
    ("a formula that looks like a list", "$$\na\n- b\n$$", "<p><span>$$\na\n- b\n$$</span></p>"),
    ("a formula that ends a line of text", "We get $$\nx\n$$ now", "<p>We get <span>$$\nx\n$$</span> now</p>"),
    ("a formula under text", "We get\n\\[\nx\n= y\n\\]", "<p>We get</p>\n<p><span>\\[\nx\n= y\n\\]</span></p>"),
    ("a formula in a quote", "> $$\n> x\n> $$", "<span>$$\nx\n$$</span>"),
    ("an environment", "\\begin{align}\na\n\\end{align}", "<p><span>\\begin{align}\na\n\\end{align}</span></p>"),
    ("a formula without its end", "\\[ x", "<p>[ x</p>"),
    ("two prices", "$5 and $10", "<span>$</span>5 and <span>$</span>10"),
    ("a range of prices", "$5-$10", "<span>$</span>5-<span>$</span>10"),
    ("escaped dollars", r"\$x\$", "<span>$</span>x<span>$</span>"),
    ("dollars by entity", "&#36;x&#36;", "<span>$</span>x<span>$</span>"),
    ("dollars in code", "`$x$`", "<code>$x$</code>"),
    ("escaped brackets", r"\\(x\\)", r"<span>\</span>(x<span>\</span>)"),
    ("a path", r"C:\Users", r"C:<span>\</span>Users"),
    ("an unsafe formula", r"$\href{a}{b}$", r"<code>$\href{a}{b}$</code>"),
    ("another alphabet", "你好 $x$", "你好 <span>$x$</span>"),
    ("old line ends", "a\r\n\r\nb\rc", "<p>a</p>\n<p>b\nc</p>"),
]


@pytest.mark.parametrize(("name", "markdown", "html"), FACTS, ids=[name for name, _, _ in FACTS])
def test_markdown_becomes_this_html(name: str, markdown: str, html: str) -> None:
    """Each construct comes out as the HTML beside it."""
    assert html in to_html(markdown), name


MIXED = "\n\n".join(
    [
        "# Title\nText with *emphasis* and `code`\nover lines.",
        "- one\n- two\n\n  still two\n  - nested\n\n\n- three",
        "1. a\n2. b\n+ c\n- d\n\n    indented",
        "```python\ndef f(x):\n\n    return x\n```\n~~~\nopen\n~~~",
        "text before\n| a | b |\n|---|:-:|\n| 1 | $x$ |\n| 2 | `|` |\nafter",
        "> quote\nlazy\n> - list\n\n> ```\n> code",
        "Setext\n======\nother\n---\n***\n    code\n\n\n    more code",
        "$$\na\n- b\n= c\n$$\nthen $5 and $10, \\(x\\) and\n\\[\ny\n\n- broken",
        "\\begin{align}\na &= b \\\\\n- c\n\\end{align} tail\nline\r\nline\rline",
        "".join(f"* item {i}\n" for i in range(9)) + "**bold start**\n*\n- \n#",
    ]
)


@pytest.mark.parametrize("seed", range(12))
def test_a_growing_text_gives_at_every_moment_what_the_whole_gives(seed: int) -> None:
    """Kept blocks and the tail together are always the same HTML as the text rendered at once."""
    random, blocks, end = Random(seed), Blocks(), 0
    while end < len(MIXED):
        end += random.randint(1, 9)
        assert blocks.update(MIXED[:end]) == to_html(MIXED[:end])


@pytest.mark.parametrize("seed", range(40))
def test_pieces_in_any_order_grow_the_same(seed: int) -> None:
    """Lines shuffled into nonsense keep the rule, too: no block is taken for finished too early."""
    random, blocks = Random(seed), Blocks()
    lines = MIXED.splitlines(keepends=True)
    random.shuffle(lines)
    text = "".join(lines)
    for end in range(0, len(text) + 7, 7):
        assert blocks.update(text[:end]) == to_html(text[:end])


def test_a_reference_reaches_back() -> None:
    """A definition that comes last makes links of brackets that were finished long ago."""
    blocks = Blocks()
    blocks.update("See [a].\n\nMore.\n\nEnd.\n")
    text = "See [a].\n\nMore.\n\nEnd.\n\n[a]: https://example.org\n\nAnd [a]."
    assert blocks.update(text) == to_html(text)
    assert blocks.update(text).count('href="https://example.org"') == 2


def test_another_text_starts_anew() -> None:
    """A text that does not go on from the last one is rendered for itself."""
    blocks = Blocks()
    blocks.update("# One\n\nTwo\n\nThree")
    assert blocks.update("# Other\n\nText") == to_html("# Other\n\nText")


def test_what_is_finished_costs_nothing_more() -> None:
    """A hundred redraws of a long text with a short tail cost less than three renderings of the whole."""
    text = MIXED.replace("[y", "y") * 40 + "\n\nThe tail "
    blocks = Blocks()
    whole = _seconds(lambda: blocks.update(text))
    assert _seconds(lambda: [blocks.update(text + "word " * count) for count in range(100)]) < 3 * whole


def test_the_last_block_is_found_where_it_starts() -> None:
    """What stands before the last block may be printed for good."""
    text = "# One\n\nTwo\nlines\n\n- three\n- four"
    assert text[finished(text) :] == "- three\n- four"
    assert finished("one\n\n#") == 0, "the last line is not complete, and may still become something else"


def test_what_a_difference_adds_and_takes_away_has_two_colours() -> None:
    """Added lines have one colour, removed ones another, and what stays has none."""
    html = to_html("```diff\n stays\n-gone\n+new\n```")
    colours = dict(re.findall(r'<span style="color:var\(([^)]*)\)">([^<]*)</span>', html))
    assert [text.strip() for text in colours.values()] == ["-gone", "+new"]
    assert len(colours) == 2
    assert "error" not in html, "the error colour of a dark theme cannot be read on its ground"


def test_very_long_code_is_not_coloured() -> None:
    """Colours stop where they would cost more than they tell."""
    assert "<span" in to_html("```python\n" + "x = 1\n" * 100 + "```")
    assert "<span" not in to_html("```python\n" + "x = 1\n" * 4_000 + "```")


def test_blanks_and_neighbours_share_one_span() -> None:
    """Code of one colour is one element, however many tokens it has."""
    html = to_html("```python\n# one\n# two\n'a' 'b'\n```")
    assert html.count("<span") == 2


def test_hundred_kilobytes_are_rendered_at_once() -> None:
    """A long answer takes a fraction of a second (measured: a tenth; the limit leaves room for a busy machine)."""
    text = MIXED.replace("\\[\ny", "y") * (100_000 // len(MIXED))
    to_html(text)
    assert _seconds(lambda: to_html(text)) < 1


def test_pygments_waits_for_code() -> None:
    """Rendering text without code does not import Pygments."""
    program = (
        "import sys; from kimi_magic.render.blocks import to_html; to_html('*a*'); print('pygments' in sys.modules);"
        "to_html('```py\\nx\\n```'); print('pygments' in sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert ran.stdout.split() == ["False", "True"]


def _seconds(work: object) -> float:
    assert callable(work)
    start = time.process_time()
    work()
    return time.process_time() - start
