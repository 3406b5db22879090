"""Answers that are values: asked for by a type, checked, asked for again, and kept as one turn."""

from __future__ import annotations

import pytest

from tests.scripted import ScriptedKimi
from tests.scripts import error, pieces
from tests.shells import Shell

CITY = """
from dataclasses import dataclass
@dataclass
class City:
    name: str
    people: int
"""
ULM = '{"name": "Ulm", "people": 126000}'


@pytest.fixture
def cities(shell: Shell) -> Shell:
    """A shell in which there is a class of cities."""
    assert shell.run(CITY).ok
    return shell


def texts(kimi: ScriptedKimi, number: int = -1) -> list[str]:
    return [message["content"] for message in kimi.chats[number].json["messages"][1:]]


def test_an_answer_is_a_value_of_the_type(cities: Shell, kimi: ScriptedKimi) -> None:
    """The schema goes with the request; the variable has the answer, whose parsed is a value of the class."""
    kimi.queue(pieces('{"name": "U', 'lm", "people": 126000}'))
    ran = cities.run("%%kimi --schema City -o answer\nwhere?")
    form = kimi.chats[0].json["response_format"]
    assert form["type"] == "json_schema"
    assert form["json_schema"]["schema"]["required"] == ["name", "people"]
    assert ran.answer.text == ULM
    assert "<li><strong>name:</strong> Ulm</li>" in ran.answer.html.replace("\n", "")
    assert "{" not in ran.answer.html.partition("kimi-k2.6 ·")[0]
    assert cities.run("assert answer.parsed == City('Ulm', 126000)").ok


def test_a_list_is_a_frame(cities: Shell, kimi: ScriptedKimi) -> None:
    """``list[City]`` gives a list, and a frame of it."""
    kimi.queue(pieces('{"result": [' + ULM + ", " + ULM + "]}"))
    cities.run("import pandas")
    assert cities.run("%%kimi --schema list[City] -o answer\nwhere?").ok
    assert cities.run("assert answer.parsed == [City('Ulm', 126000)] * 2, answer.parsed").ok
    assert cities.run("assert answer.frame().shape == (2, 2)").ok


@pytest.mark.parametrize("reply", ["```json\n" + ULM + "\n```", "Here it is:\n\n```\n" + ULM + "\n```\nDone.", f"\n{ULM} "])
def test_a_fence_is_no_part_of_the_value(cities: Shell, kimi: ScriptedKimi, reply: str) -> None:
    """A reply in a Markdown fence, with words around it, is the value all the same."""
    kimi.queue(pieces(reply))
    cities.run("%%kimi --schema City\nwhere?")
    assert cities.run("assert _kimi.parsed.people == 126000").ok
    assert len(kimi.chats) == 1


def test_what_does_not_fit_is_asked_for_again(cities: Shell, kimi: ScriptedKimi) -> None:
    """The model reads what was wrong and answers anew; the next question sees the good answer alone, and all was paid."""
    kimi.queue(pieces('{"name": "Ulm"}'), pieces('{"name": "Ulm", "people": "many"}'), pieces(ULM))
    ran = cities.run("%%kimi --schema City\nwhere?")
    assert ran.ok
    assert len(kimi.chats) == 3
    assert texts(kimi, 1)[1] == '{"name": "Ulm"}'
    assert "people" in texts(kimi, 1)[2]
    assert texts(kimi, 2)[:3] == texts(kimi, 1)
    assert texts(kimi, 2)[3] == '{"name": "Ulm", "people": "many"}'
    assert len(texts(kimi, 2)) == 5
    assert cities.run("assert _kimi.parsed.people == 126000 and _kimi.usage.prompt_tokens == 60").ok
    cities.run("%kimi and?")
    assert texts(kimi) == ["where?", ULM, "and?"]


def test_what_never_fits_is_shown_with_what_was_wrong(cities: Shell, kimi: ScriptedKimi) -> None:
    """After two repetitions the answer is kept, the cell fails with what was wrong, and the conversation goes on."""
    kimi.default = pieces('{"name": "Ulm"}')
    ran = cities.run("%%kimi --schema City\nwhere?")
    assert ran.ename == "ResultInvalid"
    assert "people" in ran.evalue
    assert ran.evalue.startswith("The answer is kept, but it is no City: ")
    assert ran.answer.html.count("asked again") == 1
    assert "not the value asked for" in ran.answer.html
    assert len(kimi.chats) == 3
    assert ran.answer.text == '{"name": "Ulm"}'
    assert cities.run("assert _kimi.parsed is None").ok
    kimi.queue(pieces("Fine."))
    assert cities.run("%kimi and?").ok
    assert texts(kimi) == ["where?", '{"name": "Ulm"}', "and?"]


@pytest.mark.parametrize("empty", ["", " \n"])
def test_an_empty_reply_is_asked_for_again(cities: Shell, kimi: ScriptedKimi, empty: str) -> None:
    """What has no words is asked for again without being sent back; what stays empty is not called an answer."""
    kimi.queue(pieces(empty), pieces(ULM))
    assert cities.run("%%kimi -n --schema City\nwhere?").ok
    assert [text.partition("\n")[2][:18] for text in texts(kimi)] == ["", "The reply is empty"]
    kimi.forget()
    kimi.default = pieces(empty)
    ran = cities.run("%%kimi -n --schema City\nwhere?")
    assert len(kimi.chats) == 3
    assert ran.evalue == "The answer has no words, so it is no City: The reply is empty; JSON was expected."


@pytest.mark.parametrize("reply", ['{"a": NaN}', '{"a": Infinity, "b": {}}', '{"a": 1e999}', '{"a": ' + "9" * 5_000 + "}"])
def test_numbers_that_json_has_not_are_asked_for_again(shell: Shell, kimi: ScriptedKimi, reply: str) -> None:
    """NaN, the infinite and what Python does not read are no JSON: the model is told, and writes it anew."""
    kimi.queue(pieces(reply), pieces('{"a": null}'))
    assert shell.run("%%kimi --json\nwhat?").ok
    assert shell.run("assert _kimi.parsed == {'a': None}").ok


def test_a_list_without_items_has_columns(cities: Shell, kimi: ScriptedKimi) -> None:
    """An empty ``list[City]`` is a frame with the columns of cities; a quoted name is looked up in the notebook."""
    kimi.queue(pieces('{"result": []}'))
    assert cities.run("%%kimi --schema \"list['City']\" -o answer\nwhere?").ok
    assert cities.run("assert list(answer.frame().columns) == ['name', 'people']").ok


def test_a_quoted_name_is_looked_up_for_ask(cities: Shell, kimi: ScriptedKimi) -> None:
    """``ask(schema=list["City"])`` finds the notebook's class, too."""
    kimi.queue(pieces('{"result": [' + ULM + "]}"))
    ran = cities.run("import kimi_magic\nassert kimi_magic.ask('where?', schema=list['City']).parsed[0].name == 'Ulm'")
    assert ran.ok, ran.evalue


def test_what_was_asked_for_is_named_as_it_was_typed(shell: Shell, kimi: ScriptedKimi) -> None:
    """The name that the service needs is not the one that a user wrote."""
    kimi.default = pieces("No.")
    ran = shell.run("%%kimi --schema list[dict]\nwhat?")
    assert ran.evalue.startswith("The answer is kept, but it is no list[dict]: "), ran.evalue


def test_a_name_that_is_not_there_is_said_once_with_near_ones(cities: Shell) -> None:
    """In whatever place of the type it stands."""
    assert cities.run("%%kimi --schema list[Citty]\nwhat?").evalue == (
        "--schema list[Citty]: name 'Citty' is not defined. Did you mean City? Nothing was sent."
    )
    assert cities.run("%%kimi --schema Xyz\nwhat?").evalue == "--schema Xyz: name 'Xyz' is not defined. Nothing was sent."


def test_a_cap_is_said_before_anything_is_parsed(cities: Shell, kimi: ScriptedKimi) -> None:
    """An answer that stopped at its cap is not asked for again: the cap is what was wrong."""
    kimi.queue(pieces('{"name": "U', finish="length"))
    ran = cities.run("%%kimi --schema City --max-tokens 5\nwhere?")
    assert ran.ename == "ResultInvalid"
    assert "cap" in ran.evalue
    assert "--max-tokens" in ran.evalue
    assert len(kimi.chats) == 1


def test_json_mode_gives_a_dict(shell: Shell, kimi: ScriptedKimi) -> None:
    """``--json`` asks for any object, and parsed is a dict."""
    kimi.queue(pieces('```json\n{"a": [1, 2]}\n```'))
    shell.run("%%kimi --json\nwhat?")
    assert kimi.chats[0].json["response_format"] == {"type": "json_object"}
    assert shell.run("assert _kimi.parsed == {'a': [1, 2]}").ok


@pytest.mark.parametrize(
    ("before", "line", "says"),
    [
        ("", "--schema Nowhere", "Nowhere"),
        ("x = 5", "--schema x", "int"),
        ("import math", "--schema math", "module"),
        ("", "--schema", "needs a value"),
        ("import pandas", "--schema pandas.DataFrame", "DataFrame"),
    ],
)
def test_what_is_no_type_says_so(shell: Shell, kimi: ScriptedKimi, before: str, line: str, says: str) -> None:
    """What is no type that JSON can carry is refused in a sentence before anything is sent."""
    shell.run(before)
    ran = shell.run(f"%%kimi {line}\nwhat?")
    assert ran.ename == "UsageError"
    assert says in ran.evalue
    assert kimi.chats == []


def test_a_server_that_takes_no_schema_gets_a_sentence(cities: Shell, kimi: ScriptedKimi) -> None:
    """Where the service refuses the request, the error says what may be too much for it."""
    kimi.queue(error(400, "invalid_request_error", "response_format is not supported"))
    ran = cities.run("%%kimi --schema City\nwhere?")
    assert ran.ename == "RequestRefused"
    assert "ask without --schema" in ran.evalue


def test_a_dry_run_shows_the_schema(cities: Shell, kimi: ScriptedKimi) -> None:
    """What would be sent has the schema in it, and nothing is sent."""
    ran = cities.run("%%kimi --schema City --dry-run\nwhere?")
    assert '"json_schema"' in ran.answer.text
    assert kimi.chats == []
