"""Asking from a real kernel: what a front end receives, and what it can stop."""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import KEY, surroundings
from tests.kernels import Kernel, running_kernel
from tests.results import METADATA, Ran
from tests.scripted import ScriptedKimi
from tests.scripts import Hold, Script, Stream, WaitFor, error, pieces, silence

pytestmark = pytest.mark.floor

DISPLAYS = ("display_data", "update_display_data")
FACTS = ("version", "turn", "conversation", "model", "usage", "cost", "finish_reason", "request_sha256", "attachments")
THINKING = pieces(thinking=["Let me ", "see."], finish=None, done=False).then(Hold())
SPEAKING = pieces("Half of an ", "answer", finish=None, done=False).then(Hold())
NOTHING_YET = pieces(finish=None, done=False).then(Hold())
BUSY = error(429, "engine_overloaded_error", "busy", {"retry-after": "30"})


def displays(ran: Ran) -> list[dict[str, Any]]:
    return [message for message in ran.messages if message["msg_type"] in DISPLAYS]


def test_an_answer_is_one_display_that_grows(kernel: Kernel, kimi: ScriptedKimi) -> None:
    """One display is made, then only updated: its text grows, and its metadata changes in the last update alone."""
    kimi.queue(pieces(*[f"word{number} " for number in range(8)], pause=0.1))
    ran = kernel.run("%%kimi\ncount")
    assert ran.ok, ran.error
    first, *updates = displays(ran)
    assert first["msg_type"] == "display_data"
    assert {update["msg_type"] for update in updates} == {"update_display_data"}
    assert len({message["content"]["transient"]["display_id"] for message in (first, *updates)}) == 1
    lengths = [len(message["content"]["data"]["text/plain"]) for message in updates]
    assert lengths == sorted(lengths)
    assert len(set(lengths)) >= 4
    live = [message["content"]["metadata"] for message in (first, *updates[:-1])]
    assert all(metadata == live[0] for metadata in live)


def test_the_output_knows_its_turn(kernel: Kernel) -> None:
    """The metadata of the finished answer says which turn it is, what it took and what went along."""
    kernel.run("number = 41")
    ran = kernel.run("%%kimi number\nadd one")
    facts = ran.answer.facts
    assert [name for name in FACTS if name not in facts] == []
    assert (facts["model"], facts["conversation"], facts["finish_reason"]) == ("kimi-k2.6", "main", "stop")
    assert facts["usage"]["prompt_tokens"] == 20
    assert facts["cost"] > 0
    (attachment,) = facts["attachments"]
    assert set(attachment) == {"name", "kind", "sha256", "bytes"}
    assert attachment["name"] == "number"


def test_thinking_is_open_while_it_runs_and_folded_after(kernel: Kernel, kimi: ScriptedKimi) -> None:
    """A reader sees the thinking while there is nothing else, and can open it afterwards."""
    go = threading.Event()
    script = pieces("Forty-two.", thinking=["Let me see."])
    kimi.queue(Stream((*script.steps[:2], WaitFor(go), *script.steps[2:])))
    request = kernel.start("%%kimi\nthink")
    seen = kernel.until(request, "Let me see.")
    assert "<details" in (live := seen[-1]["content"]["data"]["text/html"])
    assert " open" in live
    go.set()
    ran = kernel.finish(request, before=seen)
    assert "Let me see." in ran.answer.html
    assert "<details" in ran.answer.html
    assert " open" not in ran.answer.html
    assert ran.answer.text == "Forty-two."


@pytest.mark.parametrize(
    ("script", "seen", "kept"),
    [
        (silence(), "Waiting", ""),
        (NOTHING_YET, "Waiting", ""),
        (THINKING, "Let me see.", "Let me see."),
        (SPEAKING, "Half of an answer", "Half of an answer"),
        (BUSY, "overloaded", ""),
    ],
    ids=["before headers", "before the first token", "while thinking", "between tokens", "before another try"],
)
def test_an_answer_can_be_stopped_at_any_moment(
    script: Script, seen: str, kept: str, kernel: Kernel, kimi: ScriptedKimi
) -> None:
    """Stopping closes the connection, keeps and marks what has come, and fails the cell without a traceback."""
    kimi.queue(script)
    request = kernel.start("%%kimi\na long story")
    kimi.wait_for_chats(1)
    messages = kernel.until(request, seen)
    began = time.monotonic()
    kernel.interrupt()
    ran = kernel.finish(request, before=messages)
    assert time.monotonic() - began < 2
    assert script is BUSY or kimi.closed[0].wait(2)
    assert not ran.ok
    assert ran.ename == "Interrupted"
    assert "Cell In" not in ran.traceback
    assert kept in ran.answer.html
    assert "interrupted" in ran.answer.html or not kept
    check_next(kernel, kimi, "Half of an answer" if script is SPEAKING else "")


def check_next(kernel: Kernel, kimi: ScriptedKimi, kept: str) -> None:
    """The next question works, and stands on the words that were kept; a question without any is not repeated."""
    assert kernel.run("%%kimi\ngo on").ok
    said = [message["content"] for message in kimi.chats[-1].json["messages"]]
    assert said[1:] == (["a long story", kept, "go on"] if kept else ["go on"])


PRESSED_TWICE = """
import signal
def once_more(*_):
    raise KeyboardInterrupt
def press(*_):
    signal.signal(signal.SIGALRM, once_more)
    signal.setitimer(signal.ITIMER_REAL, 0.003)
    raise KeyboardInterrupt
signal.signal(signal.SIGINT, press)
get_ipython().run_cell_magic("kimi", "", "a long story")
"""
"""The second press comes by the kernel's own clock: later, old kernels are already sending their reply, and lose it."""


def test_two_presses_of_stop_do_no_harm(kernel: Kernel, kimi: ScriptedKimi) -> None:
    """An impatient second press neither loses what has come nor the next cell."""
    kimi.queue(SPEAKING)
    request = kernel.start(PRESSED_TWICE)
    messages = kernel.until(request, "Half of an answer")
    kernel.interrupt()
    ran = kernel.finish(request, before=messages)
    assert not ran.ok
    assert "Half of an answer" in ran.everything
    kernel.run("pass")
    assert kernel.run("%%kimi\ngo on").ok


def test_run_all_stops_at_a_failed_question(kernel: Kernel, kimi: ScriptedKimi) -> None:
    """The cells that wait behind a question that failed are not run."""
    kimi.queue(error(401, "invalid_authentication_error", "Invalid Authentication"))
    first = kernel.start("%%kimi\nwhat?", stop_on_error=True)
    second = kernel.start("ran = True")
    assert not kernel.finish(first).ok
    assert not kernel.finish(second).ok
    assert not kernel.run("ran").ok


def test_the_key_is_in_no_message(kernel: Kernel, kimi: ScriptedKimi) -> None:
    """Whatever happens, no message of the kernel carries the key, not even when the service quotes it."""
    kimi.queue(pieces("Good."), error(401, "incorrect_api_key_error", f"Incorrect API key: {KEY}"))
    cells = ("%%kimi\none", "%%kimi\ntwo", "%xmode Verbose", "%kimi /status", "%kimi three", "%config KimiMagic", "_kimi")
    told = [message for cell in cells for message in kernel.run(cell).messages]
    assert len(told) > len(cells)
    assert KEY not in json.dumps(told, default=repr)


def test_the_last_answer_is_in_kimi(kernel: Kernel) -> None:
    """``_kimi`` holds the last answer, which reads like its text."""
    kernel.run("%%kimi\nwhat?")
    assert kernel.run("print(_kimi, _kimi.usage.completion_tokens, _kimi.finish_reason)").stdout == "Forty-two. 8 stop\n"


def test_an_answer_goes_into_a_name(kernel: Kernel) -> None:
    """``-o`` puts the answer into a name, and ``-q`` shows nothing."""
    ran = kernel.run("%%kimi -q -o told\nwhat?")
    assert ran.ok
    assert ran.shown == []
    assert kernel.run("print(told)").stdout == "Forty-two.\n"
    assert "Forty-two." in kernel.run("told").shown[0].html


def test_a_question_right_behind_loading(kimi: ScriptedKimi, tmp_path: Path) -> None:
    """A question that does not wait until everything is warmed up is remembered like any other."""
    with running_kernel(str(tmp_path), surroundings(kimi, tmp_path / "conversations.sqlite")) as kernel:
        cells = ("%load_ext kimi_magic", "%%kimi\none", "%%kimi\ntwo")
        assert all(kernel.finish(request).ok for request in [kernel.start(cell) for cell in cells])
    assert [message["content"] for message in kimi.chats[1].json["messages"]][1:] == ["one", "Forty-two.", "two"]


def test_python_asks_too(kernel: Kernel, kimi: ScriptedKimi) -> None:
    """``kimi_magic.ask`` is the same engine and the same conversation."""
    kernel.run("%%kimi\none")
    ran = kernel.run("import kimi_magic; print(str(kimi_magic.ask('two')))")
    assert ran.ok, ran.error
    assert "Forty-two." in ran.stdout
    assert [message["content"] for message in kimi.chats[-1].json["messages"]][1:] == ["one", "Forty-two.", "two"]


def test_a_flood_stays_a_small_multiple_of_the_answer(kernel: Kernel, kimi: ScriptedKimi) -> None:
    """2,000 pieces at once reach the front end in few messages, of at most 12 times the final output's bytes."""
    kimi.queue(pieces(*[f"word {number} " for number in range(2000)]))
    ran = kernel.run("%%kimi\nmuch")
    assert ran.ok
    shown = displays(ran)
    sizes = [len(json.dumps(message["content"])) for message in shown]
    assert sum(sizes) <= 12 * sizes[-1]
    assert len(shown) < 100


def test_a_full_disk_costs_nothing_but_the_keeping(kernel: Kernel) -> None:
    """Where the store cannot grow any more, the answer is shown with the reason, and the next cell works."""
    assert kernel.run("%%kimi\none").ok
    limit = "import os, resource; here = resource.getrlimit(resource.RLIMIT_FSIZE)\n"
    kernel.run(f"{limit}resource.setrlimit(resource.RLIMIT_FSIZE, (1, here[1]))")
    ran = kernel.run("%%kimi\ntwo")
    kernel.run("resource.setrlimit(resource.RLIMIT_FSIZE, here)")
    assert ran.answer.text == "Forty-two."
    assert "not kept" in ran.everything
    assert "Traceback" not in ran.everything
    assert kernel.run("%%kimi\nthree").ok


def test_metadata_names_one_turn_each(kernel: Kernel) -> None:
    """Two questions are two turns of one conversation."""
    turns = [kernel.run(f"%%kimi\n{word}").answer.metadata[METADATA]["turn"] for word in ("one", "two")]
    assert len(set(turns)) == 2
