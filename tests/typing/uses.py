"""Uses of `kimi_magic.ask` and its answers, for type checkers to read; nothing here is run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, assert_type

from pydantic import BaseModel

import kimi_magic
from kimi_magic import Answer


class Person(BaseModel):
    """A model."""

    name: str


@dataclass
class Place:
    """A dataclass."""

    name: str


def of_classes() -> None:
    """A class types what was read."""
    assert_type(kimi_magic.ask("Who?", schema=Person), Answer[Person])
    assert_type(kimi_magic.ask("Who?", schema=Person, model="kimi-k3").parsed.name, str)
    assert_type(kimi_magic.ask("Where?", 1, "two", schema=Place).parsed, Place)
    assert_type(kimi_magic.ask("Who all?", schema=list[Person]).parsed, list[Person])
    assert_type(kimi_magic.ask("How old?", schema=dict[str, int]).parsed["Ada"], int)


def of_others() -> None:
    """JSON is a dict, no schema is nothing, and what is no class may be anything."""
    assert_type(kimi_magic.ask("Who?", json=True), Answer[dict[str, Any]])
    assert_type(kimi_magic.ask("Who?", once=True), Answer[None])
    assert_type(kimi_magic.ask("Who?", schema={"type": "object"}), Answer[Any])
    assert_type(kimi_magic.ask("Which?", schema=Literal["a", "b"]), Answer[Any])
    assert_type(kimi_magic.ask("Which?", schema=Person | None), Answer[Any])


async def of_waiting() -> None:
    """Waiting for an answer gives the same answer."""
    answer = kimi_magic.ask("Who?", schema=Person)
    assert_type(answer.wait(), Answer[Person])
    assert_type(await answer, Answer[Person])


def of_mistakes() -> None:
    """What is wrong is found: the test takes the comments away and expects an error in each of these lines."""
    print(kimi_magic.ask("Who?", schema=Person).parsed.age)  # type: ignore[attr-defined]  # a person has none
    print(kimi_magic.ask("Who?").parsed.name)  # type: ignore[attr-defined]  # nothing was asked for
    print(kimi_magic.ask(5))  # type: ignore[call-overload]  # a question is a text
    length: int = kimi_magic.ask("Who?", schema=list[Person]).parsed  # type: ignore[assignment]  # it is a list
    print(length)
