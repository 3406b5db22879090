"""An answer grows in one display of a real IPython shell."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest
from IPython.utils.capture import capture_output

from kimi_magic.conversation import Turn
from kimi_magic.draft import Draft
from kimi_magic.messages import Event, ReasoningPiece, Retrying, Started, TextPiece
from kimi_magic.render.cell import CellView, EndView, show_report
from kimi_magic.render.view import View
from tests.render.turns import ASKED, answered, attachment
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
    ("state", "mark"), [("interrupted", "Interrupted: the answer"), ("incomplete", "Incomplete: the stream")]
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


def test_a_report_is_shown_as_ours_and_no_turn() -> None:
    """What a command says is HTML and text; its metadata tells that it is Kimi's, and of no turn."""
    sent = published(lambda: show_report("# Status\n\n$5"))
    assert "<h1>Status</h1>" in sent[0].data["text/html"]
    assert sent[0].data["text/plain"] == "# Status\n\n$5"
    assert sent[0].metadata == {"kimi_magic": {"version": 1}}
