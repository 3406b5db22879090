"""The panel's kernel half, driven over the wire as a front end does: one kernel, and a conversation for each test."""

from __future__ import annotations

import base64
import html
import json
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest

from kimi_magic.panel.consent import PAUSE
from kimi_magic.panel.widget import STATIC
from kimi_magic.prompts.library import VARIABLE
from tests.conftest import KEY, surroundings
from tests.kernels import Kernel, running_kernel
from tests.panel.wire import Wire
from tests.render.hostile import HOSTILE
from tests.scripted import ScriptedKimi
from tests.scripts import Cut, Hold, WaitFor, error, pieces
from tests.shells import Shell

PIXEL = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")
NAMES = count(1)
SETUP = """
%load_ext kimi_magic
import kimi_magic.panel.chat as panel
sales = {"west": [71234, 2]}
chat = panel.chat()
"""


@pytest.fixture(scope="module")
def panel_kimi() -> Iterator[ScriptedKimi]:
    with ScriptedKimi() as server:
        yield server


@pytest.fixture(scope="module")
def panel_kernel(panel_kimi: ScriptedKimi, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    folder = tmp_path_factory.mktemp("panel")
    with running_kernel(str(folder), surroundings(panel_kimi, folder / "conversations.sqlite")) as kernel:
        yield kernel


@pytest.fixture(scope="module")
def opened(panel_kernel: Kernel) -> Wire:
    ran = panel_kernel.run(SETUP)
    assert ran.ok, ran.error
    return Wire(panel_kernel, ran)


@pytest.fixture
def wire(opened: Wire, panel_kimi: ScriptedKimi) -> Wire:
    """The panel over a conversation of the test's own."""
    panel_kimi.forget()
    name = f"talk{next(NAMES)}"
    opened.send("choose", conversation=name)
    opened.until(lambda wire: wire.traits["about"]["conversation"] == name)
    for chip in opened.traits["chips"]:
        opened.send("detach", id=chip["id"])
    opened.until(lambda wire: not wire.traits["chips"])
    assert opened.turns == []
    assert opened.reports == []
    return opened


def ask(wire: Wire, text: str = "Why?", count: int = 1, **more: Any) -> None:
    """Ask, and wait until ``count`` turns stand there and nothing is arriving."""
    wire.send("ask", text=text, **more)
    wire.until(lambda wire: len(wire.turns) == count and wire.last["state"] != "asked" and not wire.traits["live"])


def go_to(wire: Wire, name: str, *, is_new: bool = False) -> None:
    """Choose the conversation called ``name``, or a new one, which is to be called so."""
    chosen: dict[str, Any] = {} if is_new else {"conversation": name}
    wire.send("choose", **chosen)
    wire.until(lambda wire: wire.traits["about"]["conversation"] == name)


def test_it_is_taken_in_at_once_then_grows_then_stays(wire: Wire, panel_kimi: ScriptedKimi) -> None:
    """A question is acknowledged, stands there with its answer growing, and in the end as a whole turn."""
    panel_kimi.queue(pieces("**For", "ty**-two", thinking=["Hm."], pause=0.15))
    wire.seen.clear()
    ask(wire, "What is it?")
    phases = [state["live"]["phase"] for state in wire.seen if state.get("live")]
    assert list(dict.fromkeys(phases)) == ["waiting", "thinking", "answering"]
    assert wire.seen[0]["ack"]["view"] == "v"
    turn = wire.last
    assert (turn["state"], turn["prompt"], turn["text"]) == ("complete", "What is it?", "**Forty**-two")
    assert (turn["html"], turn["thinking"], turn["number"]) == ("<p><strong>Forty</strong>-two</p>\n", "Hm.", 1)
    assert "20 tokens in" in turn["status"]
    assert turn["badges"] == []
    assert "tokens · $0.0" in wire.traits["meter"]["text"]
    assert wire.traits["meter"]["context"] == 262_144


def test_a_cell_and_the_panel_say_one_conversation(wire: Wire, panel_kernel: Kernel, panel_kimi: ScriptedKimi) -> None:
    """What a cell asks grows in the panel while the cell runs, and what the panel asks stands on it."""
    name = wire.traits["about"]["conversation"]
    panel_kimi.queue(pieces("From a cell", pause=0.1), pieces("Again"))
    wire.seen.clear()
    assert wire.take(panel_kernel.run(f"%%kimi -c {name}\nFirst?")).ok
    assert any(state.get("live") for state in wire.seen)
    assert (wire.last["text"], wire.last["badges"]) == ("From a cell", ["From a cell"])
    ask(wire, "Second?", 2)
    said = [message["content"] for message in panel_kimi.chats[-1].json["messages"] if message["role"] != "system"]
    assert said == ["First?", "From a cell", "Second?"]


@pytest.fixture
def tool(wire: Wire, panel_kernel: Kernel, panel_kimi: ScriptedKimi) -> Iterator[ScriptedKimi]:
    """The scripted Kimi, which asks for a function of the kernel's that counts, and then answers."""
    declared = """
import kimi_magic
ran = []
@kimi_magic.tool
def count(to: int) -> str:
    "Count."
    ran.append(to)
    return f"<b>{to}</b>"
"""
    wire.take(panel_kernel.run(declared))
    call = pieces("Let me count.", calls=[("c:0", "count", ['{"to": 3}'])], finish="tool_calls")
    panel_kimi.queue(call, pieces("It is **3**."))
    yield panel_kimi
    wire.take(panel_kernel.run("from kimi_magic.tools import declare; declare.drop('count')"))


def asked_about(wire: Wire) -> dict[str, Any]:
    """Ask, and return what stands there when the user's consent is waited for."""
    wire.send("ask", text="Count?")
    return read(wire)


def read(wire: Wire, before: str = "") -> dict[str, Any]:
    """Wait for a call, and for as long as somebody needs to read it; return what stands there of it."""
    wire.until(lambda wire: wire.traits["consent"] and wire.traits["consent"]["id"] != before)
    time.sleep(PAUSE)
    return dict(wire.traits["consent"])


def settled(wire: Wire, panel_kernel: Kernel) -> list[int]:
    """Wait for the end of the answer, and return what the function was called with."""
    wire.until(lambda wire: wire.turns and wire.last["state"] != "asked" and not wire.traits["live"])
    assert wire.traits["consent"] is None
    found = panel_kernel.run("print(ran)")
    wire.take(found)
    return list(json.loads(found.stdout))


def test_a_call_runs_when_the_user_says_so(wire: Wire, panel_kernel: Kernel, tool: ScriptedKimi) -> None:
    """The call stands there with its arguments; forged words do nothing; after yes it runs, and its result is seen."""
    consent = asked_about(wire)
    assert "count(to=3)" in consent["html"]
    wire.until(lambda wire: "waiting for your answer" in wire.traits["calls"])
    for id in ("", "c:0", consent["id"][:-1]):  # noqa: A001 the message's word
        wire.send("decide", id=id, decision="yes")
    wire.rest()
    assert wire.traits["consent"] == consent
    wire.send("decide", id=consent["id"], decision="yes")
    assert settled(wire, panel_kernel) == [3]
    assert "&lt;b&gt;3&lt;/b&gt;" in wire.last["calls"]
    assert wire.last["text"] == "It is **3**."
    assert "1 call" in wire.last["status"]
    assert wire.traits["calls"] == ""
    result = tool.chats[-1].json["messages"][-1]
    assert (result["role"], result["tool_call_id"], result["content"]) == ("tool", "c:0", "<b>3</b>")


def test_two_quick_clicks_run_one_call(wire: Wire, panel_kernel: Kernel, tool: ScriptedKimi) -> None:
    """The second click of a double click, at the place where the next call has come to stand, consents to nothing."""
    tool.forget()
    both = [(f"c:{to}", "count", [f'{{"to": {to}}}']) for to in (3, 4)]
    tool.queue(pieces("Let me count.", calls=both, finish="tool_calls"), pieces("Done."))
    first = asked_about(wire)
    wire.send("decide", id=first["id"], decision="yes")
    wire.until(lambda wire: wire.traits["consent"] and wire.traits["consent"]["id"] != first["id"])
    second = wire.traits["consent"]
    wire.send("decide", id=second["id"], decision="yes")
    wire.rest()
    assert wire.traits["consent"] == second
    time.sleep(PAUSE)
    wire.send("decide", id=second["id"], decision="no")
    assert settled(wire, panel_kernel) == [3]


@pytest.mark.parametrize(("decision", "ran"), [("no", []), ("edit", [5])])
def test_a_call_is_refused_or_changed(
    wire: Wire, panel_kernel: Kernel, tool: ScriptedKimi, decision: str, ran: list[int]
) -> None:
    """After no nothing runs, and Kimi is told; after an edit it runs with what the user has made of it."""
    consent = asked_about(wire)
    wire.send("decide", id=consent["id"], decision=decision, text='{"to": 5}')
    assert settled(wire, panel_kernel) == ran
    told = tool.chats[-1].json["messages"][-1]["content"]
    assert told.startswith("(The user changed the arguments" if ran else "Denied: the user said no")


def test_an_edit_that_does_not_fit_is_asked_about_again(wire: Wire, panel_kernel: Kernel, tool: ScriptedKimi) -> None:
    """What was typed comes back with the reason; mended, it runs."""
    first = asked_about(wire)
    wire.send("decide", id=first["id"], decision="edit", text='{"to": 5')
    again = read(wire, first["id"])
    assert again["text"] == '{"to": 5'
    assert again["note"].startswith("These do not fit: ")
    assert again["html"] == first["html"]
    wire.send("decide", id=again["id"], decision="edit", text='{"to": 5}')
    assert settled(wire, panel_kernel) == [5]
    assert tool.chats[-1].json["messages"][-1]["content"].startswith("(The user changed the arguments")


def test_stop_while_a_call_waits_ends_the_turn(wire: Wire, panel_kernel: Kernel, tool: ScriptedKimi) -> None:
    """Nothing runs, nothing more is asked, the turn is marked, and a word that comes afterwards does nothing."""
    consent = asked_about(wire)
    sent = len(tool.chats)
    wire.send("stop")
    assert settled(wire, panel_kernel) == []
    wire.send("decide", id=consent["id"], decision="yes")
    wire.rest()
    assert wire.last["state"] == "interrupted"
    assert "count(to=3)" in wire.last["calls"]
    assert len(tool.chats) == sent
    assert settled(wire, panel_kernel) == []


def test_a_call_that_waits_is_stopped_from_elsewhere_too(wire: Wire, panel_kernel: Kernel, tool: ScriptedKimi) -> None:
    """Where its question is ended, and by no button of the panel, nobody is asked any more and nothing runs."""
    asked_about(wire)
    sent = len(tool.chats)
    one = "get_ipython().magics_manager.registry['KimiMagic'].session()"
    stopped = panel_kernel.run(f"one = {one}\nprint([one.interrupt(turn) for turn in [*one._running]])")
    wire.take(stopped)
    assert stopped.stdout == "[True]\n"
    assert settled(wire, panel_kernel) == []
    assert wire.last["state"] == "interrupted"
    assert len(tool.chats) == sent


def test_stop_keeps_what_has_arrived(wire: Wire, panel_kimi: ScriptedKimi) -> None:
    """The answer ends at once, marked as interrupted, its connection closed."""
    panel_kimi.queue(pieces("Half of ", finish=None, done=False).then(Hold()))
    wire.send("ask", text="Long?")
    wire.until(lambda wire: wire.traits["live"] and wire.traits["live"]["phase"] == "answering")
    began = time.monotonic()
    wire.send("stop")
    wire.until(lambda wire: wire.last["state"] == "interrupted")
    assert time.monotonic() - began < 1
    assert (wire.last["text"], wire.last["mark"]) == ("Half of ", "Interrupted: the answer stops here.")
    assert panel_kimi.closed[-1].wait(2)


def test_questions_wait_for_their_turn(wire: Wire, panel_kimi: ScriptedKimi) -> None:
    """While an answer arrives the next questions stand in the queue, and can be taken out of it again."""
    gate = threading.Event()
    panel_kimi.queue(pieces("One", finish=None, done=False).then(WaitFor(gate), *pieces(" more").steps))
    wire.send("ask", text="First?")
    wire.until(lambda wire: wire.traits["live"])
    wire.send("ask", text="Second?")
    wire.send("ask", text="Third?")
    wire.until(lambda wire: [one["text"] for one in wire.traits["queue"]] == ["Second?", "Third?"])
    wire.send("unqueue", id=wire.traits["queue"][0]["id"])
    wire.until(lambda wire: len(wire.traits["queue"]) == 1)
    gate.set()
    wire.until(lambda wire: len(wire.turns) == 2 and wire.last["state"] == "complete")
    assert [turn["prompt"] for turn in wire.turns] == ["First?", "Third?"]
    assert wire.traits["queue"] == []


def test_commands_are_those_of_the_one_table(wire: Wire) -> None:
    """A slash command reports as safe HTML, for the conversation that is shown; an unknown one says what there is."""
    ask(wire)
    wire.send("ask", text="/undo")
    wire.until(lambda wire: wire.reports)
    kind, html = wire.reports[-1]
    assert kind == "report"
    assert "Taken back" in html
    wire.until(lambda wire: wire.last["state"] == "undone")
    assert wire.traits["reports"][-1]["after"] == wire.last["id"]
    wire.send("back", id=wire.last["id"])
    wire.until(lambda wire: wire.last["state"] == "complete")
    wire.send("ask", text="/histroy")
    wire.until(lambda wire: len(wire.reports) == 2)
    assert wire.reports[-1] == ("error", _paragraph("There is no command /histroy: did you mean /history?"))
    wire.send("ask", text="/login")
    wire.until(lambda wire: len(wire.reports) == 3)
    assert wire.reports[-1][0] == "notice"
    assert "%kimi /login in a cell" in wire.reports[-1][1]


def test_what_is_attached_goes_along_as_it_is_then(wire: Wire, panel_kernel: Kernel, panel_kimi: ScriptedKimi) -> None:
    """A chip shows a value of the namespace; the question takes the value that it has when it is sent, and the chip goes."""
    wire.send("attach", name="sales")
    wire.until(lambda wire: wire.traits["chips"])
    chip = wire.traits["chips"][0]
    assert (chip["name"], chip["kind"], chip["share"]) == ("sales", "value", "sample")
    wire.take(panel_kernel.run("sales['west'] = [99]"))
    ask(wire, "What is {{len(sales)}}?")
    sent = json.dumps(panel_kimi.chats[-1].json["messages"][-1])
    assert "[99]" in sent
    assert "What is 1?" in sent
    assert wire.traits["chips"] == []
    assert [one["name"] for one in wire.last["attachments"]] == ["sales"]
    assert wire.last["prompt"] == "What is {{len(sales)}}?"


def test_less_of_it_is_shared_where_that_is_chosen(wire: Wire, panel_kernel: Kernel, panel_kimi: ScriptedKimi) -> None:
    """The level of a chip holds for what is sent."""
    wire.take(panel_kernel.run("secret = [71234]"))
    wire.send("attach", name="secret")
    wire.until(lambda wire: wire.traits["chips"])
    wire.send("share", id=wire.traits["chips"][0]["id"], level="schema")
    wire.until(lambda wire: wire.traits["chips"][0]["share"] == "schema")
    ask(wire)
    assert "71234" not in json.dumps(panel_kimi.chats[-1].json)


def test_a_file_in_pieces_goes_along(wire: Wire, panel_kimi: ScriptedKimi) -> None:
    """A picture that the front end hands over in two pieces is a chip with what it is, and is sent."""
    for part, data in enumerate((PIXEL[:30], PIXEL[30:])):
        wire.send("attach_file", [data], name="x/<b>.png", mime="image/png", upload="u", part=part, parts=2)
    wire.until(lambda wire: wire.traits["chips"])
    chip = wire.traits["chips"][0]
    assert (chip["name"], chip["kind"], chip["note"], chip["share"]) == ("<b>.png", "image", "1×1 PNG", "")
    ask(wire)
    kinds = [part["type"] for part in panel_kimi.chats[-1].json["messages"][-1]["content"]]
    assert kinds == ["text", "image_url", "text"]


def test_what_cannot_be_attached_says_why(wire: Wire) -> None:
    """The sentence that a cell would show stands in the panel."""
    wire.send("attach", name="salez")
    wire.until(lambda wire: wire.reports)
    assert "Did you mean sales" in wire.reports[0][1]
    wire.send("attach_plot")
    wire.until(lambda wire: len(wire.reports) == 2)
    assert "No cell has shown a figure" in wire.reports[1][1]


def test_an_edited_question_is_another_version(wire: Wire, panel_kimi: ScriptedKimi) -> None:
    """The new question stands on what is above it; the old line stays, one click away, and comes back whole."""
    for number, text in enumerate(("One?", "Two?", "Three?"), 1):
        ask(wire, text, number)
    wire.send("edit", id=wire.turns[1]["id"], text="Zwei?")
    wire.until(lambda wire: len(wire.turns) == 2 and wire.last["state"] == "complete" and wire.last["prompt"] == "Zwei?")
    said = [message["content"] for message in panel_kimi.chats[-1].json["messages"] if message["role"] == "user"]
    assert said == ["One?", "Zwei?"]
    wire.until(lambda wire: wire.last["branch"] == [2, 2])
    wire.send("branch", id=wire.last["id"], to=1)
    wire.until(lambda wire: [turn["prompt"] for turn in wire.turns] == ["One?", "Two?", "Three?"])
    assert [turn["branch"] for turn in wire.turns] == [None, [1, 2], None]


CODE = "{{sales.setdefault('ran', 1)}}"
"""What somebody else's question would do here."""


@pytest.fixture
def trap(wire: Wire, panel_kernel: Kernel, request: pytest.FixtureRequest) -> Iterator[Wire]:
    """The panel over a question out of a file. In the end nothing of it has run."""
    prompt = str(request.param)
    name = f"trap{next(NAMES)}"
    said = [{"role": "user", "content": prompt}, {"role": "assistant", "content": "So."}]
    panel_kernel.run(f"import json\nopen('{name}.jsonl', 'w').write('\\n'.join(map(json.dumps, {said!r})))")
    wire.send("ask", text=f"/import {name}.jsonl")
    wire.until(lambda wire: any(name == one["name"] for one in wire.traits["about"]["conversations"]))
    wire.send("choose", conversation=name)
    wire.until(lambda wire: wire.last.get("text") == "So.")
    yield wire
    wire.rest()
    assert panel_kernel.run("print('ran' in sales)").stdout == "False\n"


def ask_instead(wire: Wire, kimi: ScriptedKimi, text: str) -> str:
    """Edit the first question, and return what was sent."""
    wire.send("edit", id=wire.turns[0]["id"], text=text)
    wire.until(lambda wire: wire.last.get("prompt") == text and wire.last["state"] == "complete")
    return str(kimi.chats[-1].json["messages"][-1]["content"])


TRAPS = [
    f"What is {CODE}?",
    "What is " + CODE.replace("ran", "r\x08an") + "?",
    "What is " + CODE.replace("ran", "r\u202aan") + "?",
    "What is {\x08" + CODE[1:] + "?",
    "What is {{ for a brace in " + CODE + "?",
    "What is \\" + CODE + "?",
]
NAMED = ["plain", "with a control character", "with a bidirectional mark", "with split braces", "overlapping", "escaped"]


@pytest.mark.parametrize("trap", TRAPS, ids=NAMED, indirect=True)
def test_code_in_a_question_out_of_a_file_does_not_run(trap: Wire, panel_kimi: ScriptedKimi) -> None:
    """Edited as often as one likes, outside and within its braces, it is sent as it stands, and a notice says so."""
    for text in (f"{trap.turns[0]['prompt']} Now?", f"So what is {CODE}?", f"And {CODE.replace('1', '2')}?"):
        assert ask_instead(trap, panel_kimi, text) == text.replace("\\{{", "{{")
    assert [kind for kind, html in trap.reports if "was left as text" in html] != []


@pytest.mark.parametrize("trap", TRAPS[:1], ids=["plain"], indirect=True)
@pytest.mark.parametrize("text", [f"What is {CODE}?", f"What is {CODE.replace('(', ' (')}?", f"/more {CODE}"])
def test_words_of_a_file_are_not_run_elsewhere(
    trap: Wire, panel_kernel: Kernel, panel_kimi: ScriptedKimi, text: str
) -> None:
    """Typed again, in another conversation, or as what a prompt is about, they are still somebody else's code."""
    panel_kernel.run("%%kimi --raw -c elsewhere\nWhat is " + CODE)
    panel_kernel.run(f"import os, pathlib\nos.environ['{VARIABLE}'] = 'own'\npathlib.Path('own').mkdir(exist_ok=True)")
    panel_kernel.run("pathlib.Path('own/more.md').write_text('Tell more: {argument}')")
    for where in (trap.traits["about"]["conversation"], f"other{next(NAMES)}"):
        go_to(trap, where)
        ask(trap, text, len(trap.turns) + 1)
        assert "setdefault" in panel_kimi.chats[-1].json["messages"][-1]["content"]
        trap.until(lambda wire: "was left as text" in wire.reports[-1][1])


@pytest.mark.parametrize("trap", TRAPS[:1], ids=["plain"], indirect=True)
def test_recalled_words_are_those_of_the_question(trap: Wire, panel_kimi: ScriptedKimi) -> None:
    """What was recalled and changed, also within its braces, is treated as an edit; what is new is filled in."""
    text = CODE.replace("1", "2")
    ask(trap, text, 2, of=trap.turns[0]["prompt"])
    assert panel_kimi.chats[-1].json["messages"][-1]["content"] == text
    ask(trap, "{{len(sales)}}?", 3)
    assert panel_kimi.chats[-1].json["messages"][-1]["content"] == "1?"
    assert len(trap.reports) == 1


def test_own_braces_are_filled_in_each_time(wire: Wire, panel_kernel: Kernel, panel_kimi: ScriptedKimi) -> None:
    """What was typed in a cell or in the panel is filled in when it is edited, recalled or typed again."""
    name = wire.traits["about"]["conversation"]
    wire.take(panel_kernel.run(f"%%kimi -c {name}\n{{{{len(sales)}}}} regions?"))
    wire.until(lambda wire: len(wire.turns) == 1 and wire.last["state"] == "complete")
    assert ask_instead(wire, panel_kimi, "{{len(sales)}} or {{len(sales) + 1}}?") == "1 or 2?"
    ask(wire, "{{len(sales)}} now?", 2, of="{{len(sales)}} or {{len(sales) + 1}}?")
    assert panel_kimi.chats[-1].json["messages"][-1]["content"] == "1 now?"
    assert wire.reports == []


@pytest.mark.parametrize("name", ["__builtins__", "In", "get_ipython", "class", "a b"])
def test_an_answer_takes_no_name_that_python_lives_by(wire: Wire, panel_kernel: Kernel, name: str) -> None:
    """Such a name is refused with a sentence, and the next cell works."""
    ask(wire)
    wire.send("save", id=wire.last["id"], name=name)
    wire.until(lambda wire: any("cannot be the name of a variable" in html for _, html in wire.reports))
    assert panel_kernel.run("print(len([1]))").stdout == "1\n"


def test_a_question_is_asked_again_as_it_was(wire: Wire, panel_kimi: ScriptedKimi) -> None:
    """Regenerate sends the same messages to the byte, and both answers stay."""
    panel_kimi.queue(pieces("First"), pieces("Second"))
    wire.send("attach", name="sales")
    ask(wire)
    wire.send("regenerate", id=wire.last["id"])
    wire.until(lambda wire: wire.last.get("text") == "Second" and wire.last["branch"] == [2, 2])
    first, second = (chat.json["messages"] for chat in panel_kimi.chats)
    assert first == second
    assert [one["name"] for one in wire.last["attachments"]] == ["sales"]


def test_a_refused_version_leaves_all_as_it_was(wire: Wire, panel_kimi: ScriptedKimi) -> None:
    """An edit that cannot be sent is told with its words, and the conversation stands there as before."""
    ask(wire, "One?")
    wire.send("thinking", think=None, effort="immense")
    wire.send("edit", id=wire.last["id"], text="Eins?")
    wire.until(lambda wire: wire.reports)
    assert "Eins?" in wire.reports[0][1]
    wire.until(lambda wire: [turn["prompt"] for turn in wire.turns] == ["One?"])
    assert wire.last["branch"] is None
    assert len(panel_kimi.chats) == 1
    wire.send("thinking", think=None, effort=None)


def test_a_failed_turn_says_why_and_can_be_tried_again(wire: Wire, panel_kimi: ScriptedKimi) -> None:
    """The service's refusal is one sentence at the turn, without a traceback; retry asks it again in its place."""
    panel_kimi.queue(error(401, "invalid_authentication_error", "Invalid Authentication"))
    ask(wire, "Well?")
    wire.until(lambda wire: "Kimi did not accept" in wire.last["error"] or "key" in wire.last["error"])
    assert wire.last["state"] == "failed"
    assert "Traceback" not in wire.last["error"]
    wire.send("retry", id=wire.last["id"])
    wire.until(lambda wire: wire.last.get("state") == "complete")
    assert [turn["prompt"] for turn in wire.turns] == ["Well?"]


def test_a_cut_answer_says_so(wire: Wire, panel_kimi: ScriptedKimi) -> None:
    """What arrived stands there with its mark and the reason."""
    panel_kimi.queue(pieces("Half", finish=None, done=False).then(Cut()))
    ask(wire)
    wire.until(lambda wire: "broke before the answer ended" in wire.last["error"])
    assert (wire.last["state"], wire.last["text"]) == ("incomplete", "Half")


def test_without_a_key_the_question_is_not_lost(wire: Wire, panel_kernel: Kernel) -> None:
    """What is refused before it is sent stands in the report with the reason; no trait has the key."""
    wire.take(panel_kernel.run("import os\nkey = os.environ.pop('MOONSHOT_API_KEY')"))
    wire.send("ask", text="A long question?")
    wire.until(lambda wire: wire.reports)
    wire.take(panel_kernel.run("os.environ['MOONSHOT_API_KEY'] = key"))
    assert "A long question?" in wire.reports[0][1]
    assert "There is no API key" in wire.reports[0][1]


def test_a_key_that_is_typed_stands_nowhere(wire: Wire, panel_kernel: Kernel, panel_kimi: ScriptedKimi) -> None:
    """Neither a question with the key in it nor a queue, a report or the saved state shows it."""
    gate = threading.Event()
    panel_kimi.queue(pieces("One", finish=None, done=False).then(WaitFor(gate), *pieces(" more").steps))
    wire.send("ask", text=f"Is {KEY} right?")
    wire.until(lambda wire: wire.traits["live"])
    wire.send("ask", text=f"And {KEY}?")
    wire.send("ask", text=f"/{KEY}")
    wire.until(lambda wire: wire.traits["queue"] and wire.reports)
    gate.set()
    wire.until(lambda wire: len(wire.turns) == 2 and wire.last["state"] == "complete")
    state = panel_kernel.run("import json\nprint(json.dumps(chat.widget.get_state(), default=str))").stdout
    assert KEY not in state
    assert "Is " in state


def test_a_key_of_the_session_stands_in_no_name(wire: Wire, panel_kernel: Kernel) -> None:
    """A key that the environment does not have, as /login takes it, is in no trait: neither as a conversation's name."""
    magic = "get_ipython().magics_manager.registry['KimiMagic'].session()"
    given = f"from kimi_magic.settings import Secret\n{magic}.configure({magic}.settings, Secret('sk-' + 'given' * 8))"
    wire.take(panel_kernel.run(given))
    wire.send("choose", conversation="named " + "sk-" + "given" * 8)
    wire.until(lambda wire: "named " in wire.traits["about"]["conversation"])
    wire.rest()
    state = panel_kernel.run("import json\nprint(json.dumps(chat.widget.get_state(), default=str))").stdout
    wire.take(panel_kernel.run(f"{magic}.forget_key()"))
    assert "givengiven" not in state
    assert "named ***" in state


def test_a_new_conversation_has_an_unused_name(wire: Wire) -> None:
    """The panel asks for a new one by naming none."""
    for name in ("chat-2", "chat-3"):
        go_to(wire, name, is_new=True)
        ask(wire)


def test_an_answer_becomes_a_variable(wire: Wire, panel_kernel: Kernel) -> None:
    """Saved under a name it is the Answer; a name that is none is refused."""
    ask(wire)
    wire.send("save", id=wire.last["id"], name="found")
    wire.until(lambda wire: wire.reports)
    assert wire.reports[-1] == ("notice", _paragraph("The answer is in the variable found."))
    assert panel_kernel.run("print(type(found).__name__, found, _kimi)").stdout == "Answer Forty-two. Forty-two.\n"
    wire.send("save", id=wire.last["id"], name="1x")
    wire.until(lambda wire: len(wire.reports) == 2)


def test_turns_are_pinned_and_deleted(wire: Wire) -> None:
    """A pin shows at its turn; a deleted one is gone, from the traits as well."""
    ask(wire, "A word that goes?")
    ask(wire, "Stays?", 2)
    wire.send("pin", id=wire.turns[1]["id"], on=True)
    wire.until(lambda wire: wire.turns[1]["pinned"])
    wire.send("delete", id=wire.turns[0]["id"])
    wire.until(lambda wire: [turn["prompt"] for turn in wire.turns] == ["Stays?"])
    assert "A word that goes?" not in json.dumps(wire.traits)


def test_a_conversation_with_another_name_is_followed(wire: Wire) -> None:
    """/rename keeps the panel on what it shows; /new shows the new one, and the old one can be chosen."""
    ask(wire)
    name = wire.traits["about"]["conversation"]
    wire.send("ask", text=f"/rename {name} {name}-notes")
    wire.until(lambda wire: wire.traits["about"]["conversation"] == f"{name}-notes")
    assert len(wire.turns) == 1
    wire.send("ask", text="/new")
    wire.until(lambda wire: not wire.turns)
    wire.send("choose", conversation=f"{name}-notes~1")
    wire.until(lambda wire: len(wire.turns) == 1)


def test_models_and_thinking_are_chosen(wire: Wire, panel_kimi: ScriptedKimi) -> None:
    """The models are the service's own; what is chosen is asked with, and what a model cannot do is not kept for it."""
    wire.until(lambda wire: len(wire.traits["about"]["models"]) == 3)
    wire.send("thinking", think=False)
    wire.until(lambda wire: '"think": false' in wire.traits["about"]["way"])
    wire.send("model", id="kimi-k3")
    wire.until(lambda wire: wire.traits["about"]["model"] == "kimi-k3")
    assert '"think": null' in wire.traits["about"]["way"]
    wire.send("thinking", think=None, effort="low")
    wire.until(lambda wire: '"effort": "low"' in wire.traits["about"]["way"])
    ask(wire)
    sent = panel_kimi.chats[-1].json
    assert (sent["model"], sent["reasoning_effort"]) == ("kimi-k3", "low")
    wire.send("thinking", think=None, effort=None)


def test_completions_answer_their_question(wire: Wire) -> None:
    """The offers come with the number of what was asked for."""
    number = wire.send("complete", text="see @sal", cursor=8)
    wire.until(lambda wire: wire.traits["completions"].get("n") == number)
    found = wire.traits["completions"]
    assert (found["view"], found["from"]) == ("v", 4)
    assert [item["text"] for item in found["items"]] == ["@sales"]


def test_what_is_no_message_is_left_alone(wire: Wire) -> None:
    """Unknown or broken messages change nothing, and the next one is heard."""
    wire.send("fly")
    wire.send("")
    wire.send("edit")
    wire.send("branch", id=3, to="x")
    wire.send("attach_file", name=["x"], part="1", parts=None)
    wire.send("complete", text=7, cursor=-1)
    ask(wire)
    assert wire.last["state"] == "complete"


def test_a_long_conversation_shows_its_end(wire: Wire, panel_kernel: Kernel) -> None:
    """Of a thousand turns thirty are read and sent; fifty more come when they are wanted."""
    name = wire.traits["about"]["conversation"]
    ran = panel_kernel.run(f"""
from kimi_magic.conversation import Turn, conversation_of, new_id
from kimi_magic.messages import Message
said = lambda n: (Message("user", f"{{n}}?"), Message("assistant", f"{{n}}!"))
session = get_ipython().magics_manager.registry["KimiMagic"].session()
turns = [Turn(new_id(), f"{{n}}?", said(n), "kimi-k2.6", float(n), "complete", tokens=9) for n in range(1, 1001)]
session.conversations.add(conversation_of(turns, "{name}"))
session.conversations.take(session.store.load(session.conversations.key))
session.conversations.find("{name}")._turns.clear()
session.notify()
""")
    assert ran.ok, ran.error
    wire.take(ran)
    wire.until(lambda wire: len(wire.turns) == 30)
    assert (wire.traits["earlier"], wire.turns[0]["number"], wire.last["number"]) == (970, 971, 1000)
    assert wire.traits["meter"]["used"] == 9_000
    wire.seen.clear()
    wire.send("earlier")
    wire.until(lambda wire: len(wire.turns) == 80)
    sent = [key for state in wire.seen for key, turn in state.items() if re.fullmatch(r"t\d+", key) and turn]
    assert (wire.traits["earlier"], wire.turns[0]["number"]) == (920, 921)
    assert len(sent) == 50


@pytest.mark.parametrize("count", [2_000, 20_000])
def test_the_bytes_stay_a_small_multiple_of_the_answer(wire: Wire, panel_kimi: ScriptedKimi, count: int) -> None:
    """However many pieces an answer has, all that is sent of it is at most twelve times its final size."""
    script = pieces(*[f"word{number} " + "\n\n" * (number % 40 == 39) for number in range(count)])
    panel_kimi.queue(script)
    before = wire.bytes
    ask(wire)
    wire.rest()
    assert wire.last["text"].count("word") == count
    assert wire.bytes - before < 12 * len(json.dumps(wire.last).encode())


def test_the_transcript_stands_below_as_ordinary_output(wire: Wire) -> None:
    """What was said is HTML and text of its own display, updated when an answer has ended."""
    ask(wire, "Is <b> kept?")
    wire.until(lambda wire: "Is &lt;b&gt; kept?" in json.dumps([*wire.displays.values()]))
    below = [data["text/plain"] for data in wire.displays.values() if "kimi-transcript" in data.get("text/html", "")]
    assert "\n\n".join(filter(None, below)) == "> Is <b> kept?\nForty-two."


def test_a_view_that_comes_late_gets_everything(wire: Wire, panel_kernel: Kernel) -> None:
    """The whole state of the widget is what the messages told one after another."""
    ask(wire)
    ran = panel_kernel.run("import json\nprint(json.dumps(chat.widget.get_state(), default=str))")
    state = json.loads(ran.stdout)
    names = ("about", "meter", "turns", "earlier", "live", "reports", "chips", *wire.traits["turns"])
    assert {name: state[name] for name in names} == {name: wire.traits[name] for name in names}
    assert state["_esm"] == (STATIC / "panel.js").read_text()


def test_the_same_panel_is_shown_again(panel_kernel: Kernel, wire: Wire) -> None:
    """Once more chat() shows the same model with the same transcript, and the value of the cell shows nothing twice."""
    name = wire.traits["about"]["conversation"]
    ran = panel_kernel.run(f"panel.chat({name!r})")
    assert ran.ok, ran.error
    view, *_ = ran.shown
    assert view.data["application/vnd.jupyter.widget-view+json"]["model_id"] == wire.id
    assert panel_kernel.run("print(chat)").stdout == f"Chat({name!r}), 0 turns\n"


def test_a_hostile_model_is_harmless_in_all_traits(wire: Wire, panel_kimi: ScriptedKimi) -> None:
    """Growing and finished, with hostile names of conversations: what is HTML holds no markup of the model's."""
    wire.send("choose", conversation="<img src=x onerror=window.pwned=1>")
    panel_kimi.queue(pieces(*[f"{text}\n\n" for _, text in HOSTILE[:20]], thinking=[HOSTILE[0][1]], pause=0.02))
    wire.seen.clear()
    wire.until(lambda wire: "<img" in wire.traits["about"]["conversation"])
    ask(wire, "<script>window.pwned = 1</script>")
    html = [state["live"]["html"] for state in wire.seen if state.get("live")] + [wire.last["html"]]
    assert not re.search(r"<(script|img|iframe|svg|object|style)", "".join(html))


def test_side_by_side_names_the_package(panel_kernel: Kernel, wire: Wire) -> None:
    """Without the package sidecar the error is one sentence that says how to get it."""
    name = wire.traits["about"]["conversation"]
    ran = panel_kernel.run(f"import sys\nsys.modules['sidecar'] = None\npanel.chat({name!r}, side=True)")
    assert ran.ename == "UsageError"
    assert "pip install sidecar" in ran.evalue


def test_without_a_notebook_it_says_what_to_do(shell: Shell) -> None:
    """In an IPython without a front end the panel is refused in a sentence."""
    ran = shell.run("from kimi_magic.panel.chat import chat\nchat()")
    assert ran.ename == "UsageError"
    assert ran.evalue == "The panel needs a notebook. Here %kimi asks, and %kimi /history shows what was said."


def test_without_anywidget_it_says_what_to_install() -> None:
    """The rest works without the extra; the panel names it."""
    code = (
        "import sys\nsys.modules['anywidget'] = None\nimport kimi_magic.panel.chat as panel\n"
        "try:\n    panel._panel_class()\nexcept Exception as error:\n    print(type(error).__name__, error)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.startswith('UsageError The panel needs the package anywidget: pip install "kimi-magic[panel]"')


def _paragraph(text: str) -> str:
    return f'<p class="mathjax_ignore tex2jax_ignore">{text}</p>'


def test_a_prompt_asks_with_what_it_names(wire: Wire, panel_kernel: Kernel, panel_kimi: ScriptedKimi) -> None:
    """/doc NAME in the panel sends the source of what it names, as in a cell; without a name it says what is needed."""
    assert wire.take(panel_kernel.run("def area(side):\n    return side * side")).ok
    panel_kimi.queue(pieces("```python\npass\n```"))
    wire.send("ask", text="/doc area")
    wire.until(lambda wire: wire.turns and wire.last["state"] == "complete")
    assert "return side * side" in panel_kimi.chats[-1].json["messages"][-1]["content"]
    assert wire.last["code"][0]["source"] == "pass\n"
    assert wire.last["command"] == "/doc area"
    assert "/doc" not in wire.last["prompt"]
    assert "\n" not in wire.last["prompt"].partition("\n\n")[2]
    wire.until(lambda wire: wire.reports)
    assert wire.traits["reports"][-1]["after"] == wire.last["id"]
    kind, told = wire.reports[-1]
    assert (kind, "has a button that inserts it" in told) == ("report", True)
    wire.send("ask", text="/doc")
    wire.until(lambda wire: "needs to know" in wire.reports[-1][1])


def test_a_cell_that_failed_is_corrected(wire: Wire, panel_kernel: Kernel, panel_kimi: ScriptedKimi) -> None:
    """/fix in the panel shows what its code changes in the cell that failed, without a key; /explain reports nothing."""
    wire.take(panel_kernel.run(f"kept = '{KEY}'\nsales['east']"))
    panel_kimi.queue(pieces(f"```python\nkept = '{KEY}'\nsales['west']\n```"), pieces("No code."), pieces("So."))
    ask(wire, "/fix")
    wire.until(lambda wire: wire.reports)
    rows = re.sub(r"<[^>]*>", "", html.unescape(wire.reports[-1][1])).splitlines()
    assert {"-sales['east']", "+sales['west']"} <= {*rows}
    assert any("has a button that inserts it" in row for row in rows)
    assert KEY not in json.dumps(wire.traits)
    ask(wire, "/fix", 2)
    wire.until(lambda wire: len(wire.reports) == 2)
    assert "There is no Python in the answer." in wire.reports[-1][1]
    ask(wire, "/explain sales", 3)
    wire.rest()
    assert len(wire.reports) == 2


def test_a_report_comes_and_goes_with_its_turn(wire: Wire, panel_kernel: Kernel, panel_kimi: ScriptedKimi) -> None:
    """An edit above takes the report with the turn; going back to the other version brings it again."""
    panel_kernel.run("def area(side):\n    return side * side")
    panel_kimi.queue(pieces("One"), pieces("No code."), pieces("Two"))
    ask(wire, "First?")
    ask(wire, "/doc area", 2)
    wire.until(lambda wire: wire.reports)
    wire.send("edit", id=wire.turns[0]["id"], text="Otherwise?")
    wire.until(lambda wire: wire.last.get("text") == "Two")
    assert wire.reports == []
    wire.send("branch", id=wire.last["id"], to=1)
    wire.until(lambda wire: len(wire.turns) == 2)
    assert "There is no Python in the answer." in wire.reports[-1][1]


@pytest.mark.parametrize("trap", TRAPS[:1], ids=["plain"], indirect=True)
def test_what_an_edit_is_told_stays(trap: Wire, panel_kimi: ScriptedKimi) -> None:
    """A notice about the edit of a question does not go with the turns that the edit takes away."""
    ask_instead(trap, panel_kimi, f"So what is {CODE}?")
    trap.rest()
    assert "was left as text" in trap.reports[-1][1]


def test_commands_that_remove_are_offered_last(wire: Wire) -> None:
    """Of the commands that begin alike, those that remove for good come last."""
    names = [one["name"] for one in wire.traits["about"]["commands"]]
    assert {*names[-2:]} == {"/forget", "/logout"}
    number = wire.send("complete", text="/f", cursor=2)
    wire.until(lambda wire: wire.traits["completions"].get("n") == number)
    assert wire.traits["completions"]["items"][-1]["text"] == "/forget"


def test_an_answer_that_was_cut_goes_on(wire: Wire, panel_kimi: ScriptedKimi) -> None:
    """/continue in the panel goes on with the last answer, which stays one turn."""
    panel_kimi.queue(pieces("One, ", "two", finish="length"), pieces(", three."))
    wire.send("ask", text="Count?")
    wire.until(lambda wire: wire.turns and wire.last["text"] == "One, two" and not wire.traits["live"])
    count = len(wire.turns)
    wire.send("ask", text="/continue")
    wire.until(lambda wire: wire.last["text"] == "One, two, three." and not wire.traits["live"])
    assert len(wire.turns) == count
    assert panel_kimi.chats[-1].json["messages"][-1]["partial"] is True
