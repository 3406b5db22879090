"""What the user gets."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from dataclasses import FrozenInstanceError, dataclass, replace
from typing import Any, NamedTuple

import pytest
from IPython.core.formatters import DisplayFormatter
from pydantic import BaseModel

from kimi_magic.answer import Answer
from kimi_magic.conversation import State, Turn
from kimi_magic.errors import UsageError
from kimi_magic.messages import Attachment, Message, Text, Usage

TEXT = "Try\n\n```Python\nx = 1\n```\n\n<script>alert(1)</script> ![](https://example.com/x.png)\n\n```\nplain\n```\n"
ATTACHED = (Attachment("n", "value", (Text("1"),)),)
TURN = Turn(
    "1",
    "Hi",
    (Message("user", "Hi"), Message("assistant", TEXT, reasoning="Hm.")),
    "kimi-k3",
    0.0,
    "interrupted",
    ATTACHED,
    Usage(3, 2),
    0.5,
    "stop",
    1.5,
)


def test_an_answer_reads_like_its_text() -> None:
    """``str`` is the text, also inside other text; the repr says besides where an answer has no end."""
    answer = Answer.of(TURN)
    assert str(answer) == f"{answer}" == answer.text == TEXT
    assert repr(answer) == f"{TEXT}\n[Interrupted: the answer stops here.]"
    assert repr(Answer(TEXT)) == TEXT


def test_an_answer_knows_its_turn() -> None:
    """Thinking, model, usage, cost and all else of the turn can be read, and not changed."""
    answer = Answer.of(TURN)
    assert (answer.reasoning, answer.model, answer.finish_reason, answer.state) == ("Hm.", "kimi-k3", "stop", "interrupted")
    assert (answer.usage, answer.cost, answer.seconds, answer.attachments) == (Usage(3, 2), 0.5, 1.5, ATTACHED)
    with pytest.raises(FrozenInstanceError):
        answer.text = "other"  # type: ignore[misc]  # the very mistake


def test_an_answer_may_name_its_type() -> None:
    """Where the type of what was parsed is written at the call, the answer is the same."""
    assert Answer[int]("a", parsed=3) == Answer("a", parsed=3)


def test_a_turn_without_an_answer_is_an_empty_one() -> None:
    """A question that nobody answered has no text, no thinking and no code."""
    answer = Answer.of(Turn("1", "Hi", (Message("user", "Hi"),), "m", 0.0))
    assert (answer.text, answer.reasoning, answer.code, answer.usage, answer.cost) == ("", "", [], None, None)


def test_code_is_found() -> None:
    """Each fenced block has its language and its source, in order."""
    assert [(code.language, str(code)) for code in Answer.of(TURN).code] == [("python", "x = 1\n"), ("", "plain\n")]


def test_a_notebook_shows_it_safely() -> None:
    """IPython finds safe HTML and the plain text, and no Markdown that a front end would render itself."""
    data, _ = DisplayFormatter().format(Answer.of(TURN))  # type: ignore[no-untyped-call]  # IPython says nothing of it
    assert set(data) == {"text/html", "text/plain"}
    assert data["text/plain"].startswith(TEXT)
    assert all("Interrupted" in shown for shown in data.values())
    assert "<script" not in data["text/html"]
    assert "<img" not in data["text/html"]
    assert "<code" in data["text/html"]


ROWS = '{"result": [{"name": "Ada", "note": "<script>alert(1)</script>"}]}'
JSON = Turn("1", "Hi", (Message("user", "Hi"), Message("assistant", ROWS)), "m", 0.0, "complete", is_json=True)


def test_a_json_answer_is_shown_as_a_table() -> None:
    """What was asked for as JSON keeps its text and is shown as a table, made safe."""
    answer = Answer.of(JSON, [1])
    assert (str(answer), answer.parsed, answer.is_json) == (ROWS, [1], True)
    assert repr(answer).startswith("| name | note |\n|---|---|\n| Ada | ")
    data, _ = DisplayFormatter().format(answer)  # type: ignore[no-untyped-call]  # IPython says nothing of it
    assert "<table>" in data["text/html"]
    assert "<script" not in data["text/html"]
    assert data["text/plain"] == repr(answer)
    assert repr(Answer.of(replace(JSON, is_json=False))) == ROWS


@pytest.mark.parametrize(("state", "reason"), [("interrupted", ""), ("incomplete", ""), ("complete", "length")])
def test_a_json_answer_that_was_cut_is_shown_as_far_as_it_goes(state: State, reason: str) -> None:
    """Of JSON that has no end, what is there is shown."""
    said = (Message("user", "Hi"), Message("assistant", ROWS[:40]))
    answer = Answer.of(replace(JSON, said=said, state=state, finish_reason=reason))
    assert repr(answer).startswith("| name | note |\n|---|---|\n| Ada | ")


def test_an_answer_can_be_waited_for() -> None:
    """Who waits for an answer that is there has it at once, as from one in the background."""
    answer = Answer("a")

    async def awaited() -> object:
        return await answer

    assert answer.wait() is answer.wait(timeout=0.1) is answer
    assert asyncio.run(awaited()) is answer


class Model(BaseModel):
    """A row."""

    name: str
    age: int | None = None


@dataclass
class Row:
    """A row."""

    name: str
    age: int | None = None


class Tuple(NamedTuple):
    """A row."""

    name: str
    age: int | None = None


SCRIPT = """
{imports}
from kimi_magic import Answer
frame = Answer("", parsed=[{{"a": 1}}] * 200 + [{{"a": 1.5, "b": "x"}}]).frame()
print(type(frame).__module__, len(frame), list(frame.columns))
"""


def run_script(imports: str) -> str:
    command = [sys.executable, "-c", SCRIPT.format(imports=imports)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


@pytest.mark.parametrize("kind", [Model, Row, Tuple, dict])
def test_a_list_becomes_a_frame(kind: Any) -> None:
    """Models, dataclasses, named tuples and dicts become rows, and their fields columns."""
    frame = Answer("", parsed=[kind(name="Ada", age=36), kind(name="Alan", age=None)]).frame()
    assert list(frame.columns) == ["name", "age"]
    assert (len(frame), list(frame["name"])) == (2, ["Ada", "Alan"])


@pytest.mark.parametrize("imports", ["import pandas", "import polars"])
def test_an_empty_list_becomes_a_frame_with_columns(imports: str) -> None:
    """A frame without rows has the columns of the schema, so that they can be asked for."""
    empty = "Answer('', parsed=[], columns=('a', 'b')).frame()"
    said = run_script(f"{imports}\nfrom kimi_magic import Answer\nprint(len({empty}['b']))")
    assert said.startswith("0\n")


@pytest.mark.parametrize(
    ("imports", "library"),
    [("import pandas", "pandas"), ("import polars", "polars"), ("import polars, pandas", "polars"), ("", "pandas")],
)
def test_the_frame_is_of_the_library_that_is_in_use(imports: str, library: str) -> None:
    """The one that was imported first makes the frame; where none was, the one that is installed."""
    said = run_script(imports)
    assert said.startswith(library)
    assert said.endswith(" 201 ['a', 'b']\n"), "late rows may have other types, and other columns"


def test_without_a_library_the_cure_is_named() -> None:
    """Where neither pandas nor polars can be imported, it is said what to install."""
    hidden = "import sys\nsys.modules.update(pandas=None, polars=None)"
    assert "UsageError: frame() needs pandas or polars: %pip install pandas" in run_script(hidden)


@pytest.mark.parametrize(
    ("parsed", "says"),
    [
        (None, "this answer holds nothing"),
        ({"a": 1}, "this answer holds dict"),
        ("text", "this answer holds str"),
        ([1, 2], "the list has int in it"),
        ([{"a": 1}, Model], "the list has ModelMetaclass in it"),
    ],
)
def test_what_is_no_list_of_rows_becomes_no_frame(parsed: object, says: str) -> None:
    """What cannot be a table is a UsageError that says what there is instead."""
    with pytest.raises(UsageError, match=says):
        Answer("", parsed=parsed).frame()
