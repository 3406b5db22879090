"""A question until it has its answer: which replies are carried out, asked for again, or taken as they are."""

from __future__ import annotations

import pytest

from tests.scripted import ScriptedKimi
from tests.scripts import Reply, error, pieces
from tests.shells import Shell

ADD = "ran = []\ndef add(a: int, b: int = 1) -> int:\n    '''Add.'''\n    ran.append((a, b))\n    return a + b"
CITY = "from dataclasses import dataclass\n@dataclass\nclass City:\n    name: str"
PLOT = (
    "from matplotlib.figure import Figure\ndef plot() -> object:\n    figure = Figure()\n"
    "    figure.subplots().plot([1, 2, 3])\n    return figure"
)
MODELS = {"data": [{"id": "blind", "supports_image_in": False}]}


@pytest.fixture
def adding(shell: Shell) -> Shell:
    """A shell with a function that notes what it was called with."""
    assert shell.run(ADD).ok
    return shell


def contents(kimi: ScriptedKimi, role: str) -> list[object]:
    """Return what the last request has of that role."""
    return [message["content"] for message in kimi.chats[-1].json["messages"] if message["role"] == role]


def test_a_call_of_a_reply_that_was_capped_is_not_carried_out(adding: Shell, kimi: ScriptedKimi) -> None:
    """Its arguments may not be whole, however well they read: nothing runs, the status says so, and no call is kept."""
    kimi.queue(pieces("Let me add.", calls=[("a", "add", ['{"a": 1}'])], finish="length"))
    ran = adding.run("%%kimi -t add -y\nhow much?")
    assert adding.ip.user_ns["ran"] == []
    assert "what Kimi called was not carried out" in ran.answer.html
    assert adding.run("%kimi and?").ok
    assert contents(kimi, "tool") == []
    assert contents(kimi, "assistant") == ["Let me add."]


def test_each_call_has_an_id_of_its_own(adding: Shell, kimi: ScriptedKimi) -> None:
    """Calls under one id, under the id that another one gets for want of it, and under none each get their own answer."""
    calls = [("add:1", "add", ['{"a": 1}']), ("add:1", "add", ['{"a": 2}']), ("", "add", ['{"a": 3}'])]
    kimi.queue(pieces(calls=calls, finish="tool_calls"), pieces("Done."))
    assert adding.run("%%kimi -t add -y\nhow much?").ok
    assert contents(kimi, "tool") == ["2", "3", "4"]
    ids = [message["tool_call_id"] for message in kimi.chats[-1].json["messages"] if message["role"] == "tool"]
    assert len(set(ids)) == 3


def test_a_model_that_sees_no_pictures_is_sent_none(shell: Shell, kimi: ScriptedKimi) -> None:
    """A figure that a function returns goes as the facts about it, and as a word that it could not be seen."""
    kimi.routes["/models"] = Reply(200, MODELS)
    assert shell.run("%kimi /models").ok
    shell.run(PLOT)
    kimi.queue(pieces(calls=[("a", "plot", ["{}"])], finish="tool_calls"), pieces("I read."))
    assert shell.run("%%kimi -m blind -t plot -y\nwhat?").ok
    (told,) = contents(kimi, "tool")
    assert isinstance(told, str)
    assert told.endswith("[a picture, which this model cannot see]")


def test_an_answer_from_the_store_is_not_asked_for_again(shell: Shell, kimi: ScriptedKimi) -> None:
    """Where the kept answer is no value of the type and nobody may be asked, that is told once more, and nothing is sent."""
    shell.run(CITY)
    kimi.default = pieces('{"town": "Ulm"}')
    assert shell.run("%%kimi --once --cache --schema City\nwhere?").ename == "ResultInvalid"
    asked = len(kimi.chats)
    shell.run("%config KimiMagic.offline = True")
    assert shell.run("%%kimi --once --cache --schema City\nwhere?").ename == "ResultInvalid"
    assert len(kimi.chats) == asked


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("--prefix One", "ask without --prefix."),
        ("-t add --prefix One", "ask without --tool and --prefix."),
        ("--json", "ask without --schema or --json."),
    ],
)
def test_a_refusal_says_what_it_may_be_about(adding: Shell, kimi: ScriptedKimi, line: str, says: str) -> None:
    """What a model or a server may not be able to do is named, and only what was asked for."""
    kimi.queue(error(400, "invalid_request_error", "not supported"))
    ran = adding.run(f"%%kimi {line}\nhow much?")
    assert ran.ename == "RequestRefused"
    assert ran.evalue.endswith(says)
