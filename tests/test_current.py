"""``ask`` for scripts and functions."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Literal

import pytest
from pydantic import BaseModel

import kimi_magic
from kimi_magic.errors import ContentFiltered, ResultInvalid, UsageError
from tests.conftest import KEY, surroundings
from tests.scripted import ScriptedKimi
from tests.scripts import error, pieces
from tests.shells import Shell

SCRIPT = """
import pathlib
import kimi_magic
first = kimi_magic.ask("one", [1, 2], pathlib.Path("notes.txt"), model="kimi-k3")
second = kimi_magic.ask("two", once=True)
print(type(first).__name__, first, second.model, first.usage.total_tokens)
"""


def test_a_script_asks(kimi: ScriptedKimi, store: Path, tmp_path: Path) -> None:
    """Without IPython ask sends attachments and options, returns the answer, shows nothing, and ends."""
    (tmp_path / "notes.txt").write_text("the notes")
    kimi.queue(pieces("Yes."))
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        env=os.environ | surroundings(kimi, store),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("Answer Yes. kimi-k2.6 28\n", "")
    one, two = (request.json for request in kimi.chats)
    assert one["model"] == "kimi-k3"
    assert [message["role"] for message in two["messages"]] == ["system", "user"]
    for part in ('name="list_1"', "[1, 2]", 'name="notes.txt"', "the notes", "one"):
        assert part in one["messages"][-1]["content"]


def test_ask_and_the_cell_share_one_conversation(shell: Shell, kimi: ScriptedKimi) -> None:
    """What was asked in a cell is history for ask, with the magic's settings, and the other way round."""
    assert shell.run("%config KimiMagic.model = 'kimi-k3'").ok
    assert shell.run("%%kimi\nfrom the cell").ok
    ran = shell.run("import kimi_magic; answer = kimi_magic.ask('from Python'); print(answer)")
    assert (ran.stdout, ran.shown) == ("Forty-two.\n", [])
    assert shell.run("%%kimi\nfrom the cell again").ok
    said = [message["content"] for message in kimi.chats[-1].json["messages"] if message["role"] == "user"]
    assert said == ["from the cell", "from Python", "from the cell again"]
    assert kimi.chats[1].json["model"] == "kimi-k3"


def test_braces_are_left_alone(shell: Shell, kimi: ScriptedKimi) -> None:
    """In Python there are f-strings: nothing in the question is expanded."""
    shell.run("x = 5; import kimi_magic; kimi_magic.ask('{{x}}', once=True)")
    assert kimi.chats[0].json["messages"][-1]["content"] == "{{x}}"


@pytest.mark.parametrize(
    ("options", "field", "value"),
    [
        ({"stop": "END"}, "stop", ["END"]),
        ({"stop": ["a", "b"]}, "stop", ["a", "b"]),
        ({"max_tokens": 5}, "max_completion_tokens", 5),
        ({"think": False}, "thinking", {"type": "disabled"}),
        ({"model": "kimi-k3", "effort": "low"}, "reasoning_effort", "low"),
        ({"max_cost": 1, "model": None}, "model", "kimi-k2.6"),
    ],
)
@pytest.mark.usefixtures("shell")
def test_options_are_the_cells(kimi: ScriptedKimi, options: dict[str, Any], field: str, value: object) -> None:
    """The long names of the options work, and one stop needs no list."""
    assert kimi_magic.ask("Hi", **options).text == "Forty-two."
    assert kimi.chats[0].json[field] == value


@pytest.mark.parametrize(
    ("arguments", "options", "says"),
    [
        (("Hi",), {"modle": "kimi-k3"}, r"no option 'modle'; there are: .*model"),
        (("Hi",), {"out": "x"}, "no option 'out'"),
        (("Hi",), {"code": True}, "no option 'code'"),
        (("Hi",), {"tool": ("x",)}, "no option 'tool'"),
        (("Hi",), {"background": True}, "no option 'background'; .*json.*schema"),
        (("Hi",), {"json": 1}, "json to be bool, not int"),
        (("Hi",), {"json": True, "schema": dict}, "schema or json, not both"),
        (("Hi",), {"schema": "Person"}, "A text is no schema"),
        (("Hi",), {"schema": print}, "print is a function"),
        (("Hi",), {"schema": {"type": "objekt"}}, "'objekt'"),
        (("Hi",), {"model": 5}, r"model to be str \| None, not int"),
        (("Hi",), {"once": 1}, "once to be bool, not int"),
        (("Hi",), {"max_tokens": True}, r"max_tokens to be int \| None, not bool"),
        (("Hi",), {"max_tokens": 0}, "max_tokens to be a whole number above 0, not 0"),
        (("Hi",), {"max_cost": -1.0}, "an amount in US dollars"),
        (("Hi",), {"max_cost": float("nan")}, "an amount in US dollars"),
        (("Hi",), {"stop": 5}, "stop to be"),
        (("Hi",), {"stop": ["x" * 33]}, "1 to 32 bytes"),
        (("Hi",), {"stop": list("abcdef")}, "5 texts of stop at the most, not 6"),
        (("Hi",), {"stop": [5]}, "stop to be"),
        (("",), {}, "There is no question"),
        ((" \n",), {}, "There is no question"),
        ((5,), {}, "question as text, not int"),
        ((None,), {}, "question as text, not NoneType"),
        (("Hi", Path("gone.txt")), {}, "gone.txt"),
    ],
    ids=range(25),
)
@pytest.mark.usefixtures("shell")
def test_a_mistake_sends_nothing(kimi: ScriptedKimi, arguments: tuple[Any, ...], options: dict[str, Any], says: str) -> None:
    """What cannot be asked is a UsageError that says what was expected, and no request."""
    with pytest.raises(UsageError, match=says):
        kimi_magic.ask(*arguments, **options)
    assert kimi.chats == []


class Person(BaseModel):
    """What is asked for."""

    name: str
    age: int


ADA = '{"name": "Ada", "age": 36}'


@pytest.mark.parametrize(
    ("schema", "reply", "parsed", "name"),
    [
        (Person, ADA, Person(name="Ada", age=36), "Person"),
        (Person, f"Here:\n```json\n{ADA}\n```", Person(name="Ada", age=36), "Person"),
        (list[Person], f'{{"result": [{ADA}]}}', [Person(name="Ada", age=36)], "result"),
        (Literal["yes", "no"], '{"result": "no"}', "no", "result"),
        ({"type": "object", "required": ["a"]}, '{"a": 1}', {"a": 1}, "result"),
    ],
)
@pytest.mark.usefixtures("shell")
def test_an_answer_of_a_type(kimi: ScriptedKimi, schema: Any, reply: str, parsed: object, name: str) -> None:
    """With a schema the service is told it, and the answer holds a value of it, whatever stands around the JSON."""
    kimi.queue(pieces(reply))
    answer = kimi_magic.ask("Who?", schema=schema)
    assert (answer.parsed, answer.text) == (parsed, reply)
    told = kimi.chats[0].json["response_format"]
    assert (told["type"], told["json_schema"]["name"]) == ("json_schema", name)
    assert told["json_schema"]["schema"]["type"] == "object"


@pytest.mark.usefixtures("shell")
def test_an_answer_in_json(kimi: ScriptedKimi) -> None:
    """With json the answer holds a dict; without either, nothing."""
    kimi.queue(pieces(ADA))
    assert kimi_magic.ask("Who?", json=True).parsed == json.loads(ADA)
    assert kimi.chats[0].json["response_format"] == {"type": "json_object"}
    assert kimi_magic.ask("Who?").parsed is None
    assert "response_format" not in kimi.chats[1].json


@pytest.mark.usefixtures("shell")
def test_an_answer_of_no_such_type_is_raised(kimi: ScriptedKimi) -> None:
    """What still does not fit after it was asked for again is an error that says what is wrong."""
    kimi.default = pieces('{"name": "Ada"}')
    with pytest.raises(ResultInvalid, match="age: Field required"):
        kimi_magic.ask("Who?", schema=Person)


@pytest.mark.usefixtures("shell")
def test_a_refusal_is_raised(kimi: ScriptedKimi) -> None:
    """The caller gets the error itself, without the key in it."""
    kimi.queue(error(400, "content_filter", f"high risk {KEY}"))
    with pytest.raises(ContentFiltered) as caught:
        kimi_magic.ask("Hi")
    assert KEY not in str(caught.value)


def test_the_public_names_are_there() -> None:
    """Each name in ``__all__`` can be had, and another one cannot."""
    assert all(getattr(kimi_magic, name) for name in kimi_magic.__all__)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        kimi_magic.nothing  # noqa: B018 looking is the point
