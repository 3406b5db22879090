"""Turns in the panel: what is seen of them, what can be done with them, and how an answer grows."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from kimi_magic.render.blocks import Blocks, to_html
from tests.panel.fronts import CHIPS, CODE, EVERYTHING, LIVE, REPORTS, RICH
from tests.panel.harness import Front, turn


def test_a_turn_says_all_of_itself(front: Front) -> None:
    """A turn shows question, what was sent along, folded thinking, answer, marks, error and status."""
    front.put(turns=EVERYTHING, reports=REPORTS)
    first, failed = front.turn(1), front.turn(4)
    for words in ("Question 1?", "From a cell", "Only its size was sent.", "Thought for 3 s", "One.", "kimi-k3 · 3.2 s"):
        expect(first).to_contain_text(words)
    assert not first.locator("details").evaluate("e => e.open")
    expect(front.turn(2)).to_contain_text("Asked before a change above")
    expect(front.turn(3)).to_contain_text("Interrupted: the answer stops here.")
    expect(failed).to_contain_text("The service is overloaded.")
    expect(front.turn(5)).to_contain_text("Not in the notebook's file: not sent")
    expect(front.panel.get_by_role("region", name="What a command said").get_by_role("table")).to_be_visible()
    assert front.page.evaluate("typeset") == ["With $x^2$."]


def test_what_can_be_done_with_a_turn(front: Front) -> None:
    """Each button of a turn sends its message."""
    front.put(turns=EVERYTHING)
    second = front.turn(2)
    front.button("Earlier version", second).click()
    front.button("Ask again for another answer", second).click()
    front.button("Unpin", second).click()
    front.button("Retry", front.turn(4)).click()
    front.button("Bring back", front.turn(5)).click()
    assert front.sent() == [
        {"do": "branch", "id": "t2", "to": 1},
        {"do": "regenerate", "id": "t2"},
        {"do": "pin", "id": "t2", "on": False},
        {"do": "retry", "id": "t4"},
        {"do": "back", "id": "t5"},
    ]


def test_a_button_keeps_the_focus_when_its_turn_changes(front: Front) -> None:
    """After pinning by keyboard the focus is on the same button, drawn anew."""
    front.put(turns=[turn(1)])
    front.button("Pin: always send this turn").press("Enter")
    front.put(turns=[turn(1, pinned=True)])
    expect(front.button("Unpin")).to_be_focused()


def test_edit_save_and_delete_ask_within_the_turn(front: Front) -> None:
    """Editing asks on Enter and leaves on Escape; saving asks for a name that is one; deleting asks once more."""
    front.put(turns=[turn(1)])
    edit = "Edit the question and ask again"
    front.button(edit).click()
    area = front.panel.get_by_role("textbox", name="The question")
    expect(area).to_be_focused()
    front.page.keyboard.press("Escape")
    expect(front.button(edit)).to_be_focused()
    front.button(edit).click()
    area.fill("Better?")
    area.press("Enter")
    front.button("Save the answer to a variable").click()
    name = front.panel.get_by_role("textbox", name="Name of the variable")
    name.fill("1x")
    name.press("Enter")
    expect(name).to_be_visible()
    name.fill("größe")
    name.press("Enter")
    front.button("Delete this turn").click()
    assert front.sent("delete") == []
    front.button("Delete").click()
    assert front.sent() == [
        {"do": "edit", "id": "t1", "text": "Better?"},
        {"do": "save", "id": "t1", "name": "größe"},
        {"do": "delete", "id": "t1"},
    ]
    expect(front.input).to_be_focused()


def test_code_is_copied_and_inserted(front: Front) -> None:
    """A block of code is copied as it was written, and inserted as the cell below the panel's."""
    front.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    front.put(turns=EVERYTHING[:1])
    front.button("Copy this code").click()
    expect(front.panel).to_contain_text("Copied.")
    assert front.page.evaluate("navigator.clipboard.readText()") == CODE
    front.button("Insert this code into a cell below").click()
    assert front.page.evaluate("inserted") == [[5, CODE]]
    front.button("Copy the answer").click()
    front.page.wait_for_function("navigator.clipboard.readText().then(text => text === 'Answer 1.')")


@pytest.mark.parametrize(
    ("language", "is_inserted"), [("", 1), ("python", 1), ("Py", 1), ("diff", 0), ("bash", 0), ("pytb", 0)]
)
def test_only_python_is_inserted(front: Front, language: str, is_inserted: int) -> None:
    """A block in another language than Python is copied, and has no button that makes a cell of it."""
    front.put(turns=[turn(1, html=to_html(f"```{language}\nx = 1\n```"))])
    expect(front.button("Copy this code")).to_have_count(1)
    expect(front.button("Insert this code into a cell below")).to_have_count(is_inserted)


def test_a_command_stands_for_its_prompt(front: Front) -> None:
    """Where a command was typed, the words that it became are folded under it."""
    front.put(turns=[turn(1, command="/fix", prompt="A long prompt")])
    expect(front.panel.get_by_text("A long prompt")).to_be_hidden()
    front.panel.get_by_text("/fix", exact=True).click()
    expect(front.panel.get_by_text("A long prompt")).to_be_visible()


def test_a_report_stands_in_its_place(front: Front) -> None:
    """A report from before the first turn that is shown stands above it, not below the latest answer."""
    front.put(turns=[turn(1)], reports=[{"id": "r", "after": "", "kind": "report", "html": "<p>Said early</p>"}])
    words = front.panel.get_by_role("log").inner_text()
    assert words.index("Said early") < words.index("Question 1?")


def test_an_answer_grows_in_place(front: Front) -> None:
    """What is finished stays the same nodes while the answer grows, and when it ends; then it is read out once."""
    front.put(turns=[turn(1, state="asked", html="", text="", status="")], live=LIVE)
    expect(front.turn(1)).to_contain_text("Waiting for the answer…")
    front.put(live={**LIVE, "thinking": "Hm.", "phase": "thinking"})
    assert front.turn(1).locator("details").evaluate("e => e.open")
    blocks = Blocks()
    for end in (10, 40, 60, len(RICH)):
        front.put(live={**LIVE, "html": blocks.update(RICH[:end]), "thinking": "Hm.", "phase": "answering"})
        front.turn(1).locator("p").first.evaluate("e => { window.first ??= e }")
    assert not front.turn(1).locator("details").evaluate("e => e.open")
    said = front.panel.locator(".k-unseen")
    expect(said).to_be_empty()
    front.put(turns=[turn(1, html=to_html(RICH), text=RICH)], live=None)
    assert front.turn(1).locator("p").first.evaluate("e => window.first === e")
    expect(front.turn(1).locator(".k-body > *")).to_have_count(4)
    expect(said).to_contain_text("Kimi: One.")
    front.page.evaluate("said = document.querySelector('.k-unseen'); said.textContent = ''")
    front.put(turns=[turn(1, html=to_html(RICH), text=RICH, pinned=True)])
    expect(said).to_be_empty()


def test_stop(front: Front) -> None:
    """While an answer grows there is a stop button, and Escape stops as well."""
    expect(front.button("Stop")).to_be_hidden()
    front.put(turns=[turn(1, state="asked", html="", text="")], live=LIVE)
    front.button("Stop").click()
    front.input.press("Escape")
    assert front.sent() == [{"do": "stop"}, {"do": "stop"}]


def test_the_end_is_followed_until_the_reader_goes_up(front: Front) -> None:
    """The transcript stays at its end while it grows; after scrolling up it stays there, and a button leads back."""
    gap = "e => e.scrollHeight - e.scrollTop - e.clientHeight"
    log = front.panel.get_by_role("log")
    front.put(turns=[turn(number) for number in range(1, 21)])
    front.settle()
    assert log.evaluate(gap) < 3
    log.hover()
    front.page.mouse.wheel(0, -600)
    front.page.wait_for_timeout(200)
    before = log.evaluate("e => e.scrollTop")
    front.put(turns=[turn(number) for number in range(1, 22)])
    assert abs(log.evaluate("e => e.scrollTop") - before) < 3
    new, around = front.button("↓ New").bounding_box(), log.bounding_box()
    assert new
    assert around
    assert abs(new["x"] + new["width"] / 2 - around["x"] - around["width"] / 2) < 10
    front.button("↓ New").click()
    front.settle()
    assert log.evaluate(gap) < 3


def test_nothing_leads_to_an_end_that_is_seen(front: Front) -> None:
    """Once the whole conversation fits, for an edit has taken turns away, there is no button to its end."""
    front.put(turns=[turn(number) for number in range(1, 21)])
    front.settle()
    front.panel.get_by_role("log").hover()
    front.page.mouse.wheel(0, -9_000)
    front.page.wait_for_timeout(200)
    front.put(turns=[turn(number) for number in range(1, 22)])
    expect(front.button("↓ New")).to_be_visible()
    front.put(turns=[turn(1, prompt="Otherwise?")])
    expect(front.button("↓ New")).to_be_hidden()


def test_two_hundred_turns(front: Front) -> None:
    """Earlier turns are asked for at the top and come in above what is read; what is far away is not laid out."""
    turns = [turn(number, html=to_html(RICH)) for number in range(1, 201)]
    front.put(turns=turns[150:], earlier=150)
    log = front.panel.get_by_role("log")
    log.evaluate("e => { e.scrollTop = 300 }")
    front.settle()
    log.evaluate("e => { e.scrollTop = 40 }")
    front.page.wait_for_function("sent.length === 1")
    assert front.sent() == [{"do": "earlier"}]
    top = "e => e.getBoundingClientRect().top"
    before = front.turn(151).evaluate(top)
    front.put(turns=turns[100:], earlier=100)
    front.settle()
    assert abs(front.turn(151).evaluate(top) - before) < 30
    front.put(turns=turns, earlier=0)
    assert front.turn(100).evaluate("e => getComputedStyle(e).contentVisibility") == "auto"
    seconds = front.page.evaluate(
        "turns => { const start = performance.now(); kernel.put({turns}); return new Promise(done =>"
        " requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now() - start)))) }",
        turns,
    )
    assert seconds < 500


LISTEN = """() => { document.querySelector('.k-row textarea').addEventListener('input', event =>
    requestAnimationFrame(() => setTimeout(() => lags.push(performance.now() - event.timeStamp)))) }"""
GROW = """htmls => { let i = 0; window.grown = false; const step = () => {
    if (i === htmls.length) { window.grown = true; return; }
    kernel.put({live: {id: 't1', html: htmls[i++], thinking: '', thought: '', status: '', phase: 'answering'}});
    setTimeout(step, 100); }; step(); }"""


def test_typing_stays_quick_while_a_long_answer_grows(front: Front) -> None:
    """While an answer of 20,000 pieces grows ten times a second, a typed letter is on screen within 100 ms."""
    text = "".join(f"## Part {i}\n\n{RICH}\nSome **words** about `x` and more of them, in a row.\n\n" for i in range(400))
    front.put(turns=[turn(1, state="asked", html="", text="")], live=LIVE)
    blocks = Blocks()
    htmls = [blocks.update(text[: len(text) * part // 100]) for part in range(80, 101)]
    assert len(htmls[-1]) > 200_000
    front.page.evaluate(LISTEN)
    tries = (lag_while_growing(front, htmls) for _ in range(3))  # other programs can only make it longer
    assert any(lag < 100 for lag in tries)
    expect(front.turn(1).locator("h2")).to_have_count(400)


def lag_while_growing(front: Front, htmls: list[str]) -> float:
    """Type while the answer grows through ``htmls``; return the milliseconds within which 95 % of the letters appeared."""
    front.put(live={**LIVE, "html": htmls[0]})
    front.page.evaluate("lags = []")
    front.page.evaluate(GROW, htmls)
    front.input.focus()
    while not front.page.evaluate("window.grown"):
        front.page.keyboard.type("x")
    front.settle()
    lags: list[float] = front.page.evaluate("lags")
    assert len(lags) > 10
    return sorted(lags)[int(len(lags) * 0.95)]


def test_the_transcript_below_is_hidden_while_the_panel_lives(front: Front) -> None:
    """The transcript for readers without a kernel shows when no panel is left; nothing listens any more then."""
    transcript = front.page.locator(".kimi-transcript")
    expect(transcript).to_be_hidden()
    front.page.evaluate("close_view()")
    expect(transcript).to_be_visible()
    assert front.page.evaluate("kernel.listeners()") == 0


def test_turns_may_stand_in_traits_of_their_own(front: Front) -> None:
    """Where ``turns`` names traits, those hold the turns, and one that changes is drawn anew."""
    front.put(turns=["t1", "t0"], t0=turn(2), t1=turn(1), t2={})
    assert front.panel.locator(".k-body").all_inner_texts() == ["Answer 1.", "Answer 2."]
    front.put(t0=turn(2, html="<p>Better.</p>"))
    assert front.panel.locator(".k-body").all_inner_texts() == ["Answer 1.", "Better."]


def test_a_side_area_is_filled(front: Front) -> None:
    """Outside of a notebook's cells the panel is as high as the area in which it stands."""
    make = """() => { const side = document.createElement('div'); side.className = 'lm-DockPanel-widget';
        side.style.height = '700px'; document.body.append(side); kernel.open(side); }"""
    front.page.evaluate(make)
    front.settle()
    box = front.page.locator(".kimi-side .kimi-panel").bounding_box()
    assert box
    assert box["height"] == 676


def test_a_second_view_shows_the_same(front: Front) -> None:
    """A view that is opened late shows all that the first one shows."""
    front.put(turns=EVERYTHING, reports=REPORTS, chips=CHIPS, queue=[{"id": "q", "text": "Later"}])
    front.page.evaluate("void kernel.open(document.querySelector('main'))")
    front.settle()
    words = "all => all.map(e => [...e.children].filter(one => !one.matches('.k-unseen')).map(one => one.innerText))"
    shown = front.page.locator(".kimi-panel").evaluate_all(words)
    assert len(shown) == 2
    assert shown[0] == shown[1]
