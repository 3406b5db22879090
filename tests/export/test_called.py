"""Calls in an exported file: each beside its own result, in every form, and nothing of either is more than text."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from kimi_magic.calls import Called, Round
from kimi_magic.content.values import wrapped
from kimi_magic.conversation import Turn, conversation_of
from kimi_magic.export.called import call_markdown, result_of, returned, steps_of
from kimi_magic.export.formats import exported
from kimi_magic.messages import Image, Message, Text, ToolCall
from tests.export.reader import Reader
from tests.export.samples import JSON, PICTURE, SVG, asked
from tests.export.test_inert import MARKDOWN_IT, harm
from tests.render.hostile import HOSTILE
from tests.render.turns import CALLING, CODE, DOT, WEATHER, with_rounds

REMOVE = ToolCall("remove:2", "remove", '{"path": "a.csv"}')
LATE = ToolCall("late:3", "late", "{}")
ASKING = replace(CALLING[0], tool_calls=(WEATHER, CODE, REMOVE, LATE))
FRAME = wrapped("sales", "frame", "a  b\n1  2").text
WORKING = with_rounds(
    ASKING,
    Message("tool", "Denied: the user said no.", tool_call_id=REMOVE.id),
    Message("tool", (Text(FRAME), Image(DOT), SVG), tool_call_id=WEATHER.id),
    CALLING[2],
)
"""A round whose results came in another order: one is a frame with pictures, one failed, one was denied, one never came."""
LINES = ['weather(city="Ulm", days=3)', "a  b\n1  2", "run_python(code=↓)", "total += one", "NameError"]
LINES += ['remove(path="a.csv")', "the user said no", "late()"]


def text_of(turn: Turn, suffix: str) -> str:
    """Return the file of ``turn`` alone."""
    return exported(conversation_of([turn]), suffix).decode()


@pytest.mark.parametrize("suffix", [".md", ".html"])
def test_each_call_has_its_result_under_it(suffix: str) -> None:
    """Words come first, then each call as Python writes it with its own result, whatever order the results came in."""
    text = text_of(WORKING, suffix)
    told = Reader(text).text if suffix == ".html" else text
    places = [told.index(one) for one in ["Let me", *LINES, "warm"]]
    assert places == sorted(places)
    assert "The tool said" not in told
    assert "<attachment" not in told


def test_markdown_says_how_each_call_ended() -> None:
    """A result is named after what came of its call, and a call without one says so."""
    text = text_of(WORKING, ".md")
    assert 'Kimi called:\n\n```python\nweather(city="Ulm", days=3)\n```\n\nIt returned:\n\n```text\na  b\n1  2\n```' in text
    assert "It failed:\n\n```text\nError: NameError" in text
    assert 'remove(path="a.csv")\n```\n\nIt was denied:\n\n```text\nDenied: the user said no.\n```' in text
    assert "late()\n```\n\nNo result came.\n\nIt is **warm**." in text


def test_html_folds_a_result_under_its_call() -> None:
    """The summary is the call with its state; a call without a result is no fold."""
    text = text_of(WORKING, ".html")
    assert '<summary><code>weather(city=&quot;Ulm&quot;, days=3)</code></summary><pre dir="auto">a  b\n1  2</pre>' in text
    assert '<div class="call failed"><details><summary><code>run_python(code=↓)</code> <b>failed</b></summary>' in text
    assert "<code>remove(path=&quot;a.csv&quot;)</code> <b>denied</b></summary>" in text
    assert '<div class="call running"><p><code>late()</code> <b>no result</b></p></div>' in text


def test_a_picture_that_a_call_returned_is_never_silent() -> None:
    """HTML shows it under its call, a notebook with the question, and Markdown says that it is not shown."""
    page, notebook, markdown = (text_of(WORKING, suffix) for suffix in (".html", ".ipynb", ".md"))
    absence = "Not shown: the picture that weather returned, of a kind that this file cannot carry"
    assert (
        page.index("days=3") < page.index(f'<img src="{DOT}" alt="the picture that weather returned"') < page.index("code=↓")
    )
    assert "![the picture that weather returned](attachment:picture-1.png)" in notebook
    assert "Shown with the question: the picture that weather returned" in notebook
    assert "Not shown: the picture that weather returned, for a Markdown file carries no pictures" in markdown
    assert [text.count(absence) for text in (page, notebook, markdown)] == [1, 1, 1]


def test_only_an_attachments_own_lines_are_taken_away() -> None:
    """Of several attachments and words around them all else stays; text that has no opening line stays whole."""
    framed = [f"One:\n{FRAME}\n{FRAME}\nTwo", FRAME[: FRAME.index("\n</")], "<a>\n</attachment>\n</a>", "1 < 2"]
    told = [result_of(Called(WEATHER, "done", text)) for text in framed]
    assert told == ["One:\na  b\n1  2\na  b\n1  2\nTwo", "a  b\n1  2", "<a>\n</attachment>\n</a>", "1 < 2"]


def test_results_of_no_call_are_told() -> None:
    """A result that belongs to no call of its round, as an imported conversation can have it, stands by itself."""
    stray = Message("tool", (Text("stray"), PICTURE), tool_call_id="x")
    turn = with_rounds(ASKING, CALLING[1], stray, CALLING[2])
    assert [type(step) for step in steps_of(turn.replies)] == [Round, Message, Message]
    assert "The tool said:\n\n```text\nstray\n```\n\nNot shown: the picture, for" in text_of(turn, ".md")
    assert "<summary>The tool said</summary>" in text_of(turn, ".html")


@pytest.mark.parametrize("text", ["I cannot tell.", '[{"name": "Ad', "[" * 100_000], ids=["words", "cut", "deep"])
def test_an_answer_that_is_no_json_is_not_called_json(text: str) -> None:
    """What was to be JSON and is not is fenced without a language; JSON has its own."""
    turn = replace(asked(1, "Who?", text), is_json=True)
    assert f"\n\n```\n{text}\n```\n" in text_of(turn, ".md")
    assert "language-json" not in text_of(turn, ".html")
    assert "```json\n[" in text_of(JSON, ".md")
    assert "language-json" in text_of(JSON, ".html")


@pytest.mark.parametrize("text", [text for _, text in HOSTILE], ids=[name for name, _ in HOSTILE])
def test_no_call_breaks_out_of_its_place(text: str) -> None:
    """Hostile names, arguments, results and frames are text, and what stands below a call stays a heading."""
    calls = [ToolCall("1", text, text), ToolCall("2", "go", json.dumps({text: text, "code": f"{text}\n"}))]
    for call in calls:
        called = Called(call, "failed", f'<attachment name="{text}" kind="value">\n{text}\n</attachment>', (text, DOT))
        written = f"{call_markdown(called)}\n\n## Below"
        assert harm(written) == []
        assert MARKDOWN_IT.render(written).rstrip().endswith("<h2>Below</h2>")
        assert [medium.picture is None for medium in returned(called)] == [True, False]
