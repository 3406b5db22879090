"""The decorator: what it takes, what it refuses, and in which words."""

from __future__ import annotations

import functools
import math
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest

from kimi_magic.errors import UsageError
from kimi_magic.tools.declare import drop, registered, tool


@pytest.fixture(autouse=True)
def nothing_declared() -> Iterator[None]:
    """No test sees what another has declared."""
    yield
    for name in registered():
        drop(name)


def test_a_declared_function_stays_what_it_is() -> None:
    """The decorator returns the very function, with and without brackets, and registers it with its options."""

    def add(a: int, b: int) -> int:
        return a + b

    assert tool(add) is add
    assert tool(name="plus", parallel=True, timeout=2)(add) is add
    assert registered()["plus"].call is add
    assert (registered()["plus"].parallel, registered()["plus"].timeout) == (True, 2)
    assert (registered()["add"].parallel, registered()["add"].timeout) == (False, 60.0)


def test_a_cell_that_runs_again_replaces_its_function() -> None:
    """Declaring another function of the same name leaves one, the new one; dropping it leaves none."""
    for value in (1, 2):

        @tool
        def answer(value: int = value) -> int:
            return value

    assert [one.call() for one in registered().values()] == [2]
    assert (drop("answer"), drop("answer"), registered()) == (True, False, {})


def test_a_short_name_is_made_to_fit() -> None:
    """The service takes names of 3 letters and more, so a shorter one is made longer."""

    @tool
    def f() -> None:
        """Do nothing."""

    assert list(registered()) == ["tool_f"]


def many(*values: int) -> None:
    """Take many."""


def named(**values: int) -> None:
    """Take named ones."""


def by_place(a: int, /) -> None:
    """Take one by place."""


def unhinted(a) -> None:  # type: ignore[no-untyped-def]  # that is the case
    """Take something."""


def connected(connection: Callable[[], int]) -> None:
    """Take what JSON cannot carry."""


def unresolved(a: NoSuchType) -> None:  # type: ignore[name-defined]  # noqa: F821 that is the case
    """Take a type that is nowhere."""


def yielding() -> Iterator[int]:
    """Give one by one."""
    yield 1


async def waiting() -> AsyncIterator[int]:
    """Give one by one."""
    yield 1


def read_file(path: str) -> str:
    """Read any file there is."""
    return path


class Model:
    """Something with methods of all kinds."""

    def predict(self, value: int) -> int:
        """Predict."""
        return value

    @classmethod
    def made(cls, value: int) -> int:
        """Make one."""
        return value

    @staticmethod
    def still(value: int) -> int:
        """Return what was given."""
        return value


@pytest.mark.parametrize(
    ("declared", "words"),
    [
        (many, "many takes *values"),
        (named, "named takes **values"),
        (by_place, "takes a by its place alone"),
        (math.sqrt, "by its place alone"),
        (unhinted, "The parameter a of unhinted has no type hint"),
        (connected, "The parameter connection of connected has a type that JSON cannot carry"),
        (unresolved, "has a hint that cannot be read (NameError: name 'NoSuchType' is not defined)"),
        (yielding, "yields its results one by one"),
        (waiting, "yields its results one by one"),
        (dict, "is a class"),
        (42, "is no function, but of the class int"),
        (lambda: 1, "cannot be the name of a tool"),
        (functools.partial(many, 1), "takes *values"),
        (Model.predict, "predict is a method without its object: make one, and offer that one's, such as -t obj.predict."),
        (vars(Model)["made"], "made is a classmethod in the making: offer it when its class is there, with -t Model.made."),
        (
            vars(Model)["made"].__func__,
            "made is a method without its class: offer it when its class is there, with -t Model",
        ),
        (
            vars(Model)["still"],
            "still is a staticmethod in the making: offer it when its class is there, with -t Model.still.",
        ),
        (read_file, "read_file is the name of a ready-made tool: give your function another one."),
    ],
)
def test_what_kimi_could_not_call_is_refused_in_one_sentence(declared: Any, words: str) -> None:
    """A function that cannot be offered is a `UsageError` at the decoration, which says why; nothing is registered."""
    with pytest.raises(UsageError, match=r"\.$") as refused:
        tool(declared)
    assert words in str(refused.value)
    assert registered() == {}


@pytest.mark.parametrize(
    "options",
    [
        {"name": "größe"},
        {"name": "run_python"},
        {"name": "a b c"},
        {"name": "x" * 65},
        {"timeout": 0},
        {"timeout": math.nan},
    ],
    ids=str,
)
def test_options_that_do_not_fit_are_refused(options: dict[str, Any]) -> None:
    """A name that the service does not take, and a time limit that is none, are `UsageError`."""
    with pytest.raises(UsageError):
        tool(**options)(test_options_that_do_not_fit_are_refused)
    assert registered() == {}
