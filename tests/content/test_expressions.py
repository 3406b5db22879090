"""Expressions that a user wrote."""

from __future__ import annotations

from typing import Any

import pytest

from kimi_magic.content.expressions import evaluate, is_known, names_in


@pytest.mark.parametrize(
    ("expression", "names"),
    [
        ("df.head(3)", {"df"}),
        (" a + b ", {"a", "b"}),
        ("[x for x in rows if x > low]", {"rows", "low"}),
        ("sorted(rows, key=lambda row, *rest, **more: row.a)", {"sorted", "rows"}),
        ("{k: v for k, v in d.items()}", {"d"}),
        ("(y := x)", {"x"}),
        ("f'{x:{width}}'", {"x", "width"}),
        ("1", set()),
        ("日本", {"日本"}),
        ("...", set()),
        ("", None),
        ("a b", None),
        ("x = 1", None),
        ("import os", None),
        ("report.pdf", {"report"}),
        ("data\\file.csv", None),
        ("a\0b", None),
        ("(" * 1000, None),
        ("-" * 100_000 + "1", None),
        ("1" + "+1" * 100_000, None),
    ],
    ids=range(20),
)
def test_the_names_that_an_expression_needs(expression: str, names: set[str] | None) -> None:
    """What it binds itself is not needed, and what is no expression, however deep, is None."""
    found = names_in(expression)
    assert found == (None if names is None else frozenset(names))


@pytest.mark.parametrize(
    ("expression", "known"),
    [("x", True), ("max(x)", True), ("max(y)", False), ("x + y", False), ("max", False), ("1", False), ("x y", False)],
)
def test_an_expression_stands_on_the_users_names(expression: str, known: bool) -> None:
    """At least one name is the user's own and the others exist; builtins alone are words of a sentence."""
    assert is_known(expression, {"x": [1]}) is known


def test_evaluating_leaves_the_namespace_alone() -> None:
    """Nothing that an expression binds gets into the user's names, and blanks around it do not matter."""
    namespace: dict[str, Any] = {"x": 2}
    assert evaluate("  (z := x) + len([0])", namespace) == 3
    assert namespace == {"x": 2}


def test_what_it_raises_is_raised() -> None:
    """The user's own error comes out as it is."""
    with pytest.raises(ZeroDivisionError):
        evaluate("1 / x", {"x": 0})
