"""The user's word on a call: it belongs to exactly the call that was shown, and nobody waits for it in vain."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from kimi_magic.calls import Called
from kimi_magic.messages import ToolCall
from kimi_magic.panel.consent import CLOSED, PanelConsent
from kimi_magic.tools.consent import Consent, Decision, Edited, No, NotAsked, Yes
from kimi_magic.tools.functions import Function
from tests.export.reader import Reader
from tests.render.hostile import HOSTILE
from tests.render.turns import CODE, SOURCE, WEATHER

FUNCTION = Function("weather", "", print)


class Asking:
    """A consent that asks on a thread, and what the trait has held."""

    def __init__(self, mask: Callable[[str], str] = str, pause: float = 0.0) -> None:
        self.shown: list[dict[str, Any] | None] = []
        self.decided: list[Decision | str] = []
        self.consent = PanelConsent(self.shown.append, mask, pause)
        self._threads: list[threading.Thread] = []

    def ask(self, call: ToolCall = WEATHER, function: Function = FUNCTION, note: str = "") -> dict[str, Any]:
        """Ask on a thread, and return what is shown of it."""
        before = len(self.shown)

        def work() -> None:
            ask: Consent = self.consent
            try:
                self.decided.append(ask(Called(call, note=note), function))
            except KeyboardInterrupt:
                self.decided.append("stopped")

        self._threads.append(threading.Thread(target=work))
        self._threads[-1].start()
        self.until(lambda: len(self.shown) > before)
        shown = self.shown[-1]
        assert shown is not None
        return shown

    def end(self) -> list[Decision | str]:
        """Wait for all that was asked, and return what was decided."""
        for thread in self._threads:
            thread.join(5)
            assert not thread.is_alive()
        return self.decided

    def until(self, holds: Callable[[], bool]) -> None:
        """Wait until something holds."""
        end = time.monotonic() + 5
        while not holds():
            assert time.monotonic() < end
            time.sleep(0.005)


@pytest.mark.parametrize(
    ("decision", "text", "decided"),
    [
        ("yes", "", Yes()),
        ("no", "", No()),
        ("always", "", Yes(always=True)),
        ("edit", '{"city": "Bonn"}', Edited('{"city": "Bonn"}')),
        ("anything", "", No()),
        ("", "", No()),
    ],
)
def test_the_word_is_what_the_user_said(decision: str, text: str, decided: Decision) -> None:
    """Each button has its meaning, and what is no button is no yes; then nothing is shown any more."""
    asking = Asking()
    asking.consent.answer(asking.ask()["id"], decision, text)
    assert asking.end() == [decided]
    assert asking.shown[-1] is None


def test_an_answer_belongs_to_the_call_that_was_shown() -> None:
    """A late click for an earlier call, a guessed id, and a second click do nothing."""
    asking = Asking()
    first = asking.ask()["id"]
    asking.consent.answer(first, "no")
    asking.consent.answer(first, "yes")
    asking.end()
    second = asking.ask()["id"]
    for id in (first, "", WEATHER.id, second[:-1], second.upper() + "x"):  # noqa: A001 the message's word
        asking.consent.answer(id, "yes")
    assert asking.decided == [No()]
    asking.consent.answer(second, "no")
    asking.consent.answer(second, "yes")
    assert asking.end() == [No(), No()]
    assert len({first, second}) == 2
    assert len(first) >= 20


@pytest.mark.parametrize("decision", ["yes", "always", "no", "edit"])
def test_a_word_that_comes_too_soon_does_nothing(decision: str) -> None:
    """Nobody has read a call that has just come: the second click of a double click was meant for the one before."""
    asking = Asking(pause=0.3)
    shown = asking.ask()
    asking.consent.answer(shown["id"], decision)
    time.sleep(0.1)
    asking.consent.answer(shown["id"], decision)
    assert asking.shown == [shown]
    time.sleep(0.25)
    asking.consent.answer(shown["id"], "yes")
    assert asking.end() == [Yes()]


def test_what_is_always_asked_about_gets_no_always() -> None:
    """Neither the panel offers it, nor does a message without a button achieve it."""
    asking = Asking()
    shown = asking.ask(function=replace(FUNCTION, is_always_asked=True))
    assert shown["always"] is False
    asking.consent.answer(shown["id"], "always")
    assert asking.end() == [No()]


def test_two_calls_are_asked_about_one_after_the_other() -> None:
    """While one waits, the next is not shown; an answer counts for the one that is."""
    asking = Asking()
    first = asking.ask(WEATHER)
    waiting = threading.Thread(target=lambda: asking.decided.append(asking.consent(Called(CODE), FUNCTION)))
    waiting.start()
    time.sleep(0.05)
    assert len(asking.shown) == 1
    asking.consent.answer(first["id"], "yes")
    asking.until(lambda: asking.shown[-1] is not None and asking.shown[-1]["id"] != first["id"])
    asking.consent.answer(str((asking.shown[-1] or {})["id"]), "no")
    waiting.join(5)
    assert asking.end() == [Yes(), No()]


def test_a_stop_ends_the_waiting() -> None:
    """Who waits is interrupted as the main thread is; a stop while nothing waits does not hit the next call."""
    asking = Asking()
    asking.consent.stop()
    asking.ask()
    assert asking.decided == []
    asking.consent.stop()
    assert asking.end() == ["stopped"]
    assert asking.shown[-1] is None


def test_a_closed_panel_decides_no() -> None:
    """Nothing runs because nobody is there to say no, now or later."""
    asking = Asking()
    asking.ask()
    asking.consent.close()
    assert asking.end() == [NotAsked(CLOSED)]
    assert asking.consent(Called(WEATHER), FUNCTION) == NotAsked(CLOSED)


def test_code_is_edited_as_code() -> None:
    """An argument that is code is edited by itself; the others stay as they are. All else is edited as JSON."""
    asking = Asking()
    call = replace(CODE, arguments=json.dumps({"code": SOURCE, "seconds": 3}))
    shown = asking.ask(call)
    assert (shown["label"], shown["text"]) == ("code", SOURCE)
    asking.consent.answer(shown["id"], "edit", "1 + 1")
    assert asking.end() == [Edited('{"code": "1 + 1", "seconds": 3}')]
    shown = asking.ask(replace(WEATHER, arguments='{"city": "Köln\\u202e"}'))
    assert (shown["label"], json.loads(shown["text"])) == ("arguments", {"city": "Köln\u202e"})
    assert shown["text"].isascii()
    asking.consent.stop()
    asking.end()


@pytest.mark.parametrize(("call", "typed"), [(WEATHER, '{"city": "Bonn"'), (CODE, "1 + 1 = 2")])
def test_what_was_typed_stays(call: ToolCall, typed: str) -> None:
    """Where an edit does not fit, the call is asked about once more with the reason and what was typed, without a key."""
    asking = Asking(lambda text: text.replace("Bonn", "***"))
    first = asking.ask(call)
    assert first["note"] == ""
    asking.consent.answer(first["id"], "edit", typed)
    asking.end()
    again = asking.ask(call, note="These do not fit: <b>")
    assert (again["note"], again["text"]) == ("These do not fit: <b>", typed.replace("Bonn", "***"))
    assert (again["html"], again["label"]) == (first["html"], first["label"])
    asking.consent.answer(again["id"], "yes")
    asking.end()
    for other, note in ((call, ""), (replace(call, id="other"), "No.")):
        assert asking.ask(other, note=note)["text"] == first["text"]
        asking.consent.stop()
        asking.end()


@pytest.mark.parametrize(("name", "text"), HOSTILE, ids=[name for name, _ in HOSTILE])
def test_nothing_hostile_runs_or_loads(name: str, text: str) -> None:
    """Whatever is called, with whatever: what is HTML of it runs and loads nothing, and all of it can be sent."""
    asking = Asking()
    for call in (ToolCall("1", text, text), ToolCall("1", "go", json.dumps({text: text, "code": f"{text}\n"}))):
        shown = asking.ask(call, note=text)
        assert Reader(shown["html"]).harm("div", "img") == [], name
        json.dumps(shown, ensure_ascii=False).encode()
        asking.consent.answer(shown["id"], "edit", text)
        asking.end()
