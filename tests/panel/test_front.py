"""The panel's front end: what a person sees and does, and what is sent to the kernel for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]  # it comes without types
from playwright.sync_api import Browser, Dialog, Page, Request, expect

from kimi_magic.render.blocks import Blocks, to_html
from tests.panel.harness import EMPTY, STATIC, Front, Pages, serving, turn
from tests.render.hostile import EVIL, HOSTILE

DOT = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
THUMB = f"data:image/png;base64,{DOT}"
CODE = 'x = 1\nprint("<x>")\n'
RICH = f"One.\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```python\n{CODE}```\n\nWith $x^2$.\n"
FRAME = {"name": "sales", "kind": "frame", "note": "3 × 2", "thumb": "", "warning": ""}
FIGURE = {"name": "fig", "kind": "figure", "note": "", "thumb": THUMB, "warning": "Only its size was sent."}
LIVE = {"id": "t1", "html": "", "thinking": "", "thought": "", "status": "", "phase": "waiting"}
EVERYTHING = [
    turn(1, html=to_html(RICH), thinking="Hm.", thought="Thought for 3 s", attachments=[FRAME, FIGURE], from_cell=True),
    turn(2, html=to_html("# Title\n\n- one\n\n> quoted"), branch=[2, 3], pinned=True, stale=True),
    turn(3, state="interrupted", mark="Interrupted: the answer stops here."),
    turn(4, html="", text="", state="failed", error="The service is overloaded."),
    turn(5, absent=True),
]
REPORTS = [{"id": "r1", "after": "t5", "kind": "report", "html": to_html("| a |\n|---|\n| 1 |")}]
BROKEN = [
    f'<img src="{EVIL}.png"><img src="data:image/svg+xml;base64,PHN2Zy8+"><img src="{THUMB}" srcset="{EVIL} 2x">',
    f'<p style="color:red;background-image:url({EVIL});position:fixed;inset:0" class="jp-Dialog" id="main">x</p>',
    f'<p style="color:red;--x:url({EVIL});background-color:image-set(&quot;{EVIL}&quot; 1x)">x</p>',
    f'<a href=" javascript:pwned=1" ping="{EVIL}" onclick="pwned=1">x</a><a href="http://example.org" ping="{EVIL}">y</a>',
    f'<table background="{EVIL}"><tr><td onmouseover="pwned=1">x</td></tr></table><input autofocus onfocus="pwned=1">',
    '<a title="><img src=x onerror=pwned=1>" href="https://example.org">x</a><p><b>"<i>\'</p>',
]
"""HTML that only a broken kernel would hand over."""
CHIPS = [{"id": "c1", "share": "sample", **FRAME}, {"id": "c2", "share": "", **FIGURE}]


@pytest.fixture(scope="module")
def pages() -> Iterator[Pages]:
    """A server of pages with a panel."""
    with serving() as pages:
        yield pages


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    """One page for all tests: each loads it anew."""
    page = browser.new_page(viewport={"width": 900, "height": 1000})
    yield page
    page.close()


@pytest.fixture
def front(pages: Pages, page: Page) -> Front:
    """A panel on an empty conversation."""
    return pages.open(page)


def test_the_files_stay_small() -> None:
    """JavaScript and style sheet together stay under 60 KB, and neither names anything to load."""
    texts = [(STATIC / name).read_text() for name in ("panel.js", "panel.css")]
    assert sum(len(text.encode()) for text in texts) < 60_000
    assert all(word not in texts[0] for word in ("import ", "fetch(", "eval(", "Function(", "insertAdjacentHTML"))
    assert all(word not in texts[1] for word in ("url(", "@import"))


def test_enter_sends_and_shift_enter_breaks(front: Front) -> None:
    """Enter sends the question and empties the field, which keeps the focus; Shift+Enter makes a line."""
    front.input.press_sequentially("one")
    front.input.press("Shift+Enter")
    front.input.press_sequentially("two")
    front.input.press("Enter")
    assert front.sent() == [{"do": "ask", "text": "one\ntwo"}]
    expect(front.input).to_be_focused()
    expect(front.input).to_have_value("")


def test_composing_does_not_send(front: Front) -> None:
    """Enter that ends the composing of a Chinese word is no question."""
    front.input.fill("为什么")
    event = "e => e.dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', isComposing: true, bubbles: true}))"
    front.input.evaluate(event)
    assert front.sent() == []


def test_up_recalls(front: Front) -> None:
    """In an empty field Up goes back through the questions and what was typed here, Down forward."""
    front.put(turns=[turn(1), turn(2)])
    front.input.fill("/help me")
    front.input.press("Enter")
    seen = []
    for key in ("ArrowUp", "ArrowUp", "ArrowUp", "ArrowUp", "ArrowDown", "ArrowDown", "ArrowDown"):
        front.input.press(key)
        seen.append(front.input.input_value())
    assert seen == ["/help me", "Question 2?", "Question 1?", "Question 1?", "Question 2?", "/help me", ""]


def test_no_key_reaches_the_notebook(front: Front) -> None:
    """Keys pressed in the panel are no shortcuts of the notebook's, but for saving it."""
    front.input.press_sequentially("dda")
    front.input.press("Control+Enter")
    assert front.page.evaluate("shortcuts") == []
    front.page.evaluate("addEventListener('keydown', event => event.preventDefault())")
    front.input.press("Control+s")
    assert "s" in front.page.evaluate("shortcuts")


def test_commands_complete(front: Front) -> None:
    """A slash opens the commands with their help; arrows move, Tab takes one, Enter sends what is typed out."""
    front.input.press_sequentially("/h")
    options = front.panel.get_by_role("listbox").get_by_role("option")
    expect(options).to_have_text(["/helpthis list, and the options", "/history[NAME] [N]the turns of a conversation"])
    expect(front.input).to_have_attribute("aria-activedescendant", str(options.nth(0).get_attribute("id")))
    front.input.press("ArrowDown")
    expect(options.nth(1)).to_have_attribute("aria-selected", "true")
    front.input.press("Tab")
    expect(front.input).to_have_value("/history ")
    front.input.fill("/help")
    front.input.press("Enter")
    assert front.sent() == [{"do": "ask", "text": "/help"}]
    front.input.press_sequentially("/")
    front.input.press("Escape")
    expect(options).to_have_count(0)
    expect(front.input).to_have_value("/")


def test_names_complete_and_attach(front: Front) -> None:
    """After @ the kernel says what there is; what is taken becomes a word and goes along."""
    front.input.press_sequentially("🐍 why did @sa")
    asked = front.sent("complete")[-1]
    assert (asked["text"], asked["cursor"]) == ("🐍 why did @sa", 14)
    n = front.page.evaluate("sent.at(-1).n")
    items = [{"text": "@sales", "kind": "frame", "note": "3 × 2"}, {"text": "@saved", "kind": "value", "note": ""}]
    front.put(completions={"n": n - 1, "items": items, "from": 11})
    expect(front.panel.get_by_role("listbox")).to_be_hidden()
    front.put(completions={"n": n, "items": items, "from": 11})
    front.input.press("Enter")
    expect(front.input).to_have_value("🐍 why did sales ")
    assert front.sent("attach", "ask") == [{"do": "attach", "name": "sales"}]


def test_the_attach_menu(front: Front) -> None:
    """The menu offers a file, the last plot and a name; Escape closes it and gives the focus back."""
    button, menu = front.button("Attach"), front.panel.get_by_role("menuitem")
    button.press("Enter")
    expect(menu.nth(0)).to_be_focused()
    front.page.keyboard.press("ArrowDown")
    front.page.keyboard.press("Enter")
    assert front.sent() == [{"do": "attach_plot"}]
    expect(front.input).to_be_focused()
    button.click()
    front.page.keyboard.press("Escape")
    expect(button).to_be_focused()
    button.click()
    with front.page.expect_file_chooser() as chooser:
        menu.nth(0).click()
    chooser.value.set_files({"name": "a.bin", "mimeType": "x/y", "buffer": b"\x00\xff"})
    front.page.wait_for_function("sent.length === 2")
    assert files(front) == [("a.bin", "x/y", 0, 1, [[0, 255]])]
    button.click()
    menu.nth(2).click()
    expect(front.input).to_have_value("@")


FILE = "const data = new DataTransfer(); data.items.add(new File([new Uint8Array([1, 2])], 'p.png', {type: 'image/png'}));"


def files(front: Front) -> list[tuple[object, ...]]:
    """Return name, kind, number of the piece, number of pieces and bytes of what was handed over."""
    return [tuple(one[name] for name in ("name", "mime", "part", "parts", "bytes")) for one in front.sent("attach_file")]


def test_pictures_are_pasted_and_dropped(front: Front) -> None:
    """A pasted and a dropped picture go to the kernel; text that has a picture beside it is pasted as text."""
    paste = "e.dispatchEvent(new ClipboardEvent('paste', {clipboardData: data, bubbles: true, cancelable: true}))"
    front.input.evaluate(f"e => {{ {FILE} {paste} }}")
    front.input.evaluate(f"e => {{ {FILE} data.setData('text/plain', 'a\\tb'); {paste} }}")
    for kind in ("dragover", "drop"):
        front.panel.evaluate(
            f"e => {{ {FILE} e.dispatchEvent(new DragEvent('{kind}', {{dataTransfer: data, bubbles: true}})) }}"
        )
        is_marked = "k-drop" in str(front.panel.get_attribute("class"))
        assert is_marked == (kind == "dragover")
    front.page.wait_for_function("sent.length === 2")
    assert files(front) == [("p.png", "image/png", 0, 1, [[1, 2]])] * 2


DROP = "e.dispatchEvent(new DragEvent('drop', {dataTransfer: data, bubbles: true}))"


def test_a_large_file_goes_in_pieces(front: Front) -> None:
    """What would cut the connection is handed over in pieces that belong together; what is too large is refused."""
    front.panel.evaluate(f"e => {{ {FILE.replace('[1, 2]', '9e6')} {DROP} }}")
    front.page.wait_for_function("sent.length === 3")
    assert [piece[2:] for piece in files(front)] == [(0, 3, [4_000_000]), (1, 3, [4_000_000]), (2, 3, [1_000_000])]
    assert len({one["upload"] for one in front.sent()}) == 1
    front.panel.evaluate(f"e => {{ {FILE.replace('[1, 2]', '101e6')} {DROP} }}")
    expect(front.panel.get_by_text("p.png has 101 MB; up to 100 can be attached.")).to_be_visible()
    assert len(front.sent()) == 3


def test_chips(front: Front) -> None:
    """What goes along is shown with its picture and warning; it can be removed, and how much of it is sent be chosen."""
    front.put(chips=CHIPS)
    chips = front.panel.get_by_role("list", name="Goes along with the next question").get_by_role("listitem")
    expect(chips.nth(1)).to_contain_text("Only its size was sent.")
    expect(chips.nth(1).locator("img")).to_have_attribute("src", THUMB)
    chips.nth(0).get_by_role("combobox").select_option("schema")
    front.button("Remove fig").click()
    assert front.sent() == [{"do": "share", "id": "c1", "level": "schema"}, {"do": "detach", "id": "c2"}]


def test_selectors_show_what_is(front: Front) -> None:
    """Conversation, model and thinking are chosen; the selectors show the new state when the kernel has it."""
    boxes = {name: front.panel.get_by_role("combobox", name=name) for name in ("Conversation", "Model", "Thinking")}
    expect(boxes["Model"].locator("option")).to_have_text(["kimi-k3 · sees text, images", "kimi-text · sees text"])
    boxes["Conversation"].select_option("plots")
    boxes["Model"].select_option(index=1)
    boxes["Thinking"].select_option("Thinking: high")
    assert front.sent() == [
        {"do": "choose", "conversation": "plots"},
        {"do": "model", "id": "kimi-text"},
        {"do": "thinking", "think": None, "effort": "high"},
    ]
    boxes["Conversation"].select_option("New conversation")
    assert front.sent()[3] == {"do": "choose", "conversation": "chat-2"}
    expect(boxes["Model"]).to_have_value("0")
    front.put(about={**EMPTY["about"], "model": "kimi-text"})
    expect(boxes["Model"]).to_have_value("1")
    expect(boxes["Thinking"]).to_be_hidden()


def test_the_meter(front: Front) -> None:
    """The meter says how much of the context is used, the cost, and what was left out."""
    front.put(meter={"used": 12_300, "context": 262_144, "cost": "$0.02", "left_out": 3})
    expect(front.panel).to_contain_text("12,300 of 262,144 tokens · $0.02 · 3 older turns left out")
    expect(front.panel.get_by_role("meter")).to_have_attribute("aria-valuenow", "12300")
    front.put(meter={"used": 700, "context": None, "cost": "", "left_out": 0})
    expect(front.panel).to_contain_text("700 tokens")


def test_an_unheard_message_is_spoken_of(front: Front) -> None:
    """Where the kernel does not take a message in, the panel says what that means, until it does."""
    front.page.evaluate("kernel.hears = false")
    front.input.fill("why")
    front.input.press("Enter")
    expect(front.panel).to_contain_text("The kernel is busy with a cell: this is asked when it is free.")
    expect(front.panel.get_by_role("list", name="Questions that wait")).to_contain_text("why")
    front.put(turns=[turn(1, state="asked", html="", text="")], live=LIVE)
    front.button("Stop").click()
    expect(front.panel).to_contain_text("use the kernel's interrupt (■).")
    front.page.evaluate("kernel.put({ack: {view: sent[0].view, n: 2}})")
    expect(front.panel).not_to_contain_text("kernel")
    expect(front.panel.get_by_role("list", name="Questions that wait")).to_be_hidden()


def test_the_queue(front: Front) -> None:
    """Questions that wait for their turn are listed and can be removed."""
    front.put(queue=[{"id": "q1", "text": "And then?"}])
    expect(front.panel.get_by_role("list", name="Questions that wait")).to_contain_text("And then?")
    front.button("Remove this question").click()
    assert front.sent() == [{"do": "unqueue", "id": "q1"}]


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
    expect(front.button("Save")).to_be_disabled()
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
    front.button("↓ New").click()
    front.settle()
    assert log.evaluate(gap) < 3


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


LAG = """() => { window.lags = []; document.querySelector('.k-row textarea').addEventListener('input', event =>
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
    front.put(live={**LIVE, "html": htmls[0]})
    front.page.evaluate(LAG)
    front.page.evaluate(GROW, htmls)
    front.input.focus()
    while not front.page.evaluate("window.grown"):
        front.page.keyboard.type("x")
    front.settle()
    lags = front.page.evaluate("lags")
    assert len(lags) > 10
    assert sorted(lags)[int(len(lags) * 0.95)] < 100, lags
    expect(front.turn(1).locator("h2")).to_have_count(400)


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


FORBIDDEN = (
    "script, iframe, object, embed, link, style, video, audio, meta, base, template, math, svg:not(.k-icon > svg), form, "
    "img:not([src^='data:image/png'])"
)
GROW_EACH = """async texts => { for (const html of texts) {
    kernel.put({live: {id: 't1', html, thinking: html, thought: html, status: html, phase: 'thinking'}});
    await new Promise(done => requestAnimationFrame(done)); } kernel.put({live: null}); }"""


def hostile_turn(number: int, text: str, html: str) -> dict[str, object]:
    """Return a turn all of whose texts are ``text``."""
    attachment = {"name": text, "kind": text, "note": text, "thumb": text, "warning": text}
    words = dict.fromkeys(("prompt", "text", "thinking", "thought", "status", "mark", "error"), text)
    code = [{"language": text, "source": text}]
    return turn(number, **words, html=html, attachments=[attachment], state="failed", code=code)


def hostile_traits(texts: list[str], make: Callable[[str], str]) -> dict[str, Any]:
    """Return traits all of whose texts are hostile; ``make`` is what the kernel makes into HTML."""
    model = {"thinking": "both", "context": 1}
    about = {
        "conversation": texts[0],
        "conversations": [{"name": text, "turns": 1} for text in texts],
        "models": [{**model, "id": text, "sees": text, "efforts": texts[:9]} for text in texts],
        "model": texts[0],
        "commands": [{"name": "/" + text, "argument": text, "help": text} for text in texts],
    }
    chip = {"kind": "frame", "share": "sample"}
    return {
        "about": about,
        "meter": {"used": 1, "context": 2, "cost": texts[0], "left_out": 0},
        "turns": [hostile_turn(number, text, make(text)) for number, text in enumerate(texts, 1)],
        "reports": [{"id": str(i), "after": "", "kind": text, "html": make(text)} for i, text in enumerate(texts)],
        "queue": [{"id": text, "text": text} for text in texts],
        "chips": [{**chip, "id": text, "name": text, "note": text, "thumb": text, "warning": text} for text in texts],
    }


@pytest.mark.parametrize("make", [to_html, str], ids=["as the kernel makes it", "raw"])
def test_nothing_hostile_runs_or_loads(pages: Pages, page: Page, make: Callable[[str], str]) -> None:
    """Hostile text in any field, even as HTML that a broken kernel has not made safe, runs nothing and loads nothing."""
    happened: list[str] = []

    def on_dialog(dialog: Dialog) -> None:
        happened.append(dialog.message)
        dialog.dismiss()

    def on_request(request: Request) -> None:
        if not request.url.startswith((f"http://{pages.host}/", "data:image/png;base64,")):
            happened.append(request.url)

    page.on("dialog", on_dialog)
    page.on("request", on_request)
    texts = [text for _, text in HOSTILE] + BROKEN
    front = pages.open(page, **hostile_traits(texts, make))
    front.input.fill("/")
    expect(front.panel.get_by_role("listbox").get_by_role("option")).to_have_count(len(texts))
    page.evaluate(GROW_EACH, [make(text).encode("utf-8", "replace").decode() for text in texts])
    front.panel.locator("details").evaluate_all("all => all.forEach(e => { e.open = true })")
    page.wait_for_timeout(300)
    page.remove_listener("dialog", on_dialog)
    page.remove_listener("request", on_request)
    assert happened == []
    assert page.evaluate("window.pwned") is None
    assert front.panel.locator(FORBIDDEN).count() == 0
    events = "all => all.flatMap(e => e.getAttributeNames()).filter(name => name.startsWith('on'))"
    assert front.panel.locator("*").evaluate_all(events) == []
    links = front.panel.locator("[href]").evaluate_all("all => all.map(e => [e.href, e.rel, e.target])")
    assert {url.partition(":")[0] for url, _, _ in links} <= {"http", "https", "mailto"}
    assert {(rel, target) for _, rel, target in links} == {("noopener noreferrer", "_blank")}
    styles = front.panel.locator(".k-body [style]").evaluate_all("all => all.map(e => e.getAttribute('style'))")
    assert [style for style in styles if "url" in style or "position" in style] == []


def _nothing(_front: Front) -> None:
    """Change nothing."""


def _everything(front: Front) -> None:
    meter = {"used": 12_300, "context": 262_144, "cost": "$0.02", "left_out": 3}
    front.put(turns=EVERYTHING, reports=REPORTS, chips=CHIPS, meter=meter, queue=[{"id": "q", "text": "Later"}])
    front.panel.evaluate("e => { e.style.blockSize = '2000px' }")
    front.turn(1).hover()


def _completing(front: Front) -> None:
    front.input.fill("/")


def _editing(front: Front) -> None:
    _everything(front)
    front.button("Edit the question and ask again", front.turn(1)).click()


STATES = {"empty": _nothing, "everything": _everything, "completing": _completing, "editing": _editing}


@pytest.mark.parametrize("theme", ["light", "dark", "none"])
def test_it_is_accessible(pages: Pages, page: Page, theme: str) -> None:
    """Axe finds nothing in any state, in the light and the dark theme and without one.

    Left out: the colours of code, which are the theme's own and those of every cell beside it.
    """
    for name, prepare in STATES.items():
        front = pages.open(page, theme)
        prepare(front)
        front.settle()
        found = Axe().run(page, context={"include": [[".kimi-panel"]], "exclude": [["pre span"]]})
        assert found.violations_count == 0, f"{name}: {found.generate_report()}"


def test_everything_is_reached_by_keyboard(front: Front) -> None:
    """Tab goes through every button and selector that there is."""
    front.put(turns=EVERYTHING, chips=CHIPS)
    front.panel.evaluate("e => { e.style.blockSize = '2000px' }")
    front.settle()
    kinds = "button:enabled, select, textarea, summary"
    wanted = (
        f"e => [...e.querySelectorAll('{kinds}')].filter(one => one.checkVisibility() && one.role !== 'menuitem').length"
    )
    number = f"""(e => e.matches('.kimi-panel :is({kinds})') ? [...document.querySelectorAll('*')].indexOf(e) : null)(
        document.activeElement)"""
    reached = set()
    front.page.locator("body").press("Tab")
    for _ in range(80):
        reached.add(front.page.evaluate(number))
        front.page.keyboard.press("Tab")
    assert len(reached - {None}) == front.panel.evaluate(wanted)


@pytest.mark.parametrize("width", [280, 1_100])
def test_nothing_sticks_out(pages: Pages, page: Page, width: int) -> None:
    """Narrow or wide, with long words, wide tables and code, in any direction of writing, only boxes of their own scroll."""
    page.set_viewport_size({"width": width, "height": 900})
    wide = f"{'y' * 400}\n\n|{'a|' * 40}\n|{'-|' * 40}\n|{'1|' * 40}\n\n```\n{'z' * 400}\n```"
    wide += f"\n\n# {'q' * 200}\n\nلماذا؟ 为什么{'这' * 200}"
    long = {**FRAME, "name": "n" * 300, "note": "o" * 200, "warning": "w" * 200}
    turns = [
        turn(1, prompt="x" * 400, html=to_html(wide), status="s" * 200, attachments=[long], error="e" * 300, state="failed")
    ]
    front = pages.open(
        page, turns=turns, chips=[{"id": "c", "share": "all", **long}], queue=[{"id": "q", "text": "u" * 300}]
    )
    out = """e => [...e.querySelectorAll('*')].filter(one => !one.closest('.k-scroll, .k-unseen, option') &&
        one.getBoundingClientRect().right > e.getBoundingClientRect().right + 1).map(one => one.outerHTML.slice(0, 80))"""
    assert front.panel.evaluate(out) == []
    assert front.panel.get_by_role("log").evaluate("e => e.scrollWidth - e.clientWidth") == 0


def test_text_reads_in_its_own_direction(front: Front) -> None:
    """Arabic reads from the right in question, answer and field; code always from the left."""
    front.put(turns=[turn(1, prompt="لماذا؟", html=to_html("لأن\n\n```\nx = 1\n```"))])
    front.input.fill("لماذا")
    direction = "e => getComputedStyle(e).direction"
    places = (front.panel.locator(".k-prompt"), front.panel.locator(".k-body"), front.input)
    assert [place.evaluate(direction) for place in places] == ["rtl"] * 3
    assert front.panel.locator("pre").evaluate(direction) == "ltr"


def test_motion_is_reduced_on_wish(front: Front) -> None:
    """Who wishes for less motion sees no pulsing."""
    front.put(turns=[turn(1, state="asked", html="", text="")])
    name = "e => getComputedStyle(e).animationName"
    assert front.panel.locator(".k-pulse").evaluate(name) == "k-pulse"
    front.page.emulate_media(reduced_motion="reduce")
    assert front.panel.locator(".k-pulse").evaluate(name) == "none"
