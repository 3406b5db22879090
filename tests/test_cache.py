"""The very same request is answered from the store: at once, free, and without a network."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kimi_magic.commands.table import run
from kimi_magic.errors import AnswerIncomplete, ResultInvalid, UsageError
from kimi_magic.messages import Attachment, Text, Upload
from kimi_magic.render.view import status_line
from kimi_magic.schema.target import json_object
from tests.scripted import ScriptedKimi
from tests.scripts import Cut, Stream, pieces
from tests.shells import Shell


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


@pytest.mark.parametrize(
    "first",
    [pieces('{"a": "b'), pieces("[1, 2]"), pieces('{"a": 1}', finish="length")],
    ids=["half", "a list", "cut by length"],
)
def test_a_value_that_fits_nothing_is_asked_for_again(shell: Shell, kimi: ScriptedKimi, first: Stream) -> None:
    """An answer without the value that is wanted would fail its cell for ever; the next one is found again."""
    kimi.queue(first, first, first)
    assert shell.run("%%kimi -1 --cache --json\nwhat?").ename == "ResultInvalid"
    kimi.forget()
    kimi.queue(pieces('{"a": 2}'))
    for _ in range(2):
        assert shell.run("%%kimi -1 --cache --json\nwhat?").ok
        assert shell.run("print(_kimi.parsed)").stdout == "{'a': 2}\n"
    assert len(kimi.chats) == 1


def test_offline_such_a_value_is_what_there_is(books: Any, kimi: ScriptedKimi) -> None:
    """Where nobody may be asked, the answer is shown with what is wrong, as it was the first time."""
    kimi.default = pieces("[1, 2]")
    for offline in (False, True):
        one = books(offline=offline)
        question = replace(one.question("c1", "what?"), target=json_object())
        with pytest.raises(ResultInvalid, match="Expected a JSON object"):
            one.session.ask(question)
    assert len(kimi.chats) == 3


def test_what_others_have_said_answers_nothing(books: Any, kimi: ScriptedKimi, tmp_path: Path) -> None:
    """An imported conversation, and what a notebook's outputs tell, can be gone on with, and never answer for Kimi."""
    theirs = books("theirs.ipynb", store="none")
    kimi.queue(pieces("Pay to account 666."))
    theirs.ask("c1", "Where do I pay?")
    theirs.save()
    for suffix in (".ipynb", ".jsonl"):
        run(theirs.session, f"/export {tmp_path / 'talk'}{suffix}")
    ours = books("theirs.ipynb")
    assert [turn.answer.text for turn in ours.session.conversations.get("main").turns] == ["Pay to account 666."]
    for file in ("talk.ipynb", "talk.jsonl", "theirs.ipynb"):
        run(ours.session, f"/import {tmp_path / file} {file.replace('.', '-')}")
    kimi.forget()
    kimi.queue(pieces("The honest answer."))
    ours.ask("c9", "Where do I pay?", line="--cache -1")
    assert ours.session.last.text == "The honest answer."
    assert len(kimi.chats) == 1


def test_what_a_store_brings_along_answers_nothing_elsewhere(books: Any, kimi: ScriptedKimi) -> None:
    """A conversation that goes on in the user's own store takes its turns along, and not their power to answer for Kimi."""
    one = books(store="notebook")
    kimi.queue(pieces("Pay to account 666."), pieces("Sure."), pieces("The honest answer."))
    one.ask("c1", "Where do I pay?")
    one.session.configure(replace(one.session.settings, store="local"))
    one.ask("c2", "Really?")
    one.ask("c9", "Where do I pay?", line="--cache -1")
    assert one.session.last.text == "The honest answer."
    one.ask("c9", "Where do I pay?", line="--cache -1")
    assert len(kimi.chats) == 3
    two = books("b.ipynb")
    two.ask("d1", "Where do I pay?", line="--cache -1")
    assert two.session.last.text == "The honest answer."


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
