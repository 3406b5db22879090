"""How the user is asked about a call, and what counts as which answer."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from kimi_magic.calls import Called
from kimi_magic.messages import ToolCall
from kimi_magic.tools.consent import NOBODY, Allowed, Decision, Edited, No, NotAsked, Yes, by_input
from kimi_magic.tools.functions import Function, function_of
from kimi_magic.tools.replies import alone


def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


ADD = function_of(add)
CALLED = Called(ToolCall("1", "add", "{}"))


def reader(*replies: str) -> tuple[Callable[[str], str], list[str]]:
    """Return what gives ``replies``, one after the other, and the questions that it was asked."""
    left: Iterator[str] = iter(replies)
    questions: list[str] = []

    def read(question: str) -> str:
        questions.append(question)
        return next(left)

    return read, questions


@pytest.mark.parametrize(
    ("replies", "decision"),
    [
        (["y"], Yes()),
        ([" YES "], Yes()),
        (["a"], Yes(always=True)),
        (["always"], Yes(always=True)),
        (["n"], No()),
        (["no, use the other table"], No("use the other table")),
        (["edit", '{"a": 1}'], Edited('{"a": 1}')),
        (["e", " "], No()),
        (["", "what?", "y"], Yes()),
        (["", "yep", "nope"], No()),
    ],
    ids=str,
)
def test_replies_are_understood(replies: list[str], decision: Decision) -> None:
    """Yes, no with a reason, always and edit are told apart; what is not understood thrice is a no."""
    read, questions = reader(*replies)
    assert by_input(read)(CALLED, ADD) == decision
    assert questions[0] == "Kimi wants to run add {}. y / n / always (until the kernel ends) / edit? "
    assert len(questions) == len(replies)


def test_always_is_no_answer_for_what_is_always_asked() -> None:
    """It is not offered there, and not understood."""
    read, questions = reader("always", "a", "always")
    assert by_input(read)(CALLED, replace(ADD, is_always_asked=True)) == No()
    assert questions[0] == "Kimi wants to run add, shown above. y / n / edit? "


def test_code_is_not_repeated_in_the_question() -> None:
    """Arguments with a line end stand above in full; the question names the call, when it is asked again, too."""
    read, questions = reader("what?", "y")
    call = replace(CALLED.call, arguments='{"text": "one\\ntwo"}')
    assert by_input(read)(replace(CALLED, call=call), ADD) == Yes()
    assert questions[0].startswith("Kimi wants to run add, shown above. y / n")
    assert "Run add, shown above?" in questions[1]


def test_wrong_new_arguments_are_asked_for_again() -> None:
    """The second question says what was wrong, and takes new arguments at once."""
    read, questions = reader("{}")
    assert by_input(read)(replace(CALLED, note="These do not fit: b."), ADD) == Edited("{}")
    assert questions == ["These do not fit: b. Arguments instead of {} (nothing: do not run): "]


@pytest.mark.parametrize("error", [EOFError, NotImplementedError])
def test_where_nobody_can_be_asked_the_answer_is_no(error: type[Exception]) -> None:
    """A closed input, and a front end without one, are a denial that says so."""

    def read(_: str) -> str:
        raise error

    assert by_input(read)(CALLED, ADD) == NOBODY


def test_while_another_question_waits_nobody_is_asked() -> None:
    """That is not the user's no; nothing is read."""
    read, questions = reader("y")
    decided: list[Decision] = []
    asking = threading.Thread(target=lambda: decided.append(by_input(read)(CALLED, ADD)))
    with alone():
        asking.start()
        asking.join(10)
    assert decided == [NotAsked("another question waits for its reply here")]
    assert questions == []


class Model:
    """Something with a method."""

    def predict(self, value: int) -> int:
        """Predict."""
        return value


def again() -> Callable[[int, int], int]:
    """Return a function as `add` is, but another one."""

    def add(a: int, b: int) -> int:
        return a + b

    return add


def test_what_is_allowed_for_good_is_that_very_object() -> None:
    """A function of the same name and code is another one; a method of one object is the same each time."""
    allowed, model = Allowed(), Model()
    functions: list[Function] = [ADD, function_of(model.predict)]
    for function in functions:
        allowed.add(function)
    assert function_of(add) in allowed
    assert function_of(again()) not in allowed
    assert function_of(model.predict) in allowed
    assert function_of(Model().predict) not in allowed


def test_what_is_always_asked_is_never_allowed_for_good() -> None:
    """Adding it changes nothing."""
    allowed, asked = Allowed(), replace(ADD, is_always_asked=True)
    allowed.add(asked)
    assert asked not in allowed
