"""Whose the braces of a question are."""

from __future__ import annotations

import time

import pytest

from kimi_magic.braces import Typed


@pytest.mark.parametrize(
    ("prompt", "is_foreign"),
    [
        ("Why {{x}}?", False),
        ("  Why {{x}}?\r\n", False),
        ("Why {{y}}?", True),
        ("Why {\x00{x}}?", False),
        ("Why {\x00{y}}?", True),
        ("Why {x}?", False),
        ("", False),
    ],
)
def test_what_was_typed_is_not_foreign(prompt: str, is_foreign: bool) -> None:
    """A question with braces is somebody else's unless just that was typed, as it is shown."""
    typed = Typed()
    typed.add("Why {{x}}?")
    typed.add("no braces")
    assert typed.is_foreign(prompt) == is_foreign


@pytest.mark.parametrize(
    "foreign",
    [
        "{{a.b(1)}}",
        "x {{ a.b( 1 ) }} y",
        "{{a.\u202eb(\x081)}}",
        "{{a.b(1)\n}}",
        "{\x08{a.b(1)}}",
        r"\{{a.b(1)}}",
        "{{{a.b(1)}}}",
        "{ {{a.b(1)}} }",
        "{{ for {{a.b(1)}}",
        "{{{{a.b(1)}}",
    ],
)
def test_what_stands_in_another_question_is_not_ones_own(foreign: str) -> None:
    """However it was written there: what a reader takes for the same code is."""
    is_own = Typed().own(["Why?", foreign])
    assert (is_own("a.b(1)"), is_own(" a.b(1)"), is_own("a.b(2)")) == (False, False, True)


def test_what_was_typed_is_ones_own_wherever_else_it_stands() -> None:
    """Who has had an expression filled in need not fear it; where its braces were taken away, it was not filled in."""
    typed = Typed()
    typed.add(r"{{len(a)}} \{{max(a)}}")
    is_own = typed.own(["{{len(a)}} {{max(a)}}"])
    assert (is_own("len(a)"), is_own("max(a)")) == (True, False)


@pytest.mark.parametrize("prompt", ["{" * 300_000, "{{a" * 100_000, "{{a}}" * 60_000, "\\" * 300_000, "{{a\n" * 75_000])
def test_it_takes_no_time_to_speak_of(prompt: str) -> None:
    """Nobody's question makes the kernel stand still."""
    began = time.perf_counter()
    is_own = Typed().own([prompt])
    assert Typed().is_foreign(prompt) == ("{{" in prompt)
    assert is_own("b")
    assert time.perf_counter() - began < 2
