"""A question on its way."""

from __future__ import annotations

from dataclasses import dataclass, field

from kimi_magic.conversation import Conversation, Draft, State, Turn
from kimi_magic.errors import AnswerIncomplete, Interrupted, KimiError
from kimi_magic.render.view import View
from kimi_magic.request import Question


@dataclass(slots=True)
class Asked:
    """A question on its way, and what has come of it so far."""

    question: Question
    conversation: Conversation
    turn: Turn
    draft: Draft
    view: View
    error: KimiError | None = field(default_factory=lambda: AnswerIncomplete("The answer was not followed to its end."))
    notice: str = ""


def state_of(draft: Draft, error: KimiError | None) -> State:
    """Return how a turn stands whose answer is ``draft``, and which ended with ``error``."""
    if error is None:
        return "complete"
    if draft.is_empty:
        return "failed"
    if isinstance(error, Interrupted):
        return "interrupted"
    return "incomplete" if isinstance(error, AnswerIncomplete) else "failed"
