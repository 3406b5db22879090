"""The panel's front end: what Kimi calls, and the user's consent to it."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from playwright.sync_api import expect

from kimi_magic.calls import Called, Round
from kimi_magic.render.rounds import GrowingRounds, call_html, rounds_html
from tests.panel.fronts import CONSENT, LIVE, MISFIT
from tests.panel.harness import Front, turn
from tests.render.turns import CODE, DOT, SOURCE, WEATHER, with_rounds

ASKING = turn(1, state="asked", html="", text="")


def calls(*called: Called) -> str:
    """Return the trait ``calls`` while these go on."""
    return GrowingRounds().html([Round("Let me look.", "", called)])


def live(front: Front) -> None:
    """Wait until the buttons of the call that waits can be used."""
    expect(front.panel.locator(".k-consent > .k-form[inert]")).to_have_count(0)


def test_a_double_click_decides_one_call(front: Front) -> None:
    """The second click does not hit the next call, which comes to the same place: its buttons rest at first."""
    front.put(consent=CONSENT)
    live(front)
    yes = front.button("Yes").bounding_box()
    assert yes is not None
    middle = (yes["x"] + yes["width"] / 2, yes["y"] + yes["height"] / 2)
    front.page.mouse.click(*middle)
    front.put(consent={**CONSENT, "id": "next"})
    for _ in range(3):
        front.page.mouse.click(*middle)
        front.page.keyboard.press("Enter")
        front.page.wait_for_timeout(100)
    assert [one["id"] for one in front.sent("decide")] == ["secret"]
    front.button("Yes").click()
    assert [one["id"] for one in front.sent("decide")] == ["secret", "next"]


@pytest.mark.parametrize(
    ("called", "colour"),
    [
        (Called(CODE), "--jp-warn-color1"),
        (Called(CODE, "failed", "No."), "--jp-error-color1"),
        (Called(CODE, "done", "1"), ""),
    ],
)
def test_the_edge_of_a_call_tells_its_state(front: Front, called: Called, colour: str) -> None:
    """A call that waits or has failed has the edge that it has in a cell."""
    front.put(turns=[ASKING], live={**LIVE, "phase": "answering"}, calls=calls(called))
    found = "e => [getComputedStyle(e).borderLeftWidth, e.getAttribute('style')]"
    width, style = front.panel.locator(".k-calls .kimi-call").evaluate(found)
    assert (width, colour in style) == ("3px", True)
    assert ("warn" in style or "error" in style) == bool(colour)


def test_a_turn_shows_its_calls_with_their_results(front: Front) -> None:
    """Calls stand between question and answer: arguments, code as it is, folded results, a picture that was returned."""
    front.put(turns=[turn(1, calls=rounds_html(with_rounds().rounds))])
    article = front.turn(1)
    expect(article).to_contain_text('weather(city="Ulm", days=3)')
    expect(article.locator("pre", has_text="total += one")).to_have_text(SOURCE)
    expect(article.locator("img")).to_have_attribute("src", DOT)
    result = article.locator("details", has_text="Result: 21 °C")
    expect(result.locator("pre")).to_be_hidden()
    result.locator("summary").click()
    expect(result.locator("pre")).to_have_text("21 °C")
    words = article.inner_text()
    assert words.index("Question 1?") < words.index("weather(") < words.index("Answer 1.")


def test_calls_that_go_on_are_drawn_as_they_change(front: Front) -> None:
    """Each change of a call's state is seen, though nothing of the answer arrives meanwhile."""
    front.put(turns=[ASKING], live={**LIVE, "phase": "answering"}, calls=calls(Called(WEATHER), Called(CODE)))
    expect(front.turn(1)).to_contain_text("waiting for your answer")
    front.put(calls=calls(Called(WEATHER, "done", "21 °C", seconds=0.31), Called(CODE, "running")))
    expect(front.turn(1)).to_contain_text("0.3 s")
    expect(front.turn(1)).to_contain_text("running…")


@pytest.mark.parametrize(("button", "decision"), [("Yes", "yes"), ("No", "no"), ("Always", "always")])
def test_a_call_is_decided_with_a_button(front: Front, button: str, decision: str) -> None:
    """The whole call stands over the buttons, which send the decision with the id of exactly this call."""
    front.put(consent=CONSENT)
    expect(front.panel.locator("pre")).to_have_text(SOURCE)
    live(front)
    front.button(button).press("Enter")
    assert front.sent() == [{"do": "decide", "id": "secret", "decision": decision, "text": ""}]
    expect(front.input).to_be_focused()
    front.put(consent=None)
    expect(front.button("Yes")).to_be_hidden()


def test_a_call_is_edited(front: Front) -> None:
    """Edit opens the code as it is; what it has become is sent as the decision."""
    front.put(consent=CONSENT)
    front.button("Edit…").click()
    area = front.panel.get_by_role("textbox", name="Edit code")
    expect(area).to_have_value(SOURCE)
    expect(area).to_be_focused()
    area.fill("1 + 1")
    expect(front.panel.locator(".k-consent").get_by_role("button")).to_have_text(["Run this", "Cancel"])
    area.press("Control+Enter")
    assert front.sent() == [{"do": "decide", "id": "secret", "decision": "edit", "text": "1 + 1"}]
    expect(front.input).to_be_focused()


def test_an_edit_that_does_not_fit_is_edited_on(front: Front) -> None:
    """The editor is there again with what was typed, under the reason; a way back leads to the call's own buttons."""
    front.put(consent=CONSENT)
    front.button("Edit…").click()
    front.button("Run this").click()
    front.put(consent=MISFIT)
    area = front.panel.get_by_role("textbox", name="Edit code")
    expect(area).to_have_value("1 + 1 = 2")
    expect(area).to_be_focused()
    expect(front.panel.get_by_text("These do not fit: <b>no</b>.", exact=True)).to_be_visible()
    expect(front.panel.locator(".k-consent").get_by_role("button")).to_have_text(["Run this", "Cancel"])
    area.fill("1 + 1")
    live(front)
    area.press("Escape")
    expect(front.button("Edit…")).to_be_focused()
    expect(front.button("Yes")).to_be_visible()
    expect(area).to_have_count(0)
    front.button("Edit…").click()
    expect(area).to_have_value("1 + 1")
    front.button("Run this").click()
    assert front.sent()[-1] == {"do": "decide", "id": "again", "decision": "edit", "text": "1 + 1"}


def test_an_editor_that_comes_back_takes_no_focus_from_who_types(front: Front) -> None:
    """Who has gone on with a question meanwhile goes on typing it."""
    front.input.press_sequentially("half")
    front.put(consent=MISFIT)
    expect(front.panel.get_by_role("textbox", name="Edit code")).to_be_visible()
    front.input.press_sequentially(" a question")
    expect(front.input).to_have_value("half a question")


def test_a_call_that_is_always_asked_about_has_no_always(front: Front) -> None:
    """Where every call is asked about there is no button that promises otherwise."""
    front.put(consent={**CONSENT, "always": False})
    expect(front.button("Yes")).to_be_visible()
    expect(front.button("Always")).to_have_count(0)


def test_a_call_that_waits_takes_no_focus_and_is_read_out(front: Front) -> None:
    """Who types goes on typing, a screen reader says what is asked, and other changes leave the buttons alone."""
    front.input.press_sequentially("half a ques")
    front.put(consent=CONSENT)
    expect(front.input).to_be_focused()
    front.input.press_sequentially("tion")
    expect(front.input).to_have_value("half a question")
    said = front.panel.locator(".k-unseen").last
    expect(said).to_contain_text("May Kimi call run_python?")
    expect(said).to_contain_text("total += one")
    front.button("Edit…").click()
    front.put(turns=[ASKING], live=LIVE)
    expect(front.panel.get_by_role("textbox", name="Edit code")).to_be_focused()


def test_long_code_is_seen_to_its_end(front: Front) -> None:
    """Neither a long line nor many hide anything: lines wrap, the call scrolls, a line says how much is below."""
    source = "x = 1;" + " " * 300 + "remove_all()\n" + "y = 1\n" * 200 + SOURCE
    html = call_html(replace(CODE, arguments=json.dumps({"code": source})))
    front.put(consent={**CONSENT, "html": f'<div class="kimi-call">{html}</div>'})
    expect(front.panel.locator("pre")).to_have_text(source)
    expect(front.button("Yes")).to_be_in_viewport()
    assert front.panel.locator("pre").evaluate("e => e.scrollWidth - e.clientWidth") <= 0
    box = front.panel.get_by_role("group", name="The call")
    below = front.panel.get_by_text("lines below")
    assert 150 < int(below.inner_text().split()[-1]) < 250
    box.focus()
    front.page.keyboard.press("End")
    expect(below).to_be_hidden()
    expect(front.panel.locator("pre").get_by_text("print", exact=True)).to_be_in_viewport()
