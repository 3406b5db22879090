"""Braces in a question."""

from __future__ import annotations

import pytest

from kimi_magic.content.template import expand, expressions
from kimi_magic.content.values import MOST_CHARACTERS
from kimi_magic.errors import UsageError


class Unwritable:
    """A value whose text raises."""

    def __str__(self) -> str:
        raise RuntimeError("no")


NAMES = {
    "x": 5,
    "region": "west",
    "rows": [3, 1, 2],
    "d": {"a": {"b": 1}},
    "sly": "{{x}} \\1 \\g<0>",
    "a": 1,
    "bad": Unwritable(),
    "long": "y" * (MOST_CHARACTERS + 1_000),
}

CASES = [
    ("{{x}}", "5"),
    ("{{ x }}{{x}}", "55"),
    ("in {{region.upper()}}?", "in WEST?"),
    ('{{d["a"]}}', "{'b': 1}"),
    ("{{sorted(rows, key=lambda row: -row)}}", "[3, 2, 1]"),
    ("{{ {1: x}[1] }}", "5"),
    ("{{sly}}", "{{x}} \\1 \\g<0>"),
    (r"\{{x}}", "{{x}}"),
    (r"\{{x}} {{x}}", "{{x}} 5"),
    (r"\\{{x}}", r"\{{x}}"),
    ("{{}} {{x}}", "{{}} 5"),
    ("{{ }} {{x}}", "{{ }} 5"),
    ("{{ {{x}}", "{{ 5"),
    ("}} {{x}}", "}} 5"),
    ("{{x", "{{x"),
    ("{{unknown}} {{x}}", "{{unknown}} 5"),
    ("{{x + unknown}}", "{{x + unknown}}"),
    ("{{max}}", "{{max}}"),
    ("{{% if x %}}", "{{% if x %}}"),
    ("{{x:.2f}}", "{{x:.2f}}"),
    ("{{x\n}}", "{{x\n}}"),
    ("{x} {a} ${x} $x", "{x} {a} ${x} $x"),
    (r"\frac{a}{x} \sqrt{\frac{x}{a}}", r"\frac{a}{x} \sqrt{\frac{x}{a}}"),
    ('{"a": {"b": {"c": 1}}}', '{"a": {"b": {"c": 1}}}'),
    ("f'{x}' % {'x': 1}", "f'{x}' % {'x': 1}"),
    ("", ""),
]


@pytest.mark.parametrize(("text", "expanded"), CASES, ids=[text or "nothing" for text, _ in CASES])
def test_only_known_expressions_in_double_braces_are_replaced(text: str, expanded: str) -> None:
    """Values go in as they are and once; LaTeX, JSON, code and unknown names pass unharmed."""
    assert expand(text, NAMES) == expanded


@pytest.mark.parametrize("text", [text for text, _ in CASES if text])
def test_what_may_not_be_evaluated_stays(text: str) -> None:
    """Exactly what would be evaluated is asked about, each by itself, and is among the expressions of the text."""
    asked: list[str] = []

    def may(expression: str) -> bool:
        asked.append(expression)
        return False

    left = expand(text, NAMES, may)
    assert left == text.replace("\\{{", "{{")
    assert set(asked) <= set(expressions(text))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{{1 / (x - x)}}", "ZeroDivisionError"),
        ("{{rows[9]}}", "IndexError"),
        ("{{bad}}", "RuntimeError"),
        ("{{x.nothing}}", "AttributeError"),
        ("{{await x}}", "SyntaxError"),
    ],
)
def test_an_expression_that_fails_is_told(text: str, says: str) -> None:
    """The error quotes the expression, names what it raised and the way around."""
    with pytest.raises(UsageError, match=rf"raised {says}.*--raw") as caught:
        expand(text, NAMES)
    assert text in str(caught.value)


def test_a_stop_by_the_user_is_no_mistake() -> None:
    """An interrupt while a value is made comes out as an interrupt."""

    def stop() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        expand("{{stop()}}", {"stop": stop})


def test_a_long_value_is_cut() -> None:
    """What goes in is bounded, and says what is missing."""
    text = expand("{{long}}", NAMES)
    assert len(text) < MOST_CHARACTERS + 100
    assert "1,000 characters left out" in text
