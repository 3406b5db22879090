"""The questions that a cell's source asks."""

from __future__ import annotations

import time

import pytest

from kimi_magic.notebook.questions import read_questions


@pytest.mark.parametrize(
    ("source", "prompts"),
    [
        ("%%kimi\nWhy?", ["Why?"]),
        ("%%kimi sales -m kimi-k3 --stop END\n\nWhy\n%kimi is said?\n", ["Why\n%kimi is said?"]),
        ("\n  \n%%kimi\r\nWhy?\r\nWhen?", ["Why?\nWhen?"]),
        ("%%time\n%%kimi -1\nWhy?", ["Why?"]),
        ("%%kimi --an-option-of-tomorrow x\nWhy?", ["Why?"]),
        ("%%kimi", [""]),
        ("%kimi Why?", ["Why?"]),
        ("%kimi -m kimi-k3 --think what's  a -m?", ["what's  a -m?"]),
        ("%kimi --an-option-of-tomorrow why?", ["--an-option-of-tomorrow why?"]),
        ("if x:\n    %kimi one\n    y = %kimi two\nz == 3  # %kimi three", ["one", "two"]),
        ("%kimi one \\\n  and two", ["one    and two"]),
        ("%kimi /new\n%kimi\n%kimi  /history 3\n%kimi -q quiet\n%kimi --dry-run dry\n%kimi heard", ["heard"]),
        ("import kimi_magic\nkimi_magic.ask('Why?')", []),
        ("%kimiko is another magic\n%%kimi stands too low", []),
        ("", []),
    ],
)  # fmt: skip
def test_questions_are_found_in_every_form(source: str, prompts: list[str]) -> None:
    """The body below %%kimi and what follows %kimi and its options are questions; commands and silent ones are not."""
    assert [question.prompt for question in read_questions(source)] == prompts


def test_what_stood_above_a_question_is_known() -> None:
    """--once and --new are told, because such a question sees another history."""
    first, second, third = read_questions("%kimi -1 a\n%kimi --new b\n%kimi c")
    assert (first.is_once, second.is_new, third.is_once or third.is_new) == (True, True, False)
    assert read_questions("%%kimi -n\nd")[0].is_new


@pytest.mark.parametrize("source", [" " * 300_000, "a=" * 150_000, "%kimi " * 50_000, "%%time\n" * 40_000, "\\\n" * 150_000])
def test_a_hostile_source_takes_no_time(source: str) -> None:
    """The time is in proportion to the source's length, whatever it is."""
    began = time.process_time()
    read_questions(source)
    assert time.process_time() - began < 2
