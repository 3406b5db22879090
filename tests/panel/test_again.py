"""A question that is asked again says what it said, with what went along then."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kimi_magic.conversation import Turn
from kimi_magic.messages import Attachment, Image, Message, Text
from kimi_magic.options import Options
from kimi_magic.panel.again import asked_again
from kimi_magic.request import Question

FRAME = Attachment("sales", "frame", (Text("<attachment>…</attachment>"),), note="3 × 2")
PICTURE = Attachment("plot", "figure", (Text("A plot."), Image("data:image/png;base64,AA==")))
PAPER = Attachment("a.pdf", "document", (Text("What stands in it."),))


def asked(*attachments: Attachment, text: str = "Why did WEST drop?") -> Turn:
    question = Question("Why did {{region}} drop?", text, attachments)
    said = (*question.messages(), Message("assistant", "Because."))
    return Turn("t", question.prompt, said, "kimi-k2.6", 0.0, "complete", attachments)


@pytest.mark.parametrize("attachments", [(), (FRAME,), (PICTURE,), (PAPER,), (FRAME, PICTURE, PAPER)], ids=len)
def test_it_is_sent_as_it_was_sent(attachments: tuple[Attachment, ...]) -> None:
    """The messages are the same to the byte, and the prompt is what was typed."""
    turn = asked(*attachments)
    again = asked_again(turn, Options(model="kimi-k3"))
    assert again.messages() == turn.said[:-1]
    assert (again.prompt, again.options.model) == (turn.prompt, "kimi-k3")
    assert again.attachments == attachments


def test_other_words_go_with_the_same_things() -> None:
    """An edited question keeps what went along."""
    again = asked_again(asked(FRAME), Options(), instead=("And {{x}}?", "And 3?"))
    assert (again.prompt, again.text, again.attachments) == ("And {{x}}?", "And 3?", (FRAME,))


def test_what_cannot_be_told_apart_is_said_whole() -> None:
    """Where the words are not those of the attachments any more, nothing is said twice and nothing is lost."""
    turn = replace(asked(FRAME), attachments=(replace(FRAME, parts=(Text("other words"),)),))
    again = asked_again(turn, Options())
    assert again.messages() == turn.said[:-1]


def test_a_turn_without_its_messages_asks_its_prompt() -> None:
    """Of a turn that only the notebook's outputs tell of, the prompt is known."""
    turn = Turn("t", "Why?", (Message("assistant", "Because."),), "kimi-k2.6", 0.0, "complete")
    assert asked_again(turn, Options()).messages() == (Message("user", "Why?"),)
