"""No part of a key goes out with an attachment, wherever a cut falls into it."""

from __future__ import annotations

import json
import linecache
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib.figure
import pandas as pd  # type: ignore[import-untyped]  # it comes without types
import plotly.graph_objects as go  # type: ignore[import-untyped]  # the same
import polars as pl
import pytest
from pydantic import BaseModel, Field

from kimi_magic.content.attach import attach
from kimi_magic.content.cells import MOST_SOURCE, from_cells
from kimi_magic.content.failure import MOST_TRACEBACK, Failure, from_failure, summary
from kimi_magic.content.figures import axes, plotly
from kimi_magic.content.figures.facts import _MOST_NAME as MOST_NAME
from kimi_magic.content.files import from_file
from kimi_magic.content.files.notebooks import MOST_OUTPUT
from kimi_magic.content.how import How
from kimi_magic.content.outputs import MOST_STREAM, MOST_TEXT, RanCell, Shown
from kimi_magic.content.template import expand
from kimi_magic.content.values import MOST_CHARACTERS
from kimi_magic.content.variables import MOST_VALUE
from kimi_magic.messages import Attachment, Text
from kimi_magic.request import Question, masked
from kimi_magic.schema.target import target_of
from kimi_magic.settings import Secret
from kimi_magic.tools.functions import function_of
from tests.conftest import KEY, surroundings
from tests.content.carrying import MASK, body_of, carried, parts_of_key
from tests.content.files.samples import code, notebook, result
from tests.scripted import ScriptedKimi
from tests.shells import Shell, running_shell

HOW = How()


def across(place: int, length: int) -> Iterator[str]:
    """Yield texts of that length with a key at each offset around ``place``."""
    for start in range(max(0, place - len(KEY) - 1), min(place + 2, length - len(KEY))):
        yield ("a b " * (start // 4 + 1))[:start] + KEY + ("c d " * length)[: length - start - len(KEY)]


class Told:
    """An object with this text as its repr."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return self.text


class Own(Told):
    """Says itself what is sent of it."""

    def _repr_kimi_(self) -> str:
        return self.text


def cell(text: str = "", printed: str = "", *shown: dict[str, str], error: str = "") -> Attachment:
    """Return a cell that has run, as an attachment."""
    ran = RanCell(text, 1)
    if printed:
        ran.write("stdout", printed)
    for bundle in shown:
        ran.show(Shown(None, bundle))
    ran.error = error
    return from_cells([ran], HOW)[0]


def failure(source: str, **names: object) -> Failure:
    """Return what is raised by ``source``, a program that fails."""
    file = "<a cell of the test>"
    linecache.cache[file] = (len(source), None, [line + "\n" for line in source.split("\n")], file)
    try:
        exec(compile(source, file, "exec"), dict(names))  # noqa: S102 the test's own program
    except Exception as error:  # noqa: BLE001 whatever it raises
        error.__traceback__ = error.__traceback__ and error.__traceback__.tb_next
        return Failure(error, 1, source)
    raise AssertionError(source)


def raised(text: str) -> Attachment:
    return from_failure(failure("raise ValueError(text)", text=text), HOW)


def function_with(line: str) -> Callable[[], None]:
    """Return a function whose source and docstring hold ``line``."""
    file = f"<a function of the test {hash(line)}>"
    source = f'def work():\n    """Work."""\n    said = """{line}"""\n'
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    names: dict[str, Any] = {}
    exec(compile(source, file, "exec"), names)  # noqa: S102 the test's own program
    made: Callable[[], None] = names["work"]
    return made


@dataclass(frozen=True, slots=True)
class Place:
    """A way into a request that cuts what is longer than ``most``, near the places ``cuts`` of a text with ``length``."""

    make: Callable[[str], Attachment]
    cuts: tuple[int, ...]
    length: int


def halves(make: Callable[[str], Attachment], most: int, length: int = 0, around: int = 0) -> Place:
    """Return a place that leaves the middle out; ``around`` characters stand before and behind the text."""
    length = length or most + 500
    return Place(make, (most // 2 - around, length - most // 2 + around), length)


PLACES = {
    "a text": halves(lambda text: attach("v", text, HOW), MOST_CHARACTERS),
    "a long string in a list": halves(lambda text: attach("v", [text], HOW), 2_000 - 3, 4_000, around=1),
    "a string in a set": halves(lambda text: attach("v", {"k": {text}}, HOW), 2_000 - 3, 4_000, around=1),
    "a repr": halves(lambda text: attach("v", Told(text), HOW), MOST_CHARACTERS),
    "what a value says of itself": halves(lambda text: attach("v", Own(text), HOW), MOST_CHARACTERS),
    "a cell's source": halves(cell, MOST_SOURCE),
    "what a cell printed": Place(lambda text: cell("", text), (5_000 - MOST_STREAM,), 5_000),
    "what a cell printed much of": Place(lambda text: cell("", text), (30_000 - MOST_STREAM,), 30_000),
    "a result": halves(lambda text: cell("x", "", {"text/plain": text}), MOST_TEXT),
    "HTML": halves(lambda text: cell("x", "", {"text/html": f"<p>{text}</p>"}), MOST_TEXT),
    "Markdown": halves(lambda text: cell("x", "", {"text/markdown": text}), MOST_TEXT),
    "a cell's error": halves(lambda text: cell("x", error=summary(failure("raise ValueError(text)", text=text))), 2_000),
    "a traceback": halves(raised, MOST_TRACEBACK, around=100),
    "a failing line's value": halves(
        lambda text: from_failure(failure("1 / (text == 0)", text=text), HOW), MOST_VALUE, around=1
    ),
    "a failing line": Place(lambda text: from_failure(failure(f"1 / 0  # {text}"), HOW), (300 - 9,), 500),
    "a frame's column on a failing line": Place(
        lambda text: from_failure(failure("1 / table", table=pd.DataFrame({text: ["b"]})), HOW), (60,), 200
    ),
    "a function": halves(lambda text: attach("v", function_with(text), HOW), 20_000, around=50),
    "a matplotlib title": Place(lambda text: facts_with(title=text), (MOST_NAME, 10 * MOST_NAME), 900),
    "a matplotlib label": Place(lambda text: facts_with(xlabel=text), (MOST_NAME, 600), 900),
    "a plotly legend": Place(
        lambda text: told(plotly.facts_of(go.Figure(go.Scatter(x=[1, 2], y=[3, 4], name=text)))), (MOST_NAME,), 200
    ),
}


def facts_with(**words: str) -> Attachment:
    figure = matplotlib.figure.Figure()
    figure.subplots().set(**words)
    return told(axes.facts_of(figure))


def told(facts: str) -> Attachment:
    return Attachment("v", "figure", (Text(facts),))


@pytest.mark.parametrize("name", PLACES)
def test_no_cut_leaves_a_part_of_a_key(name: str) -> None:
    """Whatever is shortened, and wherever the key stands in it, not 8 characters in a row of the key are sent."""
    place = PLACES[name]
    for cut in place.cuts:
        for text in [*across(cut, place.length)][:: 1 if place.length < 50_000 else 3]:
            assert not parts_of_key(carried(place.make(text))), text.index(KEY)


@pytest.mark.parametrize("form", ["text", "notebook's cell", "notebook's output"])
def test_files_are_masked_at_their_cuts(form: str, tmp_path: Path) -> None:
    """A long text file, and a notebook with long cells and outputs, lose the key at every cut."""
    path = tmp_path / ("a.txt" if form == "text" else "a.ipynb")
    most = MOST_OUTPUT if form == "notebook's output" else MOST_CHARACTERS
    for cut in (most // 2, most // 2 + 500):
        for text in [*across(cut, most + 500)][::3]:
            path.write_bytes(written(form, text))
            assert not parts_of_key(carried(from_file(path))), text.index(KEY)


def written(form: str, text: str) -> bytes:
    if form == "text":
        return text.encode()
    return notebook(code(text) if form == "notebook's cell" else code("x", result(text_plain=text)))


def test_what_a_library_has_cut_is_masked() -> None:
    """A frame's own repr, a log's beginning of a key, and the same in a question's text lose it, too."""
    frame = pd.DataFrame({"word": [KEY * 3], KEY * 2: [1]})
    for text in (repr(frame), str(pl.DataFrame({"word": [KEY * 3]})), f"key {KEY[:12]}…", f"…{KEY[-9:]}"):
        assert parts_of_key(text)
        assert not parts_of_key(carried(cell("x", text)))
        assert not parts_of_key(body_of(Question(text, expand("{{text}}", {"text": text}))))


def test_a_template_is_masked_at_its_cuts() -> None:
    """A value in double braces that is too long loses the key at every cut."""
    for cut in (MOST_CHARACTERS // 2, MOST_CHARACTERS // 2 + 500):
        for text in [*across(cut, MOST_CHARACTERS + 500)][::3]:
            assert not parts_of_key(body_of(Question("", expand("{{text}}", {"text": text}))))


def test_names_and_schemas_are_masked(tmp_path: Path) -> None:
    """A file's name, also of one that is uploaded, a tool's defaults and words, and a type's schema carry no key."""
    for name, data in ((f"{KEY}.txt", b"text"), (f"{'a' * 60}{KEY}.pdf", b"%PDF-1.7\n")):
        (tmp_path / name).write_bytes(data)
        sent = masked(Question("?", "?", (from_file(tmp_path / name),)), MASK).attachments[0]
        assert not parts_of_key(repr(sent) + sent.payload.decode("latin-1"))

    def work(how: str = KEY) -> str:
        return how

    work.__doc__ = f"Work with {KEY}."

    class Wanted(BaseModel):
        how: str = Field(KEY, description=KEY[:20])

    tool = function_of(work).tool
    said = body_of(Question("?", "?", offered=(tool,), target=target_of(Wanted, "wanted")))
    assert KEY in json.dumps(tool.parameters)
    assert not parts_of_key(said)
    assert "***" in said


def test_words_without_a_key_stay() -> None:
    """Less than 8 characters of a key, and words like its beginning, are sent as they are."""
    text = f"{KEY[:7]} sk-not-that {KEY[-7:]} … {KEY[4:11]}"
    assert text in carried(Attachment("v", "text", (Text(text),)))


@pytest.fixture
def asking(kimi: ScriptedKimi, store: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shell]:
    """A shell whose key is none of the environment's."""
    for name, value in surroundings(kimi, store).items():
        if not name.endswith("KEY"):
            monkeypatch.setenv(name, value)
    with running_shell() as shell:
        shell.load()
        magic = shell.ip.magics_manager.registry["KimiMagic"]
        magic.session().key = Secret(KEY)
        yield shell
        shell.close()


def test_a_key_that_is_only_the_sessions_is_masked(asking: Shell, kimi: ScriptedKimi) -> None:
    """A key given by /login is masked at the cuts of all that a cell sends, and in the picture of a frame."""
    asking.run(f"import pandas as pd\nlong = 'a' * 49_990 + {KEY!r} + 'b' * 60_000\nlong and None")
    asking.run(f"df = pd.DataFrame({{'word': ['a ' * 14 + {KEY!r}], 'other': [{KEY!r}]}})\nprint(df)")
    asking.run("1 / (long == 0)")
    ran = asking.run("%%kimi long df [long] -a 2 -e --as both\nIs it {{long}}?")
    assert ran.ok, ran.evalue
    assert not parts_of_key(kimi.chats[0].body.decode())
    asking.run(f"df = df.replace({KEY!r}, '***', regex=True)")
    asking.run("%%kimi df --as both\nAnd this?")
    first, second = (pictures(chat.json["messages"]) for chat in kimi.chats)
    assert first[-1] == second[-1]


def pictures(messages: list[dict[str, Any]]) -> list[str]:
    """Return the pictures in the messages, oldest first."""
    content = [part for message in messages if isinstance(message["content"], list) for part in message["content"]]
    return [part["image_url"]["url"] for part in content if part["type"] == "image_url"]
