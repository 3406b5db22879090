"""What the user gets."""

from __future__ import annotations

from dataclasses import FrozenInstanceError

import pytest
from IPython.core.formatters import DisplayFormatter

from kimi_magic.answer import Answer
from kimi_magic.conversation import Turn
from kimi_magic.messages import Attachment, Message, Text, Usage

TEXT = "Try\n\n```Python\nx = 1\n```\n\n<script>alert(1)</script> ![](https://example.com/x.png)\n\n```\nplain\n```\n"
ATTACHED = (Attachment("n", "value", (Text("1"),)),)
TURN = Turn(
    "1",
    "Hi",
    (Message("user", "Hi"), Message("assistant", TEXT, reasoning="Hm.")),
    "kimi-k3",
    0.0,
    "interrupted",
    ATTACHED,
    Usage(3, 2),
    0.5,
    "stop",
    1.5,
)


def test_an_answer_reads_like_its_text() -> None:
    """``str`` is the text, also inside other text; the repr says besides where an answer has no end."""
    answer = Answer.of(TURN)
    assert str(answer) == f"{answer}" == answer.text == TEXT
    assert repr(answer) == f"{TEXT}\n[Interrupted: the answer stops here.]"
    assert repr(Answer(TEXT)) == TEXT


def test_an_answer_knows_its_turn() -> None:
    """Thinking, model, usage, cost and all else of the turn can be read, and not changed."""
    answer = Answer.of(TURN)
    assert (answer.reasoning, answer.model, answer.finish_reason, answer.state) == ("Hm.", "kimi-k3", "stop", "interrupted")
    assert (answer.usage, answer.cost, answer.seconds, answer.attachments) == (Usage(3, 2), 0.5, 1.5, ATTACHED)
    with pytest.raises(FrozenInstanceError):
        answer.text = "other"  # type: ignore[misc]  # the very mistake


def test_a_turn_without_an_answer_is_an_empty_one() -> None:
    """A question that nobody answered has no text, no thinking and no code."""
    answer = Answer.of(Turn("1", "Hi", (Message("user", "Hi"),), "m", 0.0))
    assert (answer.text, answer.reasoning, answer.code, answer.usage, answer.cost) == ("", "", [], None, None)


def test_code_is_found() -> None:
    """Each fenced block has its language and its source, in order."""
    assert [(code.language, str(code)) for code in Answer.of(TURN).code] == [("python", "x = 1\n"), ("", "plain\n")]


def test_a_notebook_shows_it_safely() -> None:
    """IPython finds safe HTML and the plain text, and no Markdown that a front end would render itself."""
    data, _ = DisplayFormatter().format(Answer.of(TURN))  # type: ignore[no-untyped-call]  # IPython says nothing of it
    assert set(data) == {"text/html", "text/plain"}
    assert data["text/plain"].startswith(TEXT)
    assert all("Interrupted" in shown for shown in data.values())
    assert "<script" not in data["text/html"]
    assert "<img" not in data["text/html"]
    assert "<code" in data["text/html"]
