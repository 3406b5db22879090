"""Turns as the panel shows them: what each state says, and that nothing in them runs or loads."""

from __future__ import annotations

import json
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise

import pytest

from kimi_magic.conversation import State, Turn
from kimi_magic.messages import Attachment, Message, Text, ToolCall
from kimi_magic.panel.reports import paragraph, refusal, told
from kimi_magic.panel.transcript import MOST_BYTES, PIECES, Bodies, Standing, body_of, pieces, shown, transcript
from kimi_magic.render.printable import printable
from kimi_magic.report import Report
from tests.render.hostile import HOSTILE
from tests.render.turns import ASKED, DOT, answered, attachment, with_rounds

LIVE = Standing(1, is_live=True)
ADDRESSES = {"src", "href", "srcset", "action", "formaction", "data", "poster", "background", "xlink:href", "srcdoc"}
FORBIDDEN = {"script", "img", "iframe", "object", "embed", "link", "style", "form", "button", "video", "audio", "svg"}


class Reader(HTMLParser):
    """Reads HTML as a browser would, and says what of it could run or load."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at a tag and its attributes."""
        if tag in FORBIDDEN | {"base", "meta", "template", "noscript", "math"}:
            self.found.append(tag)
        for name, value in attrs:
            if name.startswith("on") or (name == "style" and "url" in (value or "")):
                self.found.append(f"{tag} {name}")
            if name in ADDRESSES and (value or "").partition(":")[0].lower() not in {"http", "https", "mailto"}:
                self.found.append(f"{tag} {name}={value}")

    def handle_comment(self, data: str) -> None:
        """There is to be none."""
        self.found.append(f"comment {data}")

    def handle_decl(self, decl: str) -> None:
        """There is to be none."""
        self.found.append(f"declaration {decl}")


def everywhere(text: str) -> Turn:
    """Return a turn in which ``text`` stands wherever somebody else's words can stand."""
    turn = answered(text, reasoning=text)
    hostile = Attachment(text, "text", (Text(text),), note=text, thumbnail=text, warning=text)
    calls = (ToolCall("1", text, text), ToolCall("2", "go", json.dumps({text: text, "code": f"{text}\n"})))
    results = [Message("tool", text, tool_call_id=call.id) for call in calls]
    said = (Message("user", text), Message("assistant", text, reasoning=text, tool_calls=calls), *results, *turn.said[1:])
    return replace(turn, prompt=text, said=said, model=text, attachments=(hostile,), finish_reason=text)


def as_shown(turn: Turn, standing: Standing) -> dict[str, object]:
    return shown(turn, body_of(turn), standing)


@pytest.mark.parametrize(("name", "text"), HOSTILE, ids=[name for name, _ in HOSTILE])
def test_nothing_hostile_runs_or_loads(name: str, text: str) -> None:
    """Wherever it stands (answer, thinking, prompt, names, error), what is HTML in the panel runs and loads nothing."""
    turn = everywhere(text)
    made = as_shown(turn, Standing(1, error=text, notes=[text]))
    bundle = transcript([turn], {turn.id: body_of(turn)})
    html = [
        str(made["html"]),
        str(made["calls"]),
        bundle["text/html"],
        paragraph(text),
        refusal(text, text),
        told(Report(text, [text])),
    ]
    assert [Reader(one).found for one in html] == [[]] * len(html), name


@pytest.mark.parametrize(("name", "text"), HOSTILE, ids=[name for name, _ in HOSTILE])
def test_what_is_shown_can_be_sent(name: str, text: str) -> None:
    """All fields are JSON in UTF-8 without control characters, and a thumbnail is the data of a picture or nothing."""
    made = as_shown(everywhere(text), Standing(1, error=text, notes=[text]))
    json.dumps(made, ensure_ascii=False).encode()
    assert all(printable(value) == value for value in made.values() if isinstance(value, str)), name
    assert made["attachments"] == [
        {
            "name": printable(text),
            "kind": "text",
            "note": printable(text),
            "thumb": "",
            "warning": printable(text),
        }
    ]


@pytest.mark.parametrize(
    ("turn", "standing", "state", "says"),
    [
        (ASKED, LIVE, "asked", {"status": "", "error": "", "mark": ""}),
        (ASKED, Standing(1), "failed", {"error": "No answer came: the kernel ended while it was asked."}),
        (answered("Yes"), Standing(1), "complete", {"error": "", "mark": "", "text": "Yes"}),
        (answered("Ye", state="interrupted"), Standing(1), "interrupted", {"mark": "Interrupted: the answer stops here."}),
        (answered("Ye", state="incomplete"), Standing(1, error="Cut."), "incomplete", {"error": "Cut."}),
        (replace(ASKED, state="failed"), Standing(1, error="401."), "failed", {"error": "401."}),
        (replace(ASKED, state="failed"), Standing(1), "failed", {"error": "No answer came of this question."}),
        (answered("Yes", state="undone"), Standing(1), "undone", {"text": "Yes"}),
    ],
)
def test_each_state_says_what_it_is(turn: Turn, standing: Standing, state: State, says: dict[str, str]) -> None:
    """A reader sees how a turn stands: arriving, whole, stopped, cut, or failed and why."""
    made = as_shown(turn, standing)
    assert made["state"] == state
    assert {key: made[key] for key in says} == says


def test_thinking_says_how_long_it_took_where_that_is_known() -> None:
    """A measured time is told; of a turn from the store nobody knows it, and without thinking there is no word."""
    turn = answered("Yes", reasoning="Hm.")
    assert as_shown(turn, Standing(1, thought=3.0))["thought"] == "Thought for 3 s"
    assert as_shown(turn, Standing(1))["thought"] == "Thinking"
    assert as_shown(answered("Yes"), Standing(1))["thought"] == ""


@pytest.mark.parametrize(("name", "text"), HOSTILE, ids=[name for name, _ in HOSTILE])
def test_hostile_json_is_shown_and_not_obeyed(name: str, text: str) -> None:
    """Keys and values of a JSON answer mark up nothing, whole or cut, and what is no JSON stands there as code."""
    for answer in (json.dumps([{text: text}]), json.dumps({text: {"a": [text, {text: text}]}}), text):
        for turn in (answered(answer), answered(answer[:-4], state="interrupted")):
            html = body_of(replace(turn, is_json=True))["html"]
            assert Reader(html).found == [], name
            assert "<a " not in html
            assert "<img" not in html


def test_calls_stand_in_the_panel_and_in_the_transcript() -> None:
    """Both tell them; a picture that a call returned is in the panel alone, and what this kernel saw goes first."""
    turn = with_rounds()
    made, bundle = as_shown(turn, Standing(1)), transcript([turn], {turn.id: body_of(turn)})
    for html in (str(made["calls"]), bundle["text/html"]):
        assert "weather(city=&quot;Ulm&quot;, days=3)" in html
    assert DOT in str(made["calls"])
    assert DOT not in bundle["text/html"]
    assert '→ weather(city="Ulm", days=3)\n  21 °C' in bundle["text/plain"]
    assert as_shown(turn, Standing(1, calls="<p>seen</p>"))["calls"] == "<p>seen</p>"


def test_a_json_answer_is_a_table_and_keeps_its_text() -> None:
    """What is copied is the answer as it came; what is seen is a table."""
    made = body_of(replace(answered('[{"name": "Ada"}]'), is_json=True))
    assert "<td" in made["html"]
    assert made["text"] == '[{"name": "Ada"}]'


def test_code_can_be_taken_out() -> None:
    """The blocks of code stand beside the answer as they were written."""
    made = body_of(answered("So:\n\n```Python\nx = 1\n```\n"))
    assert made["code"] == [{"language": "python", "source": "x = 1\n"}]


def test_a_turn_is_rendered_once_for_each_state() -> None:
    """What was made is used again until the turn's state changes, or the turn is gone."""
    bodies = Bodies()
    first = bodies.of(answered("Yes"))
    assert bodies.of(answered("Yes")) is first
    assert bodies.of(answered("Yes", state="undone")) is not first
    bodies.keep({"another"})
    assert bodies.of(answered("Yes")) is not first


def test_the_transcript_tells_question_answer_and_what_went_along() -> None:
    """A notebook without a kernel shows what was said, as HTML and as text."""
    turn = replace(answered("It is **so**.", state="interrupted"), attachments=(attachment("sales"),))
    bundle = transcript([turn], {turn.id: body_of(turn)}, left_out=2)
    for words in ("<strong>so</strong>", "Sent along: sales", "Interrupted: the answer", "2 earlier turns are not shown"):
        assert words in bundle["text/html"]
    assert bundle["text/plain"].splitlines() == [
        "2 earlier turns are not shown here.",
        "",
        "> Hi",
        "It is **so**.",
        "Interrupted: the answer stops here.",
        "Sent along: sales (text, 10 B)",
    ]


def test_the_transcript_is_bounded() -> None:
    """Only as many of the last turns as fit into its bytes stand in it, and it says how many do not."""
    turns = [replace(answered("word " * 10_000), id=str(number)) for number in range(20)]
    bundle = transcript(turns, {turn.id: body_of(turn) for turn in turns})
    size = sum(len(text.encode()) for text in bundle.values())
    assert MOST_BYTES / 2 < size <= MOST_BYTES + 500
    assert "18 earlier turns are not shown here." in bundle["text/plain"]


def test_a_new_turn_sends_few_turns_anew() -> None:
    """The pieces are the end of the line without a gap, and adding turn by turn sends each only some times."""
    sent = 0
    for count in range(1, 300):
        now = pieces(count)
        assert len(now) == PIECES
        assert now[-1][1] == count
        assert all(before[1] == after[0] for before, after in pairwise(now))
        assert count <= 64 or count - now[0][0] >= 64
        sent += sum(
            stop - start for (start, stop), before in zip(now, pieces(count - 1), strict=True) if (start, stop) != before
        )
    assert sent / 299 < 9
