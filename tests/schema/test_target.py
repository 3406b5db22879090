"""What an answer is to be, and the value that a reply is read into."""

from __future__ import annotations

import datetime
import enum
import json
import subprocess
import sys
import time
import types
from collections.abc import Callable, Collection, Generator, Iterable, Iterator
from decimal import Decimal
from typing import Annotated, Any, Literal

import pandas as pd  # type: ignore[import-untyped]  # it comes without types
import pytest
from pydantic import BaseModel, ConfigDict, create_model, field_validator

from kimi_magic.demo.schema_rules import check_format
from kimi_magic.errors import UsageError
from kimi_magic.schema.misfit import Misfit
from kimi_magic.schema.target import Target, json_object, target_of
from tests.schema.models import (
    MISSING,
    ODD,
    TYPES,
    Cat,
    Checked,
    Colour,
    Dog,
    Entry,
    Numbers,
    Odd,
    Place,
    Point,
    Shelf,
    Tree,
)


@pytest.mark.parametrize(("kind", "value"), [one[1:] for one in TYPES], ids=[one[0] for one in TYPES])
def test_each_type_is_read_as_it_was_asked_for(kind: Any, value: object) -> None:
    """A reply of each type is read: as the schema has it, in a fence, and where the service wraps it, also by itself."""
    target = target_of(kind, "it")
    assert list(check_format(target.response_format)) == []
    asked = json.dumps({"result": value} if target.is_wrapped else value)
    read = target.read(asked)
    assert target.read(f"Here it is:\n\n```json\n{asked}\n```\n") == read
    assert target.read(json.dumps(value)) == read


@pytest.mark.parametrize(
    ("kind", "reply", "value"),
    [
        (Cat, '{"kind": "cat", "lives": "7"}', Cat(kind="cat", lives=7)),
        (list[Cat], '{"result": [{"kind": "cat"}]}', [Cat(kind="cat")]),
        (list[Cat], '[{"kind": "cat"}]', [Cat(kind="cat")]),
        (Cat | Dog, '{"result": {"kind": "dog"}}', Dog(kind="dog")),
        (dict[str, Colour], '{"a": "red"}', {"a": Colour.RED}),
        (Place, '{"name": "a", "at": [1, 2]}', Place("a", (1.0, 2.0))),
        (Checked, '{"count": 1}', Checked(1)),
        (Entry, '{"word": "a"}', {"word": "a"}),
        (Point, '{"result": [1]}', Point(1)),
        (Point, '{"result": {"x": 1, "y": 2}}', Point(1, 2)),
        (Tree, '{"value": 1, "children": [{"value": 2}]}', Tree(value=1, children=[Tree(value=2)])),
        (Numbers, '{"result": [1]}', Numbers([1])),
        (Colour, "red", Colour.RED),
        (Colour, "```\nred\n```", Colour.RED),
        (Literal["yes", "no"], '"yes"', "yes"),
        (Literal["yes", "no"], '{"result": "yes"}', "yes"),
        (int, "The answer is: 5", None),
        (int, " 5 ", 5),
        (str, "Two words.", "Two words."),
        (datetime.date, "2026-01-02", datetime.date(2026, 1, 2)),
        (set[int], '{"result": [1, 1]}', {1}),
        (Decimal, '{"result": "1.10"}', Decimal("1.10")),
        (dict[str, int] | int, '{"result": 5}', {"result": 5}),
    ],
    ids=range(23),
)
def test_a_reply_becomes_a_value(kind: Any, reply: str, value: object) -> None:
    """The value is of the type itself: models, members of enums, dates; None stands here for what does not fit."""
    if value is None:
        with pytest.raises(Misfit):
            target_of(kind, "it").read(reply)
    else:
        read = target_of(kind, "it").read(reply)
        assert (type(read), read) == (type(value), value) or read == 5


def test_odd_fields_are_read() -> None:
    """Dates, decimals and aliases are what the model says, and defaults that are no JSON stay."""
    read = target_of(Odd, "odd").read(json.dumps(ODD))
    assert isinstance(read, Odd)
    assert (read.price, read.alias, read.share, read.nothing) == (Decimal("12.50"), 3, float("inf"), MISSING)
    assert read.when == datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.UTC)


@pytest.mark.parametrize("kind", [Iterable[Cat], Iterator[Cat], Collection[Cat], Generator[Cat, None, None]], ids=str)
def test_items_are_read_at_once(kind: Any) -> None:
    """What has only items is a list: whether they fit is known when it is read, not when somebody iterates."""
    target = target_of(kind, "it")
    assert target.read('[{"kind": "cat"}]') == [Cat(kind="cat")]
    with pytest.raises(Misfit, match="kind"):
        target.read('[{"kind": "dog"}]')


NAMED: list[Any] = [list["Named"], list[dict[str, "Named"]] | None, Annotated["Named", "x"]]  # type: ignore[name-defined]  # noqa: F821 it has that name in the notebook


@pytest.mark.parametrize("kind", NAMED, ids=str)
def test_a_quoted_name_is_looked_up(kind: Any) -> None:
    """A name in quotes is one of the notebook's."""
    target = target_of(kind, "it", {"Named": Colour})
    assert "red" in json.dumps(target.schema)


def test_typed_dicts_stay_as_they_were() -> None:
    """What pydantic is told about typing's TypedDicts is gone when they have been read."""
    before = set(vars(Entry))
    target_of(Shelf, "shelf")
    assert set(vars(Entry)) == before


@pytest.mark.parametrize(
    ("kind", "columns"),
    [
        (list[Cat], ("kind", "lives")),
        (list[Cat | Dog], ("kind", "lives", "tricks")),
        (list[Annotated[Place, "x"]], ("name", "at", "tags")),
        (tuple[Point, ...], ("x", "y")),
        (Iterable[Entry], ("word", "sense")),
        (list[int], ()),
        (Cat, ()),
        ({"type": "array", "items": {"type": "object", "properties": {"a": {}, "b": {}}}}, ("a", "b")),
    ],
    ids=str,
)
def test_the_columns_are_those_of_the_items(kind: Any, columns: tuple[str, ...]) -> None:
    """A list of what has fields knows its columns before there is an item."""
    assert target_of(kind, "it").columns == columns


UNREADABLE = '{}: Input should be a valid integer, unable to parse string as an integer (got "{}")'


@pytest.mark.parametrize(
    ("kind", "reply", "says"),
    [
        (Cat, '{"kind": "cat", "lives": "many"}', UNREADABLE.format("lives", "many")),
        (Cat, "{}", "kind: Field required"),
        (Cat, "[]", "Input should be an object"),
        (list[Cat], '[{"kind": "cat"}, {"kind": "dog"}]', "[1].kind: Input should be 'cat' (got \"dog\")"),
        (dict[str, int], '{"a\\u001b[31m": "x"}', UNREADABLE.format("a [31m", "x")),
        (int, '{"result": "\\ud800"}', "Invalid JSON: unexpected end of hex escape at line 1 column 8"),
        (Cat, "I cannot.", "There is no JSON value in the reply."),
        (Literal["a"], "b", "There is no JSON value in the reply."),
        ({"type": "object", "required": ["a"]}, "{}", "'a' is missing"),
        ({"type": "array", "items": {"type": "integer"}}, '{"result": [1, "x"]}', '[1]: expected integer, got "x"'),
    ],
    ids=range(10),
)  # fmt: skip
def test_what_does_not_fit_is_said(kind: Any, reply: str, says: str) -> None:
    """The place and what is wrong there, without control characters and without an address of pydantic's."""
    with pytest.raises(Misfit) as caught:
        target_of(kind, "it").read(reply)
    assert str(caught.value) == says


def test_many_mistakes_are_said_in_a_few_lines() -> None:
    """However wrong and however long a reply is, what is said of it is at most ten short lines."""
    wrong = [{"kind": "x" * 5_000, "lives": "y" * 5_000} for _ in range(300)]
    with pytest.raises(Misfit) as caught:
        target_of(list[Cat], "it").read(json.dumps({"result": wrong}))
    lines = str(caught.value).split("\n")
    assert len(lines) == 10
    assert lines[-1] == "… and more of the kind"
    assert max(map(len, lines)) < 300
    assert "pydantic.dev" not in str(caught.value)


class Strange(BaseModel):
    """Has a check that is wrong itself."""

    name: str

    @field_validator("name")
    @classmethod
    def checked(cls, value: str) -> str:
        """Fail in ways that a check should not."""
        if value == "bad":
            raise ValueError("this name is taken")
        return {"good": value}[value]


@pytest.mark.parametrize(("name", "says"), [("bad", "this name is taken"), ("odd", "The type's own check failed: KeyError")])
def test_a_check_of_the_users_own(name: str, says: str) -> None:
    """What a validator says is said, and one that breaks is no end of everything."""
    target = target_of(Strange, "it")
    with pytest.raises(Misfit, match=says):
        target.read(json.dumps({"name": name}))
    assert isinstance(target.read('{"name": "good"}'), Strange)


def test_a_reply_without_an_end() -> None:
    """A reply that is nested too deep does not fit; nothing breaks."""
    anything = target_of(dict[str, Any], "it")
    endless = target_of({"$ref": "#/$defs/A", "$defs": {"A": {"anyOf": [{"$ref": "#/$defs/A"}, {"type": "object"}]}}}, "it")
    with pytest.raises(Misfit, match=r"deep|recursion"):
        anything.read('{"a":' * 900 + "1" + "}" * 900)
    with pytest.raises(Misfit, match="deep"):
        endless.read("{}")


def test_json_mode_takes_any_object() -> None:
    """JSON mode sends no schema, and its answer is a dict."""
    target = json_object()
    assert target.response_format == {"type": "json_object"}
    assert target.read('```json\n{"a": [1]}\n```') == {"a": [1]}
    with pytest.raises(Misfit, match="Expected a JSON object, got an array"):
        target.read("[1]")


class Frame(BaseModel):
    """Holds what JSON cannot."""

    model_config = ConfigDict(arbitrary_types_allowed=True)
    data: pd.DataFrame


def function(number: int) -> int:
    """Be no type."""
    return number


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (5, "A value of int is no schema"),
        ("Cat", "A text is no schema"),
        (Cat(kind="cat"), "A value of Cat is no schema"),
        (pd.DataFrame({"secret": [1]}), "A value of DataFrame is no schema"),
        (pd, "pandas is a module"),
        (function, "function is a function"),
        (len, "len is a function"),
        (function.__get__(5), "function is a function"),
        (pd.DataFrame, "DataFrame cannot be a schema: it holds what JSON cannot carry"),
        (Frame, "Frame cannot be a schema: it holds what JSON cannot carry"),
        (Callable, "Callable cannot be a schema"),
        (types.ModuleType, "cannot be a schema: it holds what JSON cannot carry"),
        (list["Nowhere"], "is not defined"),  # type: ignore[name-defined]  # noqa: F821 the very mistake
        (enum.Enum("Empty", []), "Empty cannot be a schema|enum has nothing"),
        ({}, "The dict is no JSON schema"),
        ({"name": str}, "The dict is no JSON schema"),
        ({"type": "objekt"}, "type 'objekt'"),
        ({"type": "object", "properties": {"a": int}}, "cannot be written as JSON"),
        (object(), "A value of object is no schema"),
    ],
    ids=range(19),
)  # fmt: skip
def test_what_is_no_schema(value: object, says: str) -> None:
    """Whatever else is given is a UsageError of one sentence, without the value and without pydantic's advice."""
    with pytest.raises(UsageError) as caught:
        target_of(value, "it")
    said = str(caught.value)
    assert any(one in said for one in says.split("|")), said
    assert "secret" not in said
    assert "pydantic" not in said
    assert len(said) < 200


@pytest.mark.parametrize(
    ("name", "fits"),
    [("Person", "Person"), ("list[Person]", "list_Person"), ("Größe!", "Gr_e"), ("", "result"), ("x" * 90, "x" * 64)],
)
def test_the_name_fits(name: str, fits: str) -> None:
    """The schema's name is of letters, digits, _ and -, and of at most 64."""
    assert target_of(int, name).name == fits


def test_a_json_schema_is_kept_as_it_was() -> None:
    """What the user does with the dict afterwards changes nothing."""
    schema: dict[str, Any] = {"type": "object", "required": ["a"], "properties": {"a": {"type": "integer"}}}
    target = target_of(schema, "it")
    schema["required"].append("b")
    assert target.read('{"a": 1}') == {"a": 1}


def test_targets_bring_pydantic_late() -> None:
    """The room and JSON mode do without pydantic; the first type brings it."""
    code = (
        "import sys, kimi_magic.schema.target as t, kimi_magic.schema.partial, kimi_magic.render.value\n"
        "t.json_object().read('{}'), t.target_of({'type': 'object'}, 'x').read('{}')\n"
        "print('pydantic' in sys.modules, 'pydantic_core' in sys.modules)\n"
        "t.target_of(int, 'x')\n"
        "print('pydantic' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False", "True"]


def test_a_target_is_made_quickly() -> None:
    """A model of 20 fields becomes a target in less than a tenth of a second."""
    fields: dict[str, Any] = {f"field_{n}": (list[Cat] if n % 5 == 0 else str | None, ...) for n in range(20)}
    model = create_model("Wide", **fields)
    start = time.perf_counter()
    target = target_of(model, "wide")
    assert time.perf_counter() - start < 0.1
    assert isinstance(target, Target)
