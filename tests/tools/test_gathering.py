"""The words behind ``-t``, and what they find."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from kimi_magic.errors import UsageError
from kimi_magic.tools.declare import drop, registered, tool
from kimi_magic.tools.gathering import gather, is_current
from kimi_magic.tools.surroundings import Surroundings
from kimi_magic.tools.toolbox import Toolbox


class Model:
    """Something with a method."""

    def predict(self, value: float) -> float:
        """Predict from a value."""
        return value

    @property
    def broken(self) -> float:
        """Raise."""
        raise RuntimeError("no")


def convert(amount: float) -> float:
    """Convert an amount."""
    return amount


@pytest.fixture
def namespace() -> Iterator[dict[str, Any]]:
    """Some variables; what is declared meanwhile is forgotten afterwards."""
    yield {"convert": convert, "model": Model(), "other": Model(), "rate": 0.5, "look_at": convert, "open": open}
    for name in registered():
        drop(name)


def test_names_methods_and_ready_made_tools_are_found(namespace: dict[str, Any]) -> None:
    """A function, the methods of two objects, which do not clash, and a ready-made tool; each once."""
    names = ["convert", "model.predict", "other.predict", "list_variables", "web_search", "convert"]
    found = gather(names, Surroundings(namespace))
    assert [one.name for one in found] == ["convert", "model_predict", "other_predict", "list_variables", "$web_search"]
    assert len(Toolbox(found).tools) == 5


class Remote:
    """Makes its methods anew each time, as what stands for an object elsewhere does."""

    def __getattr__(self, name: str) -> Callable[[float], str]:
        def send(amount: float) -> str:
            """Send an amount."""
            return f"{name} {amount}"

        return send


def test_a_method_that_is_made_anew_each_time_is_the_same_one(namespace: dict[str, Any]) -> None:
    """What counts is what it runs: the same code for the same object under the same name; another object's is another."""
    namespace["remote"] = Remote()
    pay, _ = gather(["remote.pay", "remote.receive"], Surroundings(namespace))
    assert is_current(pay, namespace)
    namespace["remote"].pay = namespace["remote"].receive
    assert not is_current(pay, namespace)
    tool(namespace["model"].predict)
    assert len(gather(["model.predict"], Surroundings(namespace))) == 1


def test_declared_functions_come_along(namespace: dict[str, Any]) -> None:
    """Without any name they are offered; named as well they are offered once, with what the decorator said of them."""
    tool(parallel=True, timeout=3)(convert)
    assert [one.name for one in gather([], Surroundings(namespace))] == ["convert"]
    named = gather(["convert"], Surroundings(namespace))
    assert [(one.name, one.parallel, one.timeout) for one in named] == [("convert", True, 3)]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("convrt", "Did you mean convert?"),
        ("list_variable", "Did you mean list_variables?"),
        ("nope", "The ready-made ones are look_at"),
        ("nothing_like_it", "The ready-made ones are look_at"),
        ("look_at", "look_at is a ready-made tool, and you have something of that name"),
        ("rate", "rate is no function, but of the class float"),
        ("model.predicts", "model has no predicts"),
        ("model.broken", "it raised RuntimeError"),
        ("convert(1)", "neither a function"),
        ("[print][0]", "neither a function"),
        ("x\x1b[31m" * 100, "neither a function"),
    ],
)
def test_what_names_no_function_is_refused(namespace: dict[str, Any], name: str, words: str) -> None:
    """One sentence or two, with near misses; nothing is evaluated."""
    with pytest.raises(UsageError) as refused:
        gather([name], Surroundings(namespace))
    assert words in str(refused.value)
    assert str(refused.value).isprintable()


def test_a_function_is_current_until_it_is_another(namespace: dict[str, Any]) -> None:
    """Functions, methods and declared ones stop being current when the name means something else, or nothing."""
    tool(name="declared")(convert)
    found = {one.name: one for one in gather(["convert", "model.predict", "list_variables"], Surroundings(namespace))}
    assert [is_current(one, namespace) for one in found.values()] == [True] * len(found)
    namespace |= {"model": Model()}
    del namespace["convert"]
    drop("declared")
    now = {name: is_current(one, namespace) for name, one in found.items()}
    assert now == {"declared": False, "model_predict": False, "list_variables": True}
