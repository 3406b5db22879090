"""The Markdown file: what stands in it, and that nothing in it breaks out of its place."""

from __future__ import annotations

import re

from markdown_it.token import Token

from kimi_magic.conversation import conversation_of
from kimi_magic.export.formats import exported
from tests.export.samples import JSON, STOPPED, everything, hostile
from tests.export.test_inert import MARKDOWN_IT, harm
from tests.render.hostile import HOSTILE


def test_a_turn_reads_from_top_to_bottom() -> None:
    """Number, prompt, what was sent, the answer and its figures stand under each other; thinking is left out."""
    text = exported(everything(), ".md").decode()
    assert text.startswith("# Kimi: sales\n\n7 questions, asked on 2026-09-2")
    assert (
        "## Question 1\n\n> Look\n\nSent along: fig (figure, 1 × 1), far (image, 11 B)\n\n"
        "Not shown: the picture, of a kind that this file cannot carry\n\n"
        "Not shown: far, which lies on the service as ms://file-1\n\n"
        "Not shown: the video, of a kind that this file cannot carry\n\n"
        "A dot.\n\n*kimi-k2.6 · 3.2 s · 1,200 tokens in (640 cached), 85 out · \\$0.0001*\n\n## Question 2" in text
    )
    assert "Hm, a picture." not in text


def test_calls_and_results_are_shown() -> None:
    """A call of a tool and what it returned stand between the question and the answer."""
    text = exported(everything(), ".md").decode()
    assert (
        'Kimi called:\n\n```python\nweather(city="Oslo")\n```\n\nIt returned:\n\n```text\n-3 °C\n```\n\nThree below.'
    ) in text


def test_a_json_answer_is_fenced() -> None:
    """What is data to its reader is data in the file, whatever marks are in it."""
    text = exported(conversation_of([JSON]), ".md").decode()
    assert '```json\n[{"name": "Ada"}]\n```' in text


def test_a_turn_that_was_stopped_after_a_call_shows_it() -> None:
    """Call, result and mark are there, though there is no answer."""
    text = exported(conversation_of([STOPPED]), ".md").decode()
    assert (
        "Kimi called:\n\n```python\nrun_python(code=↓)\n```\n\ncode:\n\n```python\nx = 1\nx\n```\n\n"
        "It returned:\n\n```text\n21 °C\n```\n\nNot shown: the picture that run_python returned" in text
    )
    assert "**Interrupted: the answer stops here.**" in text


def test_a_cut_answer_ends_where_it_ends() -> None:
    """A fence that was open when the answer was interrupted is closed, and the mark stands under it."""
    text = exported(everything(), ".md").decode()
    assert "```python\nprint('half\n```\n\n**Interrupted: the answer stops here.**\n\n*kimi-k2.6" in text
    assert text.count("\n## Question ") == len(_headings(text)) == 7


def test_prompts_of_many_lines_are_fenced() -> None:
    """The breaks of a prompt stay, and one line of prose is a quotation."""
    text = exported(everything(), ".md").decode()
    assert "```text\n为什么\n第二行\n```" in text
    assert "> How warm is it?\n" in text


def test_nothing_breaks_out_of_its_place() -> None:
    """With hostile texts in all places no question's heading is lost, and none is made of what somebody wrote."""
    text = exported(hostile(), ".md").decode()
    assert len(_headings(text)) == len(HOSTILE)


def test_careless_readers_find_nothing_that_runs_or_loads() -> None:
    """The file with all hostile texts is harmless to readers that pass raw HTML on."""
    assert harm(exported(hostile(), ".md").decode()) == []


def test_a_name_is_a_name() -> None:
    """A conversation's name marks up nothing and stays on its line."""
    turns = everything().turns
    text = exported(conversation_of(turns, "a\n\n# <b>*x*"), ".md").decode()
    assert text.startswith("# Kimi: a \\# &lt;b>\\*x\\*\n\n")


def _headings(text: str) -> list[Token]:
    tokens = MARKDOWN_IT.parse(text)
    return [token for token in tokens if token.type == "inline" and re.fullmatch(r"Question \d+", token.content)]
