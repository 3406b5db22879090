"""How tokens are guessed."""

from __future__ import annotations

import pytest

from kimi_magic.demo.tokens import count_prompt, count_text, cut_text
from tests.demo.asking import ADD, called, data_url, image, user


@pytest.mark.parametrize("text", ["", "plain words", "語語語語語", "mixed: ünï 語"])
@pytest.mark.parametrize("tokens", [0, 1, 2, 3, 100])
def test_a_cut_text_is_a_beginning_within_its_tokens(text: str, tokens: int) -> None:
    """No character is broken, and nothing is lost without need."""
    cut = cut_text(text, tokens)
    assert text.startswith(cut)
    assert count_text(cut) <= tokens
    assert cut == text or count_text(text) > tokens


def test_everything_that_is_sent_counts() -> None:
    """Pictures, calls, thinking and tools, beside words."""
    words = count_prompt([user("Hello")])
    assert count_prompt([user([{"type": "text", "text": "Hello"}, image(data_url(b"x"))])]) == words + 1024
    assert count_prompt([called(reasoning_content="So.")]) == count_prompt([called()]) + 1
    assert count_prompt([user("Hello")], [ADD]) > words
