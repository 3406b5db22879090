"""The panel's front end: what a person asks with, and what is sent to the kernel for it."""

from __future__ import annotations

from playwright.sync_api import expect

from kimi_magic.panel.choices import meter_text
from tests.panel.fronts import CHIPS, LIVE, THUMB
from tests.panel.harness import EMPTY, STATIC, Front, turn


def test_the_files_stay_small() -> None:
    """JavaScript and style sheet together stay under 59.5 KB, and neither names anything to load."""
    texts = [(STATIC / name).read_text() for name in ("panel.js", "panel.css")]
    assert sum(len(text.encode()) for text in texts) <= 59_500
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
    """In an empty field Up goes back through the questions and what was typed here, Down forward; a turn is no command."""
    front.put(turns=[turn(1), turn(2), turn(3, prompt=" /forget")])
    front.input.fill("/help me")
    front.input.press("Enter")
    seen = []
    for key in ("ArrowUp", "ArrowUp", "ArrowUp", "ArrowUp", "ArrowDown", "ArrowDown", "ArrowDown"):
        front.input.press(key)
        seen.append(front.input.input_value())
    assert seen == ["/help me", "Question 2?", "Question 1?", "Question 1?", "Question 2?", "/help me", ""]


def test_what_is_recalled_is_told(front: Front) -> None:
    """A question that is made of an earlier one goes out with that one, whatever became of it; a new one does not."""
    front.put(turns=[turn(1)])
    front.input.press("ArrowUp")
    front.input.press_sequentially(" Now?")
    front.input.press("Enter")
    front.input.press("ArrowUp")
    front.input.fill("")
    front.input.press_sequentially("new")
    front.input.press("Enter")
    asked = {"do": "ask", "text": "Question 1? Now?", "of": "Question 1?"}
    assert front.sent() == [asked, {"do": "ask", "text": "new"}]


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
    assert files(front) == [("a.bin", 0, 1, [[0, 255]])]
    button.click()
    menu.nth(2).click()
    expect(front.input).to_have_value("@")


FILE = "const data = new DataTransfer(); data.items.add(new File([new Uint8Array([1, 2])], 'p.png', {type: 'image/png'}));"


def files(front: Front) -> list[tuple[object, ...]]:
    """Return name, number of the piece, number of pieces and bytes of what was handed over."""
    return [tuple(one[name] for name in ("name", "part", "parts", "bytes")) for one in front.sent("attach_file")]


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
    assert files(front) == [("p.png", 0, 1, [[1, 2]])] * 2


DROP = "e.dispatchEvent(new DragEvent('drop', {dataTransfer: data, bubbles: true}))"


def test_a_large_file_goes_in_pieces(front: Front) -> None:
    """What would cut the connection is handed over in pieces that belong together; what is too large is refused."""
    front.panel.evaluate(f"e => {{ {FILE.replace('[1, 2]', '9e6')} {DROP} }}")
    front.page.wait_for_function("sent.length === 3")
    assert [piece[1:] for piece in files(front)] == [(0, 3, [4_000_000]), (1, 3, [4_000_000]), (2, 3, [1_000_000])]
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
    assert front.sent()[3] == {"do": "choose"}
    expect(boxes["Model"]).to_have_value("0")
    front.put(about={**EMPTY["about"], "model": "kimi-text"})
    expect(boxes["Model"]).to_have_value("1")
    expect(boxes["Thinking"]).to_be_hidden()


def test_the_meter(front: Front) -> None:
    """The meter says how much of the context is used, the cost, and what was left out."""
    front.put(meter={"used": 12_300, "context": 262_144, "text": meter_text(12_300, 262_144, 0.02, 3)})
    expect(front.panel).to_contain_text("12,300 of 262,144 tokens · $0.02 · 3 older turns left out")
    expect(front.panel.get_by_role("meter")).to_have_attribute("aria-valuenow", "12300")
    front.put(meter={"used": 700, "context": None, "text": meter_text(700, None, 0, 0)})
    expect(front.panel).to_contain_text("700 tokens")


def test_an_unheard_message_is_spoken_of(front: Front) -> None:
    """Where the kernel does not take a message in, the panel says what that means, until it does."""
    front.page.evaluate("kernel.hears = false")
    front.input.fill("why")
    front.input.press("Enter")
    expect(front.panel).to_contain_text("The kernel is busy with a cell: this waits until it is free.")
    expect(front.panel.get_by_role("list", name="Questions that wait")).to_contain_text("why")
    front.put(turns=[turn(1, state="asked", html="", text="")], live=LIVE)
    front.button("Stop").click()
    expect(front.panel).to_contain_text("use the kernel's interrupt (■).")
    front.page.evaluate("kernel.put({ack: {view: sent[0].view, n: 2}})")
    expect(front.panel).not_to_contain_text("kernel")
    expect(front.panel.get_by_role("list", name="Questions that wait")).to_be_hidden()


def test_a_kernel_that_is_gone_takes_nothing_away(front: Front) -> None:
    """Where nothing can be sent any more the question stands in the field again, and a sentence says what to do."""
    front.page.evaluate("kernel.gone = true")
    front.input.fill("Anyone there?")
    front.input.press("Enter")
    expect(front.input).to_have_value("Anyone there?")
    expect(front.panel).to_contain_text("run the %kimi /chat cell again")
    front.page.wait_for_timeout(400)
    assert "is busy with a cell" not in front.panel.inner_text()


def test_the_queue(front: Front) -> None:
    """Questions that wait for their turn are listed and can be removed."""
    front.put(queue=[{"id": "q1", "text": "And then?"}])
    expect(front.panel.get_by_role("list", name="Questions that wait")).to_contain_text("And then?")
    front.button("Remove this question").click()
    assert front.sent() == [{"do": "unqueue", "id": "q1"}]
