"""Types that somebody may ask for: each with a JSON value that is one."""

from __future__ import annotations

import datetime
import enum
import uuid
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Annotated, Any, Literal, NamedTuple, NotRequired, Optional, TypedDict, Union

from pydantic import BaseModel, ConfigDict, Field, RootModel, conint, constr
from pydantic.dataclasses import dataclass as checked_dataclass


class Colour(enum.Enum):
    """A colour."""

    RED = "red"
    GREEN = "green"


class Mixed(enum.Enum):
    """Values of two types."""

    ONE = 1
    TWO = "two"


class Cat(BaseModel):
    """A cat."""

    kind: Literal["cat"]
    lives: int = Field(default=9, gt=0, description="How many are left.")


class Dog(BaseModel):
    """A dog."""

    kind: Literal["dog"]
    tricks: list[str] = []


class Tree(BaseModel):
    """A tree."""

    value: int
    children: list[Tree] = []


class Man(BaseModel):
    """One half of two that know each other."""

    wife: Optional[Woman] = None  # noqa: UP045 the old spelling is in use


class Woman(BaseModel):
    """The other half."""

    husband: Man | None = None


MISSING = object()
"""A default that is no JSON."""


class Odd(BaseModel):
    """All that the service's subset cannot say."""

    when: datetime.datetime
    day: datetime.date = datetime.date(2026, 1, 2)
    long: datetime.timedelta
    id: uuid.UUID
    price: Decimal = Field(max_digits=8, decimal_places=2)
    level: conint(gt=3, lt=9, multiple_of=2)  # type: ignore[valid-type]  # pydantic's old way is in use
    code: constr(pattern="^[a-z]+$", max_length=5)  # type: ignore[valid-type]  # the same
    pair: tuple[int, str]
    many: tuple[int, ...]
    set: set[str]
    names: dict[Literal["a", "b"], int]
    anything: Any
    share: float = float("inf")
    made: list[int] = Field(default_factory=list)
    file: bytes = b""
    nothing: Any = MISSING
    alias: int = Field(alias="Its Alias", description="Named otherwise.", examples=[1, 2])
    pet: Union[Cat, Dog] = Field(discriminator="kind")  # noqa: UP007 the old spelling is in use
    two: Annotated[int, Field(ge=1)] | Annotated[str, Field(min_length=2)] | None = None


class Open(BaseModel):
    """Takes what is not named, too."""

    model_config = ConfigDict(extra="allow")
    name: str


class Closed(BaseModel):
    """Takes nothing that is not named."""

    model_config = ConfigDict(extra="forbid")
    name: str


@dataclass
class Place:
    """A dataclass of the standard library."""

    name: str
    at: tuple[float, float] = (0.0, 0.0)
    tags: list[str] = field(default_factory=list)


@checked_dataclass
class Checked:
    """A dataclass of pydantic's."""

    count: Annotated[int, Field(ge=0)]


class Entry(TypedDict):
    """A dict with names."""

    word: str
    sense: NotRequired[str]


class Partial(TypedDict, total=False):
    """A dict of which nothing is needed."""

    entry: Entry


class Point(NamedTuple):
    """A named tuple."""

    x: int
    y: int = 0


class Branch(TypedDict):
    """A dict that has others of its kind."""

    word: Entry
    branches: NotRequired[list[Branch]]


@dataclass
class Shelf:
    """A dataclass with dicts in its fields."""

    entry: Entry
    more: list[Entry] | None = None
    shelves: list[Shelf] = field(default_factory=list)


class Spot(NamedTuple):
    """A named tuple with a dict in a field."""

    entry: Entry
    number: int = 0


class Numbers(RootModel[list[int]]):
    """A list in a model."""


ODD = {
    "when": "2026-01-02T03:04:05Z",
    "long": "P1D",
    "id": "12345678-1234-5678-1234-567812345678",
    "price": "12.50",
    "level": 4,
    "code": "abc",
    "pair": [1, "a"],
    "many": [1, 2, 3],
    "set": ["a", "b"],
    "names": {"a": 1},
    "anything": {"x": [1]},
    "Its Alias": 3,
    "pet": {"kind": "dog", "tricks": ["sit"]},
}

TYPES: list[tuple[str, Any, object]] = [
    ("a model", Cat, {"kind": "cat", "lives": 7}),
    ("odd fields", Odd, ODD),
    ("a tree", Tree, {"value": 1, "children": [{"value": 2, "children": []}]}),
    ("two that recur in each other", Man, {"wife": {"husband": {"wife": None}}}),
    ("an open model", Open, {"name": "a", "other": 1}),
    ("a closed model", Closed, {"name": "a"}),
    ("a dataclass", Place, {"name": "a", "at": [1, 2]}),
    ("a checked dataclass", Checked, {"count": 3}),
    ("a TypedDict", Entry, {"word": "a"}),
    ("a TypedDict in another", Partial, {"entry": {"word": "a", "sense": "b"}}),
    ("TypedDicts in a dict of lists", dict[str, list[Entry]], {"a": [{"word": "b"}]}),
    ("a TypedDict or nothing", Entry | None, None),
    ("a TypedDict with a description", Annotated[Entry, Field(description="One.")], {"word": "a"}),
    ("a TypedDict that recurs", Branch, {"word": {"word": "a"}, "branches": [{"word": {"word": "b"}}]}),
    ("a dataclass of TypedDicts", Shelf, {"entry": {"word": "a"}, "more": [], "shelves": [{"entry": {"word": "b"}}]}),
    ("a list of dataclasses of TypedDicts", list[Shelf], [{"entry": {"word": "a"}}]),
    ("a named tuple of TypedDicts", Spot, [{"word": "a"}, 1]),
    ("an iterable of models", Iterable[Cat], [{"kind": "cat"}]),
    ("an iterator or nothing", Iterator[int] | None, [1]),
    ("a collection", Annotated[Collection[int], Field(min_length=1)], [1]),
    ("a dict by an enum", dict[Colour, int], {"red": 1}),
    ("a named tuple", Point, [1, 2]),
    ("a list of models", list[Cat], [{"kind": "cat"}]),
    ("a list of trees", list[Tree], [{"value": 1, "children": []}]),
    ("a dict of numbers", dict[str, int], {"a": 1}),
    ("a dict of models", dict[str, Cat], {"a": {"kind": "cat"}}),
    ("a mapping", Mapping[str, float], {"a": 1.5}),
    ("a sequence", Sequence[int], [1]),
    ("a literal of texts", Literal["yes", "no"], "no"),
    ("a literal of numbers", Literal[1, 2], 2),
    ("a literal of all kinds", Literal["a", 1, True, None], None),
    ("an enum", Colour, "red"),
    ("an enum of two types", Mixed, 1),
    ("a union of models", Cat | Dog, {"kind": "dog"}),
    ("a union with numbers", int | list[int], [1]),
    ("an annotated type", Annotated[int, Field(gt=0, description="How many.")], 1),
    ("a whole number", int, 5),
    ("a number", float, 1.5),
    ("a text", str, "a"),
    ("a truth", bool, False),
    ("nothing", None, None),
    ("anything", Any, {"a": 1}),
    ("a set", set[int], [1, 2]),
    ("a day", datetime.date, "2026-01-02"),
    ("a list in a model", Numbers, [1, 2]),
    ("plain dict", dict, {"a": 1}),
    ("plain list", list, [1, "a"]),
]
"""Name, type, and a JSON value of it."""
