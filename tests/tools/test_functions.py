"""Functions of all kinds as tools: their schemas, and the arguments that a model writes."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal, NamedTuple, TypedDict

import pytest
from pydantic import BaseModel, Field

from kimi_magic.demo.schema_rules import check_schema
from kimi_magic.messages import Tool
from kimi_magic.tools.functions import Function, function_of


class Place(BaseModel):
    """Somewhere."""

    city: str
    near: list[Place] = []


@dataclass
class Size:
    """How large."""

    wide: int


class Model:
    """Something with a method, that can be called itself."""

    def predict(self, value: float) -> float:
        """Predict from a value."""
        return value

    def __call__(self, text: str) -> str:
        """Echo a text."""
        return text


async def fetch(url: str) -> str:
    """Fetch a page."""
    return url


GOOGLE = """Weigh.

    Args:
        what: The thing.
"""
NUMPY = """Weigh.

    Parameters
    ----------
    what : str
        The thing.
"""
REST = """Weigh.

    :param what: The thing.
"""


def test_a_function_says_what_it_is_in_the_protocol() -> None:
    """Name, docstring and hints become the tool that the service is told of."""

    def add(a: int, b: int = 2) -> int:
        """Add two numbers."""
        return a + b

    parameters = {
        "type": "object",
        "properties": {"a": {"type": "integer"}, "b": {"type": "integer", "default": 2}},
        "required": ["a"],
        "additionalProperties": False,
    }
    assert function_of(add).tool == Tool("add", "Add two numbers.", parameters)


@pytest.mark.parametrize("docstring", [GOOGLE, NUMPY, REST], ids=["google", "numpy", "rest"])
def test_descriptions_come_from_the_docstring(docstring: str) -> None:
    """Each of the three ways to write a docstring describes the function and its parameters."""

    def weigh(what: str) -> None:
        pass

    weigh.__doc__ = docstring
    made = function_of(weigh)
    assert made.description == "Weigh."
    assert properties(made)["what"] == {"type": "string", "description": "The thing."}


def test_a_description_in_the_hint_goes_before_the_docstring() -> None:
    """``Annotated[…, Field(description=…)]`` is what the author says of the parameter itself."""

    def weigh(what: Annotated[int, Field(description="The mass.", ge=1)]) -> None:
        pass

    weigh.__doc__ = GOOGLE
    assert properties(function_of(weigh))["what"] == {"type": "integer", "description": "The mass.", "minimum": 1}


@pytest.mark.parametrize(
    ("call", "name", "parameters"),
    [
        (Model().predict, "predict", ["value"]),
        (Model(), "Model", ["text"]),
        (fetch, "fetch", ["url"]),
        (functools.partial(fetch, url="x"), "fetch", []),
    ],
    ids=["method", "object", "async", "partial"],
)
def test_whatever_can_be_called_is_a_tool(call: Any, name: str, parameters: list[str]) -> None:
    """Methods, objects, async functions and partials have the name and parameters that a caller sees."""
    made = function_of(call)
    assert (made.name, list(properties(made))) == (name, parameters)


def test_every_hint_becomes_a_schema_that_the_service_takes() -> None:
    """Models that recur, dates, sets, tuples, literals: what is made of them passes the rules of the service."""

    def all_kinds(
        a: Place, b: date, c: set[int], d: tuple[int, str], e: Literal["x", 1], f: Size | None, g: dict[str, float]
    ) -> None:
        pass

    assert list(check_schema(function_of(all_kinds, "all_kinds").parameters)) == []


def test_arguments_arrive_in_the_types_of_the_hints() -> None:
    """A date is a date and a model a model; what the model leaves out stays the function's own default."""

    def book(when: date, place: Place, sizes: list[Size], note: str = "none") -> None:
        pass

    text = '{"when": "2026-11-22", "place": {"city": "Oslo"}, "sizes": [{"wide": "3"}]}'
    assert function_of(book).arguments(text) == {
        "when": date(2026, 11, 22),
        "place": Place(city="Oslo"),
        "sizes": [Size(3)],
    }


def test_names_that_pydantic_uses_itself_are_names_as_all_others() -> None:
    """Parameters called ``schema``, ``copy``, ``json`` or ``_x`` are read like any."""

    def odd(schema: int, copy: int, json: int, _x: int, model_config: int) -> None:
        pass

    text = '{"schema": 1, "copy": 2, "json": 3, "_x": 4, "model_config": 5}'
    assert function_of(odd).arguments(text) == {"schema": 1, "copy": 2, "json": 3, "_x": 4, "model_config": 5}


def test_defaults_of_all_kinds_are_fine() -> None:
    """Defaults that cannot be hashed or written as JSON stay; parameters that JSON cannot carry keep theirs, unseen."""
    connection = object()

    def ask(query: str, names: list[str] = [], conn: object = connection, how: Any = {1}, log=print) -> Any:  # type: ignore[no-untyped-def]  # noqa: B006 that is the case
        return query, names, conn, how, log

    made = function_of(ask)
    assert "log" not in properties(made)
    assert properties(made)["names"]["default"] == []
    assert made.call(**made.arguments('{"query": "q"}')) == ("q", [], connection, {1}, print)


def test_null_fits_where_the_default_is_none() -> None:
    """``sheet: str = None`` takes null, which models send for what they leave open; the schema says so."""

    def load(path: str, sheet: str = None) -> tuple[str, str]:  # type: ignore[assignment]  # noqa: RUF013 that is the case
        return path, sheet

    made = function_of(load)
    assert properties(made)["sheet"] == {"anyOf": [{"type": "string"}, {"type": "null"}], "default": None}
    assert made.arguments('{"path": "a", "sheet": null}') == {"path": "a", "sheet": None}
    assert made.arguments('{"path": "a", "sheet": "b"}') == {"path": "a", "sheet": "b"}
    with pytest.raises(ValueError, match="path: Input should be a valid string"):
        made.arguments('{"path": null}')


class City(TypedDict):
    """One of typing's own."""

    name: str


@dataclass
class Trip:
    """Has one as a field."""

    to: City


class Leg(NamedTuple):
    """Has one, too."""

    to: City


def test_typed_dicts_are_taken_wherever_they_stand() -> None:
    """As a parameter, in a list, in a dataclass and in a named tuple; what does not fit is told."""

    def plan(a: City, b: list[City], c: Trip, d: Leg) -> None:
        pass

    made = function_of(plan)
    city = '{"name": "Oslo"}'
    text = f'{{"a": {city}, "b": [{city}], "c": {{"to": {city}}}, "d": [{city}]}}'
    oslo: City = {"name": "Oslo"}
    assert made.arguments(text) == {"a": oslo, "b": [oslo], "c": Trip(oslo), "d": Leg(oslo)}
    assert list(check_schema(made.parameters)) == []
    with pytest.raises(ValueError, match=r"a\.name: Field required"):
        made.arguments(text.replace(city, "{}", 1))


def test_what_can_be_iterated_is_read_as_a_list() -> None:
    """Its items are looked at before the function runs, and arrive in their type."""

    def total(sizes: Iterable[Size], more: Iterable[int] = ()) -> None:
        pass

    made = function_of(total)
    assert made.arguments('{"sizes": [{"wide": 3}]}') == {"sizes": [Size(3)]}
    with pytest.raises(ValueError, match=r"sizes\.0\.wide"):
        made.arguments('{"sizes": [{"wide": "x"}]}')


def test_a_hint_that_is_not_needed_spoils_nothing() -> None:
    """What a function returns is not read, and a parameter whose hint cannot be read keeps its default, unseen."""

    def load(path: str, conn: Unknown = None) -> pd.DataFrame:  # type: ignore[name-defined]  # noqa: F821 that is the case
        return path, conn

    made = function_of(load)
    assert list(properties(made)) == ["path"]
    assert made.call(**made.arguments('{"path": "a"}')) == ("a", None)


def test_a_field_as_default_is_a_hint() -> None:
    """``= Field(3, description=…)`` gives the function its 3, and not pydantic's own object."""

    def scale(by: int = Field(3, description="The factor.")) -> int:
        return by

    made = function_of(scale)
    assert properties(made)["by"]["description"] == "The factor."
    assert made.call(**made.arguments("")) == 3


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "not valid JSON"),
        ("[1]", "not a JSON object"),
        ('"a"', "not a JSON object"),
        ("{}", "a: Field required"),
        ('{"a": "x"}', "a: Input should be a valid integer"),
        ('{"a": 1, "c": 2}', "c: Extra inputs are not permitted"),
        ('{"a": ' + "[" * 100_000, "too deep"),
        ('{"a": ' + "[" * 150 + "]" * 150 + "}", "nested more than 100 deep"),
        ('{"a": ' + "9" * 5_000 + "}", "a number too long"),
    ],
    ids=["no JSON", "list", "text", "missing", "wrong type", "unknown", "too deep", "deep", "long number"],
)
def test_wrong_arguments_are_told_in_a_sentence(text: str, words: str) -> None:
    """What does not fit is a ValueError for the model: what was wrong, and which parameters there are."""

    def add(a: int, b: int = 2) -> int:
        return a + b

    with pytest.raises(ValueError, match=r"\.$") as wrong:
        function_of(add).arguments(text)
    assert words in str(wrong.value)
    assert len(str(wrong.value)) < 600
    assert "fit" not in str(wrong.value) or str(wrong.value).endswith("add takes: a (required), b.")


def test_arguments_may_hold_raw_control_characters() -> None:
    """Streamed arguments have line ends and worse in their strings; an empty text is no arguments at all."""

    def say(text: str = "") -> None:
        pass

    assert function_of(say).arguments('{"text": "a\n\x00b\tc"}') == {"text": "a\n\x00b\tc"}
    assert function_of(say).arguments(" \n") == {}


def test_a_validator_that_breaks_is_wrong_arguments() -> None:
    """What a type's own code raises is told like any other misfit."""

    class Angry(BaseModel):
        value: int

        def model_post_init(self, _: Any) -> None:
            raise RuntimeError("never")

    def take(angry: Any) -> None:
        pass

    take.__annotations__["angry"] = Angry
    with pytest.raises(ValueError, match="RuntimeError: never"):
        function_of(take).arguments('{"angry": {"value": 1}}')


def properties(function: Function) -> dict[str, Any]:
    found = function.parameters.get("properties", {})
    assert isinstance(found, dict)
    return found
