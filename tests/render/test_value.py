"""A JSON answer as a reader sees it."""

from __future__ import annotations

import json
import re
import time
from html.parser import HTMLParser

import pytest

from kimi_magic.render.blocks import to_html
from kimi_magic.render.value import MOST_ROWS, MOST_SHOWN, readable
from tests.render.hostile import EVIL, HOSTILE

PERSON = {
    "name": "Ada",
    "born": {"year": 1815, "in": "London"},
    "tags": ["poet", "-5"],
    "works": [{"title": "Notes", "pages": 66}, {"title": "Letters", "with": None}],
    "alive": False,
    "none": [],
}

SHOWN = """\
- **name:** Ada
- **born:**
  - **year:** 1815
  - **in:** London
- **tags:** poet, -5
- **works:**

  | title | pages | with |
  |---|---:|---|
  | Notes | 66 |  |
  | Letters |  | – |

- **alive:** false
- **none:** *empty*"""


def test_an_object_is_a_list_with_bold_names() -> None:
    """Objects are lists in each other, a list of flat objects in them is a table, few scalars stand in one line."""
    assert readable(json.dumps(PERSON), is_whole=True) == SHOWN
    html = to_html(SHOWN)
    assert html.count("<table>") == 1
    assert '<td style="text-align:right">66</td>' in html
    assert "<li><strong>year:</strong> 1815</li>" in html


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('[{"a": 1}, {"b": "x"}]', "| a | b |\n|---:|---|\n| 1 |  |\n|  | x |"),
        ('{"result": [{"a": [1, 2]}]}', "| a |\n|---|\n| 1, 2 |"),
        ('{"result": "yes"}', "yes"),
        ('{"result": -5}', "\\-5"),
        ("[1, [2, 3]]", "- 1\n- 2, 3"),
        ('["a", {"b": 1}]', "- a\n- **2:**\n  - **b:** 1"),
        ('"- yes"', "\\- yes"),
        ("null", "–"),
        ("{}", "*empty*"),
        ("", ""),
        ('{"a": "one\\n\\n- two\\n3. three"}', "- **a:** one\\\n  \\- two\\\n  3\\. three"),
        ('[{"a": "one\\n| two"}]', "| a |\n|---|\n| one \\| two |"),
        ('```json\n{"a": 1}\n```', "- **a:** 1"),
        ("I cannot.", "```\nI cannot.\n```"),
        ('{"a": ', '```\n{"a": \n```'),
        ('a ``` b', "````\na ``` b\n````"),
    ],
    ids=range(16),
)  # fmt: skip
def test_whole_answers(text: str, shown: str) -> None:
    """Tables have their columns in the order of appearance, the wrapper is not shown, and what is no JSON is code."""
    assert readable(text, is_whole=True) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("", ""),
        ("```js", "````\n```js\n````"),
        ("```json\n", ""),
        ('{"resu', ""),
        ('{"result": [', ""),
        ('{"result": [{"na', ""),
        ('{"result": [{"name": "A', "| name |\n|---|\n| A |"),
        ('{"result": [{"name": "Ada"}, {"name": "B", "n": 1', "| name | n |\n|---|---:|\n| Ada |  |\n| B | 1 |"),
        ('{"name": "Ada", "born": {"ye', "- **name:** Ada\n- **born:** *empty*"),
        ("Let me see", "```\nLet me see\n```"),
    ],
    ids=range(10),
)
def test_an_answer_that_grows(text: str, shown: str) -> None:
    """What is there is shown row by row; a fence or a bracket alone is nothing yet."""
    assert readable(text, is_whole=False) == shown


class _Reader(HTMLParser):
    """Remembers the tags and attributes of HTML, and the text that a reader sees."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: set[tuple[str, str]] = set()
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found |= {(tag, ""), *((tag, name) for name, _ in attrs)}

    def handle_data(self, data: str) -> None:
        self.text += data


TAGS = ("p", "ul", "li", "strong", "em", "br", "span", "table", "thead", "tbody", "tr", "th", "td")
OURS = {*((tag, "") for tag in TAGS), ("th", "style"), ("td", "style")}
"""The elements that the lists and tables themselves are of; only an alignment has an attribute."""


@pytest.mark.parametrize(("name", "hostile"), HOSTILE, ids=[name for name, _ in HOSTILE])
def test_nothing_in_a_value_is_marked_up(name: str, hostile: str) -> None:
    """Whatever stands in a name or a value, the HTML has the elements of our lists and tables, and not one more."""
    rows = [{"a": hostile, "b": [hostile], hostile: 1}, {"a": hostile}]
    places = {hostile: hostile, "names": {hostile: {hostile: [1]}}, "items": [hostile, {"a": [[hostile]]}], "rows": rows}
    for value, is_whole in ((places, True), (places, False), (rows, True), ([hostile], True), (hostile, True)):
        markdown = readable(json.dumps(value)[: None if is_whole else -2], is_whole=is_whole)
        read = _Reader(to_html(markdown))
        assert read.found <= OURS, name
        assert "window.pwned" not in hostile or "window.pwned" in read.text, "it is seen as text"


MARKUP = (
    *("a_b", "_a_", "__a__", "a__b", "é_a_é", "**a**", "\\*a*", "*", "~~a~~", "`a`", "&lt;", ":a:"),
    *("- a", "+ a", "* a", "1. a", "12) a", "# a", "> a", "===", "---", "***", "- [ ] a"),
    *("a | b", "a\\|b", "|---|", "a\\", "\\", "\\\\"),
    *("[a](b)", "![a](b)", "[a]", "[a][b]", "[a]: b", "[a]:b", "[[a]](b)", "[^1]", f"<{EVIL}>", "list[int]"),
    *("$a$", "\\(a\\)", "$$a$$", "\\[a\\]", "\\\\[a\\\\]", "\\begin{a}b\\end{a}"),
)


@pytest.mark.parametrize("text", MARKUP)
def test_a_text_is_shown_as_it_is(text: str) -> None:
    """What could be markup is seen as it was written: in a list, in a table, alone, and as a name."""
    for value in (text, [text], {"a": text}, [{"a": text}], {text: "a"}, [{text: "a"}], {"a": f"x\n{text}"}):
        html = to_html(readable(json.dumps(value), is_whole=True))
        assert text in re.sub(r"\n", "", _Reader(html).text), value
        assert _Reader(html).found <= OURS


def test_long_values_are_cut_with_a_word() -> None:
    """A long text, a long table, a wide one and a deep list end early, and it is said."""
    assert "*(… 9,000 characters in all)*" in readable(json.dumps({"a": "x " * 4_500}), is_whole=True)
    rows = readable(json.dumps([{"n": n} for n in range(1_000)]), is_whole=True)
    assert rows.count("\n| ") == MOST_ROWS
    assert rows.endswith("\n\n*… and 800 more rows*")
    assert "*… and 70 more columns*" in readable(json.dumps([{f"c{n}": n for n in range(100)}]), is_whole=True)
    assert readable(json.dumps({f"k{n}": n for n in range(5_000)}), is_whole=True).endswith(
        "*… and more, which is not shown here*"
    )
    assert len(readable(json.dumps({"k" * 5_000: [{"k" * 5_000: "v" * 5_000}] * 3}), is_whole=True)) < 1_000
    deep = readable("[" * 500 + '{"a": 1}' + "]" * 500, is_whole=True)
    assert len(deep) < 1_000
    assert "1 item" in deep


def test_numbers_of_any_size() -> None:
    """Numbers are as JSON has them; an answer with one that it has not is no JSON, and stands there as it came."""
    assert readable('{"b": 12.50, "c": 123456789012345678901}', is_whole=True) == (
        "- **b:** 12.5\n- **c:** 123456789012345678901"
    )
    assert readable('{"a": 1e400}', is_whole=True) == '```\n{"a": 1e400}\n```'


def test_many_long_texts_end_with_a_word() -> None:
    """Hundreds of texts of thousands of brackets are cut before they would take seconds to be rendered."""
    shown = readable(json.dumps(["[a](" * 1_000] * 600), is_whole=True)
    assert shown.endswith("*… and more, which is not shown here*")
    assert len(shown) < 2 * MOST_SHOWN


def test_a_long_answer_is_redrawn_quickly() -> None:
    """200 kB of rows are made readable in some hundredths of a second."""
    text = json.dumps({"result": [{"name": f"N{n}", "note": "hello world " * 4, "n": n} for n in range(2_400)]})
    assert len(text) > 200_000
    readable(text[:-1], is_whole=False)
    start = time.perf_counter()
    readable(text[:-1], is_whole=False)
    assert time.perf_counter() - start < 0.1
