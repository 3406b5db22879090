"""Answers in the background: they stream into their own cell's output while other cells run."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from kimi_magic.conversation import Turn
from kimi_magic.draft import Draft
from kimi_magic.jobs import Coming
from kimi_magic.later import Later
from kimi_magic.messages import Message
from kimi_magic.render.view import Silent
from tests.scripted import ScriptedKimi
from tests.scripts import Cut, Hold, Stream, WaitFor, error, pieces
from tests.shells import Shell


@pytest.fixture
def go() -> Iterator[threading.Event]:
    """What answers wait for in their middle."""
    event = threading.Event()
    yield event
    event.set()


def held(go: threading.Event, *texts: str) -> Stream:
    """Return an answer that waits for ``go`` behind its first words."""
    script = pieces(*texts)
    return Stream((*script.steps[:2], WaitFor(go), *script.steps[2:]))


def coming(shell: Shell, name: str = "_kimi") -> Coming:
    found = shell.ip.user_ns[name]
    assert isinstance(found, Coming)
    return found


def test_a_cell_ends_before_its_answer(shell: Shell, kimi: ScriptedKimi, go: threading.Event) -> None:
    """``-b`` returns at once, other cells run meanwhile, and the variable has the answer when it is there."""
    kimi.queue(held(go, "Slow ", "answer."))
    ran = shell.run("%%kimi -b -o slow\nwhat?")
    assert ran.ok
    assert "Waiting for" in ran.shown[0].html
    assert shell.run("x = 1 + 1").ok
    assert shell.run("slow.text").ename == "UsageError"
    kimi.wait_for_chats(1)
    go.set()
    assert coming(shell, "slow").wait(10).text == "Slow answer."
    assert shell.run("assert slow.text == 'Slow answer.' and str(slow) == slow.text").ok
    assert shell.run("%kimi and?").ok
    assert [message["content"] for message in kimi.chats[-1].json["messages"][1:]] == ["what?", "Slow answer.", "and?"]


def test_one_at_a_time_unless_more_are_allowed(shell: Shell, kimi: ScriptedKimi, go: threading.Event) -> None:
    """With the usual setting a second answer waits for the first one; with more they arrive at once."""
    kimi.queue(held(go, "a", "b"), held(go, "c", "d"), held(go, "e", "f"))
    shell.run("%kimi -b -c one -o first what?")
    kimi.wait_for_chats(1)
    shell.run("%kimi -b -c two -o second what?")
    with pytest.raises(TimeoutError):
        kimi.wait_for_chats(2, 0.5)
    shell.run("%config KimiMagic.concurrency = 2")
    shell.run("%kimi -b -c three -o third what?")
    kimi.wait_for_chats(2)
    go.set()
    texts = {coming(shell, name).wait(10).text for name in ("first", "second", "third")}
    assert texts == {"ab", "cd", "ef"}


def test_what_is_asked_in_the_same_conversation_waits(shell: Shell, kimi: ScriptedKimi, go: threading.Event) -> None:
    """A second question of the conversation sees the first one's answer, however long that takes."""
    shell.run("%config KimiMagic.concurrency = 3")
    kimi.queue(held(go, "a", "b"), pieces("c"))
    shell.run("%kimi -b -o first one?")
    shell.run("%kimi -b -o second two?")
    kimi.wait_for_chats(1)
    go.set()
    assert coming(shell, "second").wait(10).text == "c"
    assert [message["content"] for message in kimi.chats[1].json["messages"][1:]] == ["one?", "ab", "two?"]


def test_questions_of_a_conversation_go_in_their_order(shell: Shell, kimi: ScriptedKimi, go: threading.Event) -> None:
    """However long they wait, and whatever else looks for its turn meanwhile: first asked, first answered."""
    kimi.default = pieces("ok")
    kimi.queue(held(go, "a", "b"))
    for number in range(4):
        shell.run(f"%kimi -b -o a{number} q{number}?")
        time.sleep(0.11)
    go.set()
    coming(shell, "a3").wait(10)
    assert [chat.json["messages"][-1]["content"] for chat in kimi.chats] == ["q0?", "q1?", "q2?", "q3?"]


def test_a_question_in_a_cell_stands_behind_those_in_the_background(
    shell: Shell, kimi: ScriptedKimi, go: threading.Event
) -> None:
    """A plain question waits for all that were asked before it, also those that wait themselves, and sees their answers."""
    kimi.queue(held(go, "o", "ne"), pieces("two"), pieces("three"))
    shell.run("%kimi -b first\n%kimi -b second")
    kimi.wait_for_chats(1)
    threading.Timer(0.5, go.set).start()
    assert shell.run("%kimi third?").answer.text == "three"
    said = [message["content"] for message in kimi.chats[-1].json["messages"][1:]]
    assert said == ["first", "one", "second", "two", "third?"]
    assert [chat.json["messages"][-1]["content"] for chat in kimi.chats] == ["first", "second", "third?"]


def test_who_is_stopped_in_the_line_is_in_nobodys_way(shell: Shell, kimi: ScriptedKimi, go: threading.Event) -> None:
    """A question stopped between two others is never sent; the one behind it still waits for the one before it."""
    kimi.queue(held(go, "o", "ne"), pieces("three"))
    shell.run("%kimi -b first\n%kimi -b -o second second")
    kimi.wait_for_chats(1)
    shell.run("%kimi -b -o third third?")
    coming(shell, "second").stop()
    coming(shell, "second").settle(5)
    assert coming(shell, "second").standing == "stopped"
    with pytest.raises(TimeoutError):
        kimi.wait_for_chats(2, 0.3)
    go.set()
    assert coming(shell, "third").wait(10).text == "three"
    assert [message["content"] for message in kimi.chats[-1].json["messages"][1:]] == ["first", "one", "third?"]


def test_who_asks_once_stands_in_no_line(shell: Shell, kimi: ScriptedKimi, go: threading.Event) -> None:
    """With room for two, a question asked once is answered while one of the same conversation's name arrives."""
    shell.run("%config KimiMagic.concurrency = 2")
    kimi.queue(held(go, "a", "b"), pieces("At once."))
    shell.run("%kimi -b -o first first?")
    kimi.wait_for_chats(1)
    assert shell.run("%kimi -1 and?").answer.text == "At once."
    assert not coming(shell, "first").is_done


def test_a_question_that_fails_in_the_line_is_in_nobodys_way(
    shell: Shell, kimi: ScriptedKimi, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that cannot even be masked never comes to its place, and the next one is asked nevertheless."""
    with monkeypatch.context() as without:
        without.delenv("MOONSHOT_API_KEY")
        shell.run("%kimi -b what?\n_kimi.settle(10)")
    kimi.queue(pieces("Here."))
    assert shell.run("%kimi and this?").answer.text == "Here."


def test_a_question_without_a_thread_is_in_nobodys_way(shell: Shell, kimi: ScriptedKimi) -> None:
    """Where the system gives no more threads the cell fails, nothing waits for that answer, and the next one is asked."""
    before = threading.stack_size(2**50)  # more than there is
    try:
        assert shell.run("%kimi -b what?").ename == "RuntimeError"
    finally:
        threading.stack_size(before)
    assert "Nothing was asked" in shell.run("%kimi /jobs").answer.text
    kimi.queue(pieces("Here."))
    assert shell.run("%kimi and this?").answer.text == "Here."


def test_the_setting_is_tried_again_after_the_service_said_less(
    shell: Shell, kimi: ScriptedKimi, go: threading.Event
) -> None:
    """What a 429 said holds until the user sets another number; the kernel need not be restarted."""
    shell.run("%config KimiMagic.concurrency = 3")
    kimi.queue(error(429, "rate_limit_reached_error", "Your account reached max concurrency: 1, please try again"))
    assert shell.run("%kimi -1 what?").ok
    kimi.forget()
    kimi.queue(*[held(go, "a", "b")] * 3)
    shell.run("\n".join(f"%kimi -1 -b -o a{number} q{number}?" for number in range(2)))
    with pytest.raises(TimeoutError):
        kimi.wait_for_chats(2, 0.4)
    shell.run("%config KimiMagic.concurrency = 2\n%kimi /status")
    kimi.wait_for_chats(2)


def test_jobs_lists_and_stops(shell: Shell, kimi: ScriptedKimi) -> None:
    """/jobs shows what arrives; stopping ends it, also what still waits for its turn."""
    kimi.queue(pieces("Half", finish=None, done=False).then(Hold()))
    shell.run("%kimi -b -o first what is it?")
    shell.run("%kimi -b -o second and this?")
    kimi.wait_for_chats(1)
    listed = shell.run("%kimi /jobs").answer.text
    assert "what is it?" in listed
    assert "and this?" in listed
    assert "| 2 | waiting | – |" in listed
    assert shell.run("%kimi /jobs stop all").ok
    for name in ("first", "second"):
        coming(shell, name).settle(10)
        assert coming(shell, name).standing == "stopped"
    assert kimi.closed[0].wait(5)
    assert len(kimi.chats) == 1
    assert "and this?" not in shell.run("%kimi /history").answer.text, "it was never sent"


def test_what_goes_wrong_is_shown_where_it_was_asked(shell: Shell, kimi: ScriptedKimi) -> None:
    """No cell is there to fail, so the sentence stands in the output; waiting for the answer raises it."""
    kimi.queue(Stream(before=(Cut(),)))
    ran = shell.run("%kimi -b what?\n_kimi.settle(10)")
    assert ran.ok
    assert "broke before the answer" in ran.answer.html
    assert shell.run("_kimi.wait()").ename == "ConnectionFailed"


def test_what_cannot_be_asked_is_shown_too(shell: Shell, kimi: ScriptedKimi) -> None:
    """A question that is refused before it is sent fails in its variable, and nothing is sent."""
    assert shell.run("%kimi -b -m kimi-k2.6 --effort low what?").ok
    job = coming(shell)
    job.settle(10)
    assert job.standing == "failed"
    assert "no levels of effort" in repr(job)
    assert kimi.chats == []


@pytest.mark.parametrize("line", ["/forget 2", "/forget main", "/forget all"])
def test_what_is_forgotten_while_it_arrives_stays_forgotten(
    line: str, shell: Shell, kimi: ScriptedKimi, store: Path
) -> None:
    """The answer ends, nothing of it is kept or sent any more, and the next question begins without it."""
    kimi.queue(pieces("Yes."), pieces("Secret words", finish=None, done=False).then(Hold()))
    shell.run("%kimi first?")
    shell.run("%kimi -b what is the secret question?")
    kimi.wait_for_chats(2)
    while "secret question" not in shell.run("%kimi /history").answer.text:  # it is kept right after it was sent
        time.sleep(0.01)
    assert shell.run(f"%kimi {line}").ok
    coming(shell).settle(10)
    assert kimi.closed[1].wait(5)
    assert shell.run("%kimi next?").ok
    said = [message["content"] for message in kimi.chats[-1].json["messages"][1:]]
    assert said == (["first?", "Yes.", "next?"] if line == "/forget 2" else ["next?"])
    assert "secret question" not in shell.run("%kimi /history").answer.text
    with closing(sqlite3.connect(store)) as database:
        assert "secret question" not in str([*database.iterdump()])


def test_what_waits_is_stopped_at_once(shell: Shell, kimi: ScriptedKimi, go: threading.Event) -> None:
    """A question that waits for another's answer ends when it is stopped, while that one goes on arriving."""
    kimi.queue(held(go, "Slow ", "answer."))
    shell.run("%kimi -b -o first what?")
    kimi.wait_for_chats(1)
    shell.run("%kimi -b -o second and this?\n%kimi -b -c other -o third and that?")
    for name in ("second", "third"):
        coming(shell, name).stop()
        coming(shell, name).settle(5)
        assert coming(shell, name).standing == "stopped"
        assert "before it was sent" in repr(coming(shell, name))
    assert not coming(shell, "first").is_done
    go.set()
    assert coming(shell, "first").wait(10).text == "Slow answer."
    assert len(kimi.chats) == 1


def test_what_arrived_before_a_stop_can_be_read(shell: Shell, kimi: ScriptedKimi, go: threading.Event) -> None:
    """``wait()`` raises, and the text is what had come."""
    kimi.queue(held(go, "Half", "whole"))
    shell.run("%kimi -b -o half what?")
    kimi.wait_for_chats(1)
    session = shell.ip.magics_manager.registry["KimiMagic"].session()
    while not any(asked.draft.text for asked in session._running.values()):
        time.sleep(0.01)
    coming(shell, "half").stop()
    coming(shell, "half").settle(5)
    assert shell.run("half.wait()").ename == "Interrupted"
    assert shell.run("assert half.text == 'Half' and 'Half' in repr(half)").ok


def test_a_cell_that_has_to_wait_says_why(shell: Shell, kimi: ScriptedKimi, go: threading.Event) -> None:
    """While an answer of the conversation arrives in the background, a question shows that it waits, and then its answer."""
    kimi.queue(held(go, "Slow ", "answer."), pieces("Next."))
    shell.run("%kimi -b what?")
    kimi.wait_for_chats(1)
    threading.Timer(0.8, go.set).start()
    ran = shell.run("%kimi and this?")
    assert ran.answer.text == "Next."
    assert ran.answer.updates >= 2
    assert "Waiting for the question before this one" in ran.answer.earlier[0]["text/html"]


def test_without_a_key_the_cell_says_so(shell: Shell, kimi: ScriptedKimi, monkeypatch: pytest.MonkeyPatch) -> None:
    """A question that cannot even be masked fails where it was asked, too."""
    monkeypatch.delenv("MOONSHOT_API_KEY")
    ran = shell.run("%kimi -b what?\n_kimi.settle(10)")
    assert "No answer." in ran.answer.html
    assert "There is no API key" in ran.answer.html
    assert shell.run("_kimi.wait()").ename == "KeyMissing"
    assert kimi.chats == []


class Broken(Silent):
    """A view of the test's own that cannot show what it is given."""

    def __init__(self, *, breaks: str) -> None:
        self._breaks = breaks

    def begin(self, turn: Turn, conversation: str) -> None:  # noqa: ARG002 the same form as all views
        """Break, where that is wanted."""
        if self._breaks == "begin":
            raise ZeroDivisionError("a bug")

    def update(self, draft: Draft) -> float:
        """Break, where that is wanted."""
        if self._breaks == "update":
            raise ZeroDivisionError("a bug")
        return super().update(draft)

    def finish(self, turn: Turn, notes: Sequence[str] = ()) -> None:  # noqa: ARG002 the same form as all views
        """Break, where that is wanted."""
        if turn.answer.text and self._breaks == "finish":
            raise ZeroDivisionError("a bug")


@pytest.mark.parametrize("breaks", ["begin", "update", "finish"])
def test_a_bug_ends_the_waiting(shell: Shell, kimi: ScriptedKimi, breaks: str) -> None:
    """Where something fails that nobody foresaw, the cell does not wait for ever, and neither does who waits."""
    kimi.default = pieces("Wor", "ds.", pause=0.1)
    session = shell.ip.magics_manager.registry["KimiMagic"].session()
    session.watch(lambda *_: Broken(breaks=breaks))
    ran = shell.run("%kimi -b what?\n_kimi.settle(10)")
    assert coming(shell).standing == "failed"
    assert "The answer was broken off by ZeroDivisionError: a bug" in ran.answer.html
    assert "Waiting for" not in ran.answer.html
    assert shell.run("_kimi.wait()").ename == "ZeroDivisionError"


def test_a_view_that_cannot_show_the_answer_says_that() -> None:
    """What it could not finish is left out, and why stands there."""
    shown: list[tuple[str, tuple[str, ...]]] = []

    class Picky(Broken):
        def finish(self, turn: Turn, notes: Sequence[str] = ()) -> None:
            super().finish(turn, notes)
            shown.append((turn.state, tuple(notes)))

    later = Later(Picky(breaks="finish"), lambda _: None)
    turn = Turn("1", "Hi", (Message("user", "Hi"), Message("assistant", "Words.")), "kimi-k2.6", 0.0, "complete")
    later.open(turn, "main")
    later.begin(turn, "main")
    with pytest.raises(ZeroDivisionError) as bug:
        later.finish(turn)
    later.fail(bug.value, str)
    assert shown == [("failed", ("The answer was broken off by ZeroDivisionError: a bug",))]
