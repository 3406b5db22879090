"""What the answer says about what was received."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from kimi_magic.demo.describe import NO_MODEL, as_object, describe, think
from tests.demo.asking import ADD, ask, called, data_url, image, result, say, user

SALES = '<attachment name="sales" kind="value">\n| region | n |\n|---|---|\n| north | 1 |\n| south | 2 |\n</attachment>'
NOTES = '<attachment name="df["a"]" kind="text">\nJust words.\n</attachment>'


def test_it_says_that_it_is_no_model() -> None:
    """Each answer says so, after it has quoted the question."""
    assert describe(ask("Why?"), {}).startswith(f"You asked: “Why?”\n\n{NO_MODEL}\n")
    assert describe(say(called(), result()), {}).startswith(f"You asked nothing.\n\n{NO_MODEL}\n")
    assert "no language model" in NO_MODEL


def test_attachments_are_named_and_looked_into() -> None:
    """A table has its columns and rows counted, words are begun, and neither is a part of the question."""
    answer = describe(ask(f"{SALES}\n\n{NOTES}\n\nWhy did it drop?"), {})
    assert "`sales` (value): 52 characters, a table of 2 rows with the columns `region`, `n`" in answer
    assert '`df["a"]` (text): 11 characters, it begins “Just words.”' in answer
    assert "“Why did it drop?”" in answer
    assert "<attachment" not in answer


def test_pictures_and_videos_are_looked_into(picture: Callable[..., bytes]) -> None:
    """In the message, or uploaded."""
    parts = [
        image({"url": data_url(picture("PNG", "red", (8, 6)))}),
        image("ms://one"),
        image(data_url(b"nothing")),
        {"type": "video_url", "video_url": data_url(b"moving", "video/mp4")},
        {"type": "text", "text": "What is it?"},
    ]
    answer = describe(ask(parts), {"one": picture("GIF", "white", (5, 4))})
    assert "- image 1: PNG, 8 × 6 pixels, red 100 %" in answer
    assert "- image 2: GIF, 5 × 4 pixels, white 100 %" in answer
    assert "- image 3: 7 bytes that cannot be decoded as a picture" in answer
    assert "- video 1: video/mp4, 6 bytes" in answer


def test_the_request_stands_in_a_table() -> None:
    """Messages by role, tools by name, the response format."""
    answer = describe(say({"role": "system", "content": "Be brief."}, user(), tools=[ADD]), {})
    assert "| messages | 2: 1 system, 1 user |" in answer
    assert "| tools | `add` |" in answer
    assert "| response format | text |" in answer


def test_earlier_questions_are_remembered() -> None:
    """They are listed in order; the first question has none."""
    answer = describe(ask("What is a mean?", f"{SALES}\n\nAnd a median?", "What did I ask first?"), {})
    assert "**Before that you asked** 1. “What is a mean?”; 2. “And a median?”" in answer
    assert "Before that" not in describe(ask("What is a mean?"), {})


def test_results_of_tools_are_quoted() -> None:
    """Those since the last question."""
    assert "- `add:0`: “42”" in describe(say(user(), called(), result("42")), {})
    assert "add:0" not in describe(say(user(), called(), result("42"), user("And?")), {})


@pytest.mark.parametrize(
    ("question", "shown"),
    [("Some python, please", "```python"), ("Can I plot it?", "plt.plot"), ("Which formula?", "$$\\bar{x}")],
)
def test_code_and_formulas_come_when_asked_for(question: str, shown: str) -> None:
    """A question that mentions them gets some, another does not."""
    assert shown in describe(ask(question), {})
    assert shown not in describe(ask("Hello"), {})


def test_thinking_counts_words_and_attachments() -> None:
    """The thinking is about the last question."""
    assert "3 words and brings 1 attachment." in think(ask("Before", f"{SALES}\n\nWhy is that?"))


def test_the_object_says_the_same() -> None:
    """JSON mode has the question, the attachments and the questions before it."""
    said = as_object(ask("First", f"{SALES}\n\nSecond"))
    assert said == {
        "note": NO_MODEL,
        "question": "Second",
        "messages": 3,
        "attachments": ["sales"],
        "earlier_questions": ["First"],
    }
