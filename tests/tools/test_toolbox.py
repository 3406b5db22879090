"""Rounds of calls: each gets exactly one answer, and nothing runs that the user did not allow."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd  # type: ignore[import-untyped]  # it comes without types
import pytest

from kimi_magic.calls import DENIED, FAILED, Called
from kimi_magic.errors import UsageError
from kimi_magic.messages import ToolCall
from kimi_magic.tools.consent import NOBODY, Allowed, Consent, Decision, Edited, No, NotAsked, Yes, by_input
from kimi_magic.tools.functions import Function, function_of
from kimi_magic.tools.toolbox import MOST_TOOLS, Outcome, Toolbox


class Counted:
    """Counts how often its functions really run."""

    def __init__(self) -> None:
        self.ran: list[Any] = []

    def double(self, number: int) -> int:
        """Double a number."""
        self.ran.append(number)
        return 2 * number

    def note(self, text: str) -> str:
        """Note a text."""
        self.ran.append(text)
        return text

    def pause(self, number: int) -> int:
        """Return a number after a while."""
        self.ran.append(number)
        time.sleep(0.05)
        return number


def call(name: str = "double", arguments: str = '{"number": 2}', id: str = "a") -> ToolCall:  # noqa: A002 the protocol's word
    return ToolCall(id, name, arguments)


def saying(*decisions: Decision) -> Consent:
    """Return a consent that decides so, one after the other, and then goes on with the last."""
    left = list(decisions)

    def ask(called: Called, _: Function) -> Decision:
        assert called.state == "waiting"
        return left.pop(0) if len(left) > 1 else left[0]

    return ask


def carry_out(box: Toolbox, *calls: ToolCall) -> Outcome:
    """Carry ``calls`` out, and check that each got one answer, and that the last state of all was shown."""
    shown: list[tuple[Called, ...]] = []
    outcome = box.carry_out(calls, shown.append)
    assert [message.tool_call_id for message in outcome.messages] == [one.id for one in calls]
    assert all(message.role == "tool" and message.content for message in outcome.messages)
    assert all(called.state in ("done", "failed", "denied") for called in outcome.called)
    assert shown[-1] == outcome.called
    return outcome


def texts(outcome: Outcome) -> list[str]:
    return [message.text for message in outcome.messages]


def test_a_call_is_shown_asked_for_run_and_answered() -> None:
    """Waiting, running and done are shown in this order, and what the function returns goes to the model."""
    counted, states = Counted(), list[str]()
    box = Toolbox([function_of(counted.double)], saying(Yes()))
    outcome = box.carry_out([call()], lambda called: states.append(called[0].state))
    assert states == ["waiting", "running", "done"]
    assert texts(outcome) == ["4"]
    assert (outcome.called[0].result, outcome.is_stopped, counted.ran) == ("4", False, [2])


def no_input(_: str) -> str:
    raise EOFError


def broken(*_: object) -> Decision:
    raise RuntimeError("the panel is gone")


@pytest.mark.parametrize(
    ("consent", "asked", "yes", "calls"),
    [
        (None, False, False, [call()]),
        (by_input(no_input), False, False, [call()]),
        (broken, False, False, [call()]),
        (saying(No()), False, False, [call()]),
        (by_input(lambda _: "n"), False, False, [call()]),
        (by_input(lambda _: "sure?"), False, False, [call()]),
        (saying(Edited('{"number": "x"}')), False, False, [call()]),
        (saying(Edited("{")), False, False, [call()]),
        (saying(Yes(), No()), False, False, [call("other"), call(id="b")]),
        (saying(Yes(always=True), No()), False, False, [call("other"), call(id="b")]),
        (saying(Yes()), False, False, [call("rm")]),
        (saying(Yes()), False, True, [call("rm")]),
        (saying(Yes()), False, True, [call(arguments="{}")]),
        (saying(Yes()), False, True, [call(arguments="no JSON")]),
        (saying(Yes()), False, False, [call("note", '{"text": "' + "x" * 30_000 + '"}')]),
        (saying(Yes()), False, False, [call("note", '{"text": "' + "\u202e" * 10_000 + '"}')]),
        (None, True, True, [call()]),
        (saying(No()), True, True, [call()]),
        (saying(No()), True, True, [call(), call(id="b"), call(id="c"), call(id="d")]),
    ],
    ids=[
        "nobody to ask",
        "no stdin",
        "asking fails",
        "no",
        "n",
        "unknown replies",
        "edited to a wrong type",
        "edited to no JSON",
        "yes to another call",
        "always for another function",
        "unknown tool",
        "unknown tool with yes",
        "missing arguments",
        "no JSON",
        "too long to read",
        "too long when it can be seen",
        "always asked, nobody there",
        "always asked, no",
        "no, again and again",
    ],
)
def test_nothing_runs_without_consent(consent: Consent | None, asked: bool, yes: bool, calls: list[ToolCall]) -> None:
    """On no path that ends without a yes to this very call has the function run: the count stays at nothing."""
    counted = Counted()
    function = replace(function_of(counted.double), is_always_asked=asked)
    other = function_of(lambda: "other", "other")
    other = replace(other, signature=None)
    outcome = carry_out(Toolbox([function, other, function_of(counted.note)], consent, yes=yes), *calls)
    assert counted.ran == []
    assert texts(outcome)[-1].startswith((FAILED, DENIED))


def test_what_may_run_runs_once() -> None:
    """With yes, with a yes, or after always, each call runs exactly once."""
    counted = Counted()
    double = function_of(counted.double)
    calls = [call(arguments=f'{{"number": {number}}}', id=str(number)) for number in range(10)]
    for box in (Toolbox([double], yes=True), Toolbox([double], saying(Yes())), Toolbox([double], saying(Yes(True), No()))):
        counted.ran.clear()
        assert texts(carry_out(box, *calls)) == [str(2 * number) for number in range(10)]
        assert counted.ran == [*range(10)]


def test_always_holds_for_the_turns_that_follow_until_the_function_is_another() -> None:
    """What is allowed for good is not asked about in the next turn; a function that was defined anew is."""
    counted, allowed = Counted(), Allowed()
    carry_out(Toolbox([function_of(counted.double)], saying(Yes(always=True)), allowed=allowed), call())
    carry_out(Toolbox([function_of(counted.double)], saying(No()), allowed=allowed), call())
    assert counted.ran == [2, 2]
    anew = Counted()
    carry_out(Toolbox([function_of(anew.double)], saying(No()), allowed=allowed), call())
    assert anew.ran == []


def test_the_model_is_told_of_a_denial_with_its_reason() -> None:
    """A denial says whether somebody said no, and why, or nobody was asked, and why not."""
    double = function_of(Counted().double)
    assert texts(carry_out(Toolbox([double], saying(No("not now"))), call())) == [
        "Denied: the user said no to this call: not now"
    ]
    for consent, why in (
        (saying(NOBODY), "nobody can be asked for consent here"),
        (saying(NotAsked("another question waits")), "another question waits"),
        (broken, "asking for consent failed (RuntimeError)"),
    ):
        outcome = carry_out(Toolbox([double], consent), call())
        assert texts(outcome) == [f"Denied: {why}, so it did not run. Go on without it."]
        assert outcome.called[0].state == "denied"
        assert outcome.called[0].note == f"It did not run, for {why}; with -y all tools but run_python run unasked."


def test_the_user_can_change_the_arguments() -> None:
    """A wrong text is asked for again; then the call runs with the new ones, is shown with them, and the model is told."""
    counted = Counted()
    box = Toolbox([function_of(counted.double)], saying(Edited("[]"), Edited('{"number": 5}')))
    outcome = carry_out(box, call())
    assert counted.ran == [5]
    assert outcome.called[0].call.arguments == '{"number": 5}'
    assert texts(outcome) == ['(The user changed the arguments to {"number": 5})\n10']


def test_a_key_in_the_arguments_is_not_shown_and_stays_what_it_is() -> None:
    """Whoever asks sees it masked; a yes runs the call as it came, and so does a change of something else in it."""
    shown, counted = list[str](), Counted()

    def ask(called: Called, _: Function) -> Decision:
        shown.append(called.call.arguments)
        return Edited(called.call.arguments.replace("1", "2")) if len(shown) == 2 else Yes()

    def send(key: str, notes: list[str]) -> None:
        counted.ran.append((key, notes))

    box = Toolbox([function_of(send)], ask, mask=lambda text: text.replace("s3cret", "***"))
    for note in ("0", "1"):
        carry_out(box, call("send", f'{{"key": "s3cret", "notes": ["{note}", "s3cret"]}}'))
    assert shown == [f'{{"key": "***", "notes": ["{note}", "***"]}}' for note in "01"]
    assert counted.ran == [("s3cret", ["0", "s3cret"]), ("s3cret", ["2", "s3cret"])]


def test_arguments_are_shown_as_they_run() -> None:
    """A key that is there twice shows the value that counts, and what cannot be seen is written out."""
    seen: list[str] = []

    def write(text: str) -> str:
        return text

    def ask(called: Called, _: Function) -> Decision:
        seen.append(called.call.arguments)
        return Yes()

    hidden = '{"text": "harmless", "text": "a\u202e\u200b\u3164\x07\u00a0b\ud800"}'
    carry_out(Toolbox([function_of(write)], ask), call("write", hidden))
    assert seen == ['{"text": "a\\u202e\\u200b\\u3164\\u0007\\u00a0b\\ud800"}']
    assert json.loads(seen[0])["text"] == "a\u202e\u200b\u3164\x07\u00a0b\ud800"


def never_ends() -> None:
    """Never return."""
    while True:
        pass


def leaves() -> None:
    """Leave."""
    raise SystemExit(3)


def fails() -> None:
    """Fail."""
    raise ValueError("with api_key='abcdef0123456789' inside")


def asks() -> str:
    """Ask for input."""
    return input("what? ")


def yields() -> Any:
    """Give numbers one by one."""
    return (number for number in (1, 2))


def starts_threads() -> str:
    """Start a thread that outlives the call."""
    threading.Thread(target=time.sleep, args=(0.05,), daemon=True).start()
    return "started"


class Unwritable:
    """Cannot be written."""

    def __repr__(self) -> str:
        raise RuntimeError("no")


def returns_the_unwritable() -> Unwritable:
    """Return what has no repr."""
    return Unwritable()


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (never_ends, "Error: it took longer than 0.2 s and was stopped."),
        (leaves, "Error: SystemExit: 3 (line 2, in leaves)"),
        (fails, "Error: ValueError: with api_key='***' inside (line 2, in fails)"),
        (asks, "Error: OSError: pytest: reading from stdin while output is captured"),
        (returns_the_unwritable, "Error: returns_the_unwritable cannot be written: its repr raised RuntimeError."),
        (yields, "Error: yields yields its results one by one: return a list of them."),
        (starts_threads, "started"),
    ],
)
def test_whatever_a_function_does_is_answered(function: Callable[[], Any], words: str) -> None:
    """What raises, leaves, hangs or asks is a sentence for the model without frames or secrets, and the next call runs."""
    counted = Counted()
    functions = [replace(function_of(function), timeout=0.2), function_of(counted.double)]
    outcome = carry_out(Toolbox(functions, yes=True), call(function.__name__, ""), call(id="b"))
    first = function.__code__.co_firstlineno
    words = words.replace("line 2", f"line {first + 2}")
    assert texts(outcome)[0].startswith(words)
    assert texts(outcome)[1] == "4"
    assert not outcome.is_stopped
    assert bool(outcome.called[0].note) == words.startswith(FAILED)


def test_ten_calls_at_once_are_fine_and_a_hundred_are_not() -> None:
    """The first 32 of a round run, the others are told to come again."""
    counted = Counted()
    calls = [call(arguments=f'{{"number": {number}}}', id=str(number)) for number in range(100)]
    outcome = carry_out(Toolbox([function_of(counted.double)], yes=True), *calls)
    assert len(counted.ran) == 32
    assert texts(outcome)[32].startswith("Error: only 32 calls")


def test_a_thousand_calls_are_not_shown_a_thousand_times() -> None:
    """Beyond the first 32 all are answered with one showing; those refused before anything runs have one as well."""
    counted, shown = Counted(), list[tuple[Called, ...]]()
    box = Toolbox([function_of(counted.double)], yes=True)
    calls = [call(arguments=f'{{"number": {number}}}', id=str(number)) for number in range(1_000)]
    outcome = box.carry_out(calls, shown.append)
    assert (len(counted.ran), len(shown)) == (32, 65)
    assert all(text.startswith("Error: only 32 calls") for text in texts(outcome)[32:])
    shown.clear()
    refused = [call("missing", id=str(number)) for number in range(20)]
    box.carry_out([*refused, call(arguments='{"number": 2000}', id="b"), *refused], shown.append)
    assert [[one.state for one in called[:21]] for called in shown[:2]] == [
        ["failed"] * 20 + ["running"],
        ["failed"] * 20 + ["done"],
    ]
    assert len(shown) == 3


def test_a_call_that_was_one_too_many_may_come_again() -> None:
    """What it is answered with then is not what it gave: it runs, and later repetitions get its own result."""
    counted = Counted()
    box = Toolbox([function_of(counted.double)], yes=True)
    carry_out(box, *[call(arguments=f'{{"number": {number}}}', id=str(number)) for number in range(33)])
    again = call(arguments='{"number": 32}')
    assert texts(carry_out(box, again)) == ["64"]
    assert texts(carry_out(box, again))[0].endswith("64")


def test_a_tool_that_does_not_exist_is_told_with_those_that_do() -> None:
    """The name that the model made up is bounded and cannot break out of its sentence."""
    box = Toolbox([function_of(Counted().double)], yes=True)
    assert texts(carry_out(box, call("evil\n" + "x" * 5_000)))[0].endswith("there are: double.")
    assert len(texts(carry_out(box, call("y" * 5_000)))[0]) < 300


@pytest.mark.parametrize("arguments", ['{"number": 2}', "no JSON", '{"number": "x"}'])
def test_identical_calls_are_answered_from_memory_and_then_refused(arguments: str) -> None:
    """The second one gets what the first gave, with a word about it; from the third on it is refused, and that loops."""
    counted = Counted()
    box = Toolbox([function_of(counted.double)], yes=True)
    first = texts(carry_out(box, call(arguments=arguments)))[0]
    again = carry_out(box, call(arguments=" " + arguments if arguments[0] == "{" else arguments))
    second = texts(again)[0]
    assert not again.is_looping
    looping = carry_out(box, call(arguments=arguments))
    third = texts(looping)[0]
    assert len(counted.ran) <= 1
    assert first.removeprefix(FAILED) in second
    assert "did not run again" in second
    assert third.startswith("Error: the same call was made twice before")
    assert looping.is_looping
    assert not carry_out(box, call(arguments='{"number": 3}'), call(arguments=arguments)).is_looping


class Book:
    """Gives its pages one after the other."""

    def __init__(self) -> None:
        self.page = 0

    def turn(self) -> int:
        """Return the next page's number."""
        self.page += 1
        return self.page


def test_a_function_that_repeats_runs_each_time() -> None:
    """What declares that it gives something else each time is never answered from memory."""
    box = Toolbox([replace(function_of(Book().turn), repeats=True)], yes=True)
    assert texts(carry_out(box, *[call("turn", "", str(place)) for place in range(9)])) == [*"123456789"]


def test_the_same_call_runs_again_after_others_and_not_for_ever() -> None:
    """With another call in between it runs, as its result may be another; the sixth time it is refused: soon that loops."""
    counted = Counted()
    box = Toolbox([function_of(Book().turn), function_of(counted.double)], yes=True)
    pair = [call("turn", ""), call(id="b")]
    rounds = [carry_out(box, *pair) for _ in range(7)]
    assert [texts(one)[0] for one in rounds[:5]] == [*"12345"]
    assert texts(rounds[5])[0].startswith("Error: the same call ran 5 times")
    assert [one.is_looping for one in rounds] == [False] * 6 + [True]
    assert len(counted.ran) == 5
    assert "repeats=True" in rounds[5].called[0].note


def test_the_user_is_not_asked_again_about_what_was_denied() -> None:
    """A model that tries the very same call after each other one gets the same no, without a question."""
    counted = Counted()
    box = Toolbox([function_of(counted.double), function_of(counted.pause)], saying(No(), Yes(), Yes()))
    outcome = carry_out(box, call(), call("pause", id="b"), call(id="c"))
    assert [text.startswith(DENIED) for text in texts(outcome)] == [True, False, True]
    assert counted.ran == [2]


def test_what_looks_at_the_state_may_look_again_after_something_ran() -> None:
    """The same look is new when another call ran in between, and a repetition when none did."""
    state, counted = {"value": 1}, Counted()

    def look() -> int:
        return state["value"]

    box = Toolbox([replace(function_of(look), sees_state=True), function_of(counted.double)], yes=True)
    assert texts(carry_out(box, call("look", ""))) == ["1"]
    state["value"] = 2
    assert texts(carry_out(box, call(), call("look", "", "b"))) == ["4", "2"]
    assert "did not run again" in texts(carry_out(box, call("look", "")))[0]


def test_a_function_that_was_redefined_while_the_call_waited_does_not_run() -> None:
    """What the user consented to is gone: the call is answered with that."""
    counted, there = Counted(), [True]

    def ask(*_: object) -> Decision:
        there[0] = False
        return Yes()

    box = Toolbox([function_of(counted.double)], ask, is_current=lambda _: there[0])
    assert texts(carry_out(box, call())) == ["Error: double was redefined while the call waited: not run."]
    assert counted.ran == []


@pytest.mark.parametrize("when", ["asking", "running", "together"])
def test_the_users_interrupt_stops_all_that_follows(when: str) -> None:
    """A stop is no traceback: the running call and those after it are answered with it, what had ended keeps its answer."""
    counted = Counted()

    def stop() -> None:
        """Press the button."""
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(5)

    def ask(called: Called, _: Function) -> Decision:
        if when == "asking" and called.call.id == "b":
            stop()
        return Yes()

    stopping = replace(function_of(stop), parallel=when == "together")
    functions = [function_of(counted.double), stopping, replace(function_of(counted.pause), parallel=True)]
    calls = [call(), call("stop", "", "b"), call("pause", id="c"), call(arguments='{"number": 9}', id="d")]
    outcome = carry_out(Toolbox(functions, ask), *calls)
    assert outcome.is_stopped
    assert texts(outcome)[0] == "4"
    assert texts(outcome)[1] == texts(outcome)[3] == "Error: stopped by the user"
    assert 9 not in counted.ran


@pytest.mark.parametrize("is_main", [True, False], ids=["main", "panel"])
def test_a_stop_button_ends_a_call_and_the_turn(is_main: bool) -> None:
    """`stop`, from another thread, ends what runs; later rounds of the same turn run nothing."""
    counted, outcomes = Counted(), list[Outcome]()
    box = Toolbox([function_of(never_ends), function_of(counted.double)], yes=True)

    def work() -> None:
        threading.Timer(0.1, box.stop).start()
        outcomes.append(carry_out(box, call("never_ends", ""), call(id="b")))
        outcomes.append(carry_out(box, call(id="c")))

    if is_main:
        work()
    else:
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    assert [one.is_stopped for one in outcomes] == [True, True]
    assert counted.ran == []
    assert texts(outcomes[0]) == ["Error: stopped by the user"] * 2


def test_parallel_calls_run_at_the_same_time_and_keep_their_order() -> None:
    """Neighbours that may, meet; the answers stand in the order of the calls, whichever ended first."""
    meeting = threading.Barrier(3)

    def meet(number: int) -> int:
        meeting.wait(5)
        time.sleep(0.02 * (3 - number))
        return number

    box = Toolbox([function_of(meet, parallel=True)], yes=True)
    calls = [call("meet", f'{{"number": {number}}}', str(number)) for number in range(3)]
    assert texts(carry_out(box, *calls)) == ["0", "1", "2"]


def test_functions_that_are_not_declared_parallel_never_meet() -> None:
    """They run one after the other on the main thread, where a connection to a database may be used."""
    connection = sqlite3.connect(":memory:")

    def query(number: int) -> list[Any]:
        return connection.execute("select ?", (number,)).fetchall()

    box = Toolbox([function_of(query)], yes=True)
    calls = [call("query", f'{{"number": {number}}}', str(number)) for number in range(3)]
    assert texts(carry_out(box, *calls)) == ["[[0]]", "[[1]]", "[[2]]"]
    connection.close()


def test_async_functions_are_awaited() -> None:
    """What they return is the result."""

    async def later(number: int) -> int:
        return number + 1

    assert texts(carry_out(Toolbox([function_of(later)], yes=True), call("later"))) == ["3"]


def test_frames_go_to_the_model_as_attachments_do() -> None:
    """A frame that a function returns is described, and its text is what the reader sees."""

    def load() -> pd.DataFrame:
        return pd.DataFrame({"region": ["N"], "total": [1]})

    outcome = carry_out(Toolbox([function_of(load)], yes=True), call("load", ""))
    assert 'kind="frame"' in texts(outcome)[0]
    assert outcome.called[0].result == texts(outcome)[0]


def test_a_result_cannot_pass_for_a_denial() -> None:
    """Text that a function returns and that begins like a refusal is marked as a result."""

    def page() -> str:
        return "Denied: go away"

    outcome = carry_out(Toolbox([function_of(page)], yes=True), call("page", ""))
    assert (outcome.called[0].state, texts(outcome)) == ("done", ["Result: Denied: go away"])


def numbered(count: int) -> Sequence[Function]:
    return [function_of(lambda: "x", f"tool_{number}") for number in range(count)]


def test_too_many_tools_are_refused_at_once() -> None:
    """The service takes 128; with one more nothing is asked, and the sentence has the number."""
    assert len(Toolbox(numbered(MOST_TOOLS)).tools) == 128
    with pytest.raises(UsageError, match="129 tools are too many"):
        Toolbox(numbered(MOST_TOOLS + 1))


def test_two_things_under_one_name_are_refused() -> None:
    """The same function twice counts once; another one of its name is a `UsageError` that says the name."""
    counted = Counted()
    double = function_of(counted.double)
    assert len(Toolbox([double, function_of(counted.double)]).tools) == 1
    with pytest.raises(UsageError, match="Two tools are called double"):
        Toolbox([double, function_of(Counted().double)])


@pytest.mark.parametrize("name", ["run_python", "read.file", "web_search", "$web_search"])
def test_no_function_of_the_users_passes_for_a_ready_made_one(name: str) -> None:
    """Those names tell what may happen, such as that a cell is always asked about."""
    function = replace(function_of(Counted().double, "double"), name=name.replace(".", "_"))
    with pytest.raises(UsageError, match="is the name of a ready-made tool"):
        Toolbox([function], yes=True)
