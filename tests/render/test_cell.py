"""An answer grows in one display of a real IPython shell."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest
from IPython.utils.capture import capture_output

from kimi_magic.calls import Called
from kimi_magic.conversation import Turn
from kimi_magic.draft import Draft
from kimi_magic.messages import Event, Message, ReasoningPiece, Retrying, Started, TextPiece, ToolCall, ToolCallPiece
from kimi_magic.render.cell import CellView, EndView, show_report
from kimi_magic.render.pace import PER_SECOND
from kimi_magic.render.view import View
from tests.render.turns import ASKED, CALLING, CODE, WEATHER, answered, attachment, with_rounds
from tests.shells import running_shell


@pytest.fixture(autouse=True)
def shell() -> Iterator[None]:
    with running_shell():
        yield


class _Clock:
    """A clock that goes when it is told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def published(work: Callable[[], None]) -> list[Any]:
    """Return what ``work`` sent to the front end, in order."""
    with capture_output() as captured:
        work()
    return list(captured.outputs)


def shown(view: View, turn: Turn, *notes: str) -> None:
    """Let ``view`` show ``turn`` from begin to end, with its answer arriving in one piece."""
    draft = Draft()
    draft.apply([TextPiece(turn.answer.text)] if turn.answer.text else [])
    view.begin(ASKED, "main")
    view.update(draft)
    view.finish(turn, notes)


def stream(*steps: Sequence[Event], seconds: float = 0.2) -> list[Any]:
    """Return what a view sends while ``steps`` arrive, each after ``seconds``, and then ends with what came."""
    clock, draft = _Clock(), Draft()
    view = CellView(clock)

    def work() -> None:
        view.begin(ASKED, "main")
        for events in steps:
            clock.now += seconds
            draft.apply(events)
            view.update(draft)
        view.finish(answered(draft.text, reasoning=draft.reasoning or None))

    return published(work)


def test_one_display_is_made_and_then_updated() -> None:
    """All updates carry the id of the first display."""
    sent = stream([TextPiece("One")], [TextPiece(" two")], [TextPiece(" three")])
    assert [one.update for one in sent] == [False, True, True, True, True]
    assert len({one.transient["display_id"] for one in sent}) == 1


def test_something_is_shown_before_anything_arrives() -> None:
    """The first display names the model that is waited for, and has no text."""
    first = stream()[0]
    assert "Waiting for kimi-k2.6…" in first.data["text/html"]
    assert first.data["text/plain"] == ""


def test_the_plain_twin_is_the_answer_and_nothing_else() -> None:
    """The text of each update is the raw text so far."""
    sent = stream([ReasoningPiece("Hm.")], [TextPiece("**One")], [TextPiece("**")])
    assert [one.data["text/plain"] for one in sent] == ["", "", "**One", "**One**", "**One**"]
    assert "<strong>One</strong>" in sent[-1].data["text/html"]


def test_metadata_stays_the_same_until_the_end() -> None:
    """While it streams the metadata does not change; the last update has the whole of it."""
    sent = stream([TextPiece("One")], [TextPiece(" two")])
    assert all(one.metadata == sent[0].metadata for one in sent[:-1])
    assert sent[0].metadata["kimi_magic"]["turn"] == "t1"
    assert sent[-1].metadata["kimi_magic"]["usage"]["completion_tokens"] == 85


def test_thinking_is_open_and_short_while_it_runs_and_folded_and_whole_at_the_end() -> None:
    """A reader follows the end of the thinking; afterwards all of it can be unfolded."""
    thinking = "".join(f"Step {i}. " for i in range(1_000))
    sent = stream([ReasoningPiece(thinking)], [ReasoningPiece("Done.")], [TextPiece("Yes.")], seconds=1.5)
    running, last = sent[2].data["text/html"], sent[-1].data["text/html"]
    assert " open>" in running
    assert "Thinking…" in running
    assert "Step 1. " not in running
    assert "Done." in running
    assert len(running) < 2_000
    assert " open>" not in last
    assert "Thought for 3 s" in last
    assert "Step 1. " in last


def test_a_retry_is_told() -> None:
    """While the service is overloaded the user sees why nothing comes, and when the next try is."""
    retrying = Retrying("The service is overloaded", 3.0, 2, 5)
    sent = stream([retrying], [Started("c1", "kimi-k2.6"), TextPiece("Yes.")])
    assert "The service is overloaded; try 2 of 5 in 3 s" in sent[1].data["text/html"]
    assert "overloaded" not in sent[-1].data["text/html"]


def test_a_clock_runs_while_nothing_arrives() -> None:
    """A second of waiting is one redraw, not eight."""
    sent = stream(*([[]] * 16), seconds=0.125)
    assert len(sent) == 4
    assert "Waiting for kimi-k2.6… · 1 s" in sent[1].data["text/html"]


def test_nothing_new_is_not_sent() -> None:
    """A stream that pauses costs nothing."""
    sent = stream([TextPiece("One")], *([[]] * 50))
    assert len(sent) == 3


@pytest.mark.parametrize("pieces", [2_000, 20_000])
def test_a_long_answer_costs_less_than_twelve_times_itself(pieces: int) -> None:
    """The bytes of all updates stay a small multiple of the last one's, also after long thinking."""
    thinking: list[Sequence[Event]] = [[ReasoningPiece("hmm, ")]] * (pieces // 4)
    sent = stream(*thinking, *([[TextPiece("word ")], [TextPiece("*x*\n\n")]] * (pieces // 2)), seconds=0.0005)
    sizes = [sum(len(text.encode()) for text in one.data.values()) for one in sent]
    assert sum(sizes) <= 12 * sizes[-1]
    assert len(sizes) > 5


def test_what_others_wrote_is_escaped() -> None:
    """Names of attachments and models, notes and thinking are text, whatever they hold."""
    turn = replace(
        answered("Yes", reasoning="<img src=x onerror=window.pwned=1>"),
        attachments=(attachment("<script>", 2_500),),
        model="<b>k</b>",
    )

    html = published(lambda: shown(EndView(), turn, "<i>note</i>"))[0].data["text/html"]
    assert not any(tag in html for tag in ("<img", "<script", "<b>", "<i>"))
    assert "Sent along: &lt;script&gt; (text, 2.5 kB)" in html


@pytest.mark.parametrize(
    ("state", "mark"), [("interrupted", "Interrupted: the answer"), ("incomplete", "Incomplete: the answer")]
)
def test_an_answer_without_its_end_is_marked(state: Any, mark: str) -> None:
    """A reader sees that an answer is not complete."""
    turn = answered("Yes", state=state, reason="")
    view = CellView()
    sent = published(lambda: shown(view, turn))
    assert mark in sent[-1].data["text/html"]
    assert sent[-1].data["text/plain"] == "Yes"


def test_a_failed_turn_says_that_there_is_no_answer() -> None:
    """The display does not go on waiting, and its text is empty."""
    view = CellView()
    sent = published(lambda: shown(view, replace(ASKED, state="failed")))
    assert "No answer." in sent[-1].data["text/html"]
    assert sent[-1].data["text/plain"] == ""


def test_the_end_view_leaves_what_the_cell_view_leaves() -> None:
    """Without a watcher there is one display, with the same bundle and metadata."""
    turn = answered("**Yes**")
    end, cell = EndView(), CellView()
    once = published(lambda: shown(end, turn))
    grown = published(lambda: shown(cell, turn))
    assert len(once) == 1
    assert once[0].data == grown[-1].data
    assert once[0].metadata == grown[-1].metadata


def calling(*states: Sequence[Called], after: Sequence[Event] = (TextPiece("It is **warm**."),)) -> list[Any]:
    """Return what a view sends of a round whose calls stand like this, one after the other, and of the answer after it."""
    clock, draft = _Clock(), Draft()
    view = CellView(clock)

    def work() -> None:
        view.begin(ASKED, "main")
        draft.apply([ReasoningPiece("Hm."), TextPiece("Let me *look*."), ToolCallPiece(0, WEATHER.id, WEATHER.name)])
        clock.now += 0.2
        view.update(draft)
        for called in states:
            draft.called = tuple(called)
            view.show(draft)
        last = Draft(before=CALLING)
        for events in ([], [], after):
            clock.now += 1.0
            last.apply(events)
            view.update(last)
        view.finish(with_rounds())

    return published(work)


def test_calls_are_shown_at_once_as_they_change() -> None:
    """Each change of a call's state is sent, however fast it comes; the next reply is awaited and written under them."""
    ended = Called(WEATHER, "done", "21 °C", seconds=0.31)
    sent = calling([Called(WEATHER), Called(CODE)], [ended, Called(CODE, "running")])
    html = [one.data["text/html"] for one in sent]
    assert "writes a call of weather…" in html[1]
    assert "waiting for your answer" in html[2]
    assert html[2].count("Let me") == html[2].count("Hm.") == 1
    assert "0.3 s" in html[3]
    assert "Waiting for kimi-k2.6… · 1 s" in html[5]
    assert "weather(" in html[5]
    assert html[-2].index("weather(") < html[-2].index("<strong>warm")
    assert "0.3 s" in html[-1]
    assert "2 calls · 3.2 s" in html[-1]
    assert [one.data["text/plain"] for one in sent[-2:]] == ["It is **warm**."] * 2


def test_a_turn_that_was_stopped_between_its_rounds_shows_them() -> None:
    """The calls stay with the mark, though there is no answer; so do those of a turn that failed after them."""
    stopped, failed = (
        replace(with_rounds(), said=with_rounds().said[:-1], state=state) for state in ("interrupted", "failed")
    )
    first, second = (published(lambda turn=turn: shown(EndView(), turn))[0].data for turn in (stopped, failed))  # type: ignore[misc]  # mypy cannot infer it
    assert "total" in first["text/html"]
    assert "Interrupted: the answer stops here." in first["text/html"]
    assert first["text/plain"] == ""
    assert "total" in second["text/html"]
    assert "No answer." in second["text/html"]


def test_rounds_cost_no_more_than_an_answer_of_their_size() -> None:
    """Ten rounds with long results are sent in a small multiple of what stays, and of what 20 seconds allow besides."""
    before = tuple(
        message
        for number in range(10)
        for message in (
            Message("assistant", "", tool_calls=(ToolCall(f"c{number}", "look", '{"at": "x"}'),)),
            Message("tool", "r" * 2_000, tool_call_id=f"c{number}"),
        )
    )
    clock, draft = _Clock(), Draft(before=before)
    view = CellView(clock)

    def work() -> None:
        view.begin(ASKED, "main")
        for _ in range(1_000):
            clock.now += 0.02
            draft.apply([TextPiece("word ")])
            view.update(draft)
        view.finish(with_rounds(*before, text=draft.text))

    sizes = [sum(len(text.encode()) for text in one.data.values()) for one in published(work)]
    assert sum(sizes) <= 12 * sizes[-1] + 20 * PER_SECOND
    assert len(sizes) > 15


def test_json_is_shown_as_a_table_while_it_grows() -> None:
    """What of a JSON answer has arrived is a table; the plain text is the answer as it came."""
    clock, draft = _Clock(), Draft(is_json=True)
    view = CellView(clock)

    def work() -> None:
        view.begin(ASKED, "main")
        for piece in ('[{"name": "Ada", "age": 36}', ', {"name": "<b>Al', '</b>", "age": 7}]'):
            clock.now += 0.2
            draft.apply([TextPiece(piece)])
            view.update(draft)
        view.finish(replace(answered(draft.text), is_json=True))

    sent = published(work)
    html, text = ([one.data[kind] for one in sent] for kind in ("text/html", "text/plain"))
    assert [one.count("<tr>") for one in html] == [0, 2, 3, 3, 3]
    assert "&lt;b&gt;Al&lt;/b&gt;" in html[-1]
    assert text[-1] == '[{"name": "Ada", "age": 36}, {"name": "<b>Al</b>", "age": 7}]'


def test_long_json_costs_less_than_twelve_times_itself() -> None:
    """Though each redraw of it begins anew, the bytes stay a small multiple of the answer."""
    clock, draft = _Clock(), Draft(is_json=True)
    view = CellView(clock)
    text = json.dumps([{"name": f"n{number}", "value": number} for number in range(2_000)])

    def work() -> None:
        view.begin(ASKED, "main")
        for start in range(0, len(text), 400):
            clock.now += 0.1
            draft.apply([TextPiece(text[start : start + 200])])
            view.update(draft)
        view.finish(replace(answered(text), is_json=True))

    sizes = [sum(len(text.encode()) for text in one.data.values()) for one in published(work)]
    assert len(sizes) > 10
    assert sum(sizes) <= 12 * sizes[-1]


def test_a_report_is_shown_as_ours_and_no_turn() -> None:
    """What a command says is HTML and text; its metadata tells that it is Kimi's, and of no turn."""
    sent = published(lambda: show_report("# Status\n\n$5"))
    assert "<h1>Status</h1>" in sent[0].data["text/html"]
    assert sent[0].data["text/plain"] == "# Status\n\n$5"
    assert sent[0].metadata == {"kimi_magic": {"version": 1}}
