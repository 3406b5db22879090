"""The very same request is answered from the store: at once, free, and without a network."""

from __future__ import annotations

from typing import Any

import pytest

from kimi_magic.commands.table import run
from kimi_magic.errors import AnswerIncomplete, UsageError
from kimi_magic.messages import Attachment, Text, Upload
from kimi_magic.render.view import status_line
from tests.scripted import ScriptedKimi
from tests.scripts import Cut, pieces


def test_the_same_request_is_answered_from_the_store(books: Any, kimi: ScriptedKimi) -> None:
    """In another notebook the same questions get the same answers, thinking too; nothing is sent and nothing is paid."""
    one = books("a.ipynb")
    kimi.queue(pieces("Yes.", thinking=["Hm."]), pieces("No."))
    one.ask("c1", "Is it?")
    one.ask("c2", "Really?")
    paid = one.session.asked.copy()
    two = books("b.ipynb")
    for cell, prompt, text in (("d1", "Is it?", "Yes."), ("d2", "Really?", "No.")):
        two.ask(cell, prompt, line="--cache")
        assert two.session.last.text == text
        assert two.session.last.cost == 0.0
    assert len(kimi.chats) == 2
    turns = two.session.conversations.get("main").turns
    assert turns[0].answer.reasoning == "Hm."
    assert status_line(turns[0]).startswith("kimi-k2.6 · ")
    assert "from the store, free" in status_line(turns[0])
    assert two.outputs["d1"][0]["metadata"]["kimi_magic"]["cached"] is True
    assert "from the store" in run(two.session, "/history")
    assert "2 from the store" in run(two.session, "/usage")
    assert sum(turn.cost or 0 for _, turn in paid.values()) > 0


@pytest.mark.parametrize(
    ("first", "second"),
    [("", "--max-tokens 9"), ("", "-m kimi-k3"), ("", "-s other"), ("--stop a", "--stop b"), ("--no-think", "--think")],
)
def test_another_request_is_asked(books: Any, kimi: ScriptedKimi, first: str, second: str) -> None:
    """Whatever would make another request, an option too, is asked; so is everything without --cache."""
    one = books()
    one.ask("c1", line=f"--once {first}")
    one.ask("c1", line=f"--once --cache {second}")
    one.ask("c1", line=f"--once {second}")
    assert len(kimi.chats) == 3
    one.ask("c1", line=f"--once --cache {second}")
    assert len(kimi.chats) == 3


def test_a_cut_answer_is_no_answer(books: Any, kimi: ScriptedKimi) -> None:
    """What was cut or interrupted is asked again."""
    one = books()
    kimi.queue(pieces("Half", done=False, finish=None).then(Cut()))
    with pytest.raises(AnswerIncomplete):
        one.ask("c1", line="--cache")
    one.ask("c1", line="--cache")
    assert len(kimi.chats) == 2


def test_offline_asks_nobody(books: Any, kimi: ScriptedKimi, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the setting a notebook runs again without a key and without a network; what is not there is one sentence."""
    one = books()
    one.ask("c1")
    one.ask("c2", "And when offline, or with none?")
    one.save()
    kimi.forget()
    monkeypatch.delenv("MOONSHOT_API_KEY")
    two = books(offline=True)
    two.ask("c1")
    two.ask("c2", "And when offline, or with none?")
    assert two.session.last.text == "Forty-two."
    with pytest.raises(UsageError, match=r"no answer to this very request, and KimiMagic\.offline is set"):
        two.ask("c3", "something new", line="--max-cost 1")
    document = Attachment("a.pdf", "document", (Upload(b"%PDF", "a.pdf", "file-extract"),))
    with pytest.raises(UsageError, match=r"would have to be uploaded, and KimiMagic\.offline"):
        two.ask("c4", attachments=(document,))
    assert kimi.requests == []
    two.ask("c2", "And when offline, or with none?", attachments=())
    said = [turn.prompt for turn in two.session.conversations.get("main").turns if turn.is_said]
    assert said == ["c1", "And when offline, or with none?"]


def test_without_a_store_nothing_is_found(books: Any, kimi: ScriptedKimi) -> None:
    """--cache asks as usual where nothing is kept."""
    one = books(store="none")
    one.ask("c1", line="--cache")
    one.ask("c1", line="--cache", attachments=(Attachment("x", "value", (Text("x is 1"),)),))
    assert len(kimi.chats) == 2
